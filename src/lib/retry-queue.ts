import type { Awaitable } from './awaitable.ts';

/** What could not be written, kept to be tried again in the order it came. */
export interface RetryQueue<Item> {
  /** False when there are too many already. */
  add(item: Item): boolean;
  /** Writes them one after another, each once. Rejects with the first failure: that one and all after it stay. */
  flush(): Promise<void>;
}

export function createRetryQueue<Item extends object>(
  write: (item: Item) => Awaitable<void>,
  max = Number.POSITIVE_INFINITY,
): RetryQueue<Item> {
  const waiting: Item[] = [];
  let flushing: Promise<void> | undefined;

  async function writeAll(): Promise<void> {
    for (let [item] = waiting; item; [item] = waiting) {
      await write(item);
      waiting.shift();
    }
  }

  return {
    add(item) {
      const hasRoom = waiting.length < max;
      if (hasRoom) waiting.push(item);
      return hasRoom;
    },
    flush() {
      flushing ??= writeAll().finally(() => {
        flushing = undefined;
      });
      return flushing;
    },
  };
}
