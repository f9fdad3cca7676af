import { existsSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const MARK = '.before-restore-';
const STAGED = '.restoring';

/** What takes the place of a database is called so until then. */
export function nameStaged(path: string): string {
  return path + STAGED;
}

/** What a database is called once a restore has replaced it. */
export function nameKept(path: string, stamp: string): string {
  const wanted = `${path}${MARK}${stamp}`;
  for (let count = 1; ; count++) {
    const name = count === 1 ? wanted : `${wanted}-${count}`;
    if (!existsSync(name)) return name;
  }
}

/**
 * Takes away the second name that a database was given when a restore was killed before it replaced it.
 * Whoever opened it by that name would damage it: SQLite knows its log by the name.
 */
export function dropSecondNames(path: string): void {
  const file = statSync(path, { throwIfNoEntry: false });
  if (file === undefined || file.nlink < 2) return;
  // By its own name, wherever a link to it lies.
  const own = realpathSync(path);
  const folder = dirname(own);
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`${basename(own)}${MARK}`)) continue;
    const other = statSync(join(folder, name));
    if (other.ino === file.ino && other.dev === file.dev) rmSync(join(folder, name));
  }
}

/** What a restore that was killed has left, which may be as large as the database. For who holds the server's lock. */
export function removeStaged(path: string): void {
  const folder = dirname(path);
  for (const name of readdirSync(folder))
    if (isStagedName(basename(path), name))
      rmSync(join(folder, name), { recursive: true, force: true });
}

/** Whether that is such a remainder. Both are real paths. */
export function isStaged(path: string, other: string): boolean {
  return dirname(path) === dirname(other) && isStagedName(basename(path), basename(other));
}

/** None that somebody has called nearly so. */
function isStagedName(database: string, name: string): boolean {
  const staged = nameStaged(database);
  const rest = name.slice(staged.length);
  return name.startsWith(staged) && /^(\.[0-9a-f]{8}\.part|-wal|-shm|-journal)?$/.test(rest);
}
