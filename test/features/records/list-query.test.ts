import { describe, expect, test } from 'bun:test';
import { ANONYMOUS, SYSTEM } from '../../../src/core/actor.ts';
import { encodeCursor } from '../../../src/features/records/cursor.ts';
import {
  type ListQuery,
  parseFilterQuery,
  parseListQuery,
} from '../../../src/features/records/list-query.ts';
import { parseExpand, parseFields } from '../../../src/features/records/show-query.ts';
import { contextOf, FIELDS, faultsOf, refusalOf, USER } from './query-context.ts';

const CONTEXT = contextOf();
const parse = (query: ListQuery) => parseListQuery(query, CONTEXT);
const newest = { key: { kind: 'system', name: 'created_at' }, isDescending: true };

describe('a list', () => {
  test('that nothing was said about has everything, newest first, a hundred to a page', () => {
    expect(parse({})).toMatchObject({
      filter: { op: 'all' },
      sort: [newest],
      limit: 100,
      offset: 0,
      after: undefined,
      fields: undefined,
      expand: [],
      count: 'cached',
    });
    expect(
      parse({ filter: undefined, fields: undefined, 'filter[title]': undefined }),
    ).toMatchObject({ filter: { op: 'all' }, fields: undefined });
  });

  test('takes what was said', () => {
    expect(
      parse({
        limit: 1_000,
        offset: 5,
        sort: '-rating,title,created_at',
        filter: 'rating > 1',
        'filter[title]': 'x',
        'filter[seen]': 'true',
        fields: 'title,rating,title',
        expand: 'author',
        count: 'exact',
      }),
    ).toMatchObject({
      limit: 1_000,
      offset: 5,
      sort: [
        { key: { kind: 'field', name: 'rating' }, isDescending: true },
        { key: { kind: 'field', name: 'title' }, isDescending: false },
        { key: { kind: 'system', name: 'created_at' }, isDescending: false },
      ],
      filter: {
        op: 'and',
        filters: [{ op: 'compare' }, { op: 'and', filters: [{ value: 'x' }, { value: true }] }],
      },
      fields: ['title', 'rating'],
      expand: [{ name: 'author', type: 'reference' }],
      count: 'exact',
    });
    expect(parse({ count: 'false' }).count).toBe('none');
    expect(parse({ count: 'true' }).count).toBe('cached');
  });

  test('that is asked wrongly is told everything at once', () => {
    const faults = faultsOf(() =>
      parse({
        limit: 0,
        offset: -1,
        cursor: 'x',
        sort: 'nope',
        filter: 'rating = x',
        'filter[rating]': 'y',
        fields: 'nope',
        expand: 'title',
        count: 'maybe',
      }),
    );
    expect(faults.map(({ loc }) => loc.join())).toEqual([
      'query,filter',
      'query,filter[rating]',
      'query,sort',
      'query,limit',
      'query,offset',
      'query,offset',
      'query,fields',
      'query,expand',
      'query,count',
    ]);
  });

  test.each([
    [{ limit: 0 }, 'limit', 'from 1 to 1000, got 0'],
    [{ limit: 1_001 }, 'limit', 'got 1001'],
    [{ limit: 1.5 }, 'limit', 'got 1.5'],
    [{ limit: Number.NaN }, 'limit', 'got NaN'],
    [{ offset: -1 }, 'offset', 'got -1'],
    [{ offset: Number.POSITIVE_INFINITY }, 'offset', 'got Infinity'],
    [{ offset: 0, cursor: 'x' }, 'offset', 'goes without cursor'],
    [{ count: '' }, 'count', 'must be true, false, exact; got ""'],
    [{ cursor: 'x' }, 'cursor', 'is not a cursor'],
    [{ filter: '' }, 'filter', 'found the end'],
    [{ fields: '' }, 'fields', 'must name something, or be left out'],
    [{ fields: 'titel' }, 'fields', 'no field "titel"; did you mean title?'],
    [{ fields: 'title,' }, 'fields', 'no field ""'],
    [{ fields: 'title, rating' }, 'fields', 'no field " rating"'],
    [{ fields: 'id' }, 'fields', 'id is in every answer'],
    [{ fields: 'address.city' }, 'fields', 'no field "address.city"'],
    [{ fields: '__proto__' }, 'fields', 'no field "__proto__"'],
    [{ expand: '' }, 'expand', 'must name something'],
    [{ expand: 'title' }, 'expand', '"title" cannot be expanded: must be one of author'],
    [{ expand: 'owner_id' }, 'expand', 'cannot be expanded'],
    [{ expand: 'author.friend' }, 'expand', '"author.friend" cannot be expanded'],
  ])('%j is refused', (query, parameter, words) => {
    expect(faultsOf(() => parse(query))).toMatchObject([
      { loc: ['query', parameter], msg: expect.stringContaining(words) },
    ]);
  });

  test('expands at most five references', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const fields = names.map((name) => ({ name, type: 'reference' as const, collection: 'x' }));
    const context = contextOf(USER, fields);
    expect(parseExpand('b,a,a,b', context).map(({ name }) => name)).toEqual(['a', 'b']);
    expect(parseExpand(names.slice(0, 5).join(), context)).toHaveLength(5);
    expect(faultsOf(() => parseExpand(names.join(), context))).toMatchObject([
      { loc: ['query', 'expand'], msg: 'must name at most 5 references, got 6' },
    ]);
    expect(faultsOf(() => parseExpand('a', contextOf(USER, [])))[0]?.msg).toContain(
      'this collection has no reference',
    );
  });

  test('of a million names is refused with the first hundred faults', () => {
    const names = Array.from({ length: 200_000 }, (_, index) => `n${index}`).join();
    expect(faultsOf(() => parse({ fields: names }))).toHaveLength(100);
    expect(faultsOf(() => parse({ expand: names }))).toHaveLength(100);
  });
});

describe('a field that the caller may not read', () => {
  const hidden = contextOf(USER, [
    ...FIELDS,
    { name: 'boss', type: 'reference', collection: 'users', read: 'admin' },
  ]);
  const context = {
    ...hidden,
    mayRead: (name: string) => name !== 'secret' && name !== 'boss',
  };
  test.each([
    [{ filter: `secret = 'x'` }],
    [{ 'filter[secret]': 'x' }],
    [{ sort: 'secret' }],
    [{ sort: 'title,-secret' }],
    [{ sort_by: 'secret' }],
    [{ fields: 'title,secret' }],
    [{ expand: 'boss' }],
    [{ limit: 0, sort: 'secret' }],
  ])('is 403 in %j and never guessed at by its order', (query) => {
    const error = refusalOf(() => parseListQuery(query, context));
    expect(error.code).toBe('forbidden');
    expect(error.message).toMatch(/^You may not read the field (secret|boss)\.$/);
  });

  test('is open to whoever may', () => {
    const all = contextOf(SYSTEM);
    expect(parseFields('secret', all)).toEqual(['secret']);
    expect(parseListQuery({ sort: 'secret', filter: `secret ~ 'x'` }, all).sort).toHaveLength(1);
  });
});

describe('plain equality', () => {
  const equal = (name: string, text: string) =>
    parseFilterQuery({ [`filter[${name}]`]: text }, CONTEXT);

  test.each([
    ['title', '5', '5'],
    ['title', 'null', 'null'],
    ['title', '', ''],
    ['title', "'x'", "'x'"],
    ['title', '@me', '@me'],
    ['title', `x' || 1 = 1 || title = '`, `x' || 1 = 1 || title = '`],
    ['rating', '5', 5],
    ['rating', '-5', -5],
    ['price', '1e2', 100],
    ['price', '-0', 0],
    ['seen', 'true', true],
    ['seen', 'false', false],
    ['day', '2024-02-29', '2024-02-29'],
    ['moment', '2024-01-01T00:00:00+02:00', '2023-12-31T22:00:00.000Z'],
    ['mail', 'ANN@example.com', 'ann@example.com'],
    ['owner_id', '0190A8B4-7C1E-7D3A-9F52-1C2D3E4F5A6B', '0190a8b4-7c1e-7d3a-9f52-1c2d3e4f5a6b'],
    ['created_at', '2024-01-01T00:00:00Z', '2024-01-01T00:00:00.000Z'],
    ['address.zip', '5', 5],
    ['raw.a', '5', '5'],
  ])('filter[%s]=%s', (name, text, value) => {
    expect(equal(name, text)).toMatchObject({ op: 'equals', value });
  });

  test.each([
    ['titel', 'x', 'did you mean title?'],
    ['', 'x', 'no field ""'],
    ['a]b', 'x', 'no field "a]b"'],
    ['__proto__', 'x', 'no field "__proto__"'],
    ['rating', 'x', 'rating must be a whole number'],
    ['rating', '1.5', 'rating must be a whole number'],
    ['rating', '', 'rating must be a whole number'],
    ['rating', 'null', 'rating must be a whole number'],
    ['rating', '1 2', 'rating must be a whole number'],
    ['rating', '0x1', 'rating must be a whole number'],
    ['seen', '1', 'seen must be true or false, got "1"'],
    ['owner_id', '@me', 'owner_id must be a UUID'],
    ['tags', 'x', 'tags ?= …'],
    ['address', 'x', 'such as address.city'],
    ['title', '\ud800', 'not well-formed'],
  ])('filter[%s]=%j is refused beside its parameter', (name, text, words) => {
    expect(faultsOf(() => equal(name, text))).toMatchObject([
      { loc: ['query', `filter[${name}]`], msg: expect.stringContaining(words) },
    ]);
  });

  test('by a thousand parameters is refused', () => {
    const query = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [`filter[raw.k${index}]`, 'x'] as const),
    );
    expect(faultsOf(() => parseFilterQuery(query, CONTEXT))).toMatchObject([{ type: 'too_long' }]);
  });

  test('of another parameter is not looked at', () => {
    const query = { filter: 'rating = 1', 'filter[title': 'x', filter_title: 'x' };
    expect(parseFilterQuery(query, CONTEXT)).toMatchObject({ op: 'equals', value: 1 });
  });
});

describe('a cursor', () => {
  const asked: ListQuery = { filter: 'created_at < @now', sort: '-rating', 'filter[title]': 'x' };
  const { fingerprint } = parse(asked);
  const cursor = encodeCursor({ values: [5], seq: 7 }, fingerprint);

  test('leads on in the list it was made for, whatever the limit, the fields, the caller and the time', () => {
    const later = { ...contextOf(ANONYMOUS), now: CONTEXT.now + 86_400_000 };
    const more = { cursor, limit: 3, fields: 'title', count: 'false' };
    expect(parseListQuery({ ...asked, ...more }, later)).toMatchObject({
      after: { values: [5], seq: 7 },
      offset: 0,
      limit: 3,
    });
  });

  test('of a list whose sort was said in other words is the same', () => {
    const { fingerprint: plain } = parse({});
    expect(plain).toHaveLength(16);
    for (const query of [{ sort: '-created_at' }, { sort_order: 'desc' as const }])
      expect(parse(query).fingerprint).toBe(plain);
    expect(parse({ 'filter[title]': 'x', 'filter[seen]': 'true' }).fingerprint).toBe(
      parse({ 'filter[seen]': 'true', 'filter[title]': 'x' }).fingerprint,
    );
  });

  test.each([
    [{ ...asked, sort: 'rating' }],
    [{ ...asked, sort: '-price' }],
    [{ ...asked, filter: 'created_at <= @now' }],
    [{ ...asked, filter: undefined }],
    [{ ...asked, 'filter[title]': 'y' }],
    [{ ...asked, 'filter[title]': undefined, 'filter[mail]': 'a@b.cd' }],
    [{}],
  ])('is refused by %j', (query) => {
    expect(faultsOf(() => parse({ ...query, cursor }))).toMatchObject([
      {
        loc: ['query', 'cursor'],
        msg: expect.stringContaining('another sort, filter or collection'),
      },
    ]);
  });

  test('of another collection is refused', () => {
    const { live } = CONTEXT;
    const other = { ...live, collection: { ...live.collection, id: 'another' } };
    expect(
      faultsOf(() => parseListQuery({ ...asked, cursor }, { ...CONTEXT, live: other })),
    ).toMatchObject([{ loc: ['query', 'cursor'] }]);
  });
});
