import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import type { Filter, RecordStore } from '../../src/features/records/store.ts';
import { tableOf } from '../../src/storage/sqlite/record-table.ts';
import { BIG_ROWS, openBigStore } from './big-store.ts';
import { ANN, BOB, openTable } from './contract/harness.ts';
import { openStore } from './open-store.ts';

const few: Filter = { op: 'compare', key: { kind: 'field', name: 'n' }, relation: '<', value: 0 };

describe('in a big collection', () => {
  let big: Awaited<ReturnType<typeof openBigStore>>;
  let records: RecordStore;
  beforeAll(async () => {
    big = await openBigStore();
    records = big.app.recordStore;
  });
  beforeEach(() => {
    big.time.ms += 10_000;
  });
  afterAll(() => big[Symbol.dispose]());

  const count = (filter: Filter, isExact = false) =>
    big.totals.part({ collectionId: big.collectionId, filter }, isExact);
  const add = (n: number) =>
    records.insert(big.collectionId, { id: Bun.randomUUIDv7(), ownerId: BOB, data: () => ({ n }) });

  test('a total is counted once, however many ask for it at once or later', async () => {
    const first = count(few);
    expect(first).toBeInstanceOf(Promise);
    expect(count(few)).toBe(first);
    expect(count(few, true)).toBe(first);
    expect(await first).toBe(0);
    expect(count(few)).toBe(0);
    big.time.ms += 3_600_000;
    expect(count(few)).toBe(0);
    expect(count(few, true)).toBe(0);
  });

  test('after a change it is good for 500 ms more, unless the count of this moment is wanted', async () => {
    const known = await count(few, true);
    big.time.ms += 3_600_000;
    await add(-1);
    expect(await count(few)).toBe(known + 1);
    await add(-1);
    expect(count(few)).toBe(known + 1);
    expect(await count(few, true)).toBe(known + 2);
    // What was counted for one is there for all.
    expect(count(few)).toBe(known + 2);
    await add(-1);
    big.time.ms += 499;
    expect(count(few)).toBe(known + 2);
    big.time.ms += 1;
    expect(await count(few)).toBe(known + 3);
  });

  test('while others write, a total is counted at most once in 500 ms', async () => {
    const owned: Filter = { op: 'owner', id: BOB };
    await count(owned);
    let counted = 0;
    for (let n = 0; n < 40; n++) {
      await add(n);
      big.time.ms += 50;
      const answer = count(owned);
      if (answer instanceof Promise) counted++;
      await answer;
    }
    expect(counted).toBeLessThanOrEqual(4);
    expect(counted).toBeGreaterThanOrEqual(3);
  });

  test('a change while it is being counted makes it old, and the count of this moment another', async () => {
    const owned: Filter = { op: 'owner', id: ANN };
    const first = count(owned);
    const id = Bun.randomUUIDv7();
    await records.insert(big.collectionId, { id, ownerId: ANN, data: () => ({}) });
    expect(await count(owned, true)).toBe(BIG_ROWS / 3 + 1);
    await first;
    expect(await count(owned, true)).toBe(BIG_ROWS / 3 + 1);
  });

  test('what was forgotten is counted anew at once', async () => {
    const known = await count(few);
    big.app.db.run(
      `INSERT INTO ${tableOf(big.collectionId)} (id, data, created_at, updated_at) VALUES ('x', '{"n":-1}', '', '')`,
    );
    expect(count(few)).toBe(known);
    big.totals.forget(big.collectionId);
    expect(await count(few)).toBe(known + 1);
  });

  test('a count that fails is not remembered', async () => {
    const gone: Filter = { op: 'equals', key: { kind: 'field', name: 'gone' }, value: 1 };
    for (let round = 0; round < 2; round++) {
      const answer = count(gone);
      expect(answer).toBeInstanceOf(Promise);
      expect(await Promise.resolve(answer).catch(() => 'failed')).toBe('failed');
    }
  });
});

test('in a small collection a total is exact after every change', async () => {
  using harness = openStore();
  const table = await openTable(harness, [{ name: 'n', type: 'integer' }]);
  for (let n = -3; n < 3; n++) {
    await table.add({ n });
    expect(await harness.records.count({ ...table.all, filter: few })).toBe(Math.min(n + 4, 3));
  }
});
