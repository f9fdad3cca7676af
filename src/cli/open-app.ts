import type { Config } from '../core/config.ts';
import type { Origins } from '../core/config-shown.ts';
import type { Logger } from '../core/logger.ts';
import type { Awaitable } from '../lib/awaitable.ts';
import type { CliDatabaseFile } from './database-file.ts';
import type { CliExtensions } from './extension-types.ts';
import type { CliFacts } from './facts.ts';
import type { PythonFile, PythonImportOptions, PythonImportReport } from './python-types.ts';

export interface OpenOptions {
  readonly config: Config;
  /** Where each setting came from; only a server shows it. */
  readonly origins?: Origins;
  /** Absolute. */
  readonly dir: string;
  readonly logger: Logger;
  readonly version: string;
  /** What is done where there is no database yet: it is made, asked for, or imagined as an empty one. */
  readonly ifMissing: 'made' | 'refused' | 'imagined';
  /** The app is going to listen. */
  readonly isServing?: boolean;
  /** Told when a fault of the engine ended the process of the extensions, by its signal. */
  readonly onExtensionCrash?: (signal: string) => void;
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
      importUsers(file: UserFile, options: UserImportOptions): Promise<UserImportReport>;
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
    readonly migrations: CliMigrations;
    readonly pythonImport: {
      /** Brings what a database of the Python predecessor holds. */
      importPython(file: PythonFile, options: PythonImportOptions): Promise<PythonImportReport>;
    };
    readonly backups: {
      /** Notes in the audit log that this database was put in the place of another one. */
      noteRestore(details: Readonly<Record<string, unknown>>): Promise<void>;
    };
    readonly extensions: CliExtensions;
  };
  stop(): Promise<void>;
}

/** Files of migrations/ and what this database has seen of them. */
export interface CliMigrations {
  status(): MigrationStatus;
  /** Undefined when nothing was changed since the last one. */
  write(options: {
    readonly message: string;
    readonly isDryRun: boolean;
  }): Promise<
    | { readonly file: string | null; readonly revision: string; readonly lines: readonly string[] }
    | undefined
  >;
  upgrade(
    options: MigrateOptions,
    onDone?: (report: MigrationReport) => void,
  ): Promise<readonly MigrationReport[]>;
  downgrade(
    options: MigrateOptions,
    onDone?: (report: MigrationReport) => void,
  ): Promise<readonly MigrationReport[]>;
}

interface MigrateOptions {
  readonly to?: string | undefined;
  readonly isDryRun: boolean;
}

/** What a migration did, or would do, in words. */
export interface MigrationReport {
  readonly revision: string;
  readonly lines: readonly string[];
}

interface MigrationStatus {
  readonly applied: readonly MigrationRow[];
  readonly pending: readonly MigrationRow[];
  readonly missing: readonly string[];
  readonly edited: readonly string[];
  readonly appliedAt: ReadonlyMap<string, string>;
  /** What was changed without a migration; undefined when that cannot be told. */
  readonly drift: readonly string[] | undefined;
}

interface MigrationRow {
  readonly revision: string;
  readonly message: string;
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

/** Accounts to import: a database by its path, or bytes. */
export interface UserFile {
  readonly name: string;
  readonly path: string | undefined;
  readonly format: ImportFormat | undefined;
  chunks(): AsyncIterable<Uint8Array>;
}

export interface UserImportOptions {
  readonly isDryRun: boolean;
  readonly isPartial: boolean;
  readonly keepsAdmins: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: {
    readonly step: 'check' | 'write';
    readonly rows: number;
    readonly total?: number | undefined;
  }) => void;
}

export interface UserImportReport extends Omit<ImportReport, 'updated'> {
  readonly admins: number;
  readonly adminsAsUsers: number;
  readonly withoutPassword: number;
  readonly skipped: number;
  /** The first of them. */
  readonly skippedLines: readonly number[];
}

interface ExportPiece {
  readonly text: string;
  readonly records: number;
}

/** The whole server. */
export interface CliApp extends CliServices {
  listen(): Promise<{
    readonly url: string;
    /** The version that served this data before, when it was another one. */
    readonly previousVersion: string | undefined;
  }>;
  /** From now on, an edit of an extension's file restarts the extensions. */
  watchExtensions(): void;
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
    options: PackageOptions & { readonly isFrozen?: boolean },
  ): Promise<'installed' | 'nothing'>;
  add(
    folder: string,
    specs: readonly string[],
    options: PackageOptions & { readonly isDev?: boolean },
  ): Promise<void>;
}

interface PackageOptions {
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
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
interface KnownServer {
  /** Of the database. */
  readonly path: string;
  /** Where the server that took it last listens, or listened; undefined when nobody knows. */
  readonly address: string | undefined;
  /** Whether a server has it now; undefined when nobody can say. */
  readonly isServed: boolean | undefined;
}

export interface AppOpener {
  /** Everything, workers included; takes no port before `listen`. */
  createApp(options: OpenOptions): Promise<CliApp>;
  /** The same without workers, for commands that only touch the database. */
  openServices(options: OpenOptions): Promise<CliServices>;
  /** What works on the packages of functions; opens no database. */
  openPackages(logger: Logger): Promise<CliPackages>;
  /** The database's file as a whole; opens no app. */
  openDatabaseFile(options: Pick<OpenOptions, 'config' | 'dir'>): Promise<CliDatabaseFile>;
  /** What is known of the server of a database, from beside it. */
  findServer(options: Pick<OpenOptions, 'config' | 'dir'>): Promise<KnownServer>;
  /** What can be told of a project that is only looked at; opens no app and writes nothing. */
  openFacts(options: Pick<OpenOptions, 'config' | 'dir'>): Promise<CliFacts>;
  /** Of the tables that this program makes and opens. */
  schemaVersion(): Promise<number>;
  /** A lock that the system takes back when the process dies; undefined when somebody else holds it. */
  lockFile(path: string): Promise<{ release(): void } | undefined>;
}

export const appOpener: AppOpener = {
  // Imported when needed: `--help` must not load the server.
  createApp: async (options) => (await import('../app.ts')).createApp(options),
  openServices: async (options) => (await import('../app.ts')).openServices(options),
  openPackages: async (logger) => (await import('../app.ts')).openPackages(logger),
  openDatabaseFile: async (options) =>
    (await import('../app-database.ts')).openDatabaseFile(options),
  findServer: async (options) => (await import('../app-database.ts')).findServer(options),
  openFacts: async (options) => (await import('../app-facts.ts')).openFacts(options),
  schemaVersion: async () => (await import('../app-facts.ts')).SCHEMA_VERSION,
  lockFile: async (path) => (await import('../app-database.ts')).tryFileLock(path),
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
