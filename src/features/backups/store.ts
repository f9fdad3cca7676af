import type { Awaitable } from '../../lib/awaitable.ts';
import type { Listing, PageWindow } from '../../lib/page.ts';
import type { Backup } from './schema.ts';

export type StoredBackup = Omit<Backup, 'progress'>;
export type NewBackup = Pick<StoredBackup, 'id' | 'trigger_type' | 'location' | 'created_at'>;

/** What backups need from a database to remember them. Each is noted before its file is begun. */
export interface BackupStore {
  /** Notes one that runs. */
  begin(backup: NewBackup): Awaitable<void>;
  finish(
    id: string,
    end: { readonly size_bytes: number; readonly sha256: string; readonly finished_at: string },
  ): Awaitable<void>;
  fail(id: string, end: { readonly error: string; readonly finished_at: string }): Awaitable<void>;
  /** False when there is none with this id. */
  noteCheck(
    id: string,
    check: { readonly checked_at: string; readonly check_result: string },
  ): Awaitable<boolean>;
  remove(id: string): Awaitable<void>;
  find(id: string): Awaitable<StoredBackup | undefined>;
  /** The newest comes first. */
  list(window: PageWindow): Awaitable<Listing<StoredBackup>>;
  /** Those that are noted as running. */
  listRunning(): Awaitable<readonly StoredBackup[]>;
  /** The newest that the schedule made, or tried to make. */
  findLastScheduled(): Awaitable<StoredBackup | undefined>;
  /** Of those that the schedule made: the ones behind the newest `keep` that are done. */
  listOutdated(keep: number): Awaitable<readonly StoredBackup[]>;
  /** Of those that the schedule made and that failed, the newest `keep` stay noted. */
  pruneFailed(keep: number): Awaitable<void>;
}

export interface CopiedDatabase {
  readonly sizeBytes: number;
  /** In hex. */
  readonly sha256: string;
  /** Which version of the system tables it has. */
  readonly schemaVersion: number;
}

export interface InspectedDatabase {
  readonly sizeBytes: number;
  /** In hex. */
  readonly sha256: string;
  readonly schemaVersion: number;
  /** The next start brings its system tables up to date. */
  readonly isOlder: boolean;
  /** The version of the functions that it points to. */
  readonly deploymentId: string | null;
  /** Why it cannot be used, a sentence each; empty when it can. */
  readonly faults: readonly string[];
}

export interface CopyRequest {
  readonly source: string;
  readonly target: string;
  /** A file of this name may be there already. */
  readonly mayReplace: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Told how much is written, from 0 to 1. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** Works on whole databases, off the event loop. */
export interface DatabaseCopier {
  /**
   * Copies a database as it is at this moment, while others go on writing. The copy has its name only
   * once it is whole, checked and on the disk.
   */
  copy(request: CopyRequest): Promise<CopiedDatabase>;
  /** Looks at all of a database that is not in use. Throws when there is none. */
  inspect(path: string, signal?: AbortSignal): Promise<InspectedDatabase>;
}
