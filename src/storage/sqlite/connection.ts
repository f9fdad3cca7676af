import { Database } from 'bun:sqlite';
import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { CommitQueue, type WriteOptions } from './commit.ts';
import { migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';

/** What the stores share: one connection for reads in the loop, and the queue that all writes go through. */
export interface Connection {
  readonly db: Database;
  /** Runs a synchronous job in the next group commit; see CommitQueue.write. */
  write<T>(job: () => T, options?: WriteOptions): Promise<T>;
  /** Called inside a job: what must happen once it is on disk, before its caller goes on. */
  afterCommit(effect: () => void): void;
  /** Adds a listener that drops caches, called when another process wrote to the file. */
  onForeignWrite(listener: () => void): void;
  /** Compares PRAGMA data_version, at most once a turn of the event loop. */
  checkForeignWrites(): void;
  close(): void;
}

const PRAGMAS = [
  'journal_mode = WAL',
  'synchronous = FULL',
  'foreign_keys = ON',
  // SQLite's own waiting would freeze the event loop; CommitQueue waits instead.
  'busy_timeout = 0',
  'temp_store = MEMORY',
  'cache_size = -32000',
  'journal_size_limit = 67108864',
  'trusted_schema = OFF',
];

export interface ConnectionOptions {
  /** A file's path, or `:memory:`. */
  readonly path: string;
  /** Told the number of jobs in each commit. */
  readonly onCommit?: (groupSize: number) => void;
}

export function openConnection({ path, onCommit = () => {} }: ConnectionOptions): Connection {
  const db = openFile(path);
  const commits = new CommitQueue(db, onCommit);
  const listeners: (() => void)[] = [];
  const versionQuery = db.query<{ data_version: number }, []>('PRAGMA data_version');
  const readVersion = () => versionQuery.get()?.data_version ?? 0;
  let version = readVersion();
  let isChecked = false;

  return {
    db,
    write: (job, options) => commits.write(job, options),
    afterCommit: (effect) => commits.afterCommit(effect),
    onForeignWrite: (listener) => void listeners.push(listener),
    checkForeignWrites() {
      if (isChecked) return;
      isChecked = true;
      setImmediate(() => {
        isChecked = false;
      });
      const current = readVersion();
      if (current === version) return;
      version = current;
      for (const listener of listeners) listener();
    },
    close() {
      commits.drain();
      if (path !== ':memory:') db.run('PRAGMA wal_checkpoint(TRUNCATE)');
      db.close();
    },
  };
}

function openFile(path: string): Database {
  try {
    if (path !== ':memory:') {
      mkdirSync(dirname(path), { recursive: true });
      closeSync(openSync(path, 'a', 0o600));
      chmodSync(path, 0o600);
    }
    const db = new Database(path, { readwrite: true, create: true, strict: true });
    for (const pragma of PRAGMAS) db.run(`PRAGMA ${pragma}`);
    migrate(db, path, MIGRATIONS);
    return db;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('unavailable', explain(path, error), { cause: error });
  }
}

function explain(path: string, error: unknown): string {
  const code = (error as { code?: string }).code ?? '';
  if (code === 'SQLITE_NOTADB')
    return `${path} is not a SQLite database. Move it away, or choose another file with database.url or --dir.`;
  if (code.startsWith('SQLITE_CORRUPT'))
    return `${path} is damaged. Restore a backup with 'tinybase db restore'.`;
  if (
    code === 'EACCES' ||
    code === 'EPERM' ||
    code === 'EROFS' ||
    code.startsWith('SQLITE_READONLY') ||
    code.startsWith('SQLITE_CANTOPEN')
  )
    return `${path} cannot be written (${code}). Give this user the right to write there, or choose another folder with --dir.`;
  if (code.startsWith('SQLITE_BUSY')) return `${path} is locked by another program.`;
  if (code === 'EISDIR')
    return `${path} is a folder, not a database file. Choose another with database.url.`;
  return `${path} cannot be opened: ${(error as Error).message}`;
}
