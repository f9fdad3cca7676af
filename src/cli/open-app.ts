import type { Config } from '../core/config.ts';
import type { Logger } from '../core/logger.ts';
import type { Awaitable } from '../lib/awaitable.ts';

export interface OpenOptions {
  readonly config: Config;
  /** Absolute. */
  readonly dir: string;
  readonly logger: Logger;
  readonly version: string;
}

/** The database and what works on it. */
export interface CliServices {
  readonly services: {
    readonly auth: {
      /** Null when there is an admin. */
      createSetupLink(): Promise<string | null>;
    };
    readonly users: {
      addAdmin(email: string, password: string): Promise<AddedAdmin>;
      hasAdmin(): Promise<boolean>;
    };
  };
  stop(): Promise<void>;
}

/** The whole server. */
export interface CliApp extends CliServices {
  listen(): Promise<{ readonly url: string }>;
  /** The OpenAPI document as an admin sees it. */
  openApi(): Promise<unknown>;
  readonly services: CliServices['services'] & {
    readonly functions: {
      list(): Awaitable<readonly FunctionRow[]>;
      loadErrors(): Awaitable<readonly LoadErrorRow[]>;
    };
  };
}

interface AddedAdmin {
  readonly email: string;
  readonly wasCreated: boolean;
  readonly wasPromoted: boolean;
}

/** A registered function as `functions list` shows it. */
interface FunctionRow {
  readonly name: string;
  readonly auth: string;
  readonly description: string | null;
  readonly file_path: string;
}

/** A file that did not load. */
interface LoadErrorRow {
  readonly file: string;
  readonly line: number | null;
  readonly message: string;
}

/** How commands come to an app; the only file of the CLI that knows where it is. */
export interface AppOpener {
  /** Everything, workers included; takes no port before `listen`. */
  createApp(options: OpenOptions): Promise<CliApp>;
  /** The same without workers, for commands that only touch the database. */
  openServices(options: OpenOptions): Promise<CliServices>;
}

export const appOpener: AppOpener = {
  // Imported when needed: `--help` must not load the server.
  createApp: async (options) => (await import('../app.ts')).createApp(options),
  openServices: async (options) => (await import('../app.ts')).openServices(options),
};

/** The OpenAPI document of this instance, as text. */
export async function readOpenApi(app: CliApp): Promise<string> {
  return `${JSON.stringify(await app.openApi(), null, 2)}\n`;
}

export interface FunctionListing {
  readonly functions: readonly FunctionRow[];
  readonly load_errors: readonly LoadErrorRow[];
}

export async function listFunctions(app: CliApp): Promise<FunctionListing> {
  return {
    functions: await app.services.functions.list(),
    load_errors: await app.services.functions.loadErrors(),
  };
}
