import type { Awaitable } from './awaitable.ts';

export interface LockPatience {
  readonly waitMs: number;
  readonly retryMs: number;
}

/** Tries to take a lock until somebody else gives it back; undefined when that takes too long. */
export async function takeLock<Lock>(
  tryLock: () => Awaitable<Lock | undefined>,
  { waitMs, retryMs }: LockPatience,
): Promise<Lock | undefined> {
  const giveUpAt = performance.now() + waitMs;
  for (;;) {
    const lock = await tryLock();
    if (lock !== undefined || performance.now() >= giveUpAt) return lock;
    await Bun.sleep(retryMs);
  }
}
