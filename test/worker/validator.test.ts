import { describe, expect, test } from 'bun:test';
import { type TSchema, Type as t } from '@sinclair/typebox';
import type { Schema, StandardSchema } from '../../src/sdk/schema.ts';
import { createValidator } from '../../src/worker/create-validator.ts';

const INPUT = { isInput: true, file: import.meta.path };

async function faultsOf(schema: Schema, value: unknown) {
  const validator = await createValidator(schema, INPUT);
  const checked = await validator.check(value);
  return checked.isValid
    ? []
    : checked.faults.map(({ loc, type }) => `${loc.slice(1).join('.')} ${type}`);
}

const cases: readonly [name: string, schema: TSchema, value: unknown, faults: readonly string[]][] =
  [
    ['missing', t.Object({ a: t.String() }), {}, ['a missing']],
    ['not an object', t.Object({ a: t.String() }), [], [' dict_type']],
    ['text', t.Object({ a: t.String() }), { a: 1 }, ['a string_type']],
    ['short', t.Object({ a: t.String({ minLength: 2 }) }), { a: '' }, ['a string_too_short']],
    [
      'pattern',
      t.Object({ a: t.String({ pattern: '^x' }) }),
      { a: 'y' },
      ['a string_pattern_mismatch'],
    ],
    ['email', t.Object({ a: t.String({ format: 'email' }) }), { a: 'x' }, ['a value_error']],
    ['date', t.Object({ a: t.String({ format: 'date' }) }), { a: '2030-13-01' }, ['a value_error']],
    ['unknown format', t.Object({ a: t.String({ format: 'colour' }) }), { a: 'x' }, []],
    ['whole number', t.Object({ a: t.Integer() }), { a: 1.5 }, ['a int_type']],
    [
      'bounds',
      t.Object({ a: t.Integer({ minimum: 3 }), b: t.Number({ maximum: 3 }) }),
      { a: 1, b: 4 },
      ['a greater_than_equal', 'b less_than_equal'],
    ],
    ['boolean', t.Object({ a: t.Boolean() }), { a: 'yes' }, ['a bool_type']],
    [
      'one of',
      t.Object({ a: t.Union([t.Literal('x'), t.Literal('y')]) }),
      { a: 'z' },
      ['a literal_error'],
    ],
    [
      'list',
      t.Object({ a: t.Array(t.Integer()) }),
      { a: [1, 'x', 2, null] },
      ['a.1 int_type', 'a.3 int_type'],
    ],
    ['extra', t.Object({ a: t.Optional(t.Integer()) }), { b: 1 }, ['b extra_forbidden']],
    [
      'extra below',
      t.Object({ a: t.Object({ b: t.Integer() }) }),
      { a: { b: 1, c: 1 } },
      ['a.c extra_forbidden'],
    ],
    [
      'extra that is allowed',
      t.Object({ a: t.Integer() }, { additionalProperties: true }),
      { a: 1, b: 1 },
      [],
    ],
    ['any object', t.Object({}), { b: 1 }, []],
    [
      'an intersection',
      t.Intersect([t.Object({ a: t.Integer() }), t.Object({ b: t.Integer() })]),
      { a: 1, b: 1 },
      [],
    ],
    ['odd keys', t.Object({ 'a/b~c': t.Integer() }), { 'a/b~c': 'x' }, ['a/b~c int_type']],
  ];

describe('input validation', () => {
  test.each(cases)('%s', async (_name, schema, value, faults) => {
    expect(await faultsOf(schema, value)).toEqual([...faults]);
  });

  test('tells a hundred faults at most', async () => {
    const bad = Array.from({ length: 1_000 }, () => 'x');
    expect(await faultsOf(t.Array(t.Integer()), bad)).toHaveLength(100);
  });

  test('leaves the schema of the author as it was', async () => {
    const schema = t.Object({ a: t.Integer() });
    const { jsonSchema } = await createValidator(schema, INPUT);
    expect(jsonSchema.additionalProperties).toBe(false);
    expect(schema.additionalProperties).toBeUndefined();
  });

  test('output may hold more than the schema says', async () => {
    const validator = await createValidator(t.Object({ a: t.Integer() }), {
      ...INPUT,
      isInput: false,
    });
    expect(await validator.check({ a: 1, b: 2 })).toMatchObject({ isValid: true });
  });

  test('a Standard Schema validates, transforms and tells its issues', async () => {
    const schema: StandardSchema<string, number> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: async (value) =>
          typeof value === 'string'
            ? { value: value.length }
            : { issues: [{ message: 'not text', path: ['a', { key: 0 }] }] },
      },
    };
    const validator = await createValidator(schema, INPUT);
    expect(validator.jsonSchema).toEqual({});
    expect(await validator.check('four')).toEqual({ isValid: true, value: 4 });
    expect(await faultsOf(schema, 4)).toEqual(['a.0 value_error']);
  });
});
