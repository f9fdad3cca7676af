import { describe, expect, test } from 'bun:test';
import type { Collection } from '../../../src/features/collections/schema.ts';
import { newId } from '../../../src/lib/ids.ts';
import type { LooseField } from '../../features/records/data-app.ts';
import { collectionOf, openTable, type StoreHarness } from './harness.ts';

function changed(before: Collection, changes: Partial<Collection>): Collection {
  return {
    ...before,
    updated_at: new Date(Date.parse(before.updated_at) + 1).toISOString(),
    ...changes,
  };
}

const schemaOf = (...fields: readonly LooseField[]) =>
  ({ fields }) as unknown as Collection['schema'];

/** What every CollectionStore must do, whatever the database. */
export function collectionStoreContract(name: string, open: () => StoreHarness): void {
  describe(`collections in ${name}`, () => {
    test('collections come back as they were written', async () => {
      using harness = open();
      const { collections } = harness;
      const one = collectionOf('one', [
        { name: 'a', type: 'dict', properties: [{ name: 'é', type: 'list' }] },
      ]);
      const two = collectionOf('two', []);
      expect(await collections.insert(one)).toBe(true);
      expect(await collections.insert(two)).toBe(true);
      expect([...collections.all()].sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([one, two]);
    });

    test('of several inserts of one name at once, one succeeds', async () => {
      using harness = open();
      const { collections } = harness;
      const answers = await Promise.all(
        [1, 2, 3].map(() => collections.insert(collectionOf('same', []))),
      );
      expect(answers).toEqual([true, false, false]);
      expect(collections.all()).toHaveLength(1);
    });

    test('a name that another has is refused, and nothing of the change stays', async () => {
      using harness = open();
      const { collections } = harness;
      const one = collectionOf('one', []);
      await collections.insert(one);
      await collections.insert(collectionOf('two', []));
      const after = changed(one, { name: 'two', label: 'new' });
      expect(await collections.update({ before: one, after })).toEqual({
        kind: 'name_taken',
      });
      expect(collections.all().find(({ id }) => id === one.id)).toEqual(one);
    });

    test('a change planned on what somebody else has changed or deleted is stale', async () => {
      using harness = open();
      const { collections } = harness;
      const before = collectionOf('one', []);
      await collections.insert(before);
      const first = changed(before, { label: 'first' });
      const second = changed(before, { label: 'second' });
      const outcomes = await Promise.all([
        collections.update({ before, after: first }),
        collections.update({ before, after: second }),
      ]);
      expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'stale']);
      expect(collections.all()).toEqual([first]);
      await collections.delete(before.id, true);
      const third = changed(first, { label: 'third' });
      expect(await collections.update({ before: first, after: third })).toEqual({
        kind: 'stale',
      });
    });

    test('revise is shown every record, and its answers are stored', async () => {
      using harness = open();
      const table = await openTable(harness, [{ name: 'n', type: 'integer' }]);
      await Promise.all(Array.from({ length: 2_500 }, (_, n) => table.add({ n })));
      const before = table.collection;
      const outcome = await harness.collections.update({
        before,
        after: changed(before, {}),
        revise: ({ n }) =>
          Number(n) % 2 === 0 ? { kind: 'same' } : { kind: 'changed', data: { n: -Number(n) } },
      });
      expect(outcome).toEqual({ kind: 'done' });
      const found = await harness.records.list(table.all, {
        sort: [{ key: { kind: 'system', name: 'created_at' }, isDescending: false }],
        limit: 5_000,
        offset: 0,
      });
      expect(found.map(({ data }) => JSON.parse(data).n)).toEqual(
        Array.from({ length: 2_500 }, (_, n) => (n % 2 === 0 ? n : -n)),
      );
      // A rewritten record has a new revision, so that If-Match notices; an untouched one has not.
      expect(found.slice(0, 4).map(({ rev }) => rev)).toEqual([1, 2, 1, 2]);
    });

    test('offenders are all counted, the first ten named, and everything is as before', async () => {
      using harness = open();
      const table = await openTable(harness, [{ name: 'n', type: 'integer' }]);
      const records = [];
      for (let n = 0; n < 25; n++) records.push(await table.add({ n }));
      const before = table.collection;
      const outcome = await harness.collections.update({
        before,
        after: changed(before, {
          name: 'renamed',
          schema: schemaOf({ name: 'm', type: 'string', index: true }),
        }),
        revise: ({ n }) =>
          Number(n) < 2
            ? { kind: 'changed', data: {} }
            : { kind: 'offends', msg: `${Number(n)} is bad` },
      });
      expect(outcome).toEqual({
        kind: 'offenders',
        offenders: {
          count: 23,
          first: records
            .slice(2, 12)
            .map(({ id, data }) => ({ id, msg: `${JSON.parse(data).n} is bad` })),
        },
      });
      expect(await table.list()).toEqual(records);
      expect(harness.collections.all()).toEqual([before]);
      expect(await harness.records.count(table.all)).toBe(25);
    });

    test('unique over doubles names the field and changes nothing', async () => {
      using harness = open();
      const fields = [
        { name: 'a', type: 'integer' },
        { name: 'b', type: 'integer' },
      ];
      const table = await openTable(harness, fields);
      const records = [await table.add({ a: 1, b: 5 }), await table.add({ a: 2, b: 5 })];
      const before = table.collection;
      const schema = schemaOf({ ...fields[0], unique: true }, { ...fields[1], unique: true });
      expect(
        await harness.collections.update({
          before,
          after: changed(before, { schema }),
        }),
      ).toMatchObject({ kind: 'doubles', field: 'b', offenders: { count: 2 } });
      expect(harness.collections.all()).toEqual([before]);
      expect(await table.list()).toEqual(records);
      expect((await table.tryAdd({ a: 1, b: 5 })).kind).toBe('done');
    });

    test('only an empty collection goes without a word, and its name is free again', async () => {
      using harness = open();
      const table = await openTable(harness, [{ name: 'n', type: 'integer', unique: true }]);
      await table.add({ n: 1 });
      const { id } = table.collection;
      expect(await harness.collections.delete(id, false)).toEqual({ kind: 'not_empty', count: 1 });
      expect(harness.collections.all()).toHaveLength(1);
      expect(await harness.collections.delete(id, true)).toBe('deleted');
      expect(await harness.collections.delete(id, true)).toBe('missing');
      expect(await harness.collections.delete(newId(), false)).toBe('missing');
      const again = await openTable(harness, [{ name: 'n', type: 'integer', unique: true }]);
      expect((await again.tryAdd({ n: 1 })).kind).toBe('done');
      expect(await harness.collections.delete(again.collection.id, false)).toEqual({
        kind: 'not_empty',
        count: 1,
      });
    });

    test('a record that comes in before the delete of the same turn counts as one', async () => {
      using harness = open();
      const table = await openTable(harness, []);
      const [, outcome] = await Promise.all([
        table.add({}),
        harness.collections.delete(table.collection.id, false),
      ]);
      expect(outcome).toEqual({ kind: 'not_empty', count: 1 });
    });
  });
}
