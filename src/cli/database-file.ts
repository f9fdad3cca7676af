import type { DatabaseReport } from '../core/database-check.ts';

/** The file of the database as a whole. No app is open meanwhile. */
export interface CliDatabaseFile {
  /** Absolute. */
  readonly path: string;
  copyTo(target: string, options: CopyOptions): Promise<CopiedFile>;
  restore(source: string, options: RestoreOptions): Promise<RestoredFile>;
  check(options: CheckOptions): Promise<DatabaseReport>;
}

interface CopyOptions {
  readonly mayReplace: boolean;
  readonly signal: AbortSignal;
  /** Told how much is written, from 0 to 1. */
  readonly onProgress: (done: number) => void;
}

interface CheckOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly step: string; readonly records: number }) => void;
}

interface CopiedFile {
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly schemaVersion: number;
}

interface RestoreOptions {
  /** What the file must be, in hex. */
  readonly sha256: string | undefined;
  readonly keepsSessions: boolean;
  readonly signal: AbortSignal;
  readonly onStep: (step: 'check' | 'copy', done: number) => void;
  /** Asked once the backup was found good, before anything is changed; throws to leave it so. */
  readonly confirm: () => Promise<void>;
}

interface RestoredFile {
  readonly source: CopiedFile & { readonly isOlder: boolean };
  /** Where the database is that was replaced. */
  readonly replaced: string | undefined;
  readonly ended: { readonly sessions: number; readonly apiTokens: number } | undefined;
  /** The active version of the functions, when its files are not on this machine. */
  readonly missingDeployment: string | undefined;
}
