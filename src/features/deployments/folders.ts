import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncPath, syncTree } from '../../core/sync-tree.ts';
import { FUNCTIONS_FILE, FUNCTIONS_FOLDER } from './archive-layout.ts';

const UPLOAD = 'archive.tar.gz';

/** Where the versions lie: each in a folder of its own, which has another name until it is whole. */
export function createFolders(root: string) {
  const pathOf = (id: string) => join(root, id);
  const partOf = (id: string) => join(root, `${id}.partial`);
  return {
    pathOf,
    partOf,
    /** Where packages are installed, before it has its name. */
    newFunctionsOf: (id: string) => join(partOf(id), FUNCTIONS_FOLDER),

    /** Writes an archive into a new folder, as it comes. */
    async receive(id: string, chunks: AsyncIterable<Uint8Array>): Promise<ReceivedArchive> {
      await mkdir(partOf(id), { recursive: true, mode: 0o700 });
      const path = join(partOf(id), UPLOAD);
      const file = await open(path, 'wx', 0o600);
      const hash = createHash('sha256');
      try {
        for await (const chunk of chunks) {
          hash.update(chunk);
          await file.writeFile(chunk);
        }
      } finally {
        await file.close();
      }
      return { path, checksum: hash.digest('hex') };
    },

    /** Gives it the name under which it is loaded. */
    async settle(id: string): Promise<string> {
      await rm(join(partOf(id), UPLOAD), { force: true });
      await rename(partOf(id), pathOf(id));
      return pathOf(id);
    },

    /** All of it is on the disk, names included. */
    async sync(id: string): Promise<void> {
      await syncTree(pathOf(id));
      for (const folder of [root, dirname(root)]) await syncPath(folder);
    },

    /** The functions in it, or undefined when it is not there. */
    places(id: string): DeployedPlaces | undefined {
      const names = listNames(pathOf(id));
      if (names === undefined) return undefined;
      const file = names.find((name) => FUNCTIONS_FILE.test(name));
      return {
        path: join(pathOf(id), FUNCTIONS_FOLDER),
        file: file === undefined ? null : join(pathOf(id), file),
        isWatched: false,
      };
    },

    async remove(id: string): Promise<void> {
      for (const path of [partOf(id), pathOf(id)]) await rm(path, { recursive: true, force: true });
    },
  };
}

export type Folders = ReturnType<typeof createFolders>;

/** As the functions' loader takes it. */
interface DeployedPlaces {
  readonly path: string;
  readonly file: string | null;
  readonly isWatched: false;
}

/** At once: a call that comes while the server starts must find the loading begun. */
function listNames(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined;
  }
}

export interface ReceivedArchive {
  readonly path: string;
  /** SHA-256 in hex. */
  readonly checksum: string;
}
