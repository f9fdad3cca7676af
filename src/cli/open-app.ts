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
      /** The id of an account, by its e-mail address. */
      findId(email: string): Promise<string | undefined>;
    };
    readonly transfers: {
      /** All of the command line, with full rights. */
      importRecords(
        collection: string,
        chunks: AsyncIterable<Uint8Array>,
        options: ImportOptions,
      ): Promise<ImportReport>;
      exportRecords(
        collection: string,
        query: { readonly filter?: string | undefined; readonly fields?: string | undefined },
        format: ExportFormat,
      ): Promise<{ readonly pieces: AsyncIterable<ExportPiece> }>;
    };
  };
  stop(): Promise<void>;
}

export type ImportFormat = 'csv' | 'ndjson';
export type ExportFormat = ImportFormat | 'json';

export interface ImportOptions {
  readonly format: ImportFormat;
  readonly isDryRun: boolean;
  readonly isPartial: boolean;
  readonly upsertBy?: string | undefined;
  /** Of records whose row names none. */
  readonly ownerId?: string | undefined;
  readonly onProgress: (progress: {
    readonly step: 'check' | 'write';
    readonly rows: number;
  }) => void;
}

export interface ImportReport {
  readonly created: number;
  readonly updated: number;
  readonly failed: number;
  /** Of the first faulty rows. */
  readonly errors: readonly {
    readonly line: number;
    readonly loc: readonly (string | number)[];
    readonly msg: string;
  }[];
  /** Nothing was written because of them. */
  readonly isRefused: boolean;
}

interface ExportPiece {
  readonly text: string;
  readonly records: number;
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
