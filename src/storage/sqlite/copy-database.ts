import { Database } from 'bun:sqlite';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import type { CopiedDatabase } from '../../features/backups/store.ts';
import { findBrokenPages, readPragma } from './database-facts.ts';
import { readFileHeader } from './file-header.ts';
import { APPLICATION_ID } from './migrate.ts';

/** A copy as data, so that a thread can make it. */
export interface CopyTask {
  readonly kind: 'copy';
  readonly source: string;
  /** Has its name only once it is whole. */
  readonly target: string;
  /** The folder, beside the target, in which it is made: see `makePart`. */
  readonly part: string;
  /** A file of this name may be there already. */
  readonly mayReplace: boolean;
}

/** The disk's own bookkeeping takes some as well. */
const ROOM_FACTOR = 1.05;
const HASH_BLOCK_BYTES = 1024 * 1024;
/** Somebody may be changing the journal mode, or recovering after a crash. */
const BUSY_MS = 5_000;
const SHOWN_FAULTS = 3;

/**
 * Makes the folder of a copy, for whoever starts it and takes it away at the end. A thread that is
 * ended goes on until SQLite returns, and then finds no place to write to.
 */
export function makePart({ source, target, part, mayReplace }: CopyTask): void {
  try {
    requireOther(source, target);
    requireFree(target, mayReplace);
    mkdirSync(part, { mode: 0o700 });
  } catch (error) {
    throw toCopyError(error, source, target);
  }
}

/** Also of a copy that was not finished. Why it was not is worth more than why that stays. */
export function removePart(part: string): void {
  for (;;) {
    try {
      rmSync(part, { recursive: true, force: true });
      return;
    } catch (error) {
      // Its thread has put something there meanwhile. On a disk that may only be read, nothing was written.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOTEMPTY')) return;
    }
  }
}

/** The file in that folder. */
export function filePart(part: string): string {
  return join(part, 'copy.db');
}

/**
 * Copies a database as it is at this moment into that folder. VACUUM INTO reads one state of it, so that
 * others write on meanwhile, and leaves out what was deleted.
 */
export function copyDatabase({ source, target, part }: CopyTask): CopiedDatabase {
  const file = filePart(part);
  try {
    const schemaVersion = readInto(source, file, target);
    sync(file);
    requireWhole(file, schemaVersion);
    const { size } = statSync(file);
    return { sizeBytes: size, sha256: hashFile(file), schemaVersion };
  } catch (error) {
    throw toCopyError(error, source, target);
  }
}

/**
 * Gives a whole copy its name. For whoever started it: a thread might do so just when it is stopped,
 * and the copy would stay.
 */
export async function nameCopy({ source, target, part, mayReplace }: CopyTask): Promise<void> {
  try {
    requireFree(target, mayReplace);
    await rename(filePart(part), target);
    await syncNames(dirname(target));
  } catch (error) {
    throw toCopyError(error, source, target);
  }
}

function readInto(source: string, file: string, target: string): number {
  const db = openToRead(source);
  try {
    const schemaVersion = readPragma(db, 'user_version');
    requireRoom(db, target);
    // Made here, so that it is nobody else's from its first byte on.
    closeSync(openSync(file, 'wx', 0o600));
    db.query('VACUUM INTO ?').run(file);
    return schemaVersion;
  } finally {
    db.close();
  }
}

/** Opens a file that must be one of our databases, to read it. */
export function openToRead(path: string, patienceMs = BUSY_MS): Database {
  if (!existsSync(path)) throw new AppError('not_found', `There is no database ${path}.`);
  requireNoPipe(path);
  let db: Database | undefined;
  try {
    db = openQuietly(path, { readonly: true }, patienceMs);
    const isOurs = readPragma(db, 'application_id') === APPLICATION_ID;
    // Only who may write can take away again what SQLite puts beside a database that it opens.
    if (isOurs && !existsSync(`${path}-shm`)) return db;
    db.close();
    if (isOurs) return openQuietly(path, { readwrite: true, create: false }, patienceMs);
  } catch (error) {
    db?.close();
    if (isHalfChanged(error)) return openAndRollBack(path, patienceMs);
    throw toReadError(error, path);
  }
  throw toForeign(path);
}

/** Whoever changed its journal mode was killed: what is half done has to be taken back before it is read. */
function isHalfChanged(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'SQLITE_READONLY_ROLLBACK';
}

function openAndRollBack(path: string, patienceMs: number): Database {
  let db: Database | undefined;
  try {
    // This process cannot have it open: then it would be taken back already.
    if (readFileHeader(path).kind !== 'ours') throw toForeign(path);
    db = openQuietly(path, { readwrite: true, create: false }, patienceMs);
    readPragma(db, 'application_id');
    return db;
  } catch (error) {
    db?.close();
    throw toReadError(error, path);
  }
}

function toForeign(path: string): AppError {
  return new AppError('conflict', `${path} is a database of another program, or an empty one.`);
}

/** Whoever opens a pipe waits until somebody writes into it. */
export function requireNoPipe(path: string): void {
  const found = statSync(path);
  if (!(found.isFile() || found.isDirectory()))
    throw new AppError('conflict', `${path} is a pipe or a device, and no file.`);
}

function openQuietly(
  path: string,
  mode: { readonly: true } | { readwrite: true; create: false },
  patienceMs = BUSY_MS,
): Database {
  const db = new Database(path, { ...mode, strict: true });
  db.run(`PRAGMA busy_timeout = ${patienceMs}`);
  db.run('PRAGMA trusted_schema = OFF');
  return db;
}

/** In words for whoever has named the file. */
export function toReadError(error: unknown, path: string): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'SQLITE_NOTADB')
    return new AppError('conflict', `${path} is not a SQLite database.`, { cause: error });
  if (code.startsWith('SQLITE_CORRUPT'))
    return new AppError('conflict', `${path} is damaged: SQLite says "${error.message}".`, {
      cause: error,
    });
  if (/^(SQLITE_(CANTOPEN|IOERR)|EACCES$|EISDIR$|ENOTDIR$)/.test(code))
    return new AppError('unavailable', `${path} cannot be read (${code}).`, { cause: error });
  // SQLite puts two files beside a database that it reads.
  if (code.startsWith('SQLITE_READONLY'))
    return new AppError(
      'unavailable',
      `Only who may write into the folder of ${path} can read it (${code}): run this as its owner.`,
      { cause: error },
    );
  return error;
}

function requireOther(source: string, target: string): void {
  if (!(existsSync(source) && existsSync(target))) return;
  const [one, other] = [statSync(source), statSync(target)];
  if (one.dev === other.dev && one.ino === other.ino)
    throw new AppError('conflict', `${target} is the database itself: name another file.`);
}

function requireFree(target: string, mayReplace: boolean): void {
  if (!existsSync(target)) return;
  if (statSync(target).isDirectory())
    throw new AppError('conflict', `${target} is a folder. Name a file in it.`);
  // Renamed over, /dev/null would be a file from then on.
  requireNoPipe(target);
  if (!mayReplace)
    throw new AppError('conflict', `${target} is there already: it was left as it is.`);
}

function requireRoom(db: Database, target: string): void {
  const needed = expectedBytes(db) * ROOM_FACTOR;
  const { bavail, bsize } = statfsSync(dirname(target));
  const free = bavail * bsize;
  if (free >= needed) return;
  throw new AppError(
    'unavailable',
    `The copy needs ${toMegabytes(needed)} MB and ${dirname(target)} has ${toMegabytes(free)} MB free. Free some space, or choose another disk.`,
  );
}

/** How large a copy will be at most. */
export function expectedBytes(db: Database): number {
  const pages = readPragma(db, 'page_count') - readPragma(db, 'freelist_count');
  return pages * readPragma(db, 'page_size');
}

function requireWhole(file: string, schemaVersion: number): void {
  const db = openToRead(file);
  try {
    const faults = [...findBrokenPages(db, 'quick_check', SHOWN_FAULTS)];
    if (readPragma(db, 'user_version') !== schemaVersion)
      faults.push('the version of its tables is another');
    if (faults.length > 0)
      throw new AppError(
        'conflict',
        `The copy is damaged, so it was thrown away: ${faults.join('; ')}. Run tinybase db check.`,
      );
  } finally {
    db.close();
  }
}

/** SHA-256 in hex. */
export function hashFile(path: string): string {
  const hash = new Bun.CryptoHasher('sha256');
  const block = Buffer.alloc(HASH_BLOCK_BYTES);
  const file = openSync(path, 'r');
  try {
    for (;;) {
      const read = readSync(file, block, 0, block.length, null);
      if (read === 0) return hash.digest('hex');
      hash.update(block.subarray(0, read));
    }
  } finally {
    closeSync(file);
  }
}

/** Brings what was written to a file to the disk. */
export function sync(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Brings the names in a folder to the disk. */
export function syncFolder(path: string): void {
  // Windows opens no folders and keeps their names itself.
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** The same beside the event loop: the folder may lie on a slow disk. */
async function syncNames(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function toCopyError(error: unknown, source: string, target: string): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT')
    return new AppError(
      'unavailable',
      `The disk of ${dirname(target)} is full: nothing is left of the copy.`,
      {
        cause: error,
      },
    );
  if (
    /^(ENOENT|ENOTDIR|EACCES|EPERM|EROFS|SQLITE_CANTOPEN|SQLITE_READONLY|SQLITE_IOERR)/.test(code)
  )
    return new AppError(
      'unavailable',
      `${basename(target)} cannot be written into ${dirname(target)} (${code}).`,
      {
        cause: error,
      },
    );
  return toReadError(error, source);
}

function toMegabytes(bytes: number): string {
  return Math.ceil(bytes / 1_000_000).toLocaleString('en-US');
}
