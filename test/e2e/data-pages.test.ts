import { beforeAll, describe, expect, test } from 'bun:test';
import { serveForFile } from '../support/served.ts';
import { addRows, type Item, keysOf } from './data-rows.ts';
import { add, define, expectFaults, listOf, recordsOf } from './data-support.ts';

const served = serveForFile({}, addRows);

describe('sort', () => {
  const ordered = async (sort: string, collection = 'rows') =>
    keysOf((await served().admin.get(listOf(collection, { sort }))).body.items);

  test('nulls stand last both ways', async () => {
    expect(await ordered('n')).toBe('ecabd');
    expect(await ordered('-n')).toBe('baced');
    expect(await ordered('day,key')).toBe('abcde');
    expect(await ordered('-day,key')).toBe('bacde');
    expect(await ordered('ok,-key')).toBe('cbaed');
    expect(await ordered('-ok,key')).toBe('abcde');
    expect(await ordered('at,key')).toBe('bacde');
  });

  test('by several fields, by what every record has, and the newest first when nothing is said', async () => {
    const { admin } = served();
    expect(await ordered('created_at')).toBe('abcde');
    expect(await ordered('-created_at')).toBe('edcba');
    expect(await ordered('-id')).toBe('edcba');
    expect(keysOf((await admin.get(recordsOf('rows'))).body.items)).toBe('edcba');
    const by = await admin.get(listOf('rows', { sort_by: 'n', sort_order: 'desc' }));
    expect(keysOf(by.body.items)).toBe(await ordered('-n'));
    expect(await ordered('n,n,-n')).toBe(await ordered('n'));
  });

  test('text sorts by code point', async () => {
    const { admin } = served();
    await define(admin, 'words', [{ name: 'key', type: 'string' }]);
    const words = ['', ' ', '0', '10', '9', 'B', 'a', 'z', 'é', '\uffee', '\u{1F4A9}'];
    for (const key of [...words].reverse()) await add(admin, 'words', { key });
    const up = await admin.get(listOf('words', { sort: 'key' }));
    expect(up.body.items.map(({ data }: Item) => data.key)).toEqual(words);
    const down = await admin.get(listOf('words', { sort: '-key' }));
    expect(down.body.items.map(({ data }: Item) => data.key)).toEqual([...words].reverse());
  });

  test('what has no order, no name or two answers is refused', async () => {
    const { admin } = served();
    for (const sort of [
      'tags',
      'meta',
      'any',
      'meta.k',
      'nothing',
      '',
      '-',
      'n,',
      '--n',
      '+n',
      'n desc',
      'data',
    ])
      expectFaults(await admin.get(listOf('rows', { sort })), sort, ['query', 'sort']);
    const near = await admin.get(listOf('rows', { sort: 'nmae' }));
    expect(expectFaults(near, 'near', ['query', 'sort'])[0]).toContain('name');
    expectFaults(await admin.get(listOf('rows', { sort: 'n', sort_by: 'n' })), 'both', [
      'query',
      'sort',
    ]);
    expectFaults(await admin.get(listOf('rows', { sort_by: 'tags' })), 'tags', [
      'query',
      'sort_by',
    ]);
  });
});

describe('cursors', () => {
  const SORTS = [
    '',
    'rank',
    '-rank',
    'rank,-name',
    '-name,rank',
    '-created_at',
    'id',
    'on',
    '-on,-rank',
    'price',
  ];
  const ROWS_BEFORE = 60;
  const PAGE = 7;
  let made = 0;
  const addRow = async () => {
    const n = made++;
    // Ties, and nulls in every field.
    const data = {
      label: `row ${n}`,
      ...(n % 4 !== 0 && { rank: n % 5 }),
      ...(n % 3 !== 0 && { name: ['', 'a', 'B', 'ä', '\u{1F4A9}'][n % 5] }),
      ...(n % 5 !== 0 && { on: n % 2 === 0 }),
      ...(n % 6 !== 0 && { price: [0, -0.5, 1e300, 5e-324][n % 4] }),
    };
    return (await add(served().admin, 'ranked', data)).id as string;
  };
  beforeAll(async () => {
    await define(served().admin, 'ranked', [
      { name: 'label', type: 'string' },
      { name: 'rank', type: 'integer', index: true },
      { name: 'name', type: 'string' },
      { name: 'on', type: 'bool' },
      { name: 'price', type: 'float' },
    ]);
    for (let n = 0; n < ROWS_BEFORE; n++) await addRow();
  });
  const page = async (query: Readonly<Record<string, string | number>>) => {
    const answer = await served().admin.get(listOf('ranked', query));
    expect(answer.status, JSON.stringify(answer.body).slice(0, 300)).toBe(200);
    return answer.body as {
      items: Item[];
      next_cursor: string | null;
      page: number | null;
      total: number;
    };
  };
  const asked = (sort: string) => (sort === '' ? {} : { sort });

  test.each(SORTS)('sort=%s: the pages together are the list', async (sort) => {
    const whole = await page({ ...asked(sort), limit: 1000 });
    expect(whole.next_cursor).toBeNull();
    for (const limit of [1, PAGE, whole.items.length - 1, whole.items.length]) {
      const items: Item[] = [];
      let cursor: string | null = null;
      do {
        const one = await page({ ...asked(sort), limit, ...(cursor !== null && { cursor }) });
        expect(one.page).toBe(cursor === null ? 1 : null);
        expect(one.total).toBe(whole.total);
        items.push(...one.items);
        cursor = one.next_cursor;
      } while (cursor !== null);
      expect(items).toEqual(whole.items);
    }
  });

  test.each(SORTS)(
    'sort=%s: rows that come and go between pages lose and repeat no other',
    async (sort) => {
      const { admin } = served();
      const gone = new Set<string>();
      const before = (await page({ limit: 1000 })).items.map(({ id }) => id);
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const one = await page({ ...asked(sort), limit: PAGE, ...(cursor !== null && { cursor }) });
        seen.push(...one.items.map(({ id }) => id));
        cursor = one.next_cursor;
        // The last row of the page goes, which the cursor names, and one that is still to come.
        const last = one.items.at(-1)?.id;
        const later = before.find((id) => !seen.includes(id) && !gone.has(id));
        for (const id of [last, later]) {
          if (id === undefined || gone.has(id)) continue;
          expect((await admin.delete(`${recordsOf('ranked')}/${id}`)).status).toBe(204);
          gone.add(id);
        }
        if (cursor !== null) for (let n = 0; n < 2; n++) await addRow();
        // New rows may stand behind the cursor for ever where the newest come last.
      } while (cursor !== null && seen.length < 1_000);
      expect(new Set(seen).size).toBe(seen.length);
      for (const id of before) if (!gone.has(id)) expect(seen).toContain(id);
    },
  );

  test('a cursor goes with its filter', async () => {
    const query = { sort: '-rank', filter: 'rank != 2', 'filter[on]': 'true' };
    const whole = await page({ ...query, limit: 1000 });
    const first = await page({ ...query, limit: 2 });
    const rest = await page({ ...query, limit: 1000, cursor: first.next_cursor ?? '' });
    expect([...first.items, ...rest.items]).toEqual(whole.items);
    expect(rest).toMatchObject({ page: null, next_cursor: null, total: whole.total });
  });

  test('next_cursor is in every answer, also behind an offset', async () => {
    const first = await page({ sort: 'rank', limit: 5 });
    const second = await page({ sort: 'rank', limit: 5, offset: 5 });
    expect(second.page).toBe(2);
    expect(await page({ sort: 'rank', limit: 5, cursor: first.next_cursor ?? '' })).toMatchObject({
      items: second.items,
      next_cursor: second.next_cursor,
      page: null,
    });
    expect((await page({ filter: 'rank = 99' })).next_cursor).toBeNull();
    expect((await page({ offset: 100_000 })).next_cursor).toBeNull();
    const free = await page({
      sort: 'rank',
      limit: 5,
      cursor: first.next_cursor ?? '',
      count: 'false',
    });
    expect(free.total).toBeNull();
    const other = await page({
      sort: 'rank',
      limit: 3,
      cursor: first.next_cursor ?? '',
      fields: 'rank',
    });
    expect(other.items.map(({ id }) => id)).toEqual(second.items.slice(0, 3).map(({ id }) => id));
  });

  test('a cursor for anything else than it was made for is 422', async () => {
    const { admin } = served();
    const query = { sort: 'rank', filter: 'rank > 0', limit: 5 };
    const { next_cursor: made } = await page(query);
    const cursor = made ?? '';
    const refuse = async (
      other: Readonly<Record<string, string | number>>,
      what: string,
      name = 'cursor',
    ) => expectFaults(await admin.get(listOf('ranked', other)), what, ['query', name]);
    await refuse({ ...query, cursor, sort: '-rank' }, 'the other way round');
    await refuse({ ...query, cursor, sort: 'rank,name' }, 'a further field');
    await refuse({ ...query, cursor, sort: 'price' }, 'another field');
    await refuse({ cursor, filter: 'rank > 0' }, 'no sort');
    await refuse({ ...query, cursor, filter: 'rank > 1' }, 'another filter');
    await refuse({ sort: 'rank', cursor }, 'no filter');
    await refuse({ ...query, cursor, 'filter[on]': 'true' }, 'one more filter');
    await refuse({ ...query, cursor, offset: 1 }, 'an offset', 'offset');
    await refuse({ ...query, cursor, offset: 0 }, 'an offset of nothing', 'offset');
    for (const wrong of [
      '',
      'x',
      '0',
      'null',
      `${cursor}A`,
      cursor.slice(0, -2),
      cursor.toLowerCase(),
      `${cursor}=`,
    ])
      await refuse({ ...query, cursor: wrong }, `cursor=${wrong}`);
    const away = await admin.get(listOf('rows', { ...query, filter: 'n > 0', sort: 'n', cursor }));
    expectFaults(away, 'another collection', ['query', 'cursor']);
  });

  test('a forged cursor reaches nothing and breaks nothing', async () => {
    const { admin } = served();
    const { next_cursor: made } = await page({ sort: 'rank', limit: 5 });
    const parts: unknown[] = JSON.parse(Buffer.from(made ?? '', 'base64url').toString());
    const forged = [
      ...parts.map((_, n) => parts.toSpliced(n, 1, "1' OR '1'='1")),
      ...parts.map((_, n) => parts.toSpliced(n, 1, { $gt: '' })),
      ...parts.map((_, n) => parts.toSpliced(n, 1, [['x'], {}, null])),
      ...parts.map((_, n) => parts.toSpliced(n, 1, 1e308)),
      [],
      {},
      [parts],
    ];
    for (const value of forged) {
      const cursor = Buffer.from(JSON.stringify(value)).toString('base64url');
      const answer = await admin.get(listOf('ranked', { sort: 'rank', limit: 5, cursor }));
      expect([value, answer.status === 422 || answer.status === 200]).toEqual([value, true]);
    }
  });
});

describe('fields, expand, count and pages', () => {
  test('fields narrows data and nothing else', async () => {
    const { admin } = served();
    const { body } = await admin.get(listOf('rows', { fields: 'n,name', sort: 'key' }));
    expect(body.items[0].data).toEqual({ name: 'Alpha', n: 1 });
    expect(body.items[3].data).toEqual({});
    const keys = ['collection_id', 'created_at', 'data', 'id', 'owner_id', 'updated_at'];
    for (const item of body.items) expect(Object.keys(item).sort()).toEqual(keys);
    const one = await admin.get(`${recordsOf('rows')}/${body.items[0].id}?fields=n`);
    expect(one.body).toEqual({ ...body.items[0], data: { n: 1 } });
    for (const fields of ['', 'nothing', 'n,', 'id', 'meta.k', 'n, name', '*', "n' OR 1=1"])
      expectFaults(await admin.get(listOf('rows', { fields })), fields, ['query', 'fields']);
  });

  test('count=false leaves total null, and count=exact counts this very moment', async () => {
    const { admin } = served();
    await define(admin, 'counted', [{ name: 'n', type: 'integer' }]);
    for (let n = 0; n < 5; n++) {
      await add(admin, 'counted', { n });
      const total = async (query: Readonly<Record<string, string>>) =>
        (await admin.get(listOf('counted', query))).body.total;
      expect(await total({ count: 'exact', filter: 'n >= 0' })).toBe(n + 1);
      expect(await total({ count: 'exact' })).toBe(n + 1);
      expect(await total({})).toBe(n + 1);
      expect(await total({ count: 'false' })).toBeNull();
      expect(await total({ count: 'false', filter: 'n >= 0' })).toBeNull();
    }
    for (const count of ['', 'no', '0', 'TRUE'])
      expectFaults(await admin.get(listOf('counted', { count })), count, ['query', 'count']);
  });

  test('an answer has these keys and no other', async () => {
    const { admin } = served();
    const keys = ['items', 'next_cursor', 'page', 'page_size', 'total'];
    for (const query of [
      {},
      { limit: 1 },
      { count: 'false' },
      { filter: 'n = 99' },
      { offset: 10 },
    ]) {
      const { body } = await admin.get(listOf('rows', query));
      expect(Object.keys(body).sort()).toEqual(keys);
    }
    expect((await admin.get(listOf('rows', { limit: 2, offset: 4 }))).body).toMatchObject({
      total: 5,
      page: 3,
      page_size: 2,
      next_cursor: null,
    });
    expectFaults(
      await admin.get(listOf('rows', { limit: 0, offset: -1 })),
      'both',
      ['query', 'limit'],
      ['query', 'offset'],
    );
  });
});
