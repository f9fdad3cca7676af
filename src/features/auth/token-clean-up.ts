import { type Clock, toTimestamp } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { deleteInBatches } from '../../lib/delete-in-batches.ts';
import type { TokenStore } from './store.ts';

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
  try {
    const before = toTimestamp(clock.now());
    const deleted = await deleteInBatches(
      (limit) => tokens.deleteExpired(before, limit),
      () => signal.aborted,
    );
    if (deleted > 0)
      logger.info(`${deleted} sessions and one-time links that were over were deleted`);
    return deleted;
  } catch (error) {
    logger.error('Sessions that are over could not be deleted: tried again later', { error });
    return 0;
  }
}
