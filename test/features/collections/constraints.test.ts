import { describe, expect, test } from 'bun:test';
import type { Fault } from '../../../src/core/errors.ts';
import { parseSchema } from '../../../src/features/collections/definition.ts';
import { FIELD_TYPES } from '../../../src/features/collections/fields/index.ts';
import { ACCESS_LEVELS } from '../../../src/features/collections/schema.ts';
import type { LooseField } from '../records/data-app.ts';
import { CONTEXT } from './schema-context.ts';

const LOC = ['body', 'schema'];

function parse(input: unknown) {
  const faults: Fault[] = [];
  const { schema } = parseSchema(input, LOC, faults, CONTEXT);
  return { fields: schema.fields, faults };
}

const field = (rest: LooseField) => ({ name: 'a', ...rest });

/** type, option → [good and edge values, bad values]. */
const CONSTRAINTS: Readonly<
  Record<
    string,
    Readonly<Record<string, readonly [good: readonly unknown[], bad: readonly unknown[]]>>
  >
> = {
  string: {
    min_length: [
      [0, 1, Number.MAX_SAFE_INTEGER],
      [-1, 1.5, '1', null, true, Number.NaN],
    ],
    max_length: [
      [0, 1],
      [-1, 0.5, '', null, [], Number.POSITIVE_INFINITY],
    ],
    pattern: [
      ['a', '^[a-z]+$', '(?i)x', '\\p{Greek}', '(a*)*b', 'x'.repeat(1000)],
      [
        '',
        '(?=a)',
        '(?!a)',
        '(?<=a)',
        '(?<!a)',
        '(a)\\1',
        '[',
        'a{1001}',
        '(a{1000}){1000}',
        'x'.repeat(1001),
        1,
        null,
      ],
    ],
    enum: [
      [['a'], ['', 'b']],
      [[], ['a', 'a'], [1], [null], 'a', null, { 0: 'a' }],
    ],
  },
  integer: {
    min: [
      [0, -5, Number.MAX_SAFE_INTEGER],
      [0.5, '0', null, Number.NaN],
    ],
    max: [
      [0, -5],
      [0.5, '0', null, Number.NEGATIVE_INFINITY],
    ],
    enum: [
      [[1], [0, -1]],
      [[], [1, 1], [1.5], ['1'], 1, null],
    ],
  },
  float: {
    min: [
      [0, -0.5, 1e308],
      ['0', null, Number.NaN, Number.POSITIVE_INFINITY],
    ],
    max: [
      [0, -0.5],
      ['0', null, []],
    ],
    enum: [
      [[1.5], [0, 1]],
      [[], [1, 1], ['1'], null, [Number.NaN]],
    ],
  },
  boolean: {},
  date: {
    min: [
      ['0001-01-01', '2024-02-29', '9999-12-31'],
      ['0000-12-31', '2023-02-29', '2024-1-1', '2024-01-01T00:00:00Z', 'now', '', 0, null],
    ],
    max: [
      ['0001-01-01', '2024-02-29'],
      ['10000-01-01', '2024-04-31', 20240101, null, ['2024-01-01']],
    ],
  },
  datetime: {
    min: [
      ['0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'],
      ['2024-01-01', '2016-12-31T23:59:60Z', '2024-01-01T00:00:00', 'now', 0, null],
    ],
    max: [
      ['0001-01-01T00:00:00.000Z'],
      ['2023-02-29T00:00:00Z', '2024-01-01T24:00:00Z', '9999-12-31T23:59:59-01:00', null],
    ],
  },
  email: {
    max_length: [
      [5, 254, Number.MAX_SAFE_INTEGER],
      [4, 0, -1, 5.5, '10', null],
    ],
  },
  url: {
    max_length: [
      [8, 2000],
      [7, 0, 8.5, '10', null],
    ],
  },
  uuid: {
    max_length: [
      [36, 100],
      [35, 0, null, '36'],
    ],
  },
  json: {
    max_bytes: [
      [1, 1_000_000],
      [0, -1, 1.5, '10', null, Number.POSITIVE_INFINITY],
    ],
  },
  reference: {
    collection: [
      ['users', 'things', 'people'],
      ['nothing', 'Things', '', 'constructor', 1, null, ['things']],
    ],
    on_delete: [
      ['restrict', 'cascade', 'set_null'],
      ['delete', 'SET NULL', '', null, 1],
    ],
  },
  list: {
    min_items: [
      [0, 3],
      [-1, 0.5, '1', null],
    ],
    max_items: [
      [0, 3],
      [-1, 0.5, '1', null],
    ],
    unique_items: [
      [true, false],
      [1, 'true', null],
    ],
    items: [
      [{ type: 'int' }, { type: 'list', items: { type: 'str', max_length: 3 } }],
      [null, 'int', [], [{ type: 'int' }], 1],
    ],
  },
  dict: {
    properties: [
      [[], [{ name: 'id', type: 'int' }], [{ name: 'b', type: 'dict', properties: [] }]],
      [{}, null, 'a', [1], [null]],
    ],
    additional: [
      [true, false],
      [0, 'no', null],
    ],
  },
};
const COMMON = {
  description: [
    ['', 'x'.repeat(2000)],
    [1, null, 'x'.repeat(2001)],
  ],
  required: [
    [true, false],
    ['yes', 1, null],
  ],
  nullable: [
    [true, false],
    ['yes', 1, null],
  ],
  read: [ACCESS_LEVELS, ['owners', 'Public', '', null, 1, ['admin']]],
  write: [ACCESS_LEVELS, ['nobody', true, null]],
} as const;
const SCALAR = {
  unique: [
    [true, false],
    ['yes', 1, null],
  ],
  index: [
    [true, false],
    ['yes', 1, null],
  ],
} as const;
const COLUMNLESS = ['list', 'dict', 'json'];

/** What a definition of the type cannot do without. */
const NEEDED: Readonly<Record<string, LooseField>> = { reference: { collection: 'users' } };

test('the table holds every type and every constraint of its own', () => {
  expect(
    Object.fromEntries(
      Object.entries(CONSTRAINTS).map(([type, own]) => [type, Object.keys(own).sort()]),
    ),
  ).toEqual(
    Object.fromEntries(
      Object.entries(FIELD_TYPES).map(([type, { constraints }]) => [
        type,
        Object.keys(constraints).sort(),
      ]),
    ),
  );
});

for (const [type, own] of Object.entries(CONSTRAINTS)) {
  describe(`a field of type ${type}`, () => {
    const options = { ...COMMON, ...(!COLUMNLESS.includes(type) && SCALAR), ...own };
    const base = { type, ...NEEDED[type] };
    for (const [option, [good, bad]] of Object.entries(options)) {
      test(`takes ${option} with good and edge values and keeps them`, () => {
        for (const value of good) {
          const { faults, fields } = parse({ fields: [field({ ...base, [option]: value })] });
          expect(faults).toEqual([]);
          expect(fields).toHaveLength(1);
          if (option !== 'items' && option !== 'properties')
            expect(fields[0]).toEqual({ name: 'a', ...base, [option]: value } as never);
        }
      });

      test(`refuses ${option} with bad values, naming its path`, () => {
        for (const value of bad) {
          const [fault, ...others] = parse({
            fields: [field({ ...base, [option]: value })],
          }).faults;
          expect([fault?.loc.slice(0, 5), others]).toEqual([[...LOC, 'fields', 0, option], []]);
          expect(fault?.msg).not.toContain('undefined');
        }
      });
    }

    test('refuses options of other types where they stand, and says which fit', () => {
      const every = Object.values(CONSTRAINTS).flatMap((constraints) => Object.keys(constraints));
      const foreign = [...new Set([...every, ...Object.keys(SCALAR)])].filter(
        (option) => !(option in options),
      );
      for (const option of foreign) {
        const { faults } = parse({ fields: [field({ ...base, [option]: 1 })] });
        expect(faults).toEqual([
          { loc: [...LOC, 'fields', 0, option], type: 'extra_forbidden', msg: expect.any(String) },
        ]);
        expect(faults[0]?.msg).toContain('does not fit here');
        expect(faults[0]?.msg).toContain('required');
      }
    });
  });
}
