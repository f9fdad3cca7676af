import { describe, expect, test } from 'bun:test';
import type { Fault } from '../../../src/core/errors.ts';
import { parseSchema } from '../../../src/features/collections/definition.ts';
import { parseOptions } from '../../../src/features/collections/options.ts';
import {
  type CompositeIndex,
  DEFAULT_ACCESS,
  type NamedField,
} from '../../../src/features/collections/schema.ts';
import { CONTEXT } from './schema-context.ts';

const { fields } = parseSchema(
  {
    fields: [
      ...'abcdefghi'.split('').map((name) => ({ name, type: 'integer' })),
      { name: 'city', type: 'string', index: true },
      { name: 'owner', type: 'reference', collection: 'users' },
      { name: 'tags', type: 'list[string]' },
      { name: 'meta', type: 'json' },
    ],
  },
  [],
  [],
  CONTEXT,
).schema;

interface Situation {
  readonly current?: readonly CompositeIndex[];
  readonly fields?: readonly NamedField[] | undefined;
  readonly renames?: readonly { readonly name: string; readonly was: string }[];
}

function parse(input: unknown, situation: Situation = {}) {
  const faults: Fault[] = [];
  const { current = [], renames = [] } = situation;
  const options = parseOptions(input, ['body', 'options'], faults, {
    current: { access: DEFAULT_ACCESS, ...(current.length > 0 && { indexes: current }) },
    fields: 'fields' in situation ? situation.fields : fields,
    renames,
  });
  return {
    indexes: options.indexes,
    faults: faults.map(({ loc, type }) => `${loc.slice(2).join('.')} ${type}`),
    msg: faults.map(({ msg }) => msg).join('; '),
  };
}
const parseIndexes = (...indexes: readonly unknown[]) => parse({ indexes });

describe('indexes over several fields', () => {
  test('are kept in order and in full', () => {
    expect(
      parseIndexes({ fields: ['city', 'a'], unique: true }, { fields: ['a', 'city'] }).indexes,
    ).toEqual([
      { fields: ['city', 'a'], unique: true },
      { fields: ['a', 'city'], unique: false },
    ]);
    expect(parseIndexes({ fields: ['owner', 'city'] }).faults).toEqual([]);
    expect(parseIndexes({ fields: 'abcdefgh'.split('') }).faults).toEqual([]);
  });

  test('are absent where none is named', () => {
    expect(parse({})).toEqual({ indexes: undefined, faults: [], msg: '' });
    expect(parse({ indexes: [] }, { current: [{ fields: ['a', 'b'], unique: false }] })).toEqual({
      indexes: undefined,
      faults: [],
      msg: '',
    });
  });

  test.each<readonly [string, unknown]>([
    ['indexes list_type', {}],
    ['indexes list_type', null],
    ['indexes list_type', 'a,b'],
    ['indexes.0 dict_type', [['a', 'b']]],
    ['indexes.0 dict_type', [null]],
    ['indexes.0.fields value_error', [{}]],
    ['indexes.0.fields value_error', [{ fields: 'a,b' }]],
    ['indexes.0.fields value_error', [{ fields: [] }]],
    ['indexes.0.fields value_error', [{ fields: ['a'] }]],
    ['indexes.0.fields value_error', [{ fields: 'abcdefghi'.split('') }]],
    ['indexes.0.fields.1 value_error', [{ fields: ['a', 'z'] }]],
    ['indexes.0.fields.1 value_error', [{ fields: ['a', 'constructor'] }]],
    ['indexes.0.fields.0 value_error', [{ fields: ['created_at', 'a'] }]],
    ['indexes.0.fields.1 string_type', [{ fields: ['a', 1] }]],
    ['indexes.0.fields.1 duplicate', [{ fields: ['a', 'a'] }]],
    ['indexes.0.fields.1 value_error', [{ fields: ['a', 'tags'] }]],
    ['indexes.0.fields.1 value_error', [{ fields: ['a', 'meta'] }]],
    ['indexes.0.unique bool_type', [{ fields: ['a', 'b'], unique: 1 }]],
    ['indexes.0.unique bool_type', [{ fields: ['a', 'b'], unique: null }]],
    ['indexes.0.where extra_forbidden', [{ fields: ['a', 'b'], where: '1=1' }]],
    ['indexes.1 duplicate', [{ fields: ['a', 'b'] }, { fields: ['a', 'b'], unique: true }]],
  ])('are refused with the path: %s', (fault, indexes) => {
    expect(parse({ indexes }).faults).toEqual([fault]);
  });

  test('all faults come at once', () => {
    expect(
      parseIndexes({ fields: ['x', 'tags'], unique: 'no', more: 1 }, { fields: ['a'] }).faults,
    ).toEqual([
      'indexes.0.more extra_forbidden',
      'indexes.0.unique bool_type',
      'indexes.0.fields.0 value_error',
      'indexes.0.fields.1 value_error',
      'indexes.1.fields value_error',
    ]);
  });

  test('are not measured against fields that have faults of their own', () => {
    expect(parse({ indexes: [{ fields: ['x', 'y'] }] }, { fields: undefined }).faults).toEqual([]);
    expect(parse({ indexes: [{ fields: ['x'] }] }, { fields: undefined }).faults).toEqual([
      'indexes.0.fields value_error',
    ]);
  });

  test('count together with those of single fields, references among them', () => {
    const pairs = 'abcdefghi'
      .split('')
      .flatMap((one) => 'abcdefghi'.split('').map((other) => [one, other]))
      .filter(([one, other]) => one !== other)
      .map((names) => ({ fields: names }));
    expect(parseIndexes(...pairs.slice(0, 62)).faults).toEqual([]);
    expect(parseIndexes(...pairs.slice(0, 63)).faults).toEqual(['indexes too_long']);
    expect(parseIndexes(...pairs.slice(0, 65)).faults).toEqual(['indexes too_long']);
  });
});

describe('indexes that a change does not speak of', () => {
  const current = [{ fields: ['a', 'city'], unique: true }];
  const without = (name: string) => fields.filter((field) => field.name !== name);

  test('stay as they are', () => {
    expect(parse({ access: { list: 'public' } }, { current }).indexes).toEqual(current);
  });

  test('follow a rename', () => {
    const renamed = [...without('city'), { name: 'town', type: 'string' } as const];
    const renames = [{ name: 'town', was: 'city' }];
    expect(parse({}, { current, fields: renamed, renames })).toEqual({
      indexes: [{ fields: ['a', 'town'], unique: true }],
      faults: [],
      msg: '',
    });
  });

  test('follow two fields that take the name of each other', () => {
    const renames = [
      { name: 'city', was: 'a' },
      { name: 'a', was: 'city' },
    ];
    expect(parse({}, { current, renames }).indexes).toEqual([
      { fields: ['city', 'a'], unique: true },
    ]);
  });

  test('are in the way of a field that goes, and named', () => {
    const { faults, msg } = parse({}, { current, fields: without('city') });
    expect(faults).toEqual(['indexes conflict']);
    expect(msg).toContain('a, city');
  });

  test('are in the way of a field that becomes one without a column', () => {
    const changed = [...without('city'), { name: 'city', type: 'list' } as const];
    expect(parse({}, { current, fields: changed }).faults).toEqual(['indexes conflict']);
    const retyped = [...without('city'), { name: 'city', type: 'url' } as const];
    expect(parse({}, { current, fields: retyped }).faults).toEqual([]);
  });

  test('give way when the change names the ones to keep', () => {
    expect(parse({ indexes: [] }, { current, fields: without('city') }).faults).toEqual([]);
  });
});
