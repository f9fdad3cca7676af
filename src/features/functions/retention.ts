import { type Clock, toTimestamp } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { deleteInBatches } from '../../lib/delete-in-batches.ts';
import type { FunctionCallStore } from './store.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

export interface RetentionDeps {
  readonly store: Pick<FunctionCallStore, 'deleteBefore'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly days: number;
}

/** Deletes calls that are older than they are kept, a few at a time. */
export interface Retention {
  /** Answers how many it deleted; never throws. Asked for meanwhile, it is the same clean-up. */
  cleanUp(): Promise<number>;
  /** Cleans up now, and every hour. */
  start(): void;
  stop(): Promise<void>;
}

export function createRetention({ store, clock, logger, days }: RetentionDeps): Retention {
  let running: Promise<number> | undefined;
  let timer: Timer | undefined;
  let isStopped = false;

  async function cleanUp(): Promise<number> {
    try {
      const before = toTimestamp(clock.now() - days * DAY_MS);
      const deleted = await deleteInBatches(
        (limit) => store.deleteBefore(before, limit),
        () => isStopped,
      );
      if (deleted > 0)
        logger.info(`${deleted} function calls older than ${days} days were deleted`);
      return deleted;
    } catch (error) {
      logger.error('Old function calls could not be deleted: tried again in an hour', { error });
      return 0;
    }
  }

  function cleanUpOnce(): Promise<number> {
    running ??= cleanUp().finally(() => {
      running = undefined;
    });
    return running;
  }

  return {
    cleanUp: cleanUpOnce,
    start() {
      void cleanUpOnce();
      timer = setInterval(() => void cleanUpOnce(), HOUR_MS);
      timer.unref();
    },
    async stop() {
      isStopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
