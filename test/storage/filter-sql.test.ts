import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { toTimestamp } from '../../src/core/clock.ts';
import type { NamedField, RecordData } from '../../src/features/collections/schema.ts';
import type { Filter, Scalar } from '../../src/features/records/store.ts';
import { tableOf } from '../../src/storage/sqlite/record-table.ts';
import { type Filterable, matches } from '../support/evaluate-filter.ts';
import { arbitraryData, arbitraryFilter } from '../support/random-filter.ts';
import { arbitraryJson, arbitrarySchema, arbitraryText } from '../support/random-schema.ts';
import { by, collectionOf, openTable } from './contract/harness.ts';
import { openStore } from './open-store.ts';

const SCHEMAS = 1_000;
const FILTERS_EACH = 11;
const MAX_RECORDS = 12;

/** They occur in filters too. */
const OWNERS = [
  null,
  '0190a8b4-7c1e-7d3a-9f52-1c2d3e4f5a6b',
  'ffffffff-7c1e-4d3a-9f52-1c2d3e4f5a6b',
];

type Store = ReturnType<typeof openStore>;

/** Rows as they are, past the checks that belong to others. */
async function store(
  { collections, db }: Store,
  fields: readonly NamedField[],
  rows: readonly { readonly data: RecordData; readonly owner?: string | null }[],
) {
  const collection = collectionOf(
    'things',
    fields.map((field) => ({ ...field })),
  );
  await collections.insert(collection);
  const insert = db.prepare(
    `INSERT INTO ${tableOf(collection.id)} (id, owner_id, data, created_at, updated_at) VALUES (?, ?, ?, ?, ?)`,
  );
  const records = rows.map(({ data, owner = null }, n): Filterable => {
    const text = JSON.stringify(data);
    const at = toTimestamp(Date.UTC(2024, 0, 1, 0, 0, n));
    const record = {
      id: n === 0 ? `${OWNERS[1]}` : Bun.randomUUIDv7(),
      owner_id: owner,
      created_at: at,
      updated_at: at,
    };
    insert.run(record.id, owner, text, at, at);
    return { ...record, data: JSON.parse(text) };
  });
  return { collectionId: collection.id, records };
}

async function found({ records }: Store, collectionId: string, filter: Filter) {
  const page = await records.list(
    { collectionId, filter },
    { sort: by('created_at'), limit: 1_000 },
  );
  return page.records.map(({ id }) => id);
}

/** In the store's own words beside those of the language. */
const withOwnWords = (filter: fc.Arbitrary<Filter>): fc.Arbitrary<Filter> =>
  fc.oneof(
    { weight: 12, arbitrary: filter },
    {
      weight: 1,
      arbitrary: fc
        .tuple(filter, fc.constantFrom(...OWNERS.filter((id) => id !== null)))
        .map(([one, id]): Filter => ({ op: 'and', filters: [{ op: 'owner', id }, one] })),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Filter>(
        { op: 'all' },
        { op: 'none' },
        { op: 'and', filters: [] },
        { op: 'or', filters: [] },
        { op: 'not', filter: { op: 'all' } },
        { op: 'or', filters: [{ op: 'none' }, { op: 'not', filter: { op: 'none' } }] },
      ),
    },
  );

test('on random schemas, records and filters, SQL finds what the words of the filter say', async () => {
  using harness = openStore();
  await fc.assert(
    fc.asyncProperty(
      arbitrarySchema({ levels: 1 }).chain((fields) =>
        fc.record({
          fields: fc.constant(fields),
          rows: fc.array(
            fc.record({ data: arbitraryData(fields), owner: fc.constantFrom(...OWNERS) }),
            { minLength: 1, maxLength: MAX_RECORDS },
          ),
          filters: fc.array(withOwnWords(arbitraryFilter(fields).map(({ filter }) => filter)), {
            minLength: FILTERS_EACH,
            maxLength: FILTERS_EACH,
          }),
        }),
      ),
      async ({ fields, rows, filters }) => {
        const { collectionId, records } = await store(harness, fields, rows);
        try {
          for (const filter of filters) {
            const wanted = records.filter((record) => matches(filter, record)).map(({ id }) => id);
            expect(await found(harness, collectionId, filter)).toEqual(wanted);
            expect(await harness.records.count({ collectionId, filter })).toBe(wanted.length);
          }
        } finally {
          await harness.collections.delete(collectionId, true);
        }
      },
    ),
    { numRuns: SCHEMAS },
  );
}, 600_000);

const FIELDS: readonly NamedField[] = [
  { name: 's', type: 'string', index: true },
  { name: 'i', type: 'integer', index: true },
  { name: 'f', type: 'float' },
  { name: 'b', type: 'boolean' },
  { name: 'l', type: 'list' },
  { name: 'd', type: 'dict' },
  { name: 'j', type: 'json' },
];
const key = (name: string) => ({ kind: 'field', name }) as const;
const path = (first: string, ...keys: string[]) => ({
  kind: 'path' as const,
  path: [first, ...keys] as const,
});

describe('one question at a time', () => {
  /** Which of the values, each in a record of its own, the filter finds. */
  async function among<T>(field: string, values: readonly T[], filter: Filter): Promise<T[]> {
    using harness = openStore();
    const rows = values.map((value) => ({ data: { [field]: value } as RecordData }));
    const { collectionId, records } = await store(harness, FIELDS, rows);
    const ids = await found(harness, collectionId, filter);
    const hits = values.filter((_, n) => ids.includes(records[n]?.id ?? ''));
    const others = await found(harness, collectionId, { op: 'not', filter });
    expect(others.length + ids.length).toBe(values.length);
    return hits;
  }
  const contains = (text: string): Filter => ({ op: 'contains', key: key('s'), text });

  test('text is found whatever its case, in letters of any script', async () => {
    const values = [
      'Straße',
      'STRAẞE',
      'ΣΊΣΥΦΟΣ',
      'σίσυφος',
      'Kelvin',
      '\u212aelvin',
      'ſtop',
      'İ',
      'i',
    ];
    expect(await among('s', values, contains('straße'))).toEqual(['Straße', 'STRAẞE']);
    expect(await among('s', values, contains('Σίσυφος'))).toEqual(['ΣΊΣΥΦΟΣ', 'σίσυφος']);
    expect(await among('s', values, contains('KELV'))).toEqual(['Kelvin', '\u212aelvin']);
    expect(await among('s', values, contains('\u212aE'))).toEqual(['Kelvin', '\u212aelvin']);
    expect(await among('s', values, contains('STOP'))).toEqual(['ſtop']);
    expect(await among('s', values, contains('i'))).toContain('i');
    expect(await among('s', values, contains('i'))).not.toContain('İ');
  });

  test('signs of patterns are ordinary characters, in the text and in what is looked for', async () => {
    const signs = [
      '%',
      '_',
      '*',
      '?',
      '[',
      ']',
      '^',
      '-',
      '\\',
      '.',
      '(',
      ')',
      '|',
      '$',
      '+',
      '/',
      "'",
      '"',
    ];
    for (const sign of signs) expect(await among('s', signs, contains(sign))).toEqual([sign]);
    // With a k or an é it is looked for in another way.
    for (const end of ['K', 'É'])
      for (const sign of signs)
        expect(
          await among(
            's',
            signs.map((other) => `${other}${end}`),
            contains(`${sign}${end.toLowerCase()}`),
          ),
        ).toEqual([`${sign}${end}`]);
    expect(await among('s', ['a.c', 'abc'], contains('A.C'))).toEqual(['a.c']);
    expect(await among('s', ['k.c', 'kbc'], contains('K.C'))).toEqual(['k.c']);
    expect(await among('s', ['[kK]', 'k'], contains('[kK]'))).toEqual(['[kK]']);
  });

  test('text is found behind a NUL, and a NUL itself', async () => {
    const values = ['a\0B', 'a\0sé', '\0', 'B'];
    expect(await among('s', values, contains('b'))).toEqual(['a\0B', 'B']);
    expect(await among('s', values, contains('SÉ'))).toEqual(['a\0sé']);
    expect(await among('s', values, contains('\0'))).toEqual(['a\0B', 'a\0sé', '\0']);
    expect(await among('s', values, contains('A\0S'))).toEqual(['a\0sé']);
    expect(await among('s', values, { op: 'equals', key: key('s'), value: 'a\0B' })).toEqual([
      'a\0B',
    ]);
  });

  test('what is looked for may be longer than any pattern of SQLite', async () => {
    const long = 'ſé*'.repeat(40_000);
    expect(await among('s', [long, 'ſ'], contains(long.toUpperCase()))).toEqual([long]);
    expect(await among('s', [long, 'ſ'], contains(`${long}x`))).toEqual([]);
  });

  test('the empty text is in every text and in nothing else', async () => {
    expect(await among('s', ['', 'a', null], contains(''))).toEqual(['', 'a']);
    expect(await among('j', ['', 1, ['']], { op: 'contains', key: path('j'), text: '' })).toEqual([
      '',
    ]);
  });

  test('numbers compare by value: -0 is 0, 1e308 is found, large ones are what JavaScript reads', async () => {
    const numbers = [-0, 0.5, 1e308, -1e308, 5e-324, 2 ** 53, 2 ** 60, 1e20];
    for (const field of ['f', 'j'])
      for (const value of numbers) {
        const at = field === 'f' ? key('f') : path('j');
        expect(await among(field, numbers, { op: 'equals', key: at, value })).toEqual([value]);
        expect(await among(field, numbers, { op: 'in', key: at, values: [value] })).toEqual([
          value,
        ]);
        for (const relation of ['<', '<=', '>', '>='] as const)
          expect(await among(field, numbers, { op: 'compare', key: at, relation, value })).toEqual(
            numbers.filter((n) =>
              relation === '<'
                ? n < value
                : relation === '<='
                  ? n <= value
                  : relation === '>'
                    ? n > value
                    : n >= value,
            ),
          );
      }
    for (const value of numbers)
      expect(
        await among(
          'l',
          numbers.map((n) => [n]),
          { op: 'holds', key: path('l'), value },
        ),
      ).toEqual([[value]]);
    expect(await among('f', [0, 1], { op: 'equals', key: key('f'), value: -0 })).toEqual([0]);
  });

  test('behind a path, a value matches only one of its own JSON type', async () => {
    const values = [
      '1',
      1,
      1.5,
      true,
      false,
      'true',
      [1],
      ['1'],
      '["1"]',
      { a: 1 },
      '{"a":1}',
      '',
      0,
    ];
    for (const value of values.filter(
      (one): one is Exclude<Scalar, null> => typeof one !== 'object',
    )) {
      expect(await among('j', values, { op: 'equals', key: path('j'), value })).toEqual([value]);
      expect(await among('j', values, { op: 'in', key: path('j'), values: [value] })).toEqual([
        value,
      ]);
      expect(
        await among(
          'l',
          values.map((one) => [one]),
          { op: 'holds', key: path('l'), value },
        ),
      ).toEqual([[value]]);
    }
    expect(
      await among('j', values, { op: 'in', key: path('j'), values: [true, 'x', '1', 0, false] }),
    ).toEqual(['1', true, false, 0]);
    expect(
      await among('j', values, { op: 'compare', key: path('j'), relation: '>=', value: '' }),
    ).toEqual(values.filter((value) => typeof value === 'string'));
  });

  test('null is found where there is no value, and as an item of a list', async () => {
    const values = [null, 'a', 0, false, {}, []];
    expect(await among('j', values, { op: 'equals', key: path('j'), value: null })).toEqual([null]);
    const dicts = [{}, { a: null }, { a: 0 }, { a: { b: 1 } }, { a: [1] }];
    expect(
      await among('d', dicts, { op: 'equals', key: path('d', 'a', 'b'), value: null }),
    ).toHaveLength(4);
    const lists = [[], [null], [0], ['null'], null];
    expect(await among('l', lists, { op: 'holds', key: path('l'), value: null })).toEqual([[null]]);
  });

  test('a list holds its own items, not those of lists within; an object holds none', async () => {
    const values = [['a'], [['a']], { 0: 'a' }, 'a', [{ a: 'a' }], ['b', 'a']];
    expect(await among('j', values, { op: 'holds', key: path('j'), value: 'a' })).toEqual([
      ['a'],
      ['b', 'a'],
    ]);
    expect(await among('l', [['a'], []], { op: 'holds', key: key('l'), value: 'a' })).toEqual([
      ['a'],
    ]);
    const system: Filter = { op: 'holds', key: { kind: 'system', name: 'id' }, value: 'a' };
    expect(await among('l', [['a']], system)).toEqual([]);
  });

  test('digits in a path are a key, not a place in a list; inherited names are keys like others', async () => {
    const values = [
      ['a'],
      { 0: 'a' },
      JSON.parse('{"__proto__":"a"}'),
      { constructor: 'a' },
      { 'a-b': 'a' },
    ];
    for (const [segment, place] of [
      ['0', 1],
      ['__proto__', 2],
      ['constructor', 3],
      ['a-b', 4],
    ] as const)
      expect(
        await among('j', values, { op: 'equals', key: path('j', segment), value: 'a' }),
      ).toEqual([values[place]]);
  });

  test('text compares by code point, beyond the first plane too', async () => {
    const values = ['Z', 'a', 'ä', '\uFFFD', '😀'];
    for (const field of ['s', 'j'])
      expect(
        await among(field, values, {
          op: 'compare',
          key: field === 's' ? key('s') : path('j'),
          relation: '>',
          value: '\uFFFD',
        }),
      ).toEqual(['😀']);
  });
});

describe('attacks', () => {
  const hostile = [
    "' OR 1=1 --",
    '"; DROP TABLE collection; --',
    '") OR 1=1 --',
    "a' UNION SELECT password_hash FROM user --",
    '$."a") OR (1=1',
    '\\',
    '?1',
    ':a',
    '%',
  ];

  test('SQL in a value is a value: it finds itself and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.oneof(fc.constantFrom(...hostile), arbitraryText), {
          minLength: 2,
          maxLength: 6,
        }),
        async (texts) => {
          using harness = openStore();
          const rows = texts.map((text) => ({ data: { s: text, d: { a: text }, l: [text] } }));
          const { collectionId, records } = await store(harness, FIELDS, rows);
          for (const [n, value] of texts.entries()) {
            const filters: Filter[] = [
              { op: 'equals', key: key('s'), value },
              { op: 'in', key: key('s'), values: [value] },
              { op: 'equals', key: path('d', 'a'), value },
              { op: 'in', key: path('d', 'a'), values: [value] },
              { op: 'holds', key: path('l'), value },
            ];
            for (const filter of filters)
              expect(await found(harness, collectionId, filter)).toEqual([records[n]?.id ?? '']);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test('SQL as an owner or an id finds nothing', async () => {
    using harness = openStore();
    const table = await openTable(harness, [{ name: 's', type: 'string' }]);
    const { id } = await table.add({ s: 'a' });
    for (const text of hostile) {
      expect(harness.records.find(table.all, text)).toBeUndefined();
      expect(harness.records.findMany(table.all, [text, id])).toHaveLength(1);
      expect(await table.list(table.of(text))).toEqual([]);
    }
  });

  test('a name or a path that no schema could have is refused before it is SQL', async () => {
    using harness = openStore();
    const table = await openTable(harness, [{ name: 's', type: 'string' }]);
    for (const name of ['s) OR 1=1 --', 's, f_s', 'S', '', 's"', "s' --", 's\0', '__proto__ '])
      for (const at of [key(name), path('s', name), path(name)]) {
        for (const filter of [
          { op: 'equals', key: at, value: 1 },
          { op: 'contains', key: at, text: '' },
          { op: 'holds', key: at, value: null },
        ] satisfies Filter[]) {
          // `S` is a fine key of a dict.
          if (name === 'S' && (at.kind === 'path' || filter.op === 'holds')) continue;
          expect(() =>
            harness.records.list({ ...table.all, filter }, { sort: by('id'), limit: 1 }),
          ).toThrow();
        }
        expect(() =>
          harness.records.list(table.all, {
            sort: [{ key: key(name), isDescending: false }],
            limit: 1,
          }),
        ).toThrow();
      }
  });

  test('random JSON in the records never makes a filter fail', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryJson, { minLength: 1, maxLength: 8 }), async (values) => {
        using harness = openStore();
        const rows = values.map((value) => ({
          data: (value === null ? {} : { j: value }) as RecordData,
        }));
        const { collectionId, records } = await store(harness, FIELDS, rows);
        const keys = [path('j'), path('j', 'a'), path('j', '__proto__'), path('j', '0', 'a')];
        for (const at of keys)
          for (const filter of [
            { op: 'equals', key: at, value: null },
            { op: 'equals', key: at, value: 'a' },
            { op: 'holds', key: at, value: 0 },
            { op: 'contains', key: at, text: 'A' },
            { op: 'compare', key: at, relation: '<=', value: 1e308 },
          ] satisfies Filter[])
            expect(await found(harness, collectionId, filter)).toEqual(
              records.filter((record) => matches(filter, record)).map(({ id }) => id),
            );
      }),
      { numRuns: 200 },
    );
  });
});
