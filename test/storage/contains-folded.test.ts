import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { containsFolded, foldOf } from '../../src/storage/sqlite/contains-folded.ts';

const LAST = 0x10ffff;
const isSurrogate = (code: number) => code >= 0xd800 && code <= 0xdfff;
const HAS_CASE = /[\p{CWCF}\p{CWCM}\p{CWKCF}]/u;

function letters(): string[] {
  const found: string[] = [];
  for (let code = 0; code <= LAST; code++)
    if (!isSurrogate(code)) found.push(String.fromCodePoint(code));
  return found;
}
const fold = (letter: string) => String.fromCodePoint(foldOf(letter.codePointAt(0) ?? 0));
const pattern = (letter: string, flags: string) => new RegExp(RegExp.escape(letter), flags);

describe('the fold of a letter', () => {
  test('is the letter itself where it has no case', () => {
    for (const letter of letters())
      if (!HAS_CASE.test(letter) && fold(letter) !== letter) throw new Error(letter);
  });

  test('is the same for exactly those that a RegExp takes for the same', () => {
    const cased = letters().filter((letter) => HAS_CASE.test(letter));
    expect(cased.length).toBeGreaterThan(2_500);
    const byFold = Map.groupBy(cased, fold);
    const all = cased.join('');
    for (const letter of cased) {
      const same = all.match(pattern(letter, 'giu')) ?? [];
      expect(same.join()).toBe((byFold.get(fold(letter)) ?? []).join());
    }
  });
});

describe('a needle in a text that is too long to be compared letter by letter', () => {
  const far = 'x'.repeat(1_000_000);

  test.each([
    ['Straße', 'STRASSE', false],
    ['Straße', 'sTRAẞE', true],
    ['σίσυφος', 'ΣΊΣΥΦΟΣ', true],
    ['Kelvin', '\u212aELV', true],
    ['ſtop', 'STOP', true],
    ['ısı', 'ISI', false],
    ['𐐀𐐨', '𐐨𐐀', true],
    ['a\0b', 'A\0B', true],
    ['ababac', 'abac', true],
    ['aab', 'ab', true],
  ])('%j has %j: %p', (text, needle, isThere) => {
    for (const whole of [`${far}${text}`, `${text}${far}`, `${far}${text}${far}`])
      expect(containsFolded(whole, needle)).toBe(isThere);
  });

  test('is found where a RegExp finds it', () => {
    const some = fc
      .array(fc.constantFrom('a', 'A', 'b', 'ß', 'ẞ', 'k', '\u212a', '𐐀', '𐐨'), {
        maxLength: 12,
      })
      .map((parts) => parts.join(''));
    const needles = some.filter((needle) => needle.length > 1);
    fc.assert(
      fc.property(some, needles, fc.integer({ min: 1, max: 3 }), (text, needle, times) => {
        const whole = `${far}${text.repeat(times)}`;
        return containsFolded(whole, needle) === pattern(needle, 'iu').test(whole);
      }),
      { numRuns: 100 },
    );
  });

  test('is no attack when both repeat themselves', () => {
    // 4,000 times 10,000,000 comparisons would take minutes.
    const needle = `${'a'.repeat(2_000)}s${'a'.repeat(2_000)}`;
    expect(containsFolded('A'.repeat(10_000_000), needle)).toBe(false);
  }, 600_000);
});
