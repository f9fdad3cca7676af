import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { parseManifest } from '../../../src/features/extensions/manifest.ts';

const HEAD = '[extension]\nname = "hello"\nversion = "1.2.0"\n';

function problemsOf(source: string): readonly string[] {
  const result = parseManifest(source);
  return result.ok ? [] : result.problems;
}

describe('a manifest', () => {
  test('says everything there is to say about an extension', () => {
    expect(
      parseManifest(`${HEAD}description = "Greets"
author = "Ann"
license = "MIT"
entry = "./src/hello.ts"
[extension.tinybase]
min_version = "0.1.0"
[extension.dependencies]
ms = "^2.1.3"
"@scope/pkg" = ">=1 <2"
[extension.settings.url]
type = "string"
default = "https://example.com"
description = "Where to"
[extension.settings.key]
type = "string"
secret = true
`),
    ).toEqual({
      ok: true,
      manifest: {
        name: 'hello',
        version: '1.2.0',
        description: 'Greets',
        author: 'Ann',
        license: 'MIT',
        entry: 'src/hello.ts',
        minVersion: '0.1.0',
        dependencies: { ms: '^2.1.3', '@scope/pkg': '>=1 <2' },
        settings: [
          {
            name: 'url',
            type: 'string',
            description: 'Where to',
            default: 'https://example.com',
            isSecret: false,
          },
          { name: 'key', type: 'string', description: null, default: null, isSecret: true },
        ],
      },
    });
  });

  test('needs a name and a version, and nothing else', () => {
    expect(parseManifest(HEAD)).toMatchObject({
      ok: true,
      manifest: { entry: null, minVersion: null, dependencies: {}, settings: [] },
    });
  });

  const BAD: readonly (readonly [what: string, source: string, ...problems: string[]])[] = [
    ['that is empty', '', 'extension (extension.toml:1): is missing'],
    ['that is no TOML', 'x = [', 'extension.toml:1:5: unfinished array.'],
    [
      'without a version',
      '[extension]\nname = "hello"\n',
      'extension.version (extension.toml:1): is missing',
    ],
    [
      'with a version that is none',
      '[extension]\nname = "hello"\nversion = "1.2"\n',
      'extension.version (extension.toml:3): expected a version such as "1.2.0"',
    ],
    [
      'with a mistyped key',
      `${HEAD}autor = "Ann"\n`,
      'extension.autor (extension.toml:4): unknown key; did you mean author?',
    ],
    [
      'with a mistyped key below',
      `${HEAD}[extension.tinybase]\nmin_verson = "1.0.0"\n`,
      'extension.tinybase.min_verson (extension.toml:5): unknown key; did you mean min_version?',
    ],
    [
      'with several faults, all at once',
      `${HEAD}license = 3\nauthor = true\n[other]\n`,
      'extension.license (extension.toml:4): expected a text of at most 100 characters',
      'extension.author (extension.toml:5): expected a text of at most 200 characters',
      'other (extension.toml:6): unknown key',
    ],
    [
      'whose dependency is no package',
      `${HEAD}[extension.dependencies]\n"--global" = "1"\nms = "--force"\n`,
      'extension.dependencies."--global" (extension.toml:5): expected the name of an npm package'.replace(
        '"--global"',
        '--global',
      ),
      'extension.dependencies.ms (extension.toml:6): expected a version such as "^1.2.0"',
    ],
    [
      'whose setting has a default of another type',
      `${HEAD}[extension.settings.n]\ntype = "integer"\ndefault = "1"\n`,
      'extension.settings.n.default (extension.toml:6): expected a whole number',
    ],
    [
      'whose setting is of no type',
      `${HEAD}[extension.settings.n]\ntype = "strin"\n`,
      'extension.settings.n.type (extension.toml:5): expected one of "string", "integer", "number", "boolean", "list", "json"',
    ],
  ];
  test.each(BAD)('%s is refused with its place', (_what, source, ...problems) => {
    expect([...problemsOf(source)].sort()).toEqual([...problems].sort());
  });

  test.each([
    '../evil',
    'a/b',
    '..',
    '.hidden',
    'UPPER',
    'a b',
    'nul',
    'com1',
    'node_modules',
    '',
    '-rf',
    `${'a'.repeat(64)}`,
    'a\\u0000',
  ])('path traversal: %p names no extension', (name) => {
    expect(problemsOf(`[extension]\nname = "${name}"\nversion = "1.0.0"\n`)).toHaveLength(1);
  });

  test.each([
    '../../etc/passwd.ts',
    '/etc/x.ts',
    'a/../../x.ts',
    'C:/x.ts',
    'a\\\\..\\\\x.ts',
    'x\\u0000.ts',
    'main.sh',
    '',
  ])('path traversal: %p is no entry', (entry) => {
    expect(problemsOf(`${HEAD}entry = "${entry}"\n`)).toHaveLength(1);
  });

  test('whatever its text is, the answer is a manifest or what is wrong', () => {
    const words = ['[extension]', 'name', '=', '"a"', '\n', '[', '{', '.', 'settings', '1', '"'];
    const text = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom(...words), { maxLength: 30 }).map((parts) => parts.join('')),
      fc.string().map((rest) => HEAD + rest),
    );
    fc.assert(
      fc.property(text, (source) => {
        const result = parseManifest(source);
        expect(result.ok || result.problems.length > 0).toBe(true);
      }),
    );
  });
});
