import { expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { COMMANDS } from '../src/cli/commands/index.ts';
import { ERROR_CODES } from '../src/core/errors.ts';
import { FIELD_KINDS, ON_DELETE } from '../src/features/collections/fields/field-type.ts';
import { FIELD_TYPES } from '../src/features/collections/fields/index.ts';
import { MAX_INDEXES } from '../src/features/collections/indexes.ts';
import { EFFECTS } from '../src/features/collections/plan-schema.ts';
import { ACCESS_LEVELS } from '../src/features/collections/schema.ts';
import { OPERATORS } from '../src/features/records/filter/operator.ts';
import { MAX_TERMS } from '../src/features/records/filter/parser.ts';
import { MAX_LIMIT } from '../src/features/records/list-query.ts';
import { MAX_BATCH } from '../src/features/records/schema.ts';
import { STATUS } from '../src/http/error-handler.ts';

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

/** Options that no type has for itself. */
const COMMON_OPTIONS = [
  'required',
  'nullable',
  'default',
  'unique',
  'index',
  'description',
  'read',
  'write',
];
const OF_EVERY_COMMAND = new Set(['--dir', '--env-file']);

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

test('every option of every field and every on_delete is in the guide', () => {
  const cells = firstCells('docs/guide/collections.md').flatMap((cell) => cell.split(', '));
  for (const option of COMMON_OPTIONS) expect(cells).toContain(option);
  for (const action of ON_DELETE) expect(cells).toContain(action);
});

test('every access level is in the guide', () => {
  const cells = firstCells('docs/guide/rules.md');
  for (const level of ACCESS_LEVELS) expect(cells).toContain(level);
});

test('every operator of a filter is in the guide, and no other is', () => {
  const guide = read('docs/guide/queries.md');
  const [, table = ''] = /^\| operator \|.*\n((?:\|.*\n)+)/m.exec(guide) ?? [];
  const named = table
    .split('\n')
    .flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, operator]) => operator),
    );
  expect(named.toSorted()).toEqual(OPERATORS.toSorted());
});

test('the grammar in the guide is that of the parser', () => {
  const [, shown = ''] = /```ebnf\n([\s\S]*?)```/.exec(read('docs/guide/queries.md')) ?? [];
  const source = read('src/features/records/filter/parser.ts');
  const rules = [...source.matchAll(/^ \* {5}(\w+ += .+)$/gm)].map(([, rule]) => rule);
  expect(rules.length).toBeGreaterThan(5);
  expect(shown.trim().split('\n')).toEqual(rules as string[]);
});

test('every query parameter of records and collections is in the guide', () => {
  const { paths } = JSON.parse(read('docs/openapi.json')) as OpenApiPaths;
  const parametersOf = (path: string) =>
    Object.values(paths[path] ?? {}).flatMap(({ parameters = [] }) =>
      parameters.filter((one) => one.in === 'query').map(({ name }) => name),
    );
  const records = '/api/collections/{collection}/records';
  const places = {
    [records]: ['queries.md', 'collections.md'],
    [`${records}/{id}`]: ['queries.md', 'collections.md'],
    [`${records}/export`]: ['import-export.md'],
    [`${records}/import`]: ['import-export.md'],
    '/api/collections/{collection}': ['schema-changes.md', 'collections.md'],
  };
  for (const [path, pages] of Object.entries(places)) {
    expect(parametersOf(path), path).not.toEqual([]);
    const text = pages.map((page) => read(`docs/guide/${page}`)).join('\n');
    for (const name of parametersOf(path))
      expect(text, `${name} of ${path}`).toMatch(new RegExp(`[\`?&]${name}\\b`));
  }
});

/** A limit that a file keeps to itself, as the guide writes numbers. */
function limitIn(path: string, name: string, unit = 1): string {
  const [, value = ''] =
    new RegExp(`^const ${name} = ([\\d_]+);`, 'm').exec(read(`src/${path}`)) ?? [];
  expect(value, `${name} of ${path}`).not.toBe('');
  return (Number(value.replaceAll('_', '')) / unit).toLocaleString('en-US');
}

test('every limit in the guide is that of the code', () => {
  const sqlite = 'storage/sqlite';
  const reads = `${sqlite}/reader-pool.ts`;
  const commits = `${sqlite}/commit.ts`;
  const small = limitIn(`${sqlite}/lanes.ts`, 'SMALL_TABLE_ROWS');
  const told: Readonly<Record<string, readonly string[]>> = {
    'queries.md': [
      `1 to ${MAX_LIMIT}`,
      `up to ${MAX_BATCH} changes`,
      `${MAX_TERMS} values`,
      `${limitIn('features/records/filter/parser.ts', 'MAX_CHARACTERS')} characters`,
      `brackets ${limitIn('features/records/filter/parser.ts', 'MAX_LEVELS')} deep`,
      `at most ${limitIn('features/records/filter/operand.ts', 'MAX_SEGMENTS')} with the field`,
      `Up to ${limitIn('features/records/sort.ts', 'MAX_TERMS')} fields`,
      `up to ${limitIn('features/records/show-query.ts', 'MAX_EXPANDED')} reference fields`,
      `every ${limitIn(`${sqlite}/totals.ts`, 'MAX_AGE_MS')} ms`,
      `of up to ${small} records`,
      `of more than ${small} records`,
      `waited for ${limitIn(reads, 'MAX_WAIT_MS', 1_000)} seconds`,
      `${limitIn(reads, 'MAX_WAITING')} others wait`,
    ],
    'collections.md': [
      `${MAX_INDEXES} indexes`,
      `${limitIn('features/collections/definition.ts', 'MAX_FIELDS')} fields`,
      `${limitIn('features/collections/definition.ts', 'MAX_LEVELS')} levels`,
      `at most ${limitIn(`${sqlite}/cascade.ts`, 'MAX_CHILDREN')} other records`,
    ],
    'schema-changes.md': [
      `of up to ${limitIn(`${sqlite}/collection-store.ts`, 'SMALL_TABLE_ROWS')} records`,
      `waited for ${limitIn(commits, 'MAX_HELD_MS', 1_000)} seconds`,
      `${limitIn(commits, 'MAX_HELD')} others wait`,
    ],
    'import-export.md': [`at most ${limitIn(commits, 'MAX_HELD_MS', 1_000)} seconds`],
  };
  for (const [page, sentences] of Object.entries(told))
    for (const sentence of sentences) expect(read(`docs/guide/${page}`)).toContain(sentence);
});

test('every kind and effect of a planned change is told in words', () => {
  const guide = read('docs/guide/schema-changes.md');
  for (const effect of EFFECTS) expect(guide).toMatch(new RegExp(`\\| ${effect}: `));
});

test('every option of the commands that move records is in the guide', () => {
  const guide = read('docs/guide/import-export.md');
  const reference = read('docs/cli.md');
  for (const name of ['records import', 'records export']) {
    expect(guide).toContain(`./tinybase ${name}`);
    const [, help = ''] =
      new RegExp(`^## tinybase ${name}\\n([\\s\\S]*?)^## `, 'm').exec(reference) ?? [];
    const options = [...help.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, option]) => option ?? '');
    expect(options.length).toBeGreaterThan(2);
    for (const option of options.filter((one) => !OF_EVERY_COMMAND.has(one)))
      expect(guide, name).toContain(option);
  }
});

test('every member of ctx.db is in the guide', () => {
  const sdk = read('src/sdk/context.ts');
  const guide = read('docs/guide/functions.md');
  for (const name of ['Collection<Data>', 'Database']) {
    const start = sdk.indexOf(`interface ${name}`);
    const body = sdk.slice(start, sdk.indexOf('\n}', start));
    const methods = new Set([...body.matchAll(/^ {2}(\w+)[<(]/gm)].map(([, method]) => method));
    expect(methods.size).toBeGreaterThan(1);
    for (const method of methods) expect(guide).toMatch(new RegExp(`${method}\\(|\\b${method}\\b`));
  }
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
