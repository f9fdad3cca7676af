import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Files that are brought to the disk at a time: there may be thousands, of packages too. */
const SYNCED_AT_ONCE = 16;

/** Brings a folder with all that lies in it to the disk, names included. */
export async function syncTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => join(folder, name));
  for (let at = 0; at < files.length; at += SYNCED_AT_ONCE)
    await Promise.all(files.slice(at, at + SYNCED_AT_ONCE).map(syncPath));
  for (const entry of entries) if (entry.isDirectory()) await syncTree(join(folder, entry.name));
  await syncPath(folder);
}

/** The same for a file, or for the names in a folder. */
export async function syncPath(path: string): Promise<void> {
  const isWindows = process.platform === 'win32';
  // Windows opens no folders and keeps their names itself; a file must be open for writing there.
  if (isWindows && (await stat(path)).isDirectory()) return;
  const handle = await open(path, isWindows ? 'r+' : 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
