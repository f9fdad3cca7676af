import type { TrackedContext } from './request-context.ts';

/** A request whose answer is still being made. */
export interface Waiting {
  readonly request: Request;
  readonly context: TrackedContext;
  /** Answers 408; the handler's own answer is dropped when it comes. */
  expire(): void;
}

/** How late a time-out may come: one look over all requests costs less than a timer for each. */
const SWEEP_MS = 250;

/** Requests in flight, and the time-outs among them. */
export function createInFlight() {
  const waiting = new Set<Waiting>();
  let timer: Timer | undefined;

  function sweep(): void {
    const now = performance.now();
    for (const item of waiting)
      if (item.context.deadline <= now) {
        waiting.delete(item);
        item.expire();
      }
    if (waiting.size === 0) stop();
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
  }

  return {
    add(item: Waiting): void {
      waiting.add(item);
      if (timer !== undefined) return;
      timer = setInterval(sweep, SWEEP_MS);
      timer.unref();
    },
    /** False when the request expired meanwhile. */
    remove: (item: Waiting): boolean => waiting.delete(item),
    size: () => waiting.size,
    stop,
  };
}
