import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { takeLock } from '../../lib/take-lock.ts';
import type { AppOpener } from '../open-app.ts';
import type { InstalledProgram } from './installed-program.ts';

/** Another one takes a moment, but where it has to copy. */
const PATIENCE = { waitMs: 30_000, retryMs: 50 };

/** Puts a program in place while no other update does: of two at once, the later one sees what the first did. */
export async function alone(
  { folder, path }: InstalledProgram,
  opener: AppOpener,
  put: () => Promise<void>,
): Promise<void> {
  const file = join(folder, '.tinybase.lock');
  const lock = await takeLock(() => opener.lockFile(file), PATIENCE);
  if (lock === undefined)
    throw new AppError('conflict', `Another update of ${path} does not end: nothing was changed.`);
  try {
    await put();
  } finally {
    // The file stays: who takes it away leaves two others with a lock each, on two files of one name.
    lock.release();
  }
}
