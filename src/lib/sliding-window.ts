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
/** Beside its times; so that few keys with many times are bounded too. */
const KEY_SIZE = 50;

/** Oldest first. A new one of these for each change, over the same list: the cache weighs new values only. */
interface Times {
  readonly list: number[];
  /** Where those begin that still counted at the last `add`. */
  readonly first: number;
}

export function createSlidingWindow({ limit, windowMs }: SlidingWindowOptions): SlidingWindow {
  const kept = new LRUCache<string, Times>({
    // By size alone: with `max` it would take all of its memory at the start.
    maxSize: MAX_KEYS * (KEY_SIZE + 1),
    sizeCalculation: ({ list }) => KEY_SIZE + list.length,
  });

  function find(key: string, now: number): Times | undefined {
    const times = kept.get(key);
    // The clock has jumped back: times in the future would count until it is there again, so they become now.
    if (times) moveBack(times.list, now);
    return times;
  }

  /** Without those that no longer count; of these half of a list is kept at most, so no look copies much. */
  function withoutOld({ list, first }: Times, now: number): Times {
    let next = first;
    while (next < list.length && now - (list[next] ?? now) >= windowMs) next++;
    if (next <= list.length / 2) return { list, first: next };
    list.splice(0, next);
    return { list, first: 0 };
  }

  return {
    waitMs(key, now) {
      const times = find(key, now);
      const leaves = times?.list[times.list.length - limit];
      return leaves === undefined ? 0 : Math.max(0, leaves + windowMs - now);
    },
    add(key, now) {
      const times = withoutOld(find(key, now) ?? { list: [], first: 0 }, now);
      times.list.push(now);
      kept.set(key, times);
    },
    clear: (key) => void kept.delete(key),
    size: () => kept.size,
  };
}

function moveBack(list: number[], now: number): void {
  for (let at = list.length - 1; at >= 0 && (list[at] ?? now) > now; at--) list[at] = now;
}
