import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { containsFolded, foldClasses } from './case-fold.ts';

const HAS_CASE = /\p{CWCF}|\p{CWCM}/u;

function allWithCase(): string[] {
  const letters: string[] = [];
  for (let code = 0; code <= 0x10ffff; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const letter = String.fromCodePoint(code);
    if (HAS_CASE.test(letter)) letters.push(letter);
  }
  return letters;
}

const escapeRegExp = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

describe('fold classes', () => {
  test('of every letter that has a case are what a RegExp without regard to case matches', () => {
    const letters = allWithCase();
    expect(letters.length).toBeGreaterThan(2_900);
    const all = letters.join('');
    const wrong = letters.filter((letter) => {
      const matched = all.match(new RegExp(escapeRegExp(letter), 'giu')) ?? [];
      return foldClasses(letter)[0]?.toSorted().join() !== matched.toSorted().join();
    });
    expect(wrong).toEqual([]);
  });

  test('of everything else hold that alone', () => {
    for (const text of ['1', ' ', '*', '[', ']', '?', '\0', '中', 'ª', '😀', '\u0307'])
      expect(foldClasses(text)).toEqual([[text]]);
  });

  test('find what people find hard to tell apart', () => {
    expect(foldClasses('k')[0]?.toSorted()).toEqual(['K', 'k', '\u212a']);
    expect(foldClasses('σ')[0]?.toSorted()).toEqual(['Σ', 'ς', 'σ']);
    expect(foldClasses('\u{10400}')[0]).toEqual(['\u{10400}', '\u{10428}']);
  });

  test('leave out what takes several letters to write in the other case', () => {
    expect(foldClasses('İıŉ')).toEqual([['İ'], ['ı'], ['ŉ']]);
    expect(foldClasses('ß')[0]?.toSorted()).toEqual(['ß', 'ẞ']);
  });
});

describe('a text contains another without regard to case', () => {
  const letter = fc.constantFrom(...'aAkK\u212asSſßẞσςΣıİiI😀éÉ%_*?[]^-\\ ');
  const text = (maxLength: number) =>
    fc.oneof(
      fc.array(letter, { maxLength }).map((letters) => letters.join('')),
      fc.string({ unit: 'binary', maxLength }),
    );

  test('exactly when a RegExp without regard to case finds it', () => {
    fc.assert(
      fc.property(text(12), text(3), (haystack, needle) => {
        const found = new RegExp(escapeRegExp(needle), 'iu').test(haystack);
        expect(containsFolded(haystack, needle)).toBe(found);
      }),
      { numRuns: 2_000 },
    );
  });

  test('and every text contains the empty one', () => {
    expect(containsFolded('', '')).toBe(true);
    expect(containsFolded('a', '')).toBe(true);
    expect(containsFolded('', 'a')).toBe(false);
  });
});
