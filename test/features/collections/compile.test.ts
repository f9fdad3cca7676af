import { describe, expect, test } from 'bun:test';
import type { LooseField } from '../records/data-app.ts';
import { compile } from './compile-fields.ts';

const field = (rest: LooseField) => ({ name: 'a', ...rest });

describe('no value', () => {
  test('0, false, "" and empty lists and objects are values, also where one is required', () => {
    const { create } = compile(
      { name: 's', type: 'str', required: true },
      { name: 'i', type: 'int', required: true },
      { name: 'b', type: 'bool', required: true },
      { name: 'l', type: 'list', required: true },
      { name: 'd', type: 'dict', required: true },
    );
    const data = { s: '', i: 0, b: false, l: [], d: {} };
    expect(create(data)).toMatchObject({ value: data, faults: [] });
    expect(create({}).faults).toEqual([
      's missing',
      'i missing',
      'b missing',
      'l missing',
      'd missing',
    ]);
    expect(create({ ...data, s: null }).faults).toEqual(['s missing']);
  });

  test('null stands for no value where it may, and a field without value is left out', () => {
    const { create, whole, patch } = compile(field({ type: 'int' }), {
      name: 'b',
      type: 'int',
      nullable: false,
    });
    expect(create({ a: null })).toMatchObject({ value: {}, faults: [] });
    expect(Object.keys(create({ a: null }).value)).toEqual([]);
    expect(create({ b: null }).faults).toEqual(['b null_forbidden']);
    expect(whole({ b: null }).faults).toEqual(['b null_forbidden']);
    expect(patch({ a: null })).toMatchObject({ value: { a: null }, faults: [] });
    expect(patch({ b: null }).faults).toEqual(['b null_forbidden']);
  });

  test('a default fills an absent key on create, also of a required field; null it does not fill', () => {
    const { create, whole, patch } = compile(field({ type: 'int', default: 0 }), {
      name: 'r',
      type: 'str',
      required: true,
      default: '',
    });
    expect(create({}).value).toEqual({ a: 0, r: '' });
    expect(create({ a: null }).value).toEqual({ r: '' });
    expect(create({ a: null, r: null }).faults).toEqual(['r missing']);
    expect(whole({ r: 'x' }).value).toEqual({ r: 'x' });
    expect(whole({}).faults).toEqual(['r missing']);
    expect(patch({}).value).toEqual({});
  });

  test('a default inside a dict fills on create too, and never on a change of something else', () => {
    const properties = [{ name: 'p', type: 'int', default: 5 }];
    const { create, whole } = compile(field({ type: 'dict', properties }), {
      name: 'l',
      type: 'list',
      items: { type: 'dict', properties },
    });
    expect(create({ a: {}, l: [{}] }).value).toEqual({ a: { p: 5 }, l: [{ p: 5 }] });
    const cleared = create({ a: { p: null }, l: [{ p: null }] }).value;
    expect(cleared).toEqual({ a: {}, l: [{}] });
    expect(whole(cleared).value).toEqual(cleared);
  });

  test('a default counts as if the caller had sent it: its nulls go, defaults inside it fill', () => {
    const properties = [
      { name: 'b', type: 'int', default: 5 },
      { name: 'c', type: 'int' },
    ];
    const { create, whole } = compile(field({ type: 'dict', properties, default: { c: null } }));
    expect(create({}).value).toEqual({ a: { b: 5 } });
    expect(create({ a: { c: null } }).value).toEqual({ a: { b: 5 } });
    expect(whole({ a: {} }).value).toEqual({ a: {} });
  });
});

describe('keys that every JavaScript object inherits', () => {
  const KEYS = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];

  test.each(KEYS)('%s in the data is no known field', (key) => {
    const { create, whole, patch } = compile(field({ type: 'int' }));
    const data = JSON.parse(`{"${key}": {"polluted": true}}`);
    for (const parse of [create, whole, patch])
      expect(parse(data).faults).toEqual([`${key} extra_forbidden`]);
  });

  test.each(KEYS)('%s in a dict is kept as data and pollutes nothing', (key) => {
    const text = `{"a":{"${key}":{"polluted":true,"${key}":[]}}}`;
    for (const rest of [{}, { properties: [{ name: 'p', type: 'int' }], additional: true }]) {
      const { create, whole } = compile(field({ type: 'dict', ...rest }));
      expect(JSON.stringify(create(JSON.parse(text)).value)).toBe(text);
      expect(JSON.stringify(whole(JSON.parse(text)).value)).toBe(text);
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('a field may be called constructor: absent is absent', () => {
    const { create, whole, patch } = compile({ name: 'constructor', type: 'str' });
    for (const parse of [create, whole, patch]) {
      expect(parse({})).toMatchObject({ faults: [] });
      expect(Object.keys(parse({}).value)).toEqual([]);
      expect(parse({ constructor: 'x' })).toMatchObject({
        faults: [],
        value: { constructor: 'x' },
      });
    }
    expect(compile({ name: 'constructor', type: 'str', required: true }).create({}).faults).toEqual(
      ['constructor missing'],
    );
  });
});

describe('attacks on time', () => {
  /** The best of some, as anything else on the machine only ever adds to it. */
  function timed(act: () => unknown): number {
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 5; round++) {
      const start = performance.now();
      act();
      best = Math.min(best, performance.now() - start);
    }
    return best;
  }

  test('a pattern that backtracking engines drown in is matched in linear time', () => {
    const { create } = compile(field({ type: 'str', pattern: '^(a+)+$' }));
    expect(timed(() => create({ a: `${'a'.repeat(50_000)}!` }))).toBeLessThan(2_000);
  });

  test('a body of 50,000 unknown keys does not hold the server up with spelling suggestions', () => {
    const { create } = compile(
      ...Array.from({ length: 40 }, (_, n) => ({ name: `field_name_${n}`, type: 'int' })),
    );
    const body = Object.fromEntries(
      Array.from({ length: 50_000 }, (_, n) => [`fieldxname${n}`, 1]),
    );
    expect(timed(() => expect(create(body).faults.length).toBeGreaterThan(0))).toBeLessThan(1_000);
  });
});
