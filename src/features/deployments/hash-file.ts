import { createHash } from 'node:crypto';
import { loadRegularFile } from '../../core/regular-file.ts';

const MAX_BYTES = 64 * 1024 * 1024;

/** SHA-256 in hex; undefined when the file cannot be read. */
async function hashFile(path: string): Promise<string | undefined> {
  try {
    return createHash('sha256')
      .update(await loadRegularFile(path, MAX_BYTES))
      .digest('hex');
  } catch {
    return undefined;
  }
}

/** One after another: all at once would take the files that the whole program may have open. */
export async function hashFiles(
  paths: Iterable<string>,
): Promise<ReadonlyMap<string, string | undefined>> {
  const hashes = new Map<string, string | undefined>();
  for (const path of paths) hashes.set(path, await hashFile(path));
  return hashes;
}
