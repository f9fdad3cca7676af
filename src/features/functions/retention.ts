import { type Clock, toTimestamp } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { FunctionCallStore } from './store.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Deleting so many rows holds the event loop for a few milliseconds. */
const BATCH = 500;
/** Between two batches, as a multiple of what one took: the others have the greater part of the time. */
const REST_SHARE = 4;
const MIN_REST_MS = 10;

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

  async function deleteAll(): Promise<number> {
    const before = toTimestamp(clock.now() - days * DAY_MS);
    let deleted = 0;
    while (!isStopped) {
      const began = performance.now();
      const count = await store.deleteBefore(before, BATCH);
      deleted += count;
      if (count < BATCH) break;
      await Bun.sleep(Math.max(MIN_REST_MS, (performance.now() - began) * REST_SHARE));
    }
    return deleted;
  }

  async function cleanUp(): Promise<number> {
    try {
      const deleted = await deleteAll();
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
