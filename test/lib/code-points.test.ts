import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { countCodePoints } from '../../src/lib/code-points.ts';

test.each([
  ['', 0],
  ['abc', 3],
  ['é', 1],
  ['e\u0301', 2],
  ['😀', 1],
  ['👩‍👩‍👧', 5],
  ['\ud83d', 1],
  ['\ude00\ud83d', 2],
  ['\ud83d\ud83d\ude00', 2],
])('%p has the length that people and JSON Schema count', (text, count) => {
  expect(countCodePoints(text)).toBe(count);
});

test('counts any text as the string iterator does, lone surrogates included', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(countCodePoints(text)).toBe([...text].length);
    }),
    { numRuns: 1_000 },
  );
  const units = fc.array(fc.constantFrom(0x41, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000));
  fc.assert(
    fc.property(units, (codes) => {
      const text = String.fromCharCode(...codes);
      expect(countCodePoints(text)).toBe([...text].length);
    }),
    { numRuns: 1_000 },
  );
});
