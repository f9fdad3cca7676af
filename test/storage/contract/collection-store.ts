import { describe, expect, test } from 'bun:test';
import type { Collection } from '../../../src/features/collections/schema.ts';
import type { CollectionChange } from '../../../src/features/collections/store.ts';
import { newId } from '../../../src/lib/ids.ts';
import type { LooseField } from '../../features/records/data-app.ts';
import { by, collectionOf, openTable, type StoreHarness } from './harness.ts';

function changed(before: Collection, changes: Partial<Collection>): Collection {
  return {
    ...before,
    updated_at: new Date(Date.parse(before.updated_at) + 1).toISOString(),
    ...changes,
  };
}

const changeOf = (
  before: Collection,
  after: Collection,
  how: Partial<CollectionChange> = {},
): CollectionChange => ({
  before,
  after,
  renames: new Map(),
  force: false,
  isDryRun: false,
  ...how,
});

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
      expect(await collections.update(changeOf(one, after))).toEqual({
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
        collections.update(changeOf(before, first)),
        collections.update(changeOf(before, second)),
      ]);
      expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'stale']);
      expect(collections.all()).toEqual([first]);
      await collections.delete(before.id, true);
      const third = changed(first, { label: 'third' });
      expect(await collections.update(changeOf(first, third))).toEqual({
        kind: 'stale',
      });
    });

    test('every record is looked at, and only those that come out different are written', async () => {
      using harness = open();
      const table = await openTable(harness, [{ name: 'n', type: 'integer' }]);
      await Promise.all(
        Array.from({ length: 2_500 }, (_, n) => table.add(n % 2 === 0 ? {} : { n })),
      );
      const before = table.collection;
      const outcome = await harness.collections.update(
        changeOf(before, changed(before, { schema: schemaOf({ name: 'm', type: 'integer' }) }), {
          renames: new Map([['m', 'n']]),
        }),
      );
      expect(outcome).toMatchObject({ kind: 'done', plan: { total: 2_500, rewritten: 1_250 } });
      const { records: found } = await harness.records.list(table.all, {
        sort: by('created_at'),
        limit: 5_000,
        offset: 0,
      });
      expect(found.map(({ data }) => JSON.parse(data))).toEqual(
        Array.from({ length: 2_500 }, (_, n) => (n % 2 === 0 ? {} : { m: n })),
      );
      // A rewritten record has a new revision, so that If-Match notices; an untouched one has not.
      expect(found.slice(0, 4).map(({ rev }) => rev)).toEqual([1, 2, 1, 2]);
    });

    test('misfits are all counted, the first ten named, and everything is as before', async () => {
      using harness = open();
      const table = await openTable(harness, [{ name: 'n', type: 'integer' }]);
      const records = [];
      for (let n = 0; n < 25; n++) records.push(await table.add({ n }));
      const before = table.collection;
      const after = changed(before, {
        name: 'renamed',
        schema: schemaOf({ name: 'm', type: 'integer', index: true, max: 1 }),
      });
      const outcome = await harness.collections.update(
        changeOf(before, after, { renames: new Map([['m', 'n']]) }),
      );
      expect(outcome).toMatchObject({
        kind: 'refused',
        obstacles: {
          misfits: {
            count: 23,
            first: records.slice(2, 12).map(({ id, data }) => ({
              id,
              msg: `m must be at most 1, got ${JSON.parse(data).n}`,
            })),
          },
          doubles: [],
        },
      });
      expect(await table.list()).toEqual(records);
      expect(harness.collections.all()).toEqual([before]);
      expect(await harness.records.count(table.all)).toBe(25);
    });

    test('a dry run says the same and writes nothing, also where the change could be made', async () => {
      using harness = open();
      const table = await openTable(harness, [{ name: 'n', type: 'integer', unique: true }]);
      for (let n = 0; n < 3; n++) await table.add({ n });
      const before = table.collection;
      const records = await table.list();
      const after = changed(before, {
        schema: schemaOf({ name: 'n', type: 'string', unique: true }),
      });
      const planned = await harness.collections.update(changeOf(before, after, { isDryRun: true }));
      expect(planned).toMatchObject({ kind: 'planned', plan: { possible: true, rewritten: 3 } });
      expect(await table.list()).toEqual(records);
      expect(harness.collections.all()).toEqual([before]);
      const done = await harness.collections.update(changeOf(before, after));
      expect(done).toEqual({ ...planned, kind: 'done' } as typeof done);
      expect((await table.list()).map(({ data }) => JSON.parse(data).n)).toEqual(['0', '1', '2']);
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
        await harness.collections.update(changeOf(before, changed(before, { schema }))),
      ).toMatchObject({ kind: 'refused', obstacles: { doubles: [{ fields: ['b'], count: 2 }] } });
      expect(harness.collections.all()).toEqual([before]);
      expect(await table.list()).toEqual(records);
      expect((await table.tryAdd({ a: 1, b: 5 })).kind).toBe('done');
    });

    test('a unique index over several fields is checked against all of them together', async () => {
      using harness = open();
      const fields = [
        { name: 'a', type: 'integer' },
        { name: 'b', type: 'integer' },
      ];
      const table = await openTable(harness, fields);
      for (const data of [{ a: 1, b: 5 }, { a: 2, b: 5 }, { a: 1, b: 5 }, { a: 1 }, { a: 1 }])
        await table.add(data);
      const before = table.collection;
      const options = { ...before.options, indexes: [{ fields: ['a', 'b'], unique: true }] };
      expect(
        await harness.collections.update(changeOf(before, changed(before, { options }))),
      ).toMatchObject({
        kind: 'refused',
        obstacles: { doubles: [{ fields: ['a', 'b'], count: 2, first: [{}, {}] }] },
      });
    });

    test('references follow the new name of the collection that they lead to, in the same step', async () => {
      using harness = open();
      const posts = (await openTable(harness, [], 'posts')).collection;
      const link = { name: 'post', type: 'reference', collection: 'posts' };
      const comments = (await openTable(harness, [link], 'comments')).collection;
      const other = (await openTable(harness, [{ name: 'x', type: 'string' }], 'other')).collection;
      const after = changed(posts, { name: 'articles' });
      const outcome = await harness.collections.update(changeOf(posts, after));
      expect(outcome).toMatchObject({ kind: 'done' });
      const all = new Map(harness.collections.all().map((one) => [one.id, one]));
      expect(all.get(comments.id)).toMatchObject({
        schema: { fields: [{ ...link, collection: 'articles' }] },
      });
      expect((all.get(comments.id)?.updated_at ?? '') > comments.updated_at).toBe(true);
      expect(all.get(other.id)).toEqual(other);
    });

    test('a collection that others refer to cannot go; its own references are no obstacle', async () => {
      using harness = open();
      const toPosts = (name: string) => ({ name, type: 'reference', collection: 'posts' });
      const posts = (await openTable(harness, [toPosts('parent')], 'posts')).collection;
      const comments = (await openTable(harness, [toPosts('post')], 'comments')).collection;
      expect(await harness.collections.delete(posts.id, true)).toEqual({
        kind: 'referenced',
        by: [{ collection: 'comments', field: 'post' }],
      });
      expect(await harness.collections.delete(comments.id, false)).toMatchObject({
        kind: 'deleted',
      });
      expect(await harness.collections.delete(posts.id, false)).toMatchObject({ kind: 'deleted' });
    });

    test('only an empty collection goes without a word, and its name is free again', async () => {
      using harness = open();
      const table = await openTable(harness, [{ name: 'n', type: 'integer', unique: true }]);
      await table.add({ n: 1 });
      const { id } = table.collection;
      expect(await harness.collections.delete(id, false)).toEqual({ kind: 'not_empty', count: 1 });
      expect(harness.collections.all()).toHaveLength(1);
      expect(await harness.collections.delete(id, true)).toEqual({ kind: 'deleted', count: 1 });
      expect(await harness.collections.delete(id, true)).toEqual({ kind: 'missing' });
      expect(await harness.collections.delete(newId(), false)).toEqual({ kind: 'missing' });
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
