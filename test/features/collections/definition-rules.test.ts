import { describe, expect, test } from 'bun:test';
import type { Fault } from '../../../src/core/errors.ts';
import { parseSchema } from '../../../src/features/collections/definition.ts';
import { parseOptions } from '../../../src/features/collections/options.ts';
import { DEFAULT_ACCESS, OPERATIONS } from '../../../src/features/collections/schema.ts';
import type { LooseField } from '../records/data-app.ts';
import { CONTEXT } from './schema-context.ts';

const LOC = ['body', 'schema'];

function parse(input: unknown) {
  const faults: Fault[] = [];
  const { schema } = parseSchema(input, LOC, faults, CONTEXT);
  return { fields: schema.fields, faults };
}

function faultsOf(...fields: readonly unknown[]): readonly string[] {
  return parse({ fields }).faults.map(({ loc, type }) => `${loc.slice(2).join('.')} ${type}`);
}

const field = (rest: LooseField) => ({ name: 'a', ...rest });

test('all faults come at once, each with its exact path', () => {
  expect(
    faultsOf(
      { name: 'a', type: 'strin' },
      { name: 'id', type: 'int', min_length: 3 },
      { type: 'int' },
      { name: 'b', type: 'int', min: 5, max: 1 },
      { name: 'c', type: 'list[foo]' },
      'not a field',
      { name: 'd' },
      {
        name: 'e',
        type: 'list',
        items: {
          type: 'dict',
          properties: [
            { name: 'X', type: 'int', was: 'y' },
            { name: 'z', type: 'no' },
          ],
        },
      },
      { name: 'f', type: 'int', default: 'x' },
      { name: 'g', type: 'int', required: 'x', unique: 1 },
    ),
  ).toEqual([
    'fields.0.type enum',
    'fields.1.name taken',
    'fields.1.min_length extra_forbidden',
    'fields.2.name missing',
    'fields.3.min value_error',
    'fields.4.type enum',
    'fields.5 dict_type',
    'fields.6.type missing',
    'fields.7.items.properties.0.name string_pattern_mismatch',
    'fields.7.items.properties.1.type enum',
    'fields.8.default int_type',
    'fields.9.required value_error',
    'fields.9.unique value_error',
  ]);
});

test('a fault of a field does not hide the faults of what it holds', () => {
  expect(faultsOf(field({ type: 'list', min_items: -1, items: { type: 'nope' } }))).toEqual([
    'fields.0.min_items value_error',
    'fields.0.items.type enum',
  ]);
});

test('a field that is wrong otherwise still counts as a double', () => {
  expect(faultsOf(field({ type: 'nope' }), field({ type: 'int' }))).toEqual([
    'fields.0.type enum',
    'fields.1.name duplicate',
  ]);
});

test.each([
  ['null', null],
  ['a list', []],
  ['a text', 'fields'],
  ['an object of a class', new Date()],
])('a schema that is %s is refused', (_name, input) => {
  expect(parse(input).faults).toMatchObject([{ loc: LOC, type: 'dict_type' }]);
});

test('a schema holds fields and nothing else', () => {
  expect(parse({}).faults).toMatchObject([{ loc: [...LOC, 'fields'], type: 'list_type' }]);
  expect(parse({ fields: {} }).faults).toMatchObject([{ loc: [...LOC, 'fields'] }]);
  expect(parse({ fields: [], field: [] }).faults).toMatchObject([
    { loc: [...LOC, 'field'], type: 'extra_forbidden' },
  ]);
  expect(parse({ fields: [] })).toMatchObject({ fields: [], faults: [] });
});

describe('limits', () => {
  const many = (count: number, rest: LooseField) =>
    Array.from({ length: count }, (_, n) => ({ name: `f${n}`, type: 'int', ...rest }));

  test('200 fields are fine, 201 are one fault', () => {
    expect(faultsOf(...many(200, {}))).toEqual([]);
    expect(faultsOf(...many(201, { type: 'nope' }))).toEqual(['fields too_long']);
    expect(faultsOf(field({ type: 'dict', properties: many(201, {}) }))).toEqual([
      'fields.0.properties too_long',
    ]);
  });

  test('64 indexes are fine, 65 are one fault, unique ones count', () => {
    expect(faultsOf(...many(64, { index: true, unique: true }))).toEqual([]);
    expect(faultsOf(...many(65, { unique: true }))).toEqual(['fields too_long']);
    expect(faultsOf(...many(200, { unique: false, index: false }))).toEqual([]);
  });
});

test.each([
  ['list', 'unique'],
  ['list', 'index'],
  ['dict', 'unique'],
  ['dict', 'index'],
])('a %s cannot be %s', (type, option) => {
  expect(faultsOf(field({ type, [option]: true }))).toEqual([`fields.0.${option} extra_forbidden`]);
});

test.each(['unique', 'index'])(
  '%s inside a dict is refused: nothing would enforce it',
  (option) => {
    const inner = { name: 'isbn', type: 'string', [option]: true };
    expect(faultsOf(field({ type: 'dict', properties: [inner] }))).toEqual([
      `fields.0.properties.0.${option} extra_forbidden`,
    ]);
  },
);

test.each(['name', 'required', 'default', 'unique', 'index'])(
  'an item of a list has no %s',
  (option) => {
    const items = {
      type: 'int',
      [option]: option === 'name' ? 'x' : option === 'default' ? 1 : true,
    };
    expect(faultsOf(field({ type: 'list', items }))).toEqual([
      `fields.0.items.${option} extra_forbidden`,
    ]);
  },
);

test('an item may be nullable and described', () => {
  expect(
    faultsOf(field({ type: 'list', items: { type: 'int', nullable: true, description: 'x' } })),
  ).toEqual([]);
});

test.each([
  ['string', { min_length: 3, max_length: 2 }, 'min_length'],
  ['integer', { min: 1, max: 0 }, 'min'],
  ['float', { min: 0.2, max: 0.1 }, 'min'],
  ['list', { min_items: 2, max_items: 1 }, 'min_items'],
])(
  'bounds of a %s that exclude everything are refused, equal ones are not',
  (type, bounds, blamed) => {
    expect(faultsOf(field({ type, ...bounds }))).toEqual([`fields.0.${blamed} value_error`]);
    const equal = Object.fromEntries(Object.keys(bounds).map((key) => [key, 2]));
    expect(faultsOf(field({ type, ...equal }))).toEqual([]);
  },
);

test('required and nullable exclude each other', () => {
  expect(faultsOf(field({ type: 'int', required: true, nullable: true }))).toEqual([
    'fields.0.nullable conflict',
  ]);
  expect(faultsOf(field({ type: 'int', required: true, nullable: false }))).toEqual([]);
  expect(faultsOf(field({ type: 'int', required: false, nullable: true }))).toEqual([]);
});

test.each([
  [{ type: 'string', default: '' }],
  [{ type: 'integer', default: 0 }],
  [{ type: 'boolean', default: false }],
  [{ type: 'float', default: -0.5 }],
  [{ type: 'list', default: [] }],
  [{ type: 'dict', default: {} }],
  [{ type: 'int', default: 3, required: true }],
  [{ type: 'int', default: 3, nullable: false }],
  [{ type: 'list[int]', default: [1, 2], unique_items: true }],
])('a default that fits is kept: %j', (rest) => {
  const { faults, fields } = parse({ fields: [field(rest)] });
  expect(faults).toEqual([]);
  expect(fields[0]?.default).toEqual(rest.default as never);
});

test.each([
  ['default', { type: 'string', default: 1 }],
  ['default', { type: 'string', default: 'abc', max_length: 2 }],
  ['default', { type: 'string', default: 'c', enum: ['a', 'b'] }],
  ['default', { type: 'string', default: 'c', pattern: '^a' }],
  ['default', { type: 'string', default: '\ud800' }],
  ['default', { type: 'integer', default: 1.5 }],
  ['default', { type: 'integer', default: 2 ** 53 }],
  ['default', { type: 'float', default: Number.POSITIVE_INFINITY }],
  ['default', { type: 'boolean', default: 'false' }],
  ['default', { type: 'integer', default: 1, min: 2 }],
  ['default', { type: 'integer', default: null }],
  ['default', { type: 'list', default: {} }],
  ['default.1', { type: 'list[int]', default: [1, 'x'] }],
  ['default.1', { type: 'list', default: [1, 1], unique_items: true }],
  ['default.b', { type: 'dict', default: { b: 1 }, additional: false }],
  [
    'default.b',
    { type: 'dict', default: {}, properties: [{ name: 'b', type: 'int', required: true }] },
  ],
])('a default that is no value of the field is refused at %s: %j', (path, rest) => {
  const { faults } = parse({ fields: [field(rest)] });
  expect(faults.map(({ loc }) => loc.slice(2).join('.'))).toEqual([`fields.0.${path}`]);
});

describe('options', () => {
  const parseAccess = (input: unknown, known = DEFAULT_ACCESS) => {
    const faults: Fault[] = [];
    const context = { current: { access: known }, fields: [], renames: [] };
    const { access } = parseOptions(input, ['body', 'options'], faults, context);
    return { access, faults: faults.map(({ loc, type }) => `${loc.slice(2).join('.')} ${type}`) };
  };

  test('nothing is public unless somebody says so', () => {
    expect(parseAccess({}).access).toEqual({
      list: 'owner',
      read: 'owner',
      create: 'auth',
      update: 'owner',
      delete: 'owner',
    });
    expect(parseAccess({ access: { list: 'public' } }).access).toEqual({
      ...DEFAULT_ACCESS,
      list: 'public',
    });
  });

  test('levels left out keep what they were', () => {
    const current = { ...DEFAULT_ACCESS, delete: 'admin' as const };
    expect(parseAccess({ access: { read: 'auth' } }, current).access).toEqual({
      ...current,
      read: 'auth',
    });
  });

  test('unknown keys, operations and levels are refused all at once, and none is taken over', () => {
    const input = JSON.parse(
      '{"acess":1,"access":{"lst":"public","read":"all","update":null,"__proto__":"public","constructor":"public"}}',
    );
    const { access, faults } = parseAccess(input);
    expect(faults).toEqual([
      'acess extra_forbidden',
      'access.lst extra_forbidden',
      'access.read enum',
      'access.update enum',
      'access.__proto__ extra_forbidden',
      'access.constructor extra_forbidden',
    ]);
    expect(access).toEqual(DEFAULT_ACCESS);
    expect(Object.keys(access)).toEqual([...OPERATIONS]);
  });

  test.each([[null], [[]], ['public']])('%p is neither options nor access', (value) => {
    expect(parseAccess(value).faults).toEqual([' dict_type']);
    expect(parseAccess({ access: value }).faults).toEqual(['access dict_type']);
  });
});
