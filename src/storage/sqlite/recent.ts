import { LRUCache } from 'lru-cache';
import type { Awaitable } from '../../lib/awaitable.ts';

const MAX_ENTRIES = 32;

interface Entry {
  readonly answer: Promise<unknown>;
  /** Infinity while it is being made. */
  readonly goodUntil: number;
}

/** Shares what is costly to read, and keeps it for a moment. */
export interface Recent {
  /** What is at hand without waiting was cheap, and is read anew each time. */
  read<T>(key: string, read: () => Awaitable<T>): Awaitable<T>;
}

export function createRecent(
  maxAgeMs: number,
  /** Milliseconds from any start, never going back. */
  now: () => number = () => performance.now(),
): Recent {
  const entries = new LRUCache<string, Entry>({ max: MAX_ENTRIES });
  return {
    read<T>(key: string, read: () => Awaitable<T>): Awaitable<T> {
      const found = entries.get(key);
      if (found && now() < found.goodUntil) return found.answer as Promise<T>;
      const answer = read();
      if (!(answer instanceof Promise)) return answer;
      const begun: Entry = { answer, goodUntil: Number.POSITIVE_INFINITY };
      entries.set(key, begun);
      const isStill = () => entries.peek(key) === begun;
      answer.then(
        () => isStill() && entries.set(key, { answer, goodUntil: now() + maxAgeMs }),
        () => isStill() && entries.delete(key),
      );
      return answer;
    },
  };
}
