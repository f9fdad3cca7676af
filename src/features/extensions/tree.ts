import { copyFile, lstat, mkdir, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { EntryKind } from '../../core/archive/paths.ts';
import { AppError } from '../../core/errors.ts';

/** What an extension may weigh, without its packages. */
export const LIMITS = {
  maxFiles: 5_000,
  maxFileBytes: 16 * 1024 * 1024,
  maxTotalBytes: 128 * 1024 * 1024,
};
const MEGABYTE = 1024 * 1024;

export interface TreeFile {
  /** From the folder, with slashes. */
  readonly path: string;
  readonly bytes: number;
}

/** What is left behind wherever an extension comes from. */
function isUnwanted(name: string): boolean {
  return ['node_modules', '.git'].includes(name.toLowerCase());
}

/** What an archive of an extension may not hold, beyond what none may. */
export function refuseUnwanted(path: string, _kind: EntryKind): string | undefined {
  if (!path.split('/').some(isUnwanted)) return undefined;
  return 'is of no use here: leave node_modules and .git out, packages are installed by name';
}

/** Copies a folder file by file; links that lead out of it are refused, others become what they lead to. */
export async function copyTree(from: string, to: string): Promise<void> {
  const root = await realpath(from);
  for (const { path, full } of await listTree(from, root)) {
    const target = join(to, path);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await copyFile(full, target);
  }
}

/** Every file below a folder; throws when there are too many or when one is no file. */
export async function measureTree(folder: string): Promise<readonly TreeFile[]> {
  return (await listTree(folder, await realpath(folder))).map(({ path, bytes }) => ({
    path,
    bytes,
  }));
}

async function listTree(folder: string, root: string) {
  const files: { path: string; full: string; bytes: number }[] = [];
  let total = 0;
  const waiting = [''];
  for (let here = waiting.pop(); here !== undefined; here = waiting.pop()) {
    for (const name of await readdir(join(folder, here))) {
      if (isUnwanted(name)) continue;
      const path = here === '' ? name : `${here}/${name}`;
      const full = join(folder, path);
      const found = await look(full, path, root);
      if (found === 'folder') {
        waiting.push(path);
        continue;
      }
      files.push({ path, full, bytes: found });
      total += found;
      if (files.length > LIMITS.maxFiles)
        throw tooLarge(`It holds more than ${LIMITS.maxFiles} files`);
      if (found > LIMITS.maxFileBytes)
        throw tooLarge(
          `${path} is larger than the ${LIMITS.maxFileBytes / MEGABYTE} MB that one file may have`,
        );
      if (total > LIMITS.maxTotalBytes)
        throw tooLarge(
          `It is larger than the ${LIMITS.maxTotalBytes / MEGABYTE} MB that an extension may have`,
        );
    }
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function look(full: string, path: string, root: string): Promise<'folder' | number> {
  const own = await lstat(full);
  if (own.isSymbolicLink()) {
    const target = await realpath(full).catch(() => undefined);
    const inside = target === undefined ? '..' : relative(root, resolve(target));
    const isOutside = inside === '..' || inside.startsWith(`..${sep}`) || inside === '';
    const led = target === undefined || isOutside ? undefined : await stat(full);
    if (led?.isFile()) return led.size;
    throw refuse(`${path} is a link that leads to no file inside of the folder`);
  }
  if (own.isDirectory()) return 'folder';
  if (own.isFile()) return own.size;
  throw refuse(`${path} is neither a file nor a folder`);
}

function refuse(problem: string): AppError {
  return new AppError('conflict', `The extension was not installed. ${problem}.`);
}

function tooLarge(problem: string): AppError {
  return new AppError('too_large', `The extension was not installed. ${problem}.`);
}
