import type { Awaitable } from './awaitable.ts';

/** Deleting so many rows holds the event loop for a few milliseconds. */
const BATCH = 500;
/** Between two batches, as a multiple of what one took: the others have the greater part of the time. */
const REST_SHARE = 4;
const MIN_REST_MS = 10;

/** Deletes a few at a time until a batch is not full, or it is told to stop; answers how many. */
export async function deleteInBatches(
  deleteSome: (limit: number) => Awaitable<number>,
  isStopped: () => boolean,
  batch = BATCH,
): Promise<number> {
  let deleted = 0;
  while (!isStopped()) {
    const began = performance.now();
    const count = await deleteSome(batch);
    deleted += count;
    if (count < batch) break;
    await Bun.sleep(Math.max(MIN_REST_MS, (performance.now() - began) * REST_SHARE));
  }
  return deleted;
}
