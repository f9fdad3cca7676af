import { LRUCache } from 'lru-cache';

export interface SlidingWindowOptions {
  /** How many a key may have within the window. */
  readonly limit: number;
  readonly windowMs: number;
}

/**
 * Counts by key, at most `limit` within any stretch of `windowMs`. It keeps the times themselves: a
 * count by fixed windows lets twice as many through where two meet, a token bucket in its first window.
 */
export interface SlidingWindow {
  /** Milliseconds until one more fits; 0 when it does now. */
  waitMs(key: string, now: number): number;
  add(key: string, now: number): void;
  clear(key: string): void;
  /** For tests: how many keys are kept. */
  size(): number;
}

/** Who floods it with keys forgets those used least lately, and has to spend as many attempts on it. */
const MAX_KEYS = 10_000;
const MAX_TIMES = 500_000;

export function createSlidingWindow({ limit, windowMs }: SlidingWindowOptions): SlidingWindow {
  const kept = new LRUCache<string, readonly number[]>({
    max: MAX_KEYS,
    maxSize: MAX_TIMES,
    sizeCalculation: (times) => times.length,
  });

  /** The times that still count, oldest first. */
  function recent(key: string, now: number): readonly number[] {
    const times = kept.get(key);
    if (times === undefined) return [];
    if ((times.at(-1) ?? 0) > now) return moveBack(key, times, now);
    const first = times.findIndex((time) => now - time < windowMs);
    return first < 0 ? [] : times.slice(first);
  }

  /** The clock has jumped back: times in the future would count until it is there again, so they become now. */
  function moveBack(key: string, times: readonly number[], now: number): readonly number[] {
    const moved = times.map((time) => Math.min(time, now));
    kept.set(key, moved);
    return moved;
  }

  return {
    waitMs(key, now) {
      const times = recent(key, now);
      const leaves = times[times.length - limit];
      return leaves === undefined ? 0 : leaves + windowMs - now;
    },
    add: (key, now) => void kept.set(key, [...recent(key, now), now]),
    clear: (key) => void kept.delete(key),
    size: () => kept.size,
  };
}
