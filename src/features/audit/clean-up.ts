import { type Clock, toTimestamp } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { deleteInBatches } from '../../lib/delete-in-batches.ts';
import type { AuditStore } from './store.ts';

const DAY_MS = 86_400_000;
/** Each entry stands in six indexes: of a million, so many are gone within some milliseconds. */
const BATCH = 100;

export interface AuditCleanUpDeps {
  readonly store: Pick<AuditStore, 'deleteBefore'>;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info' | 'error'>;
  readonly days: number;
  /** Ends it after the batch that runs. */
  readonly signal: AbortSignal;
}

/** Deletes entries that are older than they are kept, a few at a time; answers how many, never throws. */
export async function cleanUpAudit({
  store,
  clock,
  logger,
  days,
  signal,
}: AuditCleanUpDeps): Promise<number> {
  try {
    const before = toTimestamp(clock.now() - days * DAY_MS);
    const deleted = await deleteInBatches(
      (limit) => store.deleteBefore(before, limit),
      () => signal.aborted,
      BATCH,
    );
    if (deleted > 0)
      logger.info(`${deleted} entries of the audit log older than ${days} days were deleted`);
    return deleted;
  } catch (error) {
    logger.error('Old entries of the audit log could not be deleted: tried again later', { error });
    return 0;
  }
}
