import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { countTypos, findNearest } from '../../src/lib/nearest.ts';

describe('findNearest', () => {
  const words = ['serve', 'init', 'functions', 'admin', 'version'];
  const cases: readonly [typed: string, meant: string | undefined][] = [
    ['srve', 'serve'],
    ['serv', 'serve'],
    ['SERVE', 'serve'],
    ['esrve', 'serve'],
    ['function', 'functions'],
    ['fucntions', 'functions'],
    ['verison', 'version'],
    ['inti', 'init'],
    ['zzz', undefined],
    ['x', undefined],
    ['', undefined],
    ['something else', undefined],
  ];
  for (const [typed, meant] of cases)
    test(`"${typed}" means ${meant ?? 'nothing'}`, () =>
      expect(findNearest(typed, words)).toBe(meant));

  test('a word of the list is its own nearest', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 2 }), { minLength: 1 }), (list) => {
        const [word = ''] = list;
        expect(findNearest(word, list)?.toLowerCase()).toBe(word.toLowerCase());
      }),
    );
  });
});

describe('countTypos', () => {
  test('counts what was changed, dropped, added and swapped', () => {
    expect(countTypos('port', 'port')).toBe(0);
    expect(countTypos('prot', 'port')).toBe(1);
    expect(countTypos('pot', 'port')).toBe(1);
    expect(countTypos('ports', 'port')).toBe(1);
    expect(countTypos('past', 'port')).toBe(2);
    expect(countTypos('', 'port')).toBe(4);
  });

  test('is the same both ways', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => countTypos(a, b) === countTypos(b, a)),
    );
  });
});
