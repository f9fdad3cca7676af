import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { parseEnvFile } from '../../src/core/env-file.ts';
import { AppError } from '../../src/core/errors.ts';

describe('an env file', () => {
  const cases: readonly [name: string, source: string, values: Record<string, string>][] = [
    ['plain values', 'A=1\nB = two words \n', { A: '1', B: 'two words' }],
    ['comments and empty lines', '# x\n\nA=1 # y\nB=#\nC=a#b', { A: '1', B: '', C: 'a#b' }],
    ['export', 'export A=1', { A: '1' }],
    ['double quotes with escapes', 'A="a\\n\\"b\\" \\\\ # c" # d', { A: 'a\n"b" \\ # c' }],
    ['single quotes as they stand', "A='a\\n$B'", { A: 'a\\n$B' }],
    ['values over several lines', 'A="-----\nkey\n-----"\nB=1', { A: '-----\nkey\n-----', B: '1' }],
    ['the last of two', 'A=1\nA=2', { A: '2' }],
    ['Windows line ends and a byte order mark', '\uFEFFA=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['empty values', 'A=\nB=""', { A: '', B: '' }],
  ];
  for (const [name, source, values] of cases) {
    test(`may have ${name}`, () => {
      const entries = [...parseEnvFile(source, 'x.env')].map(([key, { value }]) => [key, value]);
      expect(Object.fromEntries(entries)).toEqual(values);
    });
  }

  test('names the line of each variable', () => {
    const entries = parseEnvFile('\nA="\n\n"\nB=1', 'x.env');
    expect(entries.get('A')?.line).toBe(2);
    expect(entries.get('B')?.line).toBe(5);
  });

  test('with text behind the quotes is refused', () => {
    expect(() => parseEnvFile('A="x" y', 'x.env')).toThrow(
      "x.env:1: unexpected text after A's quotes.",
    );
  });

  test('is read or refused, never more', () => {
    fc.assert(
      fc.property(fc.string(), (source) => {
        try {
          parseEnvFile(source, 'x.env');
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
        }
      }),
    );
  });
});
