import type { Logger } from '../../core/logger.ts';

/** Something that the server does from time to time, of which it has many. */
export interface LoopJob {
  /** For the log. */
  readonly name: string;
  /** It runs with the first tick, and with each that many after that; 1 is every tick. */
  readonly everyTicks: number;
  /** Told to stop by the signal, it ends soon. Not called again before it has ended. */
  run(signal: AbortSignal): Promise<unknown>;
}

export interface LoopDeps {
  readonly jobs: readonly LoopJob[];
  readonly intervalMs: number;
  readonly logger: Pick<Logger, 'error'>;
  readonly timers?: Timers;
}

/** The only source of waiting, so that tests can drive it. */
export interface Timers {
  /** Calls back once; answers how to take that back. */
  after(ms: number, callback: () => void): () => void;
}

export interface Loop {
  start(): void;
  /** Tells what runs to stop, and waits for it. */
  stop(): Promise<void>;
}

/**
 * The clock of the server: with every tick it starts the jobs whose turn it is. None waits for
 * another, none overlaps itself, and none that fails ends the loop.
 */
export function createLoop({ jobs, intervalMs, logger, timers = systemTimers }: LoopDeps): Loop {
  const stopping = new AbortController();
  const running = new Map<LoopJob, Promise<void>>();
  let cancel = () => {};
  let ticks = 0;

  function tick(): void {
    for (const job of jobs)
      if (ticks % job.everyTicks === 0 && !running.has(job)) running.set(job, run(job));
    ticks++;
    cancel = timers.after(intervalMs, tick);
  }

  async function run(job: LoopJob): Promise<void> {
    try {
      // Also what is thrown at once is thrown later: the job is noted as running first.
      await Promise.try(() => job.run(stopping.signal));
    } catch (error) {
      logger.error(`The job ${job.name} failed; it is tried again`, { error });
    } finally {
      running.delete(job);
    }
  }

  return {
    start: tick,
    async stop() {
      stopping.abort();
      cancel();
      await Promise.all(running.values());
    },
  };
}

const systemTimers: Timers = {
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};
