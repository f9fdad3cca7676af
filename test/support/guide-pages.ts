import { expect } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dir, '../..');
const OF_EVERY_COMMAND = new Set(['--dir', '--env-file', '--help']);

interface OpenApiPaths {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          { readonly parameters?: readonly { readonly in: string; readonly name: string }[] }
        >
      >
    >
  >;
}

/** A file of the repository. */
export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** Pages of the guide, by their names, as one text. */
export function readGuide(...names: readonly string[]): string {
  return names.map((name) => read(`docs/guide/${name}.md`)).join('\n');
}

export function readPaths(): OpenApiPaths['paths'] {
  return (JSON.parse(read('docs/openapi.json')) as OpenApiPaths).paths;
}

/** The first cells of the rows of every table in a page. */
export function firstCells(page: string): string[] {
  return [...read(page).matchAll(/^\| ([^|]+?) +\|/gm)].map((match) => match[1] ?? '');
}

/** A limit that a file keeps to itself, as the guide writes numbers. */
export function limitIn(path: string, name: string, unit = 1): string {
  return numberIn(path, new RegExp(`^(?:export )?const ${name} = ([\\d_]+);`, 'm'), unit);
}

/** The same where the limit is a property, or a value in another unit. */
export function numberIn(path: string, pattern: RegExp, unit = 1): string {
  const [, value = ''] = pattern.exec(read(`src/${path}`)) ?? [];
  expect(value, `${pattern} of ${path}`).not.toBe('');
  return (Number(value.replaceAll('_', '')) / unit).toLocaleString('en-US');
}

/** The options of a command that not every command has. */
export function optionsOf(command: string): readonly string[] {
  const [, help = ''] =
    new RegExp(`^## tinybase ${command}\\n([\\s\\S]*?)(?=^## |$(?![\\s\\S]))`, 'm').exec(
      read('docs/reference/cli.md'),
    ) ?? [];
  expect(help, command).toContain(`Usage: tinybase ${command}`);
  return [...help.matchAll(/^ {2}(?:-\w, )?(--[a-z\d-]+)/gm)]
    .map(([, option]) => option ?? '')
    .filter((option) => !OF_EVERY_COMMAND.has(option));
}

/** The names of the members of an interface. */
export function membersIn(path: string, start: string): readonly string[] {
  const source = read(path);
  const from = source.indexOf(start);
  const body = source.slice(from, source.indexOf('\n}', from));
  const names = [...body.matchAll(/^ {2}(?:readonly )?(\w+)[?<(:]/gm)].map(
    ([, name]) => name ?? '',
  );
  expect(names.length, start).toBeGreaterThan(1);
  return [...new Set(names)];
}

/** Without the text, which is as long as a page. */
export function expectToName(text: string, words: readonly (string | RegExp)[]): void {
  const missing = words.filter((word) =>
    typeof word === 'string' ? !text.includes(word) : !word.test(text),
  );
  expect(missing.map(String)).toEqual([]);
}
