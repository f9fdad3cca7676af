import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { parse, stringify, type TomlTable } from 'smol-toml';
import { findTomlLines, toTomlPath } from '../../src/lib/toml-lines.ts';

describe('findTomlLines', () => {
  const cases: readonly [name: string, toml: string, lines: Record<string, number>][] = [
    ['keys and tables', 'a = 1\n\n[b]\nc = 2\n', { a: 1, b: 3, 'b.c': 4 }],
    ['dotted keys', 'a.b . c = 1', { 'a.b.c': 1 }],
    [
      'quoted keys',
      '["x.y"]\n\'a b\' = 1\n"q\\"" = 2',
      { '"x.y"': 1, '"x.y"."a b"': 2, '"x.y"."q\\""': 3 },
    ],
    ['arrays of tables', '[[a]]\nb = 1\n[[a]]\nb = 2', { a: 1, 'a.b': 2 }],
    ['comments', '# x = 1\n[a] # b = 2\nc = "#" # d = 3\ne = 4', { a: 2, 'a.c': 3, 'a.e': 4 }],
    ['long arrays', 'a = [\n  "x", # y = 1\n  [ 1,\n 2 ],\n]\nb = 1', { a: 1, b: 6 }],
    [
      'inline tables',
      'a = { b = 1, c = { d = "}" } }\ne = 1',
      { a: 1, 'a.b': 1, 'a.c': 1, 'a.c.d': 1, e: 2 },
    ],
    [
      'long strings',
      'a = """\nb = 1\n\\""" "\n"""\nc = \'\'\'\nd = 2\n\'\'\'\ne = 3',
      { a: 1, c: 5, e: 8 },
    ],
    ['long strings that end in quotes', 'a = """x"""""\nb = 1', { a: 1, b: 2 }],
    ['Windows line ends', '[a]\r\nb = 1\r\nc = true\r\n', { a: 1, 'a.b': 2, 'a.c': 3 }],
    ['dates and numbers', 'a = 1979-05-27T07:32:00Z\nb = 0x_f\nc = -inf', { a: 1, b: 2, c: 3 }],
  ];
  for (const [name, toml, lines] of cases)
    test(name, () => expect(Object.fromEntries(findTomlLines(toml))).toEqual(lines));

  test('never throws and always ends', () => {
    const pieces = fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      '"',
      "'",
      '"""',
      "'''",
      '=',
      '.',
      ',',
      '\n',
      '\\',
      '#',
      'a',
      ' ',
      '1',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces).map((list) => list.join('')),
        ),
        (source) => {
          findTomlLines(source);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('finds exactly the keys that the parser finds', () => {
    const keys = fc.oneof(
      fc.stringMatching(/^[a-z]{1,3}$/),
      fc.constantFrom('a b', 'x.y', '#', '"', 'é'),
    );
    const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string()));
    const table = fc.dictionary(keys, fc.oneof(leaf, fc.dictionary(keys, leaf)));
    fc.assert(
      fc.property(table, (value) => {
        const source = stringify(value);
        const expected = listPaths(parse(source)).map(toTomlPath);
        expect([...findTomlLines(source).keys()].sort()).toEqual(expected.sort());
      }),
    );
  });
});

function listPaths(table: TomlTable, above: readonly string[] = []): string[][] {
  return Object.entries(table).flatMap(([key, value]) => {
    const path = [...above, key];
    const isTable = typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date);
    return isTable ? [path, ...listPaths(value as TomlTable, path)] : [path];
  });
}
