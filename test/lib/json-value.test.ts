import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { findNonJson, isPlainObject, MAX_JSON_DEPTH } from '../../src/lib/json-value.ts';

const nest = (levels: number) => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = level % 2 ? [value] : { a: value };
  return value;
};

test('whatever JSON.parse makes is JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6, stringUnit: 'grapheme' }), (value) => {
      expect(findNonJson(JSON.parse(JSON.stringify(value)))).toBeUndefined();
    }),
  );
});

test.each([
  ['NaN', Number.NaN, 'finite'],
  ['a number too large for a double', JSON.parse('1e400'), 'finite'],
  ['undefined', undefined, 'undefined'],
  ['a bigint', 1n, 'bigint'],
  ['a function', () => 1, 'function'],
  ['a symbol', Symbol('x'), 'symbol'],
  ['a lone surrogate', '\ud800', 'well-formed'],
  ['a date', new Date(0), 'Date'],
  ['a map', new Map(), 'Map'],
  ['bytes', new Uint8Array(1), 'Uint8Array'],
])('%s is found where it stands and named', (_name, value, word) => {
  const found = findNonJson({ list: [1, { deep: value }] });
  expect(found?.path).toEqual(['list', 1, 'deep']);
  expect(found?.reason).toContain(word);
});

test('a key with a lone surrogate is found', () => {
  expect(findNonJson({ a: { '\udc00': 1 } })?.reason).toContain('well-formed');
});

test('a hole in a list is no JSON', () => {
  expect(findNonJson(Array(2))?.path).toEqual([0]);
});

test('64 levels are fine, 65 are not, and a value that holds itself ends', () => {
  expect(findNonJson(nest(MAX_JSON_DEPTH))).toBeUndefined();
  expect(findNonJson(nest(MAX_JSON_DEPTH + 1))?.reason).toContain('64');
  expect(findNonJson(nest(100_000))?.reason).toContain('64');
  const loop: Record<string, unknown> = {};
  loop.self = loop;
  loop.again = loop;
  expect(findNonJson(loop)?.reason).toContain('64');
});

test('keys that are special to JavaScript are ordinary keys', () => {
  const value = JSON.parse('{"__proto__": {"constructor": 1}, "toString": null}');
  expect(findNonJson(value)).toBeUndefined();
  expect(isPlainObject(value)).toBe(true);
});

test.each([
  [{}, true],
  [Object.create(null), true],
  [[], false],
  [null, false],
  [new Date(), false],
  ['{}', false],
  [Object.create({ inherited: 1 }), false],
])('%p is a plain object: %p', (value, expected) => {
  expect(isPlainObject(value)).toBe(expected);
});
