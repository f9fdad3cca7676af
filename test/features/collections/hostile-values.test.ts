import { describe, expect, test } from 'bun:test';
import type { Fault } from '../../../src/core/errors.ts';
import { compileField } from '../../../src/features/collections/compile.ts';
import type { FieldDefinition } from '../../../src/features/collections/schema.ts';

const ENOUGH = 200;

function check(field: FieldDefinition, value: unknown) {
  const faults: Fault[] = [];
  const checked = compileField(field)(value, ['body', 'x'], faults);
  return { checked, faults };
}

describe('a list of items that must differ', () => {
  const field: FieldDefinition = { type: 'list', unique_items: true };

  test('of a hundred thousand doubles is not answered with as many faults', () => {
    const { faults } = check(field, Array(100_000).fill(1));
    expect(faults.length).toBeLessThan(ENOUGH);
    expect(faults[0]).toEqual({
      loc: ['body', 'x', 1],
      type: 'unique_items',
      msg: 'must differ from item 0',
    });
    expect(faults.at(-1)?.type).toBe('too_many_faults');
  });

  test('tells a text from the number, the null and the object that it spells', () => {
    const items = [1, '1', null, 'null', true, 'true', { a: 1 }, '{"a":1}', [1], '[1]'];
    expect(check(field, items).faults).toEqual([]);
  });

  test('takes objects for the same whatever the order of their keys', () => {
    expect(check(field, [{ a: 1, b: 2 }, 'x', { b: 2, a: 1 }]).faults).toEqual([
      { loc: ['body', 'x', 2], type: 'unique_items', msg: 'must differ from item 0' },
    ]);
  });

  test('takes minus zero for zero, as JSON stores it', () => {
    expect(check(field, [0, -0]).faults).toHaveLength(1);
  });
});

describe('a text that has to match a pattern', () => {
  test('of ten million characters is refused before the matching, which would hold everybody up', () => {
    const { faults } = check({ type: 'string', pattern: '(a+)+$' }, 'a'.repeat(10_000_000));
    expect(faults.map(({ type }) => type)).toEqual(['string_too_long']);
  });

  test('may be longer where the field says so', () => {
    const long = 'a'.repeat(100_001);
    expect(check({ type: 'string', pattern: 'a', max_length: 200_000 }, long).checked).toBe(long);
    expect(check({ type: 'string', pattern: 'a' }, 'a'.repeat(100_000)).faults).toEqual([]);
  });
});
