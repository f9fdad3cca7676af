import { type Clock, toTimestamp } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { deleteInBatches } from '../../lib/delete-in-batches.ts';
import type { FunctionCallStore } from './store.ts';

const DAY_MS = 86_400_000;

export interface CallCleanUpDeps {
  readonly store: Pick<FunctionCallStore, 'deleteBefore'>;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info' | 'error'>;
  readonly days: number;
  /** Ends it after the batch that runs. */
  readonly signal: AbortSignal;
}

/** Deletes calls that are older than they are kept, a few at a time; answers how many, never throws. */
export async function cleanUpCalls({
  store,
  clock,
  logger,
  days,
  signal,
}: CallCleanUpDeps): Promise<number> {
  try {
    const before = toTimestamp(clock.now() - days * DAY_MS);
    const deleted = await deleteInBatches(
      (limit) => store.deleteBefore(before, limit),
      () => signal.aborted,
    );
    if (deleted > 0) logger.info(`${deleted} function calls older than ${days} days were deleted`);
    return deleted;
  } catch (error) {
    logger.error('Old function calls could not be deleted: tried again later', { error });
    return 0;
  }
}
