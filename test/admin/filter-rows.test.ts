// The filter builder: what its rows write, what of a text they can read, and in which words.
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Field } from '../../admin/src/api/types.ts';
import {
  conditionOn,
  conditionWords,
  countConditions,
  operandFor,
  operandsOf,
  operatorsFor,
  withOperator,
} from '../../admin/src/views/collections/records/filter/operators.ts';
import { readRows } from '../../admin/src/views/collections/records/filter/read-rows.ts';
import {
  type Condition,
  type FilterRow,
  type FilterRows,
  type FilterValue,
  writeRows,
} from '../../admin/src/views/collections/records/filter/rows.ts';

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom("it's", '"', '\\', "\\'", '', 'null', '@me', '&&', ') || (', '12'),
);
const values: fc.Arbitrary<FilterValue> = fc.oneof(
  texts,
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
  fc.integer(),
  fc.boolean(),
  fc.constantFrom({ word: '@now' } as const, { word: '@me' } as const),
);
const names = fc.constantFrom('title', 'price', 'size.width', 'a-b', '_x', 'in', 'null', 'any.0.k');
const comparisons = fc.constantFrom('=', '!=', '<', '<=', '>', '>=', '~', '!~', '?=');
const conditions: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ name: names, operator: comparisons, values: fc.tuple(values) }),
  fc.record({
    name: names,
    operator: fc.constantFrom('null' as const, 'not null' as const),
    values: fc.constant([]),
  }),
  fc.record({
    name: names,
    operator: fc.constant('in' as const),
    values: fc.array(values, { minLength: 1, maxLength: 4 }),
  }),
  fc.record({
    name: names,
    operator: fc.constant('between' as const),
    values: fc.tuple(values, values),
  }),
);
/** One row has nothing to be joined with, and is read as "and". */
const joined = <T>(items: fc.Arbitrary<T>, minLength: number) =>
  fc
    .tuple(
      fc.constantFrom('and' as const, 'or' as const),
      fc.array(items, { minLength, maxLength: 4 }),
    )
    .map(([join, all]) => ({ join: all.length > 1 ? join : ('and' as const), all }));
const groups = joined(conditions, 1)
  .map(({ join, all }) => ({ join, conditions: all }))
  // That is what "is between" writes.
  .filter(({ join, conditions: [a, b, ...more] }) => {
    const isRange = a?.operator === '>=' && b?.operator === '<=' && a.name === b.name;
    return !(join === 'and' && isRange && more.length === 0);
  });
const filters: fc.Arbitrary<FilterRows> = joined<FilterRow>(fc.oneof(conditions, groups), 0).map(
  ({ join, all }) => ({ join, rows: all }),
);

const FIELDS: Field[] = [
  { name: 'title', type: 'string', required: true },
  { name: 'price', type: 'float' },
  { name: 'in_print', type: 'boolean' },
  { name: 'state', type: 'string', enum: ['here', 'lent'] },
  { name: 'due', type: 'datetime' },
  { name: 'tags', type: 'list', items: { type: 'string' } },
  {
    name: 'size',
    type: 'dict',
    properties: [{ name: 'width', type: 'integer' }],
  },
  { name: 'extra', type: 'json' },
];

describe('rows and text', () => {
  test('rows that were written are read as the same rows', () => {
    fc.assert(
      fc.property(filters, (rows) => {
        expect(readRows(writeRows(rows))).toEqual(rows);
      }),
      { numRuns: 2000 },
    );
  });

  test('whatever the text, reading it never throws, and what is read is written so that it reads alike', () => {
    const pieces = fc.constantFrom(
      ...[
        'a',
        'b.c',
        '=',
        '>=',
        '<=',
        '~',
        'in',
        '(',
        ')',
        '&&',
        '||',
        '!',
        ',',
        "'x'",
        '5',
        'null',
        '@me',
        '"',
        '-',
      ],
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 14 }), (all) => {
        const rows = readRows(all.join(' '));
        if (rows) expect(readRows(writeRows(rows))).toEqual(rows);
      }),
      { numRuns: 3000 },
    );
  });

  test('the text of the builder is as a person would write it', () => {
    const rows: FilterRows = {
      join: 'and',
      rows: [
        { name: 'price', operator: '>=', values: [10] },
        { name: 'title', operator: '~', values: ["it's"] },
        {
          join: 'or',
          conditions: [
            { name: 'state', operator: 'in', values: ['here', 'lent'] },
            { name: 'price', operator: 'between', values: [1, 5] },
          ],
        },
        { name: 'due', operator: 'not null', values: [] },
      ],
    };
    expect(writeRows(rows)).toBe(
      "price >= 10 && title ~ 'it\\'s' && (state in ('here', 'lent') || (price >= 1 && price <= 5)) && due != null",
    );
  });

  test('what is not filled in yet says nothing', () => {
    const open: Condition = { name: 'price', operator: '>=', values: [undefined] };
    const rows: FilterRow[] = [
      open,
      { join: 'or', conditions: [open] },
      { name: 'price', operator: 'between', values: [1, undefined] },
      { name: 'state', operator: 'in', values: [] },
      { name: '', operator: 'null', values: [] },
      { name: 'title', operator: '=', values: [''] },
    ];
    expect(writeRows({ join: 'and', rows })).toBe("title = ''");
  });

  test('"in the last" writes a fixed time, which is read as such', () => {
    const now = () => new Date('2026-03-10T12:00:00.000Z');
    const text = writeRows(
      { join: 'and', rows: [{ name: 'due', operator: 'last', values: [2, 'days'] }] },
      now,
    );
    expect(text).toBe("due >= '2026-03-08T12:00:00.000Z'");
    expect(readRows(text)?.rows).toEqual([
      { name: 'due', operator: '>=', values: ['2026-03-08T12:00:00.000Z'] },
    ]);
  });

  test('&& binds closer than ||: its rows become a group', () => {
    expect(readRows('a = 1 || b = 2 && c = 3')).toEqual({
      join: 'or',
      rows: [
        { name: 'a', operator: '=', values: [1] },
        {
          join: 'and',
          conditions: [
            { name: 'b', operator: '=', values: [2] },
            { name: 'c', operator: '=', values: [3] },
          ],
        },
      ],
    });
  });

  test.each([
    '!(a = 1)',
    '((a = 1 || b = 2) && c = 3)',
    '(a = 1 || (b = 2 && c = 3))',
    'a in (1, null)',
    'a > null',
    'a = 1 &&',
    'a == 1',
    "a = 'open",
    'a = 1 b = 2',
    '@me = 1',
    'a = 1x',
  ])('%s is too rich for rows, or has a fault', (text) => {
    expect(readRows(text)).toBeUndefined();
  });
});

describe('operators', () => {
  const on = (name: string) => {
    const operand = operandFor(name, FIELDS);
    if (!operand) throw new Error(`There is no ${name}`);
    return operand;
  };

  test('each type has its own, and null only what can be null', () => {
    expect(operatorsFor(on('title'))).toEqual(['~', '!~', '=', '!=', 'in']);
    expect(operatorsFor(on('price')).slice(-2)).toEqual(['null', 'not null']);
    expect(operatorsFor(on('state'))).toEqual(['=', '!=', 'in', 'null', 'not null']);
    expect(operatorsFor(on('due'))).toContain('last');
    expect(operatorsFor(on('tags'))).toEqual(['?=', 'null', 'not null']);
    expect(operatorsFor(on('size'))).toEqual(['null', 'not null']);
    expect(operatorsFor(on('created_at'))).not.toContain('null');
    expect(operatorsFor(on('owner_id'))).toContain('null');
  });

  test('parts of dicts can be asked about, named ones and others where they may be', () => {
    expect(operandsOf(FIELDS).map(({ name }) => name)).toContain('size.width');
    expect(operandFor('size.width', FIELDS)?.rules?.type).toBe('integer');
    expect(operandFor('size.depth', FIELDS)).toBeUndefined();
    expect(operandFor('extra.a.b', FIELDS)).toEqual({ name: 'extra.a.b', rules: undefined });
    expect(operandFor('title.a', FIELDS)).toBeUndefined();
  });

  test('a value stays while the operator changes, where it still makes sense', () => {
    const first = conditionOn(on('price'));
    expect(first).toEqual({ name: 'price', operator: '=', values: [undefined] });
    const filled: Condition = { ...first, values: [10] };
    expect(withOperator(filled, 'between', on('price')).values).toEqual([10, undefined]);
    expect(withOperator(filled, 'in', on('price')).values).toEqual([10]);
    expect(withOperator(filled, 'null', on('price')).values).toEqual([]);
    expect(conditionOn(on('in_print')).values).toEqual([true]);
    expect(conditionOn(on('title'), filled)).toEqual({
      name: 'title',
      operator: '=',
      values: [undefined],
    });
  });

  test('chips say it in words', () => {
    const words = (condition: Condition) => conditionWords(condition, FIELDS).text;
    expect(words({ name: 'price', operator: '>=', values: [10] })).toBe('is at least 10');
    expect(words({ name: 'due', operator: '<', values: [{ word: '@now' }] })).toBe('is before now');
    expect(words({ name: 'price', operator: 'between', values: [1, 5] })).toBe(
      'is between 1 and 5',
    );
    expect(words({ name: 'title', operator: '=', values: [''] })).toBe('is ""');
    expect(words({ name: 'due', operator: 'null', values: [] })).toBe('is null');
  });

  test('conditions are counted, also those in groups', () => {
    expect(
      countConditions(readRows('a = 1 && (b = 2 || c = 3)') ?? { join: 'and', rows: [] }),
    ).toBe(3);
  });
});
