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
      /** A one-time link for a new password of an account; refused when it is disabled or unknown. */
      createResetLink(email: string): Promise<ResetLink>;
    };
    readonly users: {
      addAdmin(email: string, password: string): Promise<AddedAdmin>;
      hasAdmin(): Promise<boolean>;
      /** Disabled ones too, by e-mail address. */
      listAdmins(): Promise<readonly AccountRow[]>;
      /** Sets the password of an account and ends its sessions. */
      setPassword(email: string, password: string): Promise<AccountRow>;
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
  readonly types: {
    /** TypeScript for front ends. */
    forClients(): Promise<string>;
    /** Brings the types in the functions folder up to date; the path of the file when it was written. */
    refreshFile(): Promise<string | undefined>;
  };
  readonly services: CliServices['services'] & {
    readonly functions: {
      list(): Awaitable<readonly FunctionRow[]>;
      loadErrors(): Awaitable<readonly LoadErrorRow[]>;
      /** With full rights, or as the account with this address. Throws what refuses it. */
      call(name: string, payload: unknown, email?: string): Promise<CallEnd>;
    };
  };
}

/** How a call ended, with its console lines. */
export type CallEnd =
  | {
      readonly status: 'succeeded';
      readonly callId: string;
      /** JSON text. */
      readonly json: string;
      readonly logs: readonly string[];
    }
  | {
      readonly status: 'answered';
      readonly callId: string;
      readonly answer: {
        readonly http_status: number;
        readonly headers: readonly (readonly [string, string])[];
        readonly body: string | Uint8Array;
      };
      readonly logs: readonly string[];
    }
  | {
      readonly status: 'failed';
      readonly callId: string;
      readonly error: string;
      readonly errorType: string;
      readonly stack: string | null;
      /** JSON text. */
      readonly data: string | null;
      readonly logs: readonly string[];
    };

/** What installs npm packages; each throws an AppError that says why it could not. */
export interface CliPackages {
  install(
    folder: string,
    options: { readonly onLine: (line: string) => void; readonly isFrozen?: boolean },
  ): Promise<'installed' | 'nothing'>;
  add(
    folder: string,
    specs: readonly string[],
    options: { readonly onLine: (line: string) => void; readonly isDev?: boolean },
  ): Promise<void>;
}

interface ResetLink {
  readonly token: string;
  /** Null unless server.public_url is set. */
  readonly url: string | null;
  readonly expires_at: string;
}

/** An account as `admin list` shows it. */
export interface AccountRow {
  readonly id: string;
  readonly email: string;
  readonly is_active: boolean;
  readonly created_at: string;
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
  /** What works on the packages of functions; opens no database. */
  openPackages(logger: Logger): Promise<CliPackages>;
}

export const appOpener: AppOpener = {
  // Imported when needed: `--help` must not load the server.
  createApp: async (options) => (await import('../app.ts')).createApp(options),
  openServices: async (options) => (await import('../app.ts')).openServices(options),
  openPackages: async (logger) => (await import('../app.ts')).openPackages(logger),
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
