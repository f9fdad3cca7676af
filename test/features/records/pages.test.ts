import { describe, expect, test } from 'bun:test';
import { type Actor, ANONYMOUS, SYSTEM } from '../../../src/core/actor.ts';
import type { ListQuery } from '../../../src/features/records/list-query.ts';
import { createOpenCollection, openDataApp, refusal, settableClock } from './data-app.ts';

interface Shown {
  readonly id: string;
  readonly data: { readonly n?: number; readonly tag?: string };
}

/** Records with few different values, some without any: `n` is 0, 1 or none. */
async function openRows(count = 12) {
  const clock = settableClock();
  const app = openDataApp({ clock });
  await createOpenCollection(app, 'rows', [
    { name: 'n', type: 'int', index: true },
    { name: 'tag', type: 'str' },
    { name: 'ison', type: 'bool' },
  ]);
  const add = async (data: object) => {
    clock.ms += 1;
    return (await app.records.create(SYSTEM, 'rows', data)).record.id;
  };
  const ids: string[] = [];
  for (let index = 0; index < count; index++)
    ids.push(
      await add({
        tag: `t${index}`,
        ...(index % 3 < 2 && { n: index % 3 }),
        ...(index % 4 < 3 && { ison: index % 4 === 0 }),
      }),
    );
  const list = async (query: ListQuery) =>
    JSON.parse(await app.records.list(SYSTEM, 'rows', query));
  /** All pages, from one cursor to the next; something may happen in between. */
  async function walk(
    query: ListQuery,
    limit: number,
    between: () => Promise<unknown> = async () => {},
  ) {
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const page = await list({ ...query, limit, ...(cursor !== undefined && { cursor }) });
      pages.push((page.items as Shown[]).map(({ id }) => id));
      cursor = page.next_cursor ?? undefined;
      if (pages.length > 50) throw new Error('a walk without end');
      if (cursor !== undefined) await between();
    } while (cursor !== undefined);
    return pages.flat();
  }
  const idsOf = async (query: ListQuery) =>
    ((await list({ ...query, limit: 1000 })).items as Shown[]).map(({ id }) => id);
  return { app, ids, add, list, walk, idsOf, [Symbol.dispose]: app.close };
}

describe('a walk by cursor', () => {
  test.each([
    'created_at',
    '-created_at',
    'n',
    '-n',
    'n,-tag',
    '-n,tag',
    'ison',
    '-ison,-n',
    'tag',
    'id',
    '-id',
    'owner_id',
    '-updated_at',
    'owner_id,n',
  ])(
    'over ties and nulls by %s finds every record once, in the order of one big page',
    async (sort) => {
      using rows = await openRows();
      const all = await rows.idsOf({ sort });
      expect([...all].sort()).toEqual([...rows.ids].sort());
      for (const limit of [1, 2, 5, 12, 13]) expect(await rows.walk({ sort }, limit)).toEqual(all);
    },
  );

  test('goes on where it was while records are added before and behind', async () => {
    using rows = await openRows();
    const before = await rows.idsOf({ sort: 'n' });
    const walked = await rows.walk({ sort: 'n' }, 2, () => rows.add({ tag: 'new', n: -1 }));
    expect(walked.filter((id) => before.includes(id))).toEqual(before);
    expect(new Set(walked).size).toBe(walked.length);
  });

  test('skips nothing when the record at the edge is deleted', async () => {
    using rows = await openRows();
    const all = await rows.idsOf({ sort: 'n' });
    const first = await rows.list({ sort: 'n', limit: 4 });
    await rows.app.records.delete(SYSTEM, 'rows', String(all[3]));
    const rest = await rows.list({ sort: 'n', limit: 100, cursor: first.next_cursor });
    expect((rest.items as Shown[]).map(({ id }) => id)).toEqual(all.slice(4));
  });

  test('skips nothing that is added after the newest record, at the edge, was deleted', async () => {
    using rows = await openRows();
    const query: ListQuery = { sort: 'created_at', limit: 11 };
    const page = await rows.list(query);
    // Two leave: the one behind the edge, and the one at it, whose place must not be given anew.
    await rows.app.records.delete(SYSTEM, 'rows', String(rows.ids[11]));
    await rows.app.records.delete(SYSTEM, 'rows', String(rows.ids[10]));
    const added = await rows.add({ tag: 'new' });
    const rest = await rows.list({ ...query, cursor: page.next_cursor });
    expect((rest.items as Shown[]).map(({ id }) => id)).toEqual([added]);
  });

  test('keeps its filter', async () => {
    using rows = await openRows();
    const query = { filter: 'n >= 0 && tag != "t1"', sort: '-n' };
    const all = await rows.idsOf(query);
    expect(all).toHaveLength(7);
    expect(await rows.walk(query, 3)).toEqual(all);
  });

  test('has no page number behind a cursor, and no cursor behind the last page', async () => {
    using rows = await openRows();
    const first = await rows.list({ limit: 12 });
    expect(first).toMatchObject({ total: 12, page: 1, page_size: 12, next_cursor: null });
    const half = await rows.list({ limit: 6, offset: 0 });
    expect(half).toMatchObject({ total: 12, page: 1 });
    expect(half.next_cursor).toBeString();
    const rest = await rows.list({ limit: 6, cursor: half.next_cursor });
    expect(rest).toMatchObject({ total: 12, page: null, page_size: 6, next_cursor: null });
    expect(await rows.list({ limit: 6, offset: 6 })).toMatchObject({ page: 2, next_cursor: null });
  });

  test('is refused for another sort, filter or collection, with an offset, and when it is made up', async () => {
    using rows = await openRows();
    await createOpenCollection(rows.app, 'others', [{ name: 'n', type: 'int' }]);
    const { next_cursor: cursor } = await rows.list({ limit: 2, sort: 'n' });
    for (const query of [
      { cursor },
      { cursor, sort: '-n' },
      { cursor, sort: 'n,tag' },
      { cursor, sort: 'n', filter: 'n = 1' },
      { cursor, sort: 'n', 'filter[n]': '1' },
      { cursor: 'x', sort: 'n' },
      { cursor: '', sort: 'n' },
      { cursor: `${cursor}A`, sort: 'n' },
    ])
      expect((await refusal(() => rows.list(query))).faults).toMatchObject([
        { loc: ['query', 'cursor'] },
      ]);
    expect((await refusal(() => rows.list({ cursor, sort: 'n', offset: 0 }))).code).toBe(
      'invalid_input',
    );
    const elsewhere = () => rows.app.records.list(SYSTEM, 'others', { cursor, sort: 'n' });
    expect((await refusal(elsewhere)).code).toBe('invalid_input');
  });
});

describe('the total', () => {
  test('counts what the filter finds, and is left out on demand', async () => {
    using rows = await openRows();
    for (const count of [undefined, 'true', 'exact'])
      expect(await rows.list({ filter: 'n = 1', limit: 1, count })).toMatchObject({ total: 4 });
    expect(await rows.list({ filter: 'n = 1', count: 'false' })).toMatchObject({
      total: null,
      page: 1,
    });
    expect((await refusal(() => rows.list({ count: 'maybe' }))).faults).toMatchObject([
      { loc: ['query', 'count'] },
    ]);
  });

  test('of a count goes by the same filters', async () => {
    using rows = await openRows();
    const { records } = rows.app;
    expect(await records.count(SYSTEM, 'rows')).toBe(12);
    expect(await records.count(SYSTEM, 'rows', { filter: 'n = null' })).toBe(4);
    expect(await records.count(SYSTEM, 'rows', { 'filter[n]': '1', filter: "tag != 't1'" })).toBe(
      3,
    );
    expect((await refusal(() => records.count(SYSTEM, 'rows', { filter: 'n =' }))).code).toBe(
      'invalid_input',
    );
  });

  test("never counts what a caller may not list: the filter narrows one's own rows", async () => {
    using app = openDataApp();
    await app.collections.create(SYSTEM, {
      name: 'notes',
      schema: { fields: [{ name: 'n', type: 'int' }] },
      options: { access: { list: 'owner', create: 'auth' } },
    });
    const [ann, bob] = ['a', 'b'].map(
      (digit): Actor => ({
        kind: 'user',
        id: `018f0000-0000-7000-8000-00000000000${digit}`,
        email: `${digit}@example.com`,
        tokenId: digit,
      }),
    ) as [Actor, Actor];
    for (const actor of [ann, ann, bob]) await app.records.create(actor, 'notes', { n: 1 });
    for (const filter of ['n = 1', '!(n = 2)', 'n = 1 || owner_id != @me', 'owner_id != null']) {
      const page = JSON.parse(await app.records.list(bob, 'notes', { filter }));
      expect([filter, page.total, page.items.length]).toEqual([filter, 1, 1]);
      expect(await app.records.count(bob, 'notes', { filter })).toBe(1);
    }
    const others = JSON.parse(await app.records.list(bob, 'notes', { filter: 'owner_id != @me' }));
    expect(others).toMatchObject({ items: [], total: 0 });
  });
});

describe('fields', () => {
  test('narrows data to the named ones, in a list and in a single record', async () => {
    using rows = await openRows(2);
    const { items } = await rows.list({ fields: 'tag', sort: 'created_at' });
    expect((items as Shown[]).map(({ data }) => data)).toEqual([{ tag: 't0' }, { tag: 't1' }]);
    const { text } = await rows.app.records.getWith(ANONYMOUS, 'rows', String(rows.ids[1]), {
      fields: 'n,ison,n',
    });
    expect(JSON.parse(text)).toMatchObject({ id: rows.ids[1], data: { n: 1, ison: false } });
    expect(JSON.parse(text).data).not.toHaveProperty('tag');
  });

  test.each(['', 'nope', 'tag,', 'id', 'data.tag', '__proto__'])(
    '%p is refused',
    async (fields) => {
      using rows = await openRows(1);
      const single = () =>
        rows.app.records.getWith(SYSTEM, 'rows', String(rows.ids[0]), { fields });
      for (const act of [() => rows.list({ fields }), single])
        expect((await refusal(act)).faults?.[0]).toMatchObject({ loc: ['query', 'fields'] });
    },
  );

  test('of a record that is not there is 404, not a word about fields', async () => {
    using rows = await openRows(1);
    const act = () => rows.app.records.getWith(SYSTEM, 'rows', 'nope', { fields: 'nope' });
    expect((await refusal(act)).code).toBe('not_found');
    const { findWith } = rows.app.records;
    expect(await findWith(SYSTEM, 'rows', 'nope', { fields: 'tag' })).toBeUndefined();
  });
});

describe('rules that change while a list is read', () => {
  test('count for it: what they hide is not shown', async () => {
    using rows = await openRows(1);
    const { recordStore, collections, records } = rows.app;
    const { list } = recordStore;
    let isFirst = true;
    recordStore.list = async (scope, page) => {
      if (isFirst) {
        isFirst = false;
        const fields = [
          { name: 'n', type: 'int', index: true },
          { name: 'tag', type: 'str', read: 'admin' },
          { name: 'ison', type: 'bool' },
        ];
        await collections.update(SYSTEM, 'rows', { schema: { fields } }, false);
        await records.update(SYSTEM, 'rows', String(rows.ids[0]), { tag: 'hidden since' });
      }
      return list(scope, page);
    };
    const text = await records.list(ANONYMOUS, 'rows', {});
    expect(JSON.parse(text).items).toHaveLength(1);
    expect(text).not.toContain('hidden since');
  });

  test('count for a field that is gone: it is told as to anybody who asks for it now', async () => {
    using rows = await openRows(3);
    const { recordStore, collections, records } = rows.app;
    const { list } = recordStore;
    recordStore.list = async (scope, page) => {
      recordStore.list = list;
      const fields = [
        { name: 'n', type: 'int' },
        { name: 'label', was: 'tag', type: 'str' },
        { name: 'ison', type: 'bool' },
      ];
      await collections.update(SYSTEM, 'rows', { schema: { fields } }, false);
      return list(scope, page);
    };
    const act = () => records.list(ANONYMOUS, 'rows', { sort: 'tag' });
    expect(await refusal(act)).toMatchObject({ code: 'invalid_input' });
  });
});
