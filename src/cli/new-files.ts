import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from '../core/errors.ts';

/** Writes a file that is not there yet; false when there is one, which is left alone. */
export function writeNewFile(path: string, text: string, mode = 0o644): boolean {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { flag: 'wx', mode });
    // The mode above is cut by the umask only, never widened; 0600 is wanted exactly.
    if (mode === 0o600) chmodSync(path, mode);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    if (code === 'EEXIST') return false;
    throw new AppError('unavailable', `${path} cannot be written (${code}).`, { cause: error });
  }
}
