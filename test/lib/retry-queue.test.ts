import { expect, test } from 'bun:test';
import { createRetryQueue } from '../../src/lib/retry-queue.ts';

test('what is flushed by two at once is written once, in its order; a failure keeps it and the rest', async () => {
  const written: number[] = [];
  let isFull = true;
  const queue = createRetryQueue(async ({ n }: { n: number }) => {
    await Bun.sleep(1);
    if (isFull) throw new Error('disk full');
    written.push(n);
  }, 3);
  expect([1, 2, 3, 4].map((n) => queue.add({ n }))).toEqual([true, true, true, false]);
  expect(queue.flush()).rejects.toThrow('disk full');
  await expect(queue.flush()).rejects.toThrow('disk full');
  isFull = false;
  await Promise.all([queue.flush(), queue.flush()]);
  await queue.flush();
  expect(written).toEqual([1, 2, 3]);
});
