import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { isRemains } from './backup-name.ts';
import { fileGone, type StoredFile } from './stored-file.ts';

/** A folder with backups, the only one that ever writes files of these names into it. */
export interface FolderPlace {
  readonly kind: 'folder';
  /** As people are told. */
  readonly shown: string;
  /** What is noted about a file of this name: it still holds when the project is moved. */
  locationOf(name: string): string;
  pathOf(name: string): string;
  /** Makes the folder, for this user's eyes only, unless it is there. */
  prepare(): Promise<void>;
  read(name: string): Promise<StoredFile>;
  /** Also when there is none. */
  remove(name: string): Promise<void>;
  /** Removes what a crash has left behind. */
  removeRemains(): Promise<void>;
}

export interface FolderPlaceOptions {
  /** Absolute. */
  readonly folder: string;
  /** Of the project, absolute. */
  readonly root: string;
}

export function createFolderPlace({ folder, root }: FolderPlaceOptions): FolderPlace {
  const inside = relative(root, folder);
  const isInside = !(inside.startsWith('..') || resolve(inside) === inside);
  const shown = isInside ? toPath(inside) || '.' : folder;
  const pathOf = (name: string) => join(folder, name);

  return {
    kind: 'folder',
    shown,
    locationOf: (name) => (isInside ? toPath(join(inside, name)) : pathOf(name)),
    pathOf,
    prepare: () =>
      writing(shown, async () => {
        await mkdir(folder, { recursive: true, mode: 0o700 });
      }),
    async read(name) {
      const path = pathOf(name);
      const found = await stat(path).catch(() => undefined);
      if (!found?.isFile()) throw fileGone(path);
      return { chunks: createReadStream(path) };
    },
    remove: (name) => writing(shown, () => rm(pathOf(name), { force: true })),
    async removeRemains() {
      const names = await readdir(folder).catch(() => []);
      for (const name of names)
        if (isRemains(name)) await rm(pathOf(name), { recursive: true, force: true });
    },
  };
}

/** In words for whoever looks after the disk. */
async function writing(shown: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    throw new AppError(
      'unavailable',
      `${shown}, the folder of backups, cannot be changed (${code}).`,
      {
        cause,
      },
    );
  }
}

function toPath(path: string): string {
  return path.replaceAll(sep, '/');
}
