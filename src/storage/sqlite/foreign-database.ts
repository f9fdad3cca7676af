import { Database } from 'bun:sqlite';
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';

const MAGIC = 'SQLite format 3\0';
/** The version that a reader needs: 2 with a write-ahead log. https://sqlite.org/fileformat.html#the_database_header */
const READ_VERSION_OFFSET = 19;
const WITH_LOG = 2;
const HEADER_BYTES = READ_VERSION_OFFSET + 1;
/** What may hold the newest changes of a database. */
const COMPANIONS = ['-wal', '-journal'] as const;
/** How often a file is looked at again that changed while it was copied: a program may be closing it. */
const MAX_TRIES = 5;
const PAUSE_MS = 100;

interface ForeignDatabase {
  readonly db: Database;
  close(): void;
}

/**
 * A database of somebody else, which nothing is ever written to; undefined when the file is none.
 * `ownPath` is the database that is written to, or `:memory:`.
 */
export function openForeignDatabase(path: string, ownPath: string): ForeignDatabase | undefined {
  // Before it is opened: closing it again would drop our own locks on it. See open-file.ts.
  if (isSameFile(path, ownPath))
    throw new AppError('conflict', `${path} is the database of this project itself.`);
  const header = readHeader(path);
  if (header === undefined) return undefined;
  // What belongs to a file stands beside the file itself, not beside a link to it.
  const real = realpathSync(path);
  // SQLite makes files beside a database with a log and rolls back what was left half done.
  const isCopied =
    header[READ_VERSION_OFFSET] === WITH_LOG || COMPANIONS.some((end) => existsSync(real + end));
  const folder = isCopied ? mkdtempSync(join(tmpdir(), 'tinybase-foreign-')) : undefined;
  const remove = () => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  try {
    const file = folder === undefined ? real : copyWhole(join(folder, 'copy.db'), real, path);
    const db = openReadOnly(file, path, isCopied);
    // It holds the hashes of passwords: who is killed must not leave it. Windows keeps what is open.
    if (process.platform !== 'win32') remove();
    return {
      db,
      close() {
        db.close();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function unreadable(path: string, error: unknown): AppError {
  const reason = error instanceof Error ? error.message : String(error);
  return new AppError('invalid_input', `${path} cannot be read as SQLite: ${reason}.`, {
    cause: error,
  });
}

function isSameFile(path: string, ownPath: string): boolean {
  if (ownPath === ':memory:') return false;
  const [one, other] = [path, ownPath].map((file) => statSync(file, { throwIfNoEntry: false }));
  return one !== undefined && other !== undefined && one.dev === other.dev && one.ino === other.ino;
}

/** The first bytes of an SQLite database. */
function readHeader(path: string): Buffer | undefined {
  // Opening a pipe waits for its other end and holds all else up, and what is read of it is gone.
  if (!statSync(path).isFile()) return undefined;
  const file = openSync(path, 'r');
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    readSync(file, header, 0, header.length, 0);
    return header.toString('latin1', 0, MAGIC.length) === MAGIC ? header : undefined;
  } finally {
    closeSync(file);
  }
}

/** Copies a database with what may hold its newest changes, all of one moment. */
function copyWhole(copy: string, path: string, shown: string): string {
  const ends = ['', ...COMPANIONS];
  const describeAll = () => ends.map((end) => describeState(path + end)).join();
  for (let tries = 1; tries <= MAX_TRIES; tries++) {
    if (tries > 1) Bun.sleepSync(PAUSE_MS);
    const before = describeAll();
    for (const end of ends) copyFile(path + end, copy + end, shown);
    if (describeAll() === before) return copy;
  }
  throw new AppError(
    'conflict',
    `${shown} is being written to: stop the server that uses it, and start again.`,
  );
}

/** What is not there, or no longer, is not there in the copy either. */
function copyFile(from: string, to: string, shown: string): void {
  rmSync(to, { force: true });
  try {
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return;
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw unreadable(shown, error);
    throw new AppError(
      'unavailable',
      `There is no room in ${tmpdir()} for a copy of ${shown}, which is what is read. Name another folder with TMPDIR.`,
      { cause: error },
    );
  }
}

function describeState(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false, bigint: true });
  return stat ? `${stat.size} ${stat.mtimeNs}` : 'gone';
}

/** A copy has to be written to where something half done is rolled back. */
function openReadOnly(file: string, shown: string, isCopy: boolean): Database {
  try {
    const db = new Database(file, isCopy ? { strict: true } : { readonly: true, strict: true });
    const pragmas = ['query_only = ON', 'trusted_schema = OFF', 'cell_size_check = ON'];
    for (const pragma of [...pragmas, 'busy_timeout = 5000']) db.run(`PRAGMA ${pragma}`);
    // Now it has all of its files open.
    db.query('SELECT 1 FROM sqlite_schema').get();
    return db;
  } catch (error) {
    throw unreadable(shown, error);
  }
}
