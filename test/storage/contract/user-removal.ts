import { describe, expect, test } from 'bun:test';
import type { UserStore } from '../../../src/features/users/store.ts';
import { ANN, BOB, openTable, type StoreHarness } from './harness.ts';

const AT = '2030-06-01T00:00:00.000Z';

export interface RemovalHarness extends StoreHarness {
  readonly users: UserStore;
}

const on = (on_delete?: 'restrict' | 'cascade' | 'set_null', name = 'by') => ({
  name,
  type: 'reference',
  collection: 'users',
  ...(on_delete && { on_delete }),
});
const to = (collection: string, on_delete: 'restrict' | 'cascade' | 'set_null') => ({
  name: 'parent',
  type: 'reference',
  collection,
  on_delete,
});

/** What the deletion of an account does to records. `extra` puts so many more records into its way. */
export function userRemovalContract(
  name: string,
  open: () => Promise<RemovalHarness>,
  extra = 0,
): void {
  describe(`the deletion of an account in ${name}`, () => {
    async function openAccounts() {
      const harness = await open();
      for (const [id, email] of [
        [ANN, 'ann@example.com'],
        [BOB, 'bob@example.com'],
      ] as const)
        await harness.users.create({ id, email, passwordHash: 'h', createdAt: AT });
      const bulk = await openTable(harness, [], 'bulk');
      for (let n = 0; n < extra; n += 500)
        await Promise.all(
          Array.from({ length: Math.min(500, extra - n) }, () => bulk.add({}, { ownerId: ANN })),
        );
      const remove = (records: 'keep' | 'delete') =>
        harness.users.delete({ id: ANN, at: AT, records });
      return { harness, bulk, remove };
    }
    const done = { kind: 'done' } as const;

    test('keeps its records without an owner: each is a new revision', async () => {
      const { harness, bulk, remove } = await openAccounts();
      using _ = harness;
      const table = await openTable(harness, [{ name: 'n', type: 'integer' }], 'notes');
      const hers = await table.add({ n: 1 }, { ownerId: ANN });
      const his = await table.add({ n: 2 }, { ownerId: BOB });
      const nobodys = await table.add({ n: 3 });
      expect(await harness.records.count(table.of(ANN))).toBe(1);
      expect(await remove('keep')).toMatchObject(done);
      const updated_at = AT > hers.updated_at ? AT : hers.updated_at;
      expect(await table.list()).toEqual([
        { ...hers, owner_id: null, rev: 2, updated_at },
        his,
        nobodys,
      ]);
      expect(await harness.records.find(table.of(ANN), hers.id)).toBeUndefined();
      expect(await harness.records.count(table.of(ANN))).toBe(0);
      expect(await harness.records.count(bulk.all)).toBe(extra);
      expect(await harness.records.count(bulk.of(ANN))).toBe(0);
    });

    test('takes its records along when that is asked for, and nobody else’s', async () => {
      const { harness, bulk, remove } = await openAccounts();
      using _ = harness;
      const one = await openTable(harness, [], 'one');
      const two = await openTable(harness, [], 'two');
      for (const table of [one, two])
        for (const ownerId of [ANN, BOB, ANN, null]) await table.add({}, { ownerId });
      expect(await remove('delete')).toMatchObject(done);
      for (const table of [one, two]) {
        expect((await table.list()).map(({ owner_id }) => owner_id)).toEqual([BOB, null]);
        expect(await harness.records.count(table.all)).toBe(2);
      }
      expect(await harness.records.count(bulk.all)).toBe(0);
    });

    for (const records of ['keep', 'delete'] as const) {
      test(`is refused by a reference that restricts, and nothing is done (${records})`, async () => {
        const { harness, remove } = await openAccounts();
        using _ = harness;
        const posts = await openTable(harness, [on(undefined)], 'posts');
        const likes = await openTable(harness, [on('cascade')], 'likes');
        const post = await posts.add({ by: ANN }, { ownerId: BOB });
        const like = await likes.add({ by: ANN }, { ownerId: ANN });
        expect(await remove(records)).toEqual({
          kind: 'referenced',
          collection: 'posts',
          field: 'by',
        });
        expect(await harness.users.find(ANN)).toMatchObject({ id: ANN });
        expect(await posts.list()).toEqual([post]);
        expect(await likes.list()).toEqual([like]);
        await harness.records.update(posts.all, post.id, { merge: () => ({ by: BOB }) });
        expect(await remove(records)).toMatchObject(done);
      });

      test(`clears references that shall be null, and cascades (${records})`, async () => {
        const { harness, remove } = await openAccounts();
        using _ = harness;
        const posts = await openTable(harness, [on('set_null')], 'posts');
        const likes = await openTable(harness, [on('cascade')], 'likes');
        const stars = await openTable(harness, [to('likes', 'cascade')], 'stars');
        const post = await posts.add({ by: ANN }, { ownerId: BOB });
        const other = await posts.add({ by: BOB }, { ownerId: BOB });
        const like = await likes.add({ by: ANN }, { ownerId: BOB });
        await stars.add({ parent: like.id }, { ownerId: BOB });
        expect(await remove(records)).toMatchObject(done);
        expect((await posts.list()).map(({ id, data, rev }) => [id, data, rev])).toEqual([
          [post.id, '{}', 2],
          [other.id, other.data, 1],
        ]);
        expect(await likes.list()).toEqual([]);
        expect(await stars.list()).toEqual([]);
        expect(await harness.records.count(stars.all)).toBe(0);
      });
    }

    test('is not refused by references of records that go with it', async () => {
      const { harness, remove } = await openAccounts();
      using _ = harness;
      const posts = await openTable(harness, [on('restrict')], 'posts');
      const parts = await openTable(harness, [to('posts', 'restrict')], 'parts');
      const post = await posts.add({ by: ANN }, { ownerId: ANN });
      await parts.add({ parent: post.id }, { ownerId: ANN });
      expect(await remove('keep')).toMatchObject({ kind: 'referenced', collection: 'posts' });
      expect(await remove('delete')).toMatchObject(done);
      expect(await posts.list()).toEqual([]);
      expect(await parts.list()).toEqual([]);
    });

    test('is refused when a record of somebody else holds on to one of its own', async () => {
      const { harness, remove } = await openAccounts();
      using _ = harness;
      const posts = await openTable(harness, [], 'posts');
      const answers = await openTable(harness, [to('posts', 'restrict')], 'answers');
      const post = await posts.add({}, { ownerId: ANN });
      const answer = await answers.add({ parent: post.id }, { ownerId: BOB });
      expect(await remove('delete')).toEqual({
        kind: 'referenced',
        collection: 'answers',
        field: 'parent',
      });
      expect(await posts.list()).toEqual([post]);
      await harness.records.delete(answers.all, answer.id);
      expect(await remove('delete')).toMatchObject(done);
    });

    test('does what the fields of others say about its own records', async () => {
      const { harness, remove } = await openAccounts();
      using _ = harness;
      const posts = await openTable(harness, [], 'posts');
      const likes = await openTable(harness, [to('posts', 'cascade')], 'likes');
      const notes = await openTable(harness, [to('posts', 'set_null')], 'notes');
      const post = await posts.add({}, { ownerId: ANN });
      await likes.add({ parent: post.id }, { ownerId: BOB });
      await notes.add({ parent: post.id }, { ownerId: BOB });
      expect(await remove('delete')).toMatchObject(done);
      expect(await likes.list()).toEqual([]);
      expect((await notes.list()).map(({ data, owner_id }) => [data, owner_id])).toEqual([
        ['{}', BOB],
      ]);
    });
  });
}
