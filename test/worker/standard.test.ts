import { describe, expect, test } from 'bun:test';
import { parseToServer } from '../../src/protocol/codec.ts';
import type { StandardSchema } from '../../src/sdk/schema.ts';
import { createValidator } from '../../src/worker/create-validator.ts';

const OPTIONS = { isInput: true, file: import.meta.path };
const schemaOf = (rest: object): StandardSchema =>
  ({
    '~standard': { version: 1, vendor: 'odd', validate: (value: unknown) => ({ value }), ...rest },
  }) as never;
const describeBy = (input: () => unknown) => schemaOf({ jsonSchema: { input } });

describe('what a schema package says of itself', () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const deep = JSON.parse(`${'{"items":'.repeat(500)}{}${'}'.repeat(500)}`) as unknown;
  test.each([
    [
      'throws',
      () => {
        throw new Error('cannot');
      },
    ],
    ['holds itself', () => cycle],
    ['is nested hundreds deep', () => deep],
    ['is huge', () => ({ enum: Array.from({ length: 100_000 }, (_, n) => `value ${n}`) })],
    ['is a list', () => []],
    ['is text', () => 'anything'],
    ['is undefined', () => undefined],
    ['is a function', () => () => 1],
    ['holds a bigint', () => ({ minimum: 1n })],
  ])('describes anything when it %s, and still validates', async (_name, say) => {
    const validator = await createValidator(describeBy(say), OPTIONS);
    expect(validator.jsonSchema).toEqual({});
    expect(await validator.check(1)).toEqual({ isValid: true, value: 1 });
  });

  test('a __proto__ in it reaches nobody', async () => {
    const evil: unknown = JSON.parse(
      '{"$schema":"x","properties":{"__proto__":{"a":1}},"__proto__":{}}',
    );
    const { jsonSchema } = await createValidator(
      describeBy(() => evil),
      OPTIONS,
    );
    expect(JSON.stringify(jsonSchema)).toBe('{"properties":{}}');
  });
});

describe('faults of a Standard Schema', () => {
  test.each([
    ['none at all', []],
    ['no message', [{}]],
    ['a message that is no text', [{ message: 5 }]],
    ['a path that is no list', [{ message: 'm', path: 'a' }]],
    ['odd parts in the path', [{ message: 'm', path: [Symbol('s'), { key: 1 }, null, undefined] }]],
    ['thousands', Array.from({ length: 5_000 }, () => ({ message: 'm' }))],
  ])('with %s reach the server in the form of the API', async (_name, issues) => {
    const validator = await createValidator(schemaOf({ validate: () => ({ issues }) }), OPTIONS);
    const checked = await validator.check(1);
    const faults = checked.isValid ? [] : checked.faults;
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.length).toBeLessThanOrEqual(100);
    const done = { kind: 'done', id: 1, outcome: { status: 'invalid_input', faults } };
    expect(parseToServer(done)).toEqual(done as never);
  });
});
