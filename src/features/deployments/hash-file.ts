import { createHash } from 'node:crypto';
import { loadRegularFile } from '../../core/regular-file.ts';

const MAX_BYTES = 64 * 1024 * 1024;

/** SHA-256 in hex; undefined when the file cannot be read. */
export async function hashFile(path: string): Promise<string | undefined> {
  try {
    return createHash('sha256')
      .update(await loadRegularFile(path, MAX_BYTES))
      .digest('hex');
  } catch {
    return undefined;
  }
}
