import { describe, expect, test } from 'bun:test';
import type { Fault } from '../../../src/core/errors.ts';
import { parseSchema } from '../../../src/features/collections/definition.ts';
import type { LooseField } from '../records/data-app.ts';
import { CONTEXT } from './schema-context.ts';

function parse(...fields: readonly LooseField[]) {
  const faults: Fault[] = [];
  const { schema } = parseSchema({ fields }, ['schema'], faults, CONTEXT);
  return {
    fields: schema.fields,
    faults: faults.map(({ loc, type }) => `${loc.slice(3).join('.')} ${type}`),
    msg: faults[0]?.msg,
  };
}

const field = (rest: LooseField) => ({ name: 'a', ...rest });
const reference = { type: 'reference', collection: 'things' };

describe('options that exclude each other are refused when the schema is saved', () => {
  test.each<readonly [string, LooseField]>([
    ['min value_error', { type: 'date', min: '2024-02-01', max: '2024-01-31' }],
    [
      'min value_error',
      { type: 'datetime', min: '2024-01-01T00:00:00Z', max: '2024-01-01T00:00:00+00:01' },
    ],
    ['enum value_error', { type: 'string', enum: ['ab', 'a'], min_length: 2 }],
    ['enum value_error', { type: 'string', enum: ['ab', 'a'], max_length: 1 }],
    ['enum value_error', { type: 'string', enum: ['ab', 'c'], pattern: '^a' }],
    ['enum value_error', { type: 'string', enum: ['\ud800'] }],
    ['enum value_error', { type: 'integer', enum: [1, 5], max: 4 }],
    ['enum value_error', { type: 'integer', enum: [2 ** 53] }],
    ['enum value_error', { type: 'float', enum: [0.1, 0.5], min: 0.2 }],
    [
      'min_items value_error',
      { type: 'list', items: { type: 'boolean' }, unique_items: true, min_items: 3 },
    ],
    [
      'min_items value_error',
      { type: 'list', items: { type: 'int', enum: [1] }, unique_items: true, min_items: 2 },
    ],
    ['items.enum value_error', { type: 'list', items: { type: 'int', enum: [1], min: 2 } }],
    [
      'properties.0.nullable conflict',
      { type: 'dict', properties: [field({ type: 'date', required: true, nullable: true })] },
    ],
    ['on_delete value_error', { ...reference, on_delete: 'set_null', required: true }],
    ['on_delete value_error', { ...reference, on_delete: 'set_null', nullable: false }],
    ['default value_error', { ...reference, default: '0190a8b4-7c1e-7d3a-9f52-1c2d3e4f5a6b' }],
    ['default value_error', { ...reference, default: null }],
    ['collection missing', { type: 'reference' }],
    ['collection value_error', { type: 'reference', collection: 'nowhere' }],
    ['default date_parsing', { type: 'date', default: '2024-02-30' }],
    ['default greater_than_equal', { type: 'date', min: '2024-01-01', default: '2023-12-31' }],
    ['default datetime_parsing', { type: 'datetime', default: 'tomorrow' }],
    ['default email_parsing', { type: 'email', default: 'nobody' }],
    ['default string_too_long', { type: 'url', max_length: 8, default: 'http://ab' }],
    ['default uuid_parsing', { type: 'uuid', default: 'x' }],
    ['default too_long', { type: 'json', max_bytes: 2, default: 'x' }],
    ['default null_forbidden', { type: 'json', default: null }],
    ['max_items extra_forbidden', { type: 'string', max_items: 3 }],
    ['max_length extra_forbidden', { type: 'date', max_length: 10 }],
    ['enum extra_forbidden', { type: 'date', enum: ['2024-01-01'] }],
    ['on_delete extra_forbidden', { type: 'uuid', on_delete: 'cascade' }],
    ['unique extra_forbidden', { type: 'json', unique: true }],
    ['index extra_forbidden', { type: 'json', index: false }],
  ])('%s: %j', (fault, rest) => {
    const { faults, fields } = parse(field(rest));
    expect(faults).toEqual([fault]);
    expect(fields).toEqual([]);
  });

  test.each<LooseField>([
    { type: 'string', enum: ['ab', 'abc'], min_length: 2, max_length: 3, pattern: 'b' },
    { type: 'list', items: { type: 'boolean' }, unique_items: true, min_items: 2 },
    {
      type: 'list',
      items: { type: 'boolean', nullable: true },
      unique_items: true,
      min_items: 3,
    },
    { type: 'list', items: { type: 'boolean' }, min_items: 9 },
    { ...reference, on_delete: 'set_null', nullable: true },
    { ...reference, on_delete: 'cascade', required: true, unique: true, index: true },
    { ...reference, required: false, on_delete: 'set_null' },
    { type: 'date', min: '2024-01-01', max: '2024-01-01', default: '2024-01-01' },
  ])('what goes together is kept: %j', (rest) => {
    expect(parse(field(rest))).toEqual({
      fields: [field(rest)] as never,
      faults: [],
      msg: undefined,
    });
  });
});

describe('only fields of a record itself', () => {
  test.each<readonly [string, LooseField]>([
    ['items.type value_error', { type: 'list', items: reference }],
    ['items.type value_error', { type: 'list[reference]' }],
    ['properties.0.type value_error', { type: 'dict', properties: [field(reference)] }],
  ])('are references: %s', (fault, rest) => {
    const { faults, msg } = parse(field(rest));
    expect(faults).toEqual([fault]);
    expect(msg).toContain('only a field of the record itself');
  });

  test.each(['unique', 'index', 'read', 'write'])('have %s', (option) => {
    const inner = {
      type: 'uuid',
      [option]: option === 'read' || option === 'write' ? 'auth' : true,
    };
    const dict = parse(field({ type: 'dict', properties: [field(inner)] }));
    expect(dict.faults).toEqual([`properties.0.${option} extra_forbidden`]);
    expect(dict.msg).toContain('only a field of the record itself');
    expect(parse(field({ type: 'list', items: inner })).faults).toEqual([
      `items.${option} extra_forbidden`,
    ]);
    expect(parse(field(inner)).faults).toEqual([]);
  });
});

test('bounds and defaults are stored in their one spelling', () => {
  const { fields, faults } = parse(
    field({ type: 'datetime', min: '2024-01-01T00:00:00+01:00', max: '2025-01-01t00:00:00.1234z' }),
    { name: 'b', type: 'datetime', default: '2024-06-01T02:00:00+02:00' },
    { name: 'c', type: 'email', default: 'Office@Example.com' },
    { name: 'd', type: 'uuid', default: '0190A8B4-7C1E-7D3A-9F52-1C2D3E4F5A6B' },
  );
  expect(faults).toEqual([]);
  expect(fields).toMatchObject([
    { min: '2023-12-31T23:00:00.000Z', max: '2025-01-01T00:00:00.123Z' },
    { default: '2024-06-01T00:00:00.000Z' },
    { default: 'office@example.com' },
    { default: '0190a8b4-7c1e-7d3a-9f52-1c2d3e4f5a6b' },
  ]);
});

test('every reference counts as an index, once', () => {
  const many = (count: number, rest: LooseField) =>
    Array.from({ length: count }, (_, n) => ({ name: `f${n}`, ...rest }));
  expect(parse(...many(64, { ...reference, unique: true, index: true })).faults).toEqual([]);
  expect(parse(...many(65, reference)).faults).toEqual([' too_long']);
});

test('a definition that was stored is read again as it is', () => {
  const definitions = [
    { name: 'd', type: 'datetime', min: '2024-01-01T00:00:00Z', default: 'now', read: 'admin' },
    { name: 'e', type: 'email', default: 'A@B.c', write: 'owner', unique: true },
    { name: 'r', ...reference, on_delete: 'cascade' },
    { name: 'l', type: 'array[list[bool]]', default: [[true]] },
  ];
  const { fields, faults } = parse(...definitions);
  expect(faults).toEqual([]);
  expect(parse(...(fields as unknown as LooseField[])).fields).toEqual(fields);
});
