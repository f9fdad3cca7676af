import { describe, expect, test } from 'bun:test';
import { ANONYMOUS, SYSTEM } from '../../../src/core/actor.ts';
import { parseFilter } from '../../../src/features/records/filter/parser.ts';
import type { Filter, FilterKey } from '../../../src/features/records/store.ts';
import { contextOf, faultsOf, refusalOf, USER } from './query-context.ts';

const CONTEXT = contextOf();
const parse = (text: string) => parseFilter(text, CONTEXT);

const field = (name: string): FilterKey => ({ kind: 'field', name });
const path = (first: string, ...keys: string[]): FilterKey => ({
  kind: 'path',
  path: [first, ...keys],
});
const equals = (key: FilterKey, value: string | number | boolean | null): Filter => ({
  op: 'equals',
  key,
  value,
});
const not = (filter: Filter): Filter => ({ op: 'not', filter });
const [A, B, C] = [1, 2, 3].map((value) => equals(field('rating'), value)) as [
  Filter,
  Filter,
  Filter,
];
const [a, b, c] = ['rating=1', 'rating = 2', 'rating\t=\n3'];
const UUID = '0190a8b4-7c1e-7d3a-9f52-1c2d3e4f5a6b';

describe('a filter', () => {
  test.each<readonly [string, Filter]>([
    [`${a}&&${b}`, { op: 'and', filters: [A, B] }],
    [`${a} || ${b}`, { op: 'or', filters: [A, B] }],
    [`${a}||${b}&&${c}`, { op: 'or', filters: [A, { op: 'and', filters: [B, C] }] }],
    [`${a}&&${b}||${c}`, { op: 'or', filters: [{ op: 'and', filters: [A, B] }, C] }],
    [`(${a}||${b})&&${c}`, { op: 'and', filters: [{ op: 'or', filters: [A, B] }, C] }],
    [`!${a}&&${b}`, { op: 'and', filters: [not(A), B] }],
    [`!(${a}||${b})`, not({ op: 'or', filters: [A, B] })],
    [`!!${a}`, A],
    [`!!!(((${a})))`, not(A)],
    ['rating!=1', not(A)],
    ['!(rating != 1)', A],
    [' \t\r\n rating=1 ', A],
  ])('%j joins as the precedence says', (text, filter) => {
    expect(parse(text)).toEqual(filter);
  });

  test.each<readonly [string, Filter]>([
    ['rating >= 2', { op: 'compare', key: field('rating'), relation: '>=', value: 2 }],
    [`title ~ 'X%'`, { op: 'contains', key: field('title'), text: 'X%' }],
    [`title !~ ''`, not({ op: 'contains', key: field('title'), text: '' })],
    [`tags ?= 'x'`, { op: 'holds', key: path('tags'), value: 'x' }],
    ['tags ?= null', { op: 'holds', key: path('tags'), value: null }],
    ['rating in(1,2)', { op: 'in', key: field('rating'), values: [1, 2] }],
    ['seen in (true, false)', { op: 'in', key: field('seen'), values: [true, false] }],
    ['rating in (null)', equals(field('rating'), null)],
    [
      'rating in (null, 1, null)',
      {
        op: 'or',
        filters: [{ op: 'in', key: field('rating'), values: [1] }, equals(field('rating'), null)],
      },
    ],
    ...(['tags', 'meta', 'raw', 'address', 'groups'] as const).map(
      (name) => [`${name} = null`, equals(path(name), null)] as const,
    ),
    ['meta.a.B-c_0.1 = true', equals(path('meta', 'a', 'B-c_0', '1'), true)],
    ['raw.a ?= 1', { op: 'holds', key: path('raw', 'a'), value: 1 }],
    ['raw ?= 1', { op: 'holds', key: path('raw'), value: 1 }],
    [`raw.x > 'a'`, { op: 'compare', key: path('raw', 'x'), relation: '>', value: 'a' }],
    [
      'address.geo.lat < 1.5',
      { op: 'compare', key: path('address', 'geo', 'lat'), relation: '<', value: 1.5 },
    ],
    [`address.since = '2024-01-01'`, equals(path('address', 'since'), '2024-01-01')],
    [`address.free.x = '2024'`, equals(path('address', 'free', 'x'), '2024')],
    ['mixed.other = 1.5', equals(path('mixed', 'other'), 1.5)],
    ['meta.a.b.c.d.e.f.g = 1', equals(path('meta', 'a', 'b', 'c', 'd', 'e', 'f', 'g'), 1)],
  ])('%j looks at what it names', (text, filter) => {
    expect(parse(text)).toEqual(filter);
  });

  test.each([
    [`title = 'a'`, 'a'],
    [`title = "a'b"`, "a'b"],
    [`title = 'a"b'`, 'a"b'],
    [String.raw`title = 'a\'b\"c\\d'`, `a'b"c\\d`],
    [`title = '  ä😀\n\0'`, '  ä😀\n\0'],
    [`title = 'true'`, 'true'],
    ['rating = -5', -5],
    ['rating = 5.0', 5],
    ['rating = 1e2', 100],
    ['price = -0', 0],
    ['price = 1.5E-3', 0.0015],
    ['seen = false', false],
    [`day = '2024-02-29'`, '2024-02-29'],
    [`moment = '2024-01-01T00:00:00+02:00'`, '2023-12-31T22:00:00.000Z'],
    [`created_at = '2024-01-01t00:00:00z'`, '2024-01-01T00:00:00.000Z'],
    [`mail = 'ANN@Example.COM'`, 'ann@example.com'],
    [`mail < 'M'`, 'm'],
    [`link = 'HTTP://A.b'`, 'HTTP://A.b'],
    [`token = '${UUID.toUpperCase()}'`, UUID],
    [`author = '${UUID.toUpperCase()}'`, UUID],
    [`owner_id = '${UUID.toUpperCase()}'`, UUID],
    [`days ?= '2024-01-01T00:00:00-01:00'`, '2024-01-01T01:00:00.000Z'],
    ['moment > @now', '2025-06-15T12:34:56.789Z'],
    ['updated_at > @now', '2025-06-15T12:34:56.789Z'],
    ['day = @now', '2025-06-15'],
    ['raw.t < @now', '2025-06-15T12:34:56.789Z'],
    ['owner_id = @me', UUID],
    ['id = @me', UUID],
    ['author = @me', UUID],
    ['token = @me', UUID],
    ['title = @me', UUID],
    ['raw.by = @me', UUID],
  ])('%j compares with the value as it is stored', (text, value) => {
    const filter = parse(text);
    if (!('value' in filter)) throw new Error(`no comparison: ${filter.op}`);
    expect(Object.is(filter.value, value)).toBe(true);
  });

  test.each([`title = 'longer than five'`, 'rating = 99', `moment < '1999-01-01T00:00:00Z'`])(
    '%s may ask for what the constraints of the field forbid',
    (text) => {
      expect(parse(text)).toBeObject();
    },
  );
});

describe('@me of an anonymous caller is nobody, so that', () => {
  test.each<readonly [string, Filter]>([
    ['owner_id = @me', { op: 'none' }],
    ['owner_id != @me', { op: 'all' }],
    ['!(owner_id = @me)', { op: 'all' }],
    ['owner_id in (@me)', { op: 'none' }],
    ['owner_id in (@me, null)', equals({ kind: 'system', name: 'owner_id' }, null)],
    ['title in (@me, @me)', { op: 'none' }],
    ['title ~ @me', { op: 'none' }],
    ['title !~ @me', { op: 'all' }],
    ['title < @me', { op: 'none' }],
    ['tags ?= @me', { op: 'none' }],
    ['raw.by = @me', { op: 'none' }],
  ])('%s never finds what has no owner', (text, filter) => {
    for (const actor of [ANONYMOUS, SYSTEM])
      expect(parseFilter(text, contextOf(actor))).toEqual(filter);
  });
});

describe('a fault names its place and what would be right:', () => {
  test.each([
    ['', 1, 'expected a field, ! or (, found the end'],
    ['  ', 3, 'found the end'],
    ['title', 6, 'expected an operator such as =, ~ or in, found the end'],
    [`title 'x'`, 7, 'found the text "x"'],
    ['title =', 8, "expected a value such as 'text', 5"],
    ['title = x', 9, 'found "x"; a text stands in quotation marks'],
    ['title = title', 9, 'found "title"'],
    ['5 = rating', 1, 'expected a field, ! or (, found the number 5'],
    [`@me = 'x'`, 1, 'expected a field'],
    ['title = @you', 9, '@now or @me, found "@you"'],
    [`title == 'x'`, 7, 'found "=="; write ='],
    [`title <> 'x'`, 7, 'found "<>"; write !='],
    [`title like 'x'`, 7, 'found "like"; write ~'],
    [`${a} AND ${b}`, 10, 'expected &&, || or the end, found "AND"; write &&'],
    [`${a} & ${b}`, 10, 'found "&"; write &&'],
    [`${a} ${b}`, 10, 'found "rating"'],
    [`${a} &&`, 12, 'expected a field, ! or (, found the end'],
    [`${a} && && ${b}`, 13, 'found "&&"'],
    [`(${a}`, 10, 'the ) to the ( at character 1, found the end'],
    [`${a})`, 9, 'expected &&, || or the end, found ")"'],
    ['()', 2, 'found ")"'],
    ['rating in 5', 11, 'expected ( and the values behind in'],
    ['rating in ()', 12, 'expected a value'],
    ['rating in (1,)', 14, 'expected a value'],
    ['rating in (1 2)', 14, 'expected a comma or ), found the number 2'],
    [`title = 'x`, 9, "this text is not closed with '"],
    [String.raw`title = 'x\'`, 9, 'not closed'],
    [String.raw`title = '\n'`, 10, `a backslash stands only before ', " and another backslash`],
    ['rating = 05', 10, 'not a number'],
    ['rating = 1.', 10, 'not a number'],
    ['rating = -', 10, 'not a number'],
    ['rating = 0x10', 10, 'not a number'],
    ['rating = +5', 10, 'found "+"'],
    ['price = 1e999', 9, 'too great'],
    [`title = 'ä😀' && )`, 17, 'expected a field, ! or (, found ")"'],
    [`title = 'x' ö`, 13, 'found "ö"'],
    [`title = 'x' 😀`, 13, 'found "😀"'],
    ['title\u00a0= 1', 6, 'found "\u00a0"'],
    ['meta. = 1', 5, 'found "."'],
    ['meta..a = 1', 5, 'found "."'],
  ])('%j at character %i', (text, character, words) => {
    const [fault, ...others] = faultsOf(() => parse(text));
    expect(others).toEqual([]);
    expect(fault).toMatchObject({ loc: ['query', 'filter'], type: 'filter_syntax' });
    expect(fault?.msg).toStartWith(`at character ${character}: `);
    expect(fault?.msg).toContain(words);
  });

  test.each([
    ['titel = 1', 1, 'there is no field "titel"; did you mean title?'],
    ['owner_ids = @me', 1, 'did you mean owner_id?'],
    [`title.x = 'a'`, 1, 'title is of type string, so nothing stands behind a dot'],
    ['id.x = 1', 1, 'id is not a dict'],
    [`tags.0 = 'x'`, 1, 'tags is a list, whose items have no names; tags ?= …'],
    [`address.cty = 'x'`, 1, 'address has no property "cty"; did you mean city?'],
    ['address.geo.lon = 1', 1, 'address.geo has no property "lon"'],
    ['meta.a.b.c.d.e.f.g.h = 1', 1, 'a path has at most 8 parts'],
    ['rating = 1.5', 10, 'rating must be a whole number'],
    ['rating = 9007199254740993', 10, 'rating must be a whole number'],
    [`rating in (1, 'x')`, 15, 'rating must be a whole number'],
    ['title = 5', 9, 'title must be a text, got 5'],
    ['seen = 1', 8, 'seen must be true or false, got 1'],
    [`day = '2024-02-30'`, 7, 'day must be'],
    [`day = '2024-02-01T00:00:00Z'`, 7, 'day must be'],
    [`moment = '2024-01-01'`, 10, 'moment must be'],
    [`created_at > 'yesterday'`, 14, 'created_at must be'],
    [`mail = 'ann'`, 8, 'mail must'],
    [`token = 'x'`, 9, 'token must be a UUID'],
    [`author = 'x'`, 10, 'author must be a UUID'],
    [`owner_id = 'x'`, 12, 'owner_id must be a UUID'],
    [`id = 'x'`, 6, 'id must be a UUID'],
    ['tags ?= 5', 9, 'an item of tags must be a text, got 5'],
    ['groups ?= 5', 11, 'an item of groups is a list, with which only null compares'],
    [`tags = 'x'`, 8, 'tags ?= … finds those that hold a value'],
    [`address = 'x'`, 11, 'compare a part of it, such as address.city'],
    ['raw = 5', 7, 'such as raw.key'],
    ['title = @now', 9, '@now is a time, and title is of type string'],
    ['rating = @me', 10, '@me is the id of a user, and rating is of type integer'],
    ['rating > null', 10, 'null has no order; use = or !='],
    ['raw.x > true', 9, 'true has no order'],
    ['title ~ null', 9, 'what a text contains is a text'],
    ['raw.x ~ 5', 9, 'what a text contains is a text'],
    ['seen > true', 6, '> does not work for seen, which is of type boolean: use =, != or in'],
    [`token < '${UUID}'`, 7, '< does not work for token'],
    [`id < '${UUID}'`, 4, '< does not work for id'],
    [`author ~ 'x'`, 8, '~ does not work for author'],
    [`day ~ '2024'`, 5, '~ does not work for day'],
    [`rating ~ '5'`, 8, '~ does not work for rating'],
    [`title ?= 'x'`, 7, '?= does not work for title'],
    [`tags ~ 'x'`, 6, '~ does not work for tags, which is of type list: use =, != or ?='],
    [`tags in ('x')`, 6, 'in does not work for tags'],
    ['meta > 1', 6, 'or any for a part such as meta.key'],
  ])('%j at character %i', (text, character, words) => {
    const [fault, ...others] = faultsOf(() => parse(text));
    expect(others).toEqual([]);
    expect(fault).toMatchObject({ loc: ['query', 'filter'], type: 'value_error' });
    expect(fault?.msg).toStartWith(`at character ${character}: `);
    expect(fault?.msg).toContain(words);
  });

  test('all of them at once, up to the first fault of grammar', () => {
    const faults = faultsOf(() => parse(`titel = 1 && rating in ('x', 1, 'y') || (seen > 1 ~`));
    expect(faults.map(({ msg }) => msg.slice(0, 16))).toEqual([
      'at character 1: ',
      'at character 25:',
      'at character 33:',
      'at character 47:',
      'at character 51:',
    ]);
  });
});

describe('limits', () => {
  test('4,096 characters, counted as people do', () => {
    const filter = (length: number) => `title = '${'😀'.repeat(length - 10)}'`;
    expect(parse(filter(4_096))).toBeObject();
    expect(faultsOf(() => parse(filter(4_097)))).toMatchObject([
      { loc: ['query', 'filter'], type: 'too_long', msg: 'must have at most 4096 characters' },
    ]);
  });

  test('20 levels of brackets', () => {
    const nested = (levels: number) => `${'('.repeat(levels)}${a}${')'.repeat(levels)}`;
    expect(parse(nested(20))).toEqual(A);
    expect(faultsOf(() => parse(nested(21)))).toMatchObject([
      { type: 'too_deep', msg: 'at character 21: brackets nest at most 20 levels' },
    ]);
    expect(parse(Array(30).fill(nested(20)).join('&&'))).toMatchObject({ op: 'and' });
  });

  test('100 terms, each value of a list being one', () => {
    const terms = (count: number) => Array(count).fill(a).join('||');
    expect(parse(terms(100))).toMatchObject({ op: 'or' });
    expect(faultsOf(() => parse(terms(101)))).toMatchObject([
      { type: 'too_long', msg: 'at character 1008: a filter has at most 100 terms' },
    ]);
    const values = (count: number) => `rating in (${Array(count).fill('1').join(',')})`;
    expect(parse(values(100))).toMatchObject({ op: 'in' });
    expect(faultsOf(() => parse(values(101)))).toMatchObject([{ type: 'too_long' }]);
    expect(faultsOf(() => parse(`${values(99)}||${a}||${b}`))).toMatchObject([
      { type: 'too_long' },
    ]);
  });
});

describe('attacks', () => {
  test('a filter by a field that the caller may not read is 403 and names it', () => {
    for (const text of [
      `secret = 'x'`,
      `rating = 1 || !(secret ~ 'a')`,
      'secret != null',
      'secret.x = 1',
    ]) {
      const error = refusalOf(() => parse(text));
      expect(error.code).toBe('forbidden');
      expect(error.message).toBe('You may not read the field secret.');
    }
    expect(parseFilter(`secret = 'x'`, contextOf(SYSTEM))).toBeObject();
  });

  test.each([
    `title = 'x' OR 1=1 --`,
    `title = 'x'; DROP TABLE collection`,
    `1=1`,
    `title = 'x' UNION SELECT password_hash FROM user`,
    `title) = 'x' || (1 = 1`,
    `f_title = 'x'`,
    `data = 'x'`,
    `rev = 1`,
    `seq > 0`,
    `rowid > 0`,
    `"title" = 'x'`,
    `title = 'x' /* */`,
    `lower(title) = 'x'`,
    `title = ?`,
    `title = $1`,
    `title COLLATE NOCASE = 'x'`,
  ])('SQL in the grammar is refused: %s', (text) => {
    expect(faultsOf(() => parse(text)).length).toBeGreaterThan(0);
  });

  test('SQL in a literal stays a text', () => {
    const text = `x'; DROP TABLE collection; --`;
    expect(parse(`title = "${text}"`)).toEqual(equals(field('title'), text));
  });

  test('names of the prototype are no fields, and ordinary keys of open dicts', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype']) {
      expect(faultsOf(() => parse(`${name} = 1`))[0]?.msg).toContain('there is no field');
      expect(faultsOf(() => parse(`address.${name} = 1`))[0]?.msg).toContain('no property');
      expect(faultsOf(() => parse(`title = ${name}`))[0]?.type).toBe('filter_syntax');
      expect(parse(`meta.${name}.${name} = 1`)).toEqual(equals(path('meta', name, name), 1));
    }
  });

  test('brackets, signs and lists by the thousand cost no stack and no time', () => {
    for (const text of [
      '('.repeat(4_096),
      ')'.repeat(4_096),
      '!'.repeat(4_096),
      `${'!'.repeat(4_000)}(`,
      '!('.repeat(2_048),
      `rating in (${'1,'.repeat(2_000)}`,
      `rating in (${'('.repeat(4_000)}`,
      `title = '${'\\'.repeat(4_000)}`,
      `title = '${"\\'".repeat(2_000)}`,
      `meta${'.a'.repeat(2_000)} = 1`,
      `${'a'.repeat(4_000)} = 1`,
      '&&'.repeat(2_000),
      '1'.repeat(4_096),
      '-'.repeat(4_096),
      ' '.repeat(4_096),
      '🏴'.repeat(4_096),
      '('.repeat(10_000_000),
    ])
      expect(faultsOf(() => parse(text))).toHaveLength(1);
    expect(parse(`${'!'.repeat(4_001)}${a}`)).toEqual(not(A));
  });

  test('a hundred wrong names against two hundred long fields are answered with few suggestions', () => {
    const long = (index: number) => `${'x'.repeat(58)}${String(index).padStart(4, '0')}`;
    const fields = Array.from({ length: 200 }, (_, index) => ({
      name: long(index),
      type: 'integer' as const,
    }));
    const text = Array.from({ length: 60 }, (_, index) => `${long(index + 900)}=1`).join('&&');
    const faults = faultsOf(() => parseFilter(text, contextOf(USER, fields)));
    expect(faults).toHaveLength(60);
    expect(faults.filter(({ msg }) => msg.includes('did you mean'))).toHaveLength(3);
  });

  test('half a character is refused, as SQLite would store another', () => {
    expect(faultsOf(() => parse(`title = '\ud83d'`))).toMatchObject([{ type: 'string_unicode' }]);
  });
});
