import { expect, test } from 'bun:test';
import type { RecordChanged } from '../../src/storage/sqlite/change-feed.ts';
import { inStillTime } from '../support/still-time.ts';
import { openTable } from './contract/harness.ts';
import { recordBatchContract, stepsFor } from './contract/record-batch.ts';
import { openStore } from './open-store.ts';

recordBatchContract('SQLite', openStore);

test('the feed hears of a batch once it is on disk, and nothing of one that failed', async () => {
  using harness = openStore();
  const told: RecordChanged[] = [];
  harness.changes.on((change) => told.push(change));
  const table = await openTable(harness, [{ name: 'n', type: 'integer', unique: true }]);
  const { insert } = stepsFor(table);
  await Promise.all([
    table.add({ n: 1 }),
    harness.records.apply([insert({ n: 2 }), insert({ n: 1 })]),
    harness.records.apply([insert({ n: 3 }), insert({ n: 4 })]),
  ]);
  expect(told.map(({ n, after }) => [n, after])).toEqual([
    [1, '{"n":1}'],
    [2, '{"n":3}'],
    [3, '{"n":4}'],
  ]);
});

test('short batches share a commit, long ones have their own', async () => {
  using harness = openStore();
  const table = await openTable(harness, [{ name: 'n', type: 'integer' }]);
  const { insert } = stepsFor(table);
  harness.commits.length = 0;
  const batch = (steps: number) =>
    harness.records.apply(Array.from({ length: steps }, (_, n) => insert({ n })));
  await inStillTime(() => Promise.all([batch(50), batch(50), batch(51), batch(51), batch(1)]));
  expect(harness.commits).toEqual([2, 1, 1, 1]);
});
