import { accessSync, constants, linkSync, renameSync, rmSync, statSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { IS_COMPILED } from '../../lib/is-compiled.ts';
import type { CliIo } from '../output.ts';

/** The file that runs, and the one that it replaced. */
export interface InstalledProgram {
  readonly path: string;
  readonly folder: string;
  readonly previous: string;
  /** Of the file, so that it is known when somebody else puts another one there. */
  readonly inode: number;
}

/** Throws when somebody else looks after this program, with what to do instead. */
export function findInstalledProgram({ env }: CliIo): InstalledProgram {
  const path = process.execPath;
  if (!IS_COMPILED)
    throw new AppError('conflict', 'TinyBase runs from its sources here: update them by git.');
  if (env.TINYBASE_INSTALLED_BY === 'npm' || /[\\/]node_modules[\\/]/.test(path))
    throw new AppError(
      'conflict',
      'TinyBase was installed by npm here: npm install tinybase@latest brings the newest version, with -g when it was installed so.',
    );
  // The place that it has in the image of the Dockerfile.
  if (path === '/tinybase')
    throw new AppError(
      'conflict',
      'TinyBase runs from an image here: pull the newer image, and start the container from that. Data in the volume stays.',
    );
  const folder = dirname(path);
  const suffix = path.endsWith('.exe') ? '.exe' : '';
  return {
    path,
    folder,
    previous: join(folder, `tinybase.previous${suffix}`),
    // Another one was put there since this one was started.
    inode: statSync(path, { throwIfNoEntry: false })?.ino ?? 0,
  };
}

/** Both are renamed, so the folder is what must be writable. */
export function requireWritable({ path, folder }: InstalledProgram): void {
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new AppError(
      'forbidden',
      `The folder ${folder} cannot be written by this user: run the command as whoever installed ${path}.`,
      { cause: error },
    );
  }
}

/**
 * Puts a program, which lies in a folder beside, in the place of the one that runs, which is kept. At every
 * moment there is a whole one under both names, but for Windows, where a file that runs can only be renamed.
 */
export async function putInPlace(
  { path, previous, inode }: InstalledProgram,
  program: string,
): Promise<void> {
  if (statSync(path, { throwIfNoEntry: false })?.ino !== inode)
    throw new AppError(
      'conflict',
      `${path} was replaced meanwhile, by another update or by hand: nothing was changed.`,
    );
  if (process.platform === 'win32') {
    rmSync(previous, { force: true });
    renameSync(path, previous);
    try {
      renameSync(program, path);
    } catch (error) {
      renameSync(previous, path);
      throw error;
    }
    return;
  }
  const kept = join(dirname(program), 'tinybase.kept');
  await linkOrCopy(path, kept);
  renameSync(kept, previous);
  renameSync(program, path);
}

/** Changes places with the one that was kept. */
export async function bringBack(installed: InstalledProgram, folder: string): Promise<void> {
  const program = join(folder, 'tinybase.back');
  await linkOrCopy(installed.previous, program);
  await putInPlace(installed, program);
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    linkSync(from, to);
  } catch {
    // Some file systems have no links.
    await copyFile(from, to);
  }
}

/** What was there before, if anything. */
export function hasPrevious({ previous }: InstalledProgram): boolean {
  return statSync(previous, { throwIfNoEntry: false })?.isFile() ?? false;
}
