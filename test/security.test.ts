import { expect, test } from 'bun:test';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const CLASSES = 23;
const page = readFileSync(join(import.meta.dir, '../docs/security.md'), 'utf8');

interface Row {
  readonly number: number;
  readonly here: string;
  readonly tests: readonly { readonly file: string; readonly name: string }[];
}

const rows: readonly Row[] = page
  .split('\n')
  .filter((line) => /^\| \d+ \|/.test(line))
  .map((line) => {
    const [, number, , here = '', tests = ''] = line.split('|').map((cell) => cell.trim());
    return {
      number: Number(number),
      here,
      tests: tests
        .split('<br>')
        .filter((text) => text !== '')
        .map((text) => {
          const [, file, name] = /^`([\w/-]+)`: (.+)$/.exec(text) ?? [];
          if (file === undefined || name === undefined) throw new Error(`${text} names no test`);
          return { file: join(import.meta.dir, `${file}.test.ts`), name };
        }),
    };
  });

test('the page on security has a row for each class of advisory', () => {
  expect(rows.map(({ number }) => number)).toEqual(
    Array.from({ length: CLASSES }, (_, index) => index + 1),
  );
});

test('each class that applies names a test that is there; each other says why not', () => {
  for (const { number, here, tests } of rows) {
    if (here.startsWith('Does not apply: ')) {
      expect(tests, `class ${number}`).toEqual([]);
      expect(here.length, `class ${number}`).toBeGreaterThan(40);
      continue;
    }
    expect(tests.length, `class ${number}`).toBeGreaterThan(0);
    for (const { file, name } of tests) {
      expect(existsSync(file), file).toBe(true);
      const quoted = name.replaceAll("'", "\\'");
      const text = readFileSync(file, 'utf8');
      const isThere = [`'${name}'`, `'${quoted}'`, `"${name}"`, `\`${name}\``].some((literal) =>
        text.includes(literal),
      );
      expect(isThere, `class ${number}: ${file} has no test "${name}"`).toBe(true);
    }
  }
});
