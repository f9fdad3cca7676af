import { type Database, SQLiteError } from 'bun:sqlite';
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { CachingDatabase } from './caching-database.ts';
import { isBusy, isDiskFault } from './errors.ts';
import { readFileHeader } from './file-header.ts';
import { dropSecondNames } from './kept-file.ts';
import { APPLICATION_ID, migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { addFunctions } from './sql-functions.ts';

/** Of a connection, not of the file. */
const CONNECTION_PRAGMAS = [
  'synchronous = FULL',
  'foreign_keys = ON',
  'temp_store = MEMORY',
  'cache_size = -32000',
  'journal_size_limit = 67108864',
  // Pages that many commits change are copied back once: at SQLite's 1000 that takes as long as the commits.
  'wal_autocheckpoint = 4000',
  'trusted_schema = OFF',
];
/** While opening, and in threads: another program may be at it. */
const OPEN_BUSY_MS = 5_000;
const OPEN_RETRY_MS = 20;

/**
 * Files that this process has open. POSIX drops all locks of a process on a file when it closes any
 * descriptor of it, so such a file must not be looked into a second time.
 */
const openPaths = new Map<string, number>();

/** Opens or makes the database at the path, ready for use; says in words why it cannot. */
export function openFile(path: string): Database {
  try {
    if (path !== ':memory:') prepareFile(path);
    const db = openPatiently(path);
    openPaths.set(path, (openPaths.get(path) ?? 0) + 1);
    return db;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('unavailable', explain(path, error), { cause: error });
  }
}

/** SQLite does not wait where two programs each have a lock that the other wants, as at the change to WAL. */
function openPatiently(path: string): Database {
  const until = performance.now() + OPEN_BUSY_MS;
  for (;;) {
    try {
      return openReady(path);
    } catch (error) {
      const mayHelp = isBusy(error) || wasReplaced(error);
      if (!mayHelp || performance.now() > until) throw error;
      Bun.sleepSync(OPEN_RETRY_MS);
    }
  }
}

/** True when another file has taken the name of the one that was opened: a restore. */
function wasReplaced(error: unknown): boolean {
  return error instanceof SQLiteError && error.code === 'SQLITE_READONLY_DBMOVED';
}

function openReady(path: string): Database {
  const db = new CachingDatabase(path, { readwrite: true, create: true, strict: true });
  try {
    db.run(`PRAGMA busy_timeout = ${OPEN_BUSY_MS}`);
    // Written before the journal mode changes, so that it stands in the file itself from the start.
    if (isNew(db)) db.run(`PRAGMA application_id = ${APPLICATION_ID}`);
    db.run('PRAGMA journal_mode = WAL');
    for (const pragma of CONNECTION_PRAGMAS) db.run(`PRAGMA ${pragma}`);
    migrate(db, path, MIGRATIONS);
    addFunctions(db);
    // SQLite's own waiting would freeze the event loop; CommitQueue waits instead.
    db.run('PRAGMA busy_timeout = 0');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** A further connection of this process, for a thread of its own: it may wait for locks. */
export function openAgain(path: string): Database {
  const db = new CachingDatabase(path, { readwrite: true, create: false, strict: true });
  db.run(`PRAGMA busy_timeout = ${OPEN_BUSY_MS}`);
  for (const pragma of CONNECTION_PRAGMAS) db.run(`PRAGMA ${pragma}`);
  addFunctions(db);
  return db;
}

export function closeFile(db: Database, path: string): void {
  try {
    if (path !== ':memory:') db.run('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch (error) {
    // On a full or broken disk all stays in the log, where whoever opens it next finds it.
    if (!isDiskFault(error)) throw error;
  }
  db.close();
  const count = (openPaths.get(path) ?? 1) - 1;
  if (count > 0) openPaths.set(path, count);
  else openPaths.delete(path);
}

function isNew(db: Database): boolean {
  return (db.query('PRAGMA page_count').get() as { page_count: number }).page_count === 0;
}

/** Makes the file for our eyes only, or makes sure that what is there is ours, without touching it before. */
function prepareFile(path: string): void {
  if (openPaths.has(path)) return;
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true });
    closeSync(openSync(path, 'a', 0o600));
  } else if (statSync(path).size > 0) {
    dropSecondNames(path);
    checkHeader(path);
  }
  chmodSync(path, 0o600);
}

function checkHeader(path: string): void {
  const { kind } = readFileHeader(path);
  if (kind === 'no_database')
    throw new AppError(
      'unavailable',
      `${path} is not a SQLite database. Move it away, or choose another file with database.url or --dir.`,
    );
  if (kind === 'foreign')
    throw new AppError(
      'conflict',
      `${path} is a database of another program. Choose another file with database.url or --dir.`,
    );
}

function explain(path: string, error: unknown): string {
  const { code = '', message } = error as Error & { code?: string };
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB')
    return `${path} is damaged: SQLite says "${message}". Put a copy of it in its place.`;
  if (/^(EACCES|EPERM|EROFS|ENOTDIR|SQLITE_READONLY|SQLITE_CANTOPEN)/.test(code))
    return `${path} cannot be written (${code}). Give this user the right to write there, or choose another folder with --dir.`;
  if (code.startsWith('SQLITE_BUSY')) return `${path} is locked by another program.`;
  if (code === 'EISDIR')
    return `${path} is a folder, not a database file. Choose another with database.url.`;
  return `${path} cannot be opened: ${message}`;
}
