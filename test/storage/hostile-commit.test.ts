import { expect, test } from 'bun:test';
import { thrownBy } from '../features/records/data-app.ts';
import { openQueue } from './open-queue.ts';

/** As a delete does with ten thousand children. */
function workFor(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test('slow writes that arrive together do not hold up everybody until the last is done', async () => {
  using queue = openQueue();
  const { connection, groups, add } = queue;
  const numbers = Array.from({ length: 12 }, (_, n) => n);
  const order: string[] = [];
  const writes = numbers.map((n) =>
    connection.write(
      () => {
        add(n);
        workFor(15);
      },
      { isAtomic: n % 2 === 0 },
    ),
  );
  void writes.at(-1)?.then(() => order.push('last write'));
  // Somebody else's turn comes as soon as the first of them are done.
  void writes[0]?.then(() => setImmediate(() => order.push('turn')));
  await Promise.all(writes);
  expect(groups.length).toBeGreaterThanOrEqual(4);
  expect(groups.reduce((sum, size) => sum + size)).toBe(12);
  expect(queue.seen()).toEqual(numbers);
  await Bun.sleep(1);
  expect(order).toEqual(['turn', 'last write']);
});

test('a write that was put off keeps its place, and fails alone', async () => {
  using queue = openQueue();
  const { connection, add } = queue;
  const slow = connection.write(() => {
    add(1);
    workFor(60);
  });
  const failing = connection.write(() => {
    add(2);
    throw new Error('refused');
  });
  const effects: number[] = [];
  const last = connection.write(() => {
    connection.afterCommit(() => effects.push(3));
    add(3);
  });
  const error = await thrownBy(() => Promise.all([slow, failing, last]));
  await last;
  expect(String(error)).toBe('Error: refused');
  expect(effects).toEqual([3]);
  expect(queue.seen()).toEqual([1, 3]);
});
