import { expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { COMMANDS } from '../src/cli/commands/index.ts';
import { ERROR_CODES } from '../src/core/errors.ts';
import { FIELD_KINDS } from '../src/features/collections/fields/field-type.ts';
import { FIELD_TYPES } from '../src/features/collections/fields/index.ts';
import { ACCESS_LEVELS } from '../src/features/collections/schema.ts';
import { STATUS } from '../src/http/error-handler.ts';

const root = join(import.meta.dir, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** The first cells of the rows of every table in a page. */
function firstCells(page: string): string[] {
  return [...read(page).matchAll(/^\| ([^|]+?) +\|/gm)].map((match) => match[1] ?? '');
}

test('every error code is in the guide with its status, and no other is', () => {
  const rows = [...read('docs/guide/http.md').matchAll(/^\| (\w+) \| (\d{3}) \|/gm)];
  expect(Object.fromEntries(rows.map(([, code, status]) => [code, Number(status)]))).toEqual(
    STATUS as Record<string, number>,
  );
  expect(rows).toHaveLength(ERROR_CODES.length);
});

test('every field type is in the guide with its aliases and constraints', () => {
  const guide = read('docs/guide/collections.md');
  for (const kind of FIELD_KINDS) {
    const row = guide.split('\n').find((line) => line.startsWith(`| ${kind} `)) ?? '';
    const { aliases, constraints } = FIELD_TYPES[kind];
    for (const word of [...aliases, ...Object.keys(constraints)]) expect(row).toContain(word);
  }
});

test('every access level is in the guide', () => {
  const cells = firstCells('docs/guide/collections.md');
  for (const level of ACCESS_LEVELS) expect(cells).toContain(level);
});

test('the README names every command of the binary and every script that it has', () => {
  const readme = read('README.md');
  for (const { path } of COMMANDS) expect(readme).toContain(`tinybase ${path.join(' ')}`);
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  for (const name of Object.keys(scripts))
    expect(readme).toMatch(new RegExp(`npm (run )?${name}\\b`));
});

test('the version in package.json has its place in the changelog or is yet to come', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  expect(read('CHANGELOG.md')).toMatch(new RegExp(`^## (Unreleased|\\[?${version})`, 'm'));
});

test('every link between pages leads to a file', () => {
  const pages = [
    'README.md',
    ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.md'))
      .map((path) => join('docs', path)),
  ];
  const dead = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
      .map((match) => join(dirname(page), match[1] ?? ''))
      .filter((target) => !existsSync(join(root, target)))
      .map((target) => `${page} → ${target}`),
  );
  expect(dead).toEqual([]);
});
