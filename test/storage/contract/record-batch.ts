import { describe, expect, test } from 'bun:test';
import type { WriteOp } from '../../../src/features/records/store.ts';
import { newId } from '../../../src/lib/ids.ts';
import { thrownBy } from '../../features/records/data-app.ts';
import { ANN, openTable, type StoreHarness } from './harness.ts';

type Table = Awaited<ReturnType<typeof openTable>>;

/** Steps of a batch in one table. */
export function stepsFor({ collection, all }: Table) {
  return {
    insert: (data: Readonly<Record<string, string | number>>, id = newId()): WriteOp => ({
      op: 'insert',
      collectionId: collection.id,
      record: { id, ownerId: null, data: () => data },
    }),
    update: (id: string, data: Readonly<Record<string, string | number>>): WriteOp => ({
      op: 'update',
      scope: all,
      id,
      change: { merge: () => data },
    }),
    remove: (id: string, ifRevisions?: readonly number[]): WriteOp => ({
      op: 'delete',
      scope: all,
      id,
      removal: { ifRevisions },
    }),
  };
}

/** What RecordStore.apply must do, whatever the database. */
export function recordBatchContract(name: string, open: () => StoreHarness): void {
  const fields = [
    { name: 'n', type: 'integer', unique: true },
    { name: 'parent', type: 'reference', collection: 'things' },
  ];

  async function openThree() {
    const harness = open();
    const table = await openTable(harness, fields);
    const kept = [await table.add({ n: 1 }), await table.add({ n: 2 }), await table.add({ n: 3 })];
    const ids = kept.map(({ id }) => id);
    const [first = '', second = '', third = ''] = ids;
    return { harness, table, kept, first, second, third, ...stepsFor(table) };
  }

  describe(`batches in ${name}`, () => {
    test('all steps happen, each seeing the ones before, and every record is answered', async () => {
      const { harness, table, insert, update, remove, first, second } = await openThree();
      using _ = harness;
      const id = newId();
      const outcome = await harness.records.apply([
        insert({ n: 4 }, id),
        remove(first),
        update(id, { n: 1 }),
        insert({ n: 4, parent: id }),
        update(second, { n: 2, parent: id }),
      ]);
      expect(outcome).toMatchObject({
        kind: 'done',
        records: [
          { id, rev: 1, data: '{"n":4}' },
          undefined,
          { id, rev: 2, data: '{"n":1}' },
          { rev: 1 },
          { id: second, rev: 2 },
        ],
      });
      expect((await table.list()).map(({ data }) => JSON.parse(data).n)).toEqual([2, 3, 1, 4]);
      expect(await harness.records.count(table.all)).toBe(4);
    });

    test('a batch without steps is done', async () => {
      using harness = open();
      expect(await harness.records.apply([])).toEqual({ kind: 'done', records: [] });
    });

    test('whatever fails at whatever step, nothing is written and the step is named', async () => {
      const { harness, table, kept, insert, update, remove, first, second, third } =
        await openThree();
      using _ = harness;
      const gone = newId();
      const failing: readonly (readonly [WriteOp, object])[] = [
        [insert({ n: 9 }, second), { kind: 'id_taken' }],
        [insert({ n: 2 }), { kind: 'value_taken', fields: ['n'] }],
        [insert({ parent: gone }), { kind: 'dangling', field: 'parent', target: gone }],
        [update(gone, {}), { kind: 'outside' }],
        [
          { op: 'update', scope: table.of(ANN), id: second, change: { merge: () => ({}) } },
          { kind: 'outside' },
        ],
        [update(second, { n: 3 }), { kind: 'value_taken', fields: ['n'] }],
        [update(second, { parent: gone }), { kind: 'dangling', field: 'parent', target: gone }],
        [remove(gone), { kind: 'outside' }],
        [remove(second, [7]), { kind: 'stale' }],
      ];
      const good = [
        insert({ n: 10 }),
        update(first, { n: 11 }),
        update(third, { n: 3, parent: first }),
        insert({ n: 12, parent: second }),
      ];
      for (const [step, outcome] of failing)
        for (let index = 0; index <= good.length; index++) {
          expect(await harness.records.apply(good.toSpliced(index, 0, step))).toEqual({
            kind: 'failed',
            index,
            outcome,
          } as never);
          expect(await table.list()).toEqual(kept);
          expect(await harness.records.count(table.all)).toBe(3);
        }
      expect((await harness.records.apply(good)).kind).toBe('done');
    });

    test('a callback that throws at any step takes all back, and its error comes as it is', async () => {
      const { harness, table, kept, insert, update, remove, first, second, third } =
        await openThree();
      using _ = harness;
      const error = new Error('the hook said no');
      const fail = () => {
        throw error;
      };
      const good = [insert({ n: 10 }), update(first, { n: 11 }), remove(third)];
      const bad: readonly WriteOp[] = [
        {
          op: 'insert',
          collectionId: table.collection.id,
          record: { id: newId(), ownerId: null, data: fail },
        },
        { op: 'update', scope: table.all, id: second, change: { merge: fail } },
      ];
      for (const step of bad)
        for (let index = 0; index <= good.length; index++) {
          const steps = good.toSpliced(index, 0, step);
          expect(await thrownBy(() => harness.records.apply(steps))).toBe(error);
          expect(await table.list()).toEqual(kept);
        }
      expect(await harness.records.count(table.all)).toBe(3);
    });

    test('writes of the same turn stand, whether the batch between them fails or throws', async () => {
      const { harness, table, insert, update, first, second } = await openThree();
      using _ = harness;
      const outcomes = await Promise.all([
        table.tryAdd({ n: 20 }),
        harness.records.apply([insert({ n: 21 }), update(first, { n: 20 })]),
        thrownBy(() =>
          harness.records.apply([
            update(first, { n: 22 }),
            {
              op: 'update',
              scope: table.all,
              id: second,
              change: {
                merge: () => {
                  throw new Error('no');
                },
              },
            },
          ]),
        ),
        table.tryAdd({ n: 21 }),
        harness.records.apply([update(first, { n: 30 }), insert({ n: 1 })]),
      ]);
      expect(outcomes.map((outcome) => (outcome as { kind?: string }).kind)).toEqual([
        'done',
        'failed',
        undefined,
        'done',
        'done',
      ]);
      expect((await table.list()).map(({ data }) => JSON.parse(data).n)).toEqual([
        30, 2, 3, 20, 21, 1,
      ]);
    });

    test('of 20 batches at once that want the same value, one happens in full and 19 not at all', async () => {
      using harness = open();
      const table = await openTable(harness, [{ name: 'n', type: 'integer', unique: true }]);
      const { insert } = stepsFor(table);
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          harness.records.apply([insert({ n: 100 + index }), insert({ n: 7 })]),
        ),
      );
      expect(outcomes.filter(({ kind }) => kind === 'done')).toHaveLength(1);
      expect(await table.list()).toHaveLength(2);
    });

    test('500 steps are one step: the last one that fails takes 499 with it', async () => {
      using harness = open();
      const table = await openTable(harness, [{ name: 'n', type: 'integer', unique: true }]);
      const { insert } = stepsFor(table);
      const steps = Array.from({ length: 499 }, (_, n) => insert({ n }));
      expect(await harness.records.apply([...steps, insert({ n: 0 })])).toMatchObject({
        kind: 'failed',
        index: 499,
      });
      expect(await table.list()).toEqual([]);
      expect((await harness.records.apply(steps)).kind).toBe('done');
      expect(await harness.records.count(table.all)).toBe(499);
    });
  });
}
