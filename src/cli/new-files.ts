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
    if (codeOf(error) === 'EEXIST') return false;
    throw toProblem(path, error);
  }
}

/** Writes a file that somebody named, over what is there. */
export function writeOver(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw toProblem(path, error);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}

function toProblem(path: string, error: unknown): AppError {
  const code = codeOf(error);
  const reason = code === 'ENOENT' ? `: there is no folder ${dirname(path)}` : ` (${code})`;
  return new AppError('unavailable', `${path} cannot be written${reason}.`, { cause: error });
}
