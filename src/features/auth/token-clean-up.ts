import { type Clock, toTimestamp } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { TokenStore } from './store.ts';

/** Deleting so many rows holds the event loop for a few milliseconds. */
const BATCH = 500;
/** Between two batches, as a multiple of what one took: the others have the greater part of the time. */
const REST_SHARE = 4;
const MIN_REST_MS = 10;

export interface TokenCleanUpDeps {
  readonly tokens: Pick<TokenStore, 'deleteExpired'>;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info' | 'error'>;
  /** Ends it after the batch that runs. */
  readonly signal: AbortSignal;
}

/** Deletes sessions and one-time links that are over, a few at a time; answers how many, never throws. */
export async function cleanUpTokens({
  tokens,
  clock,
  logger,
  signal,
}: TokenCleanUpDeps): Promise<number> {
  let deleted = 0;
  try {
    const before = toTimestamp(clock.now());
    while (!signal.aborted) {
      const began = performance.now();
      const count = await tokens.deleteExpired(before, BATCH);
      deleted += count;
      if (count < BATCH) break;
      await Bun.sleep(Math.max(MIN_REST_MS, (performance.now() - began) * REST_SHARE));
    }
    if (deleted > 0)
      logger.info(`${deleted} sessions and one-time links that were over were deleted`);
  } catch (error) {
    logger.error('Sessions that are over could not be deleted: tried again later', { error });
  }
  return deleted;
}
