import { describe, expect, test } from 'bun:test';
import { ANONYMOUS, SYSTEM } from '../../../src/core/actor.ts';
import { createOpenCollection, openDataApp, refusal, settableClock } from './data-app.ts';

interface Shown {
  readonly id: string;
  readonly data: Readonly<Record<string, unknown>>;
}

async function openFilms() {
  const clock = settableClock();
  const app = openDataApp({ clock });
  await createOpenCollection(app, 'films', [
    { name: 'title', type: 'str' },
    { name: 'rating', type: 'float', index: true },
    { name: 'seen', type: 'bool' },
    { name: 'tags', type: 'list' },
    { name: 'meta', type: 'dict' },
  ]);
  for (const [title, rating] of [
    ['b', 2],
    ['a', 2],
    ['c', undefined],
    ['d', 3],
  ] as const) {
    await app.records.create(SYSTEM, 'films', { title, ...(rating !== undefined && { rating }) });
    clock.ms += 1;
  }
  const list = async (query: Parameters<typeof app.records.list>[2]) =>
    JSON.parse(await app.records.list(SYSTEM, 'films', query));
  return {
    app,
    clock,
    list,
    titles: async (query: Parameters<typeof list>[0]) =>
      ((await list(query)).items as Shown[]).map(({ data }) => data.title).join(''),
    [Symbol.dispose]: app.close,
  };
}

describe('a list', () => {
  test('is newest first, 100 to a page, with the total', async () => {
    using films = await openFilms();
    expect(await films.titles({})).toBe('dcab');
    expect(await films.list({})).toMatchObject({ total: 4, page: 1, page_size: 100 });
    expect(Object.keys(await films.list({}))).toEqual([
      'items',
      'total',
      'page',
      'page_size',
      'next_cursor',
    ]);
  });

  test.each([
    [{ limit: 1, offset: 0 }, 'd', 1],
    [{ limit: 1, offset: 3 }, 'b', 4],
    [{ limit: 2, offset: 2 }, 'ab', 2],
    [{ limit: 3, offset: 4 }, '', 2],
    [{ limit: 1000, offset: Number.MAX_SAFE_INTEGER }, '', 9007199254741],
  ])('%j is its page', async (query, titles, page) => {
    using films = await openFilms();
    expect(await films.titles(query)).toBe(titles);
    expect(await films.list(query)).toMatchObject({ total: 4, page, page_size: query.limit });
  });

  test.each([
    ['title', 'abcd'],
    ['-title', 'dcba'],
    ['rating,title', 'abdc'],
    ['-rating,title', 'dabc'],
    ['rating,-title', 'badc'],
    ['rating', 'badc'],
    ['-rating', 'dabc'],
    ['created_at', 'bacd'],
    ['-created_at', 'dcab'],
    ['-updated_at', 'dcab'],
    ['id', 'bacd'],
    ['-id', 'dcab'],
    ['seen,title', 'abcd'],
    ['title,title', 'abcd'],
    ['owner_id,title', 'abcd'],
  ])('sort=%s', async (sort, titles) => {
    using films = await openFilms();
    expect(await films.titles({ sort })).toBe(titles);
  });

  test('sort_by and sort_order say the same in the words of the seeds', async () => {
    using films = await openFilms();
    expect(await films.titles({ sort_by: 'title' })).toBe('abcd');
    expect(await films.titles({ sort_by: 'title', sort_order: 'desc' })).toBe('dcba');
    expect(await films.titles({ sort_order: 'asc' })).toBe('bacd');
    expect(await films.titles({ sort_order: 'desc' })).toBe('dcab');
  });

  test.each([
    ['titl', 'did you mean title'],
    ['tags', 'has no order'],
    ['meta', 'has no order'],
    ['', 'no field'],
    ['-', 'no field'],
    ['title,,rating', 'no field'],
    ['--title', 'no field'],
    [' title', 'no field'],
    ['constructor', 'no field'],
    ['__proto__', 'no field'],
    ['seq', 'no field'],
    ['rev', 'no field'],
    ['data', 'no field'],
    ['meta.x', 'no field'],
    ['title; DROP TABLE collection', 'no field'],
    ['title DESC', 'no field'],
    ['f_title', 'no field'],
    [Array(9).fill('title').join(), 'at most 8'],
  ])('sort=%p is refused in words: no text of a caller reaches SQL', async (sort, words) => {
    using films = await openFilms();
    const { faults } = await refusal(() => films.list({ sort }));
    expect(faults).toHaveLength(1);
    expect(faults?.[0]).toMatchObject({
      loc: ['query', 'sort'],
      msg: expect.stringContaining(words),
    });
    expect((await films.list({})).total).toBe(4);
  });

  test('all faults of a sort come at once; sort does not go with sort_by', async () => {
    using films = await openFilms();
    expect((await refusal(() => films.list({ sort: 'x,title,y' }))).faults).toHaveLength(2);
    for (const more of [{ sort_by: 'title' }, { sort_order: 'asc' as const }])
      expect((await refusal(() => films.list({ sort: 'title', ...more }))).faults).toMatchObject([
        { loc: ['query', 'sort'] },
      ]);
    expect((await refusal(() => films.list({ sort_by: 'nope' }))).faults).toMatchObject([
      { loc: ['query', 'sort_by'] },
    ]);
  });

  test('a sort by a field that was renamed or dropped a moment ago is 422, by its new name it works', async () => {
    using films = await openFilms();
    await films.app.collections.update(
      SYSTEM,
      'films',
      { schema: { fields: [{ name: 'name', type: 'str', was: 'title' }] } },
      true,
    );
    expect((await refusal(() => films.list({ sort: 'title' }))).code).toBe('invalid_input');
    expect((await refusal(() => films.list({ sort: 'rating' }))).code).toBe('invalid_input');
    expect(
      ((await films.list({ sort: 'name' })).items as Shown[]).map(({ data }) => data.name),
    ).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('a collection that is deleted while writes wait', () => {
  test('answers those writes with 404, whatever they are, and the next reads too', async () => {
    using films = await openFilms();
    const { collections, records } = films.app;
    const [first] = (await films.list({})).items as Shown[];
    const id = String(first?.id);
    const deleting = collections.delete(SYSTEM, 'films', 'films');
    await Promise.resolve();
    const codes = await Promise.all([
      refusal(() => records.create(SYSTEM, 'films', { title: 'x' })),
      refusal(() => records.update(SYSTEM, 'films', id, { title: 'x' })),
      refusal(() => records.delete(SYSTEM, 'films', id)),
    ]);
    await deleting;
    expect(codes.map(({ code }) => code)).toEqual(['not_found', 'not_found', 'not_found']);
    for (const act of [
      () => films.list({}),
      () => records.get(SYSTEM, 'films', id),
      () => records.count(SYSTEM, 'films'),
    ])
      expect((await refusal(act)).code).toBe('not_found');
  });

  test('and made again under its name takes none of the writes meant for the old one', async () => {
    using films = await openFilms();
    const { collections, records } = films.app;
    const deleting = collections.delete(SYSTEM, 'films', 'films');
    const making = createOpenCollection(films.app, 'films', [{ name: 'title', type: 'str' }]);
    await Promise.resolve();
    const late = await refusal(() => records.create(SYSTEM, 'films', { title: 'old' }));
    await Promise.all([deleting, making]);
    expect(late.code).toBe('not_found');
    expect(await films.list({})).toMatchObject({ items: [], total: 0 });
  });
});

test('access that was taken away is gone for the next request', async () => {
  using films = await openFilms();
  const { collections, records } = films.app;
  expect(JSON.parse(await records.list(ANONYMOUS, 'films', {})).total).toBe(4);
  await collections.update(SYSTEM, 'films', { options: { access: { list: 'admin' } } }, false);
  expect((await refusal(() => records.list(ANONYMOUS, 'films', {}))).code).toBe('unauthenticated');
});
