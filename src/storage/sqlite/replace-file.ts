import { Database } from 'bun:sqlite';
import {
  chownSync,
  copyFileSync,
  existsSync,
  linkSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { sync, syncFolder } from './copy-database.ts';
import { isBusy } from './errors.ts';
import { readFileHeader } from './file-header.ts';

export interface Swap {
  /** The database that is replaced, if there is one. */
  readonly path: string;
  /** What takes its place: whole, on the disk, in the same folder. */
  readonly staged: string;
  /** What the old one is called then. */
  readonly keptAs: string;
}

/** What SQLite puts beside a database. Each belongs to one file and would damage another. */
const COMPANIONS = ['-wal', '-shm', '-journal'];
const BUSY_MS = 1_000;

/** Puts one file in the place of another, which is kept. Answers where; undefined when there was none. */
export function swapDatabase({ path, staged, keptAs }: Swap): string | undefined {
  const folder = dirname(path);
  if (!existsSync(path)) {
    // What is left beside a database that somebody deleted.
    for (const end of COMPANIONS) rmSync(`${path}${end}`, { force: true });
    renameSync(staged, path);
    syncFolder(folder);
    return undefined;
  }
  const release = holdAlone(path);
  try {
    takeOwnerOf(path, staged);
    if (release === undefined) keepDamaged(path, keptAs);
    else keep(path, keptAs);
    syncFolder(folder);
    renameSync(staged, path);
    syncFolder(folder);
    return keptAs;
  } finally {
    release?.();
  }
}

/**
 * Brings the database into its one file and keeps everybody out of it; undefined when it is damaged.
 * Leaving WAL mode does so: it needs to be the only one who has the file open.
 */
function holdAlone(path: string): (() => void) | undefined {
  const { kind } = readFileHeader(path);
  // To SQLite a short one is an empty database, and it would throw the log away.
  if (kind === 'no_database') return undefined;
  if (kind === 'foreign')
    throw new AppError('conflict', `${path} is a database of another program: it was left alone.`);
  let db: Database | undefined;
  try {
    db = new Database(path, { readwrite: true, create: false });
    db.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
    db.run('PRAGMA journal_mode = DELETE');
    db.run('BEGIN EXCLUSIVE');
  } catch (error) {
    db?.close();
    if (isBusy(error))
      throw new AppError(
        'conflict',
        `Another program has ${path} open. Wait until it has ended, then try again.`,
        { cause: error },
      );
    return undefined;
  }
  const held = db;
  // Some builds of SQLite only empty it.
  for (const end of COMPANIONS) rmSync(`${path}${end}`, { force: true });
  return () => held.close();
}

/** An administrator restores what the server's own user has to open. */
function takeOwnerOf(path: string, staged: string): void {
  const [was, is] = [statSync(path), statSync(staged)];
  if (was.uid !== is.uid || was.gid !== is.gid) chownSync(staged, was.uid, was.gid);
}

/** A second name for the same file: at no moment is there none of the name that the server opens. */
function keep(path: string, keptAs: string): void {
  try {
    linkSync(path, keptAs);
  } catch {
    // Not every disk has links. Copying gives our lock away, as POSIX has it: nobody may start meanwhile.
    copyFileSync(path, keptAs);
    sync(keptAs);
  }
}

/** SQLite could not open it, so its parts are kept as they are, and none of them stays beside the new one. */
function keepDamaged(path: string, keptAs: string): void {
  for (const end of ['', ...COMPANIONS])
    if (existsSync(`${path}${end}`)) keep(`${path}${end}`, `${keptAs}${end}`);
  syncFolder(dirname(path));
  for (const end of COMPANIONS) rmSync(`${path}${end}`, { force: true });
}
