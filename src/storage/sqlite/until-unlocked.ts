import { AppError } from '../../core/errors.ts';

/** Another program may be importing too: its rows go first. Nothing has been written until then. */
const MAX_WAIT_MS = 60_000;
const RETRY_MS = 100;

/** Begins a long write anew while another program holds the lock; others write in between. */
export async function untilUnlocked<T>(run: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + MAX_WAIT_MS;
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!isLocked(error) || performance.now() >= deadline) throw error;
      // Others write in between: they wait as long as the lock is waited for.
      await Bun.sleep(RETRY_MS);
    }
  }
}

/** Another program had the lock all the time: no error of the thread says so but in SQLite's own words. */
function isLocked(error: unknown): boolean {
  return (
    error instanceof AppError &&
    error.code === 'unavailable' &&
    error.cause instanceof Error &&
    error.cause.message === 'database is locked'
  );
}
