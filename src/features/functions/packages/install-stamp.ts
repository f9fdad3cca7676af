import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRegularFile } from '../../../core/regular-file.ts';
import { findLocks, OWN_LOCKS, PACKAGE_FILE, readDescription } from './package-file.ts';

/** Ours, inside node_modules: deleted with it, copied with it. */
const NOTES = join('node_modules', '.tinybase');
const STAMP = 'installed';
const MAX_STAMP_BYTES = 1024;

/** Where the installer keeps what it must remember about a folder. */
export function notesFolder(folder: string): string {
  return join(folder, NOTES);
}

/** True when everything that the package file asks for was installed, and neither it nor the lock file changed since. */
export function isInstalled(folder: string): boolean {
  try {
    const stamp = readRegularFile(join(folder, NOTES, STAMP), MAX_STAMP_BYTES);
    return stamp.toString('utf8') === describe(folder);
  } catch {
    return false;
  }
}

/** Last of all: what was cut off half-way does not count. */
export function markInstalled(folder: string): void {
  mkdirSync(join(folder, NOTES), { recursive: true });
  const path = join(folder, NOTES, STAMP);
  writeFileSync(`${path}.new`, describe(folder));
  renameSync(`${path}.new`, path);
}

export function unmarkInstalled(folder: string): void {
  rmSync(join(folder, NOTES, STAMP), { force: true });
}

/** Of what an install depends on. Packages with native code are for one platform only. */
function describe(folder: string): string {
  const hash = new Bun.CryptoHasher('sha256');
  hash.update(`${process.platform} ${process.arch} ${Bun.version}`);
  const { own, foreign } = findLocks(folder);
  // The others are only read when there is none of our own.
  for (const name of [
    PACKAGE_FILE,
    ...(own.length > 0 ? OWN_LOCKS.filter((lock) => own.includes(lock)) : foreign),
  ])
    hash.update(`\0${name}\0`).update(readDescription(folder, name));
  return hash.digest('hex');
}
