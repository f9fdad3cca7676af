import { describe, expect, test } from 'bun:test';
import type { LooseField } from '../records/data-app.ts';
import { compile } from './compile-fields.ts';

const field = (rest: LooseField) => ({ name: 'a', ...rest });

/** definition → [values that are good, values that are refused with the type of the fault]. */
const VALUES: readonly (readonly [
  LooseField,
  readonly unknown[],
  readonly (readonly [unknown, string])[],
])[] = [
  [
    { type: 'string' },
    ['', 'x', '\u0000', '😀', ' '],
    [
      [0, 'string_type'],
      [false, 'string_type'],
      [[], 'string_type'],
      [{}, 'string_type'],
      ['\ud800', 'string_unicode'],
      ['a\udc00b', 'string_unicode'],
    ],
  ],
  [
    { type: 'string', min_length: 2, max_length: 3 },
    ['ab', '😀😀', '😀😀😀', 'e\u0301'],
    [
      ['', 'string_too_short'],
      ['😀', 'string_too_short'],
      ['abcd', 'string_too_long'],
      ['😀😀😀😀', 'string_too_long'],
    ],
  ],
  [{ type: 'string', max_length: 0 }, [''], [['a', 'string_too_long']]],
  [
    { type: 'string', pattern: 'b+' },
    ['b', 'abc', '\nb\n'],
    [
      ['', 'string_pattern_mismatch'],
      ['B', 'string_pattern_mismatch'],
    ],
  ],
  [
    { type: 'string', pattern: '^a$' },
    ['a'],
    [
      ['a\n', 'string_pattern_mismatch'],
      ['b\na', 'string_pattern_mismatch'],
    ],
  ],
  [
    { type: 'string', enum: ['a', ''] },
    ['a', ''],
    [
      ['A', 'enum'],
      ['toString', 'enum'],
      [' a', 'enum'],
    ],
  ],
  [
    { type: 'integer' },
    [0, -0, -1, 9007199254740991, -9007199254740991, 1e3],
    [
      [0.5, 'int_type'],
      [2 ** 53, 'int_type'],
      [1e308, 'int_type'],
      ['1', 'int_type'],
      [true, 'int_type'],
      [Number.NaN, 'int_type'],
      [JSON.parse('1e400'), 'int_type'],
    ],
  ],
  [
    { type: 'integer', min: -1, max: 1 },
    [-1, 0, 1],
    [
      [-2, 'greater_than_equal'],
      [2, 'less_than_equal'],
    ],
  ],
  [
    { type: 'integer', enum: [0, 2] },
    [0, 2, -0],
    [
      [1, 'enum'],
      ['2', 'int_type'],
    ],
  ],
  [
    { type: 'float' },
    [0, 1, -0.5, 1e308, 5e-324, 2 ** 60],
    [
      [JSON.parse('1e400'), 'float_type'],
      [JSON.parse('-1e400'), 'float_type'],
      [Number.NaN, 'float_type'],
      ['1.5', 'float_type'],
      [false, 'float_type'],
    ],
  ],
  [
    { type: 'float', min: 0.1, max: 0.2 },
    [0.1, 0.15, 0.2],
    [
      [0.1 - 1e-16, 'greater_than_equal'],
      [0.3, 'less_than_equal'],
    ],
  ],
  [
    { type: 'boolean' },
    [true, false],
    [
      [0, 'bool_type'],
      [1, 'bool_type'],
      ['true', 'bool_type'],
      ['', 'bool_type'],
    ],
  ],
  [
    { type: 'list' },
    [[], [null, 1, 'x', [[]], {}]],
    [
      [{}, 'list_type'],
      ['[]', 'list_type'],
      [{ length: 0 }, 'list_type'],
      [[Number.NaN], 'json_type'],
      [[['\ud800']], 'json_type'],
      [[undefined], 'json_type'],
    ],
  ],
  [
    { type: 'list', min_items: 1, max_items: 2 },
    [[1], [1, 2]],
    [
      [[], 'too_short'],
      [[1, 2, 3], 'too_long'],
    ],
  ],
  [
    { type: 'list[list[int]]' },
    [[], [[]], [[0], [1, 2]]],
    [
      [[1], 'list_type'],
      [[[1], ['1']], 'int_type'],
      [[null], 'null_forbidden'],
      [[[null]], 'null_forbidden'],
    ],
  ],
  [{ type: 'list', items: { type: 'int', nullable: true } }, [[null, 1]], [[['x'], 'int_type']]],
  [
    { type: 'list', unique_items: true },
    [
      [1, '1', true, 'true', null, [], {}],
      [[1], [2]],
    ],
    [
      [[1, 1], 'unique_items'],
      [[{ a: 1 }, { a: 1 }], 'unique_items'],
      [[0, -0], 'unique_items'],
    ],
  ],
  [
    { type: 'dict' },
    [{}, { x: null, y: { z: [] } }],
    [
      [[], 'dict_type'],
      ['{}', 'dict_type'],
      [new Date(), 'dict_type'],
      [new Map(), 'dict_type'],
      [{ x: Number.NaN }, 'json_type'],
      [{ x: { y: '\ud800' } }, 'json_type'],
      [{ '\ud800': 1 }, 'json_type'],
      [{ x: undefined }, 'json_type'],
    ],
  ],
  [
    { type: 'dict', properties: [], additional: false },
    [{}],
    [
      [{ x: 1 }, 'extra_forbidden'],
      [JSON.parse('{"__proto__":1}'), 'extra_forbidden'],
    ],
  ],
  [
    { type: 'dict', properties: [{ name: 'p', type: 'int', required: true }] },
    [{ p: 0 }],
    [
      [{}, 'missing'],
      [{ p: null }, 'missing'],
      [{ p: '0' }, 'int_type'],
      [{ p: 1, q: 1 }, 'extra_forbidden'],
    ],
  ],
  [
    { type: 'dict', properties: [{ name: 'p', type: 'int' }], additional: true },
    [{}, { q: 'x' }, { p: 1, toString: 1 }],
    [[{ p: 'x' }, 'int_type']],
  ],
];

describe('values', () => {
  for (const [definition, good, bad] of VALUES) {
    test(`of ${JSON.stringify(definition)}`, () => {
      const { create, whole, patch } = compile(field(definition));
      for (const value of good) {
        for (const parse of [create, whole, patch]) {
          const answer = parse({ a: value });
          expect(answer.faults).toEqual([]);
          expect(JSON.stringify(answer.value.a)).toBe(JSON.stringify(value));
        }
      }
      for (const [value, type] of bad) {
        for (const parse of [create, whole, patch]) {
          const { faults } = parse({ a: value });
          expect(faults).toHaveLength(1);
          expect(faults[0]).toMatch(new RegExp(`^a\\S* ${type}$`));
        }
      }
    });
  }

  test('objects that say the same in another order are no different items', () => {
    const { create } = compile(field({ type: 'list', unique_items: true }));
    const value = [
      { x: 1, y: { p: 1, q: 2 } },
      { y: { q: 2, p: 1 }, x: 1 },
    ];
    expect(create({ a: value }).faults).toEqual(['a.1 unique_items']);
  });

  test('all faults of a record come at once, with their paths', () => {
    const { create } = compile(
      { name: 'title', type: 'str', required: true },
      { name: 'n', type: 'int', max: 5 },
      { name: 'tags', type: 'list[str]' },
      { name: 'meta', type: 'dict', properties: [{ name: 'list', type: 'list[dict]' }] },
    );
    expect(
      create({ n: 6, tags: ['a', 1, null], titel: 'x', meta: { list: [{}, 3], more: 1 } }).faults,
    ).toEqual([
      'titel extra_forbidden',
      'title missing',
      'n less_than_equal',
      'tags.1 string_type',
      'tags.2 null_forbidden',
      'meta.more extra_forbidden',
      'meta.list.1 dict_type',
    ]);
  });

  test('an unknown key is refused and the nearest field named, so that a typo loses no data', () => {
    const { create, patch } = compile({ name: 'rating', type: 'int' });
    for (const parse of [create, patch])
      expect(parse({ ratng: 1 }).all[0]?.msg).toContain('did you mean rating');
  });

  test('a bigint, which JSON cannot say but a function can, is refused and no inner error', () => {
    for (const type of ['int', 'float', 'str', 'bool', 'list', 'dict'])
      expect(compile(field({ type })).create({ a: 1n }).faults).toHaveLength(1);
  });

  test('what a message quotes of a value is well-formed and short', () => {
    const { create } = compile(field({ type: 'int' }));
    for (const value of ['😀'.repeat(100), `a${'😀'.repeat(100)}`, 'x'.repeat(1_000_000), '\ud800'])
      for (const { msg } of create({ a: value }).all) {
        expect(msg.isWellFormed()).toBe(true);
        expect(msg.length).toBeLessThan(200);
      }
  });
});
