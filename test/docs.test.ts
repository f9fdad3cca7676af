import { expect, test } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { COMMANDS } from '../src/cli/commands/index.ts';
import { SCOPES } from '../src/core/actor.ts';
import { ERROR_CODES } from '../src/core/errors.ts';
import { FIELD_KINDS, ON_DELETE } from '../src/features/collections/fields/field-type.ts';
import { FIELD_TYPES } from '../src/features/collections/fields/index.ts';
import { EFFECTS } from '../src/features/collections/plan-schema.ts';
import { ACCESS_LEVELS } from '../src/features/collections/schema.ts';
import { CALL_STATUSES } from '../src/features/functions/schema.ts';
import { OPERATORS } from '../src/features/records/filter/operator.ts';
import { STATUS } from '../src/http/error-handler.ts';
import { TAKEN_FUNCTION_NAMES } from '../src/lib/function-name.ts';
import { TIME_RANGES } from '../src/lib/time-range.ts';
import { FUNCTION_ACCESS } from '../src/protocol/messages.ts';
import { expectToName, firstCells, membersIn, read } from './support/guide-pages.ts';
import { findTypeFaults } from './support/type-check.ts';

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
/** What is there, as somebody would write it who thought that it was not. */
const THERE = /schedul|mail|limit|extension|hook|backup|migration|jwt|audit|setting|import/i;

const root = join(import.meta.dir, '..');

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

test('every kind and effect of a planned change is told in words', () => {
  const guide = read('docs/guide/schema-changes.md');
  for (const effect of EFFECTS) expect(guide).toMatch(new RegExp(`\\| ${effect}: `));
});

test('every member of ctx and of ctx.db is in the guide', () => {
  const guide = read('docs/guide/functions.md');
  for (const name of membersIn('src/sdk/context.ts', 'interface Context<'))
    expect(guide, name).toContain(`ctx.${name}`);
  for (const start of ['interface Collection<Data', 'interface Database', 'interface FunctionLog'])
    for (const name of membersIn('src/sdk/context.ts', start))
      expect(guide).toMatch(new RegExp(`\\b${name}\\b`));
  for (const name of membersIn('src/sdk/context.ts', 'interface FunctionRequest'))
    expect(guide, name).toContain(`\`${name}\``);
});

test('every option of register is in the guide with its values', () => {
  const cells = firstCells('docs/guide/functions.md').flatMap((cell) => cell.split(', '));
  for (const name of membersIn('src/sdk/register.ts', 'interface FunctionOptions'))
    expect(cells).toContain(`\`${name}\``);
  const guide = read('docs/guide/functions.md');
  for (const level of FUNCTION_ACCESS) expect(guide).toContain(`\`${level}\``);
  for (const status of CALL_STATUSES) expect(guide).toContain(`\`${status}\``);
  for (const range of TIME_RANGES) expect(guide).toContain(`\`${range}\``);
});

test('every name that a function cannot have is in the guide', () => {
  const guide = read('docs/guide/functions.md');
  for (const name of TAKEN_FUNCTION_NAMES) expect(guide).toContain(`\`${name}\``);
});

test('every way in which a call fails is in the guide', () => {
  const guide = read('docs/guide/functions.md');
  const [, list = ''] =
    /'The name of what was thrown, or ([^']+)\.'/.exec(read('src/features/functions/schema.ts')) ??
    [];
  const types = list
    .replace('; of a schedule also ', ', ')
    .replace(/, with which .*/, '')
    .split(', ');
  expect(types.length).toBeGreaterThan(3);
  expectToName(
    guide,
    types.map((type) => new RegExp(`\\| [^|]*\\b${type}\\b`)),
  );
});

test('every scope of an API token is in the guide, and no other is', () => {
  const cells = firstCells('docs/guide/auth.md').filter((cell) => /^`[\w:]+`$/.test(cell));
  expect(cells).toEqual(SCOPES.map((scope) => `\`${scope}\``));
});

test('the README names every command of the binary and every script that it has', () => {
  const readme = read('README.md');
  expectToName(
    readme,
    COMMANDS.map(({ path }) => `tinybase ${path.join(' ')}`),
  );
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  for (const name of Object.keys(scripts))
    expect(readme).toMatch(new RegExp(`npm (run )?${name}\\b`));
});

test('the README hides nothing that is there', () => {
  const [, row = ''] = /^\| Not yet \| (.*) \|$/m.exec(read('README.md')) ?? [];
  expect(row).not.toBe('');
  expect(row).not.toMatch(THERE);
  expect(read('README.md')).toContain(`${FIELD_KINDS.length} field types`);
});

test('the function in the README is typed as the editor checks it', () => {
  const [, code = ''] = /```ts\n([\s\S]*?)```/.exec(read('README.md')) ?? [];
  const files = { 'tinybase.d.ts': read('functions-template/tinybase.d.ts'), 'a.ts': code };
  expect(code).toContain('register(');
  expect(findTypeFaults(files)).toEqual([]);
}, 600_000);

test('the version in package.json has its place in the changelog or is yet to come', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  expect(read('CHANGELOG.md')).toMatch(new RegExp(`^## (Unreleased|\\[?${version})`, 'm'));
});

test('the edges between features in the architecture are those that are enforced', () => {
  const [, enforced = ''] =
    /^const EDGES = \{\n([\s\S]*?)^\};/m.exec(read('.dependency-cruiser.cjs')) ?? [];
  const edges = [...enforced.matchAll(/^ {2}(\w+): \[(.+)\],$/gm)].flatMap(
    ([, feature = '', neighbours = '']) =>
      wordsIn(neighbours, "'").map((one) => `${feature} → ${one}`),
  );
  const [, table = ''] =
    /^\| feature \| may use \|\n.*\n((?:\|.*\n)+)/m.exec(read('docs/architecture.md')) ?? [];
  const told = table.split('\n').flatMap((row) => {
    const [, features = '', neighbours = ''] = row.split('|');
    return wordsIn(features, '`').flatMap((feature) =>
      wordsIn(neighbours, '`').map((one) => `${feature} → ${one}`),
    );
  });
  expect(edges.length).toBeGreaterThan(5);
  expect(told.toSorted()).toEqual(edges.toSorted());
});

function wordsIn(text: string, quote: string): string[] {
  return [...text.matchAll(new RegExp(`${quote}(\\w+)${quote}`, 'g'))].map(
    ([, word]) => word ?? '',
  );
}

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
