/** Lets a bounded number of jobs run at a time; the others wait in the order they came. */
export interface Limiter {
  run<T>(job: () => Promise<T>): Promise<T>;
}

export interface LimiterOptions {
  readonly maxRunning: number;
  readonly maxWaiting: number;
  /** Makes the error for a job that finds the queue full. */
  readonly onFull: () => Error;
}

export function createLimiter({ maxRunning, maxWaiting, onFull }: LimiterOptions): Limiter {
  const waiting: (() => void)[] = [];
  let running = 0;
  return {
    async run(job) {
      if (running < maxRunning) running++;
      else if (waiting.length >= maxWaiting) throw onFull();
      // Who finishes hands its place over, so a newcomer cannot slip in between.
      else await new Promise<void>((start) => waiting.push(start));
      try {
        return await job();
      } finally {
        const startNext = waiting.shift();
        if (startNext) startNext();
        else running--;
      }
    },
  };
}
