import { expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { COMMANDS } from '../src/cli/commands/index.ts';
import { SCOPES } from '../src/core/actor.ts';
import { PLANNED_SETTINGS } from '../src/core/config-schema.ts';
import { ERROR_CODES } from '../src/core/errors.ts';
import { FIELD_KINDS, ON_DELETE } from '../src/features/collections/fields/field-type.ts';
import { FIELD_TYPES } from '../src/features/collections/fields/index.ts';
import { MAX_INDEXES } from '../src/features/collections/indexes.ts';
import { EFFECTS } from '../src/features/collections/plan-schema.ts';
import { ACCESS_LEVELS } from '../src/features/collections/schema.ts';
import { CALL_STATUSES } from '../src/features/functions/schema.ts';
import { OPERATORS } from '../src/features/records/filter/operator.ts';
import { MAX_TERMS } from '../src/features/records/filter/parser.ts';
import { MAX_LIMIT } from '../src/features/records/list-query.ts';
import { MAX_BATCH } from '../src/features/records/schema.ts';
import { STATUS } from '../src/http/error-handler.ts';
import { TAKEN_FUNCTION_NAMES } from '../src/lib/function-name.ts';
import { TIME_RANGES } from '../src/lib/time-range.ts';
import {
  FUNCTION_ACCESS,
  MAX_ASK_CHARS,
  MAX_DEPTH,
  MAX_LINE_BYTES,
  MAX_LINES,
  MAX_TIMEOUT_SECONDS,
} from '../src/protocol/messages.ts';
import { findTypeFaults } from './support/type-check.ts';

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
const OF_EVERY_COMMAND = new Set(['--dir', '--env-file', '--help']);
/** Options that the guide writes by their letter. */
const SHORT: Readonly<Record<string, string>> = { '--description': '-d', '--message': '-m' };
/** What the README says is yet to come, by the section of its settings. */
const YET_TO_COME: Readonly<Record<string, string>> = {
  scheduler: 'schedules',
  mail: 'mail',
  rate_limit: 'rate limits',
  audit: 'audit log',
  extensions: 'extensions',
  backup: 'backups',
};

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

test('every query parameter is in the guide', () => {
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
    '/api/admin/functions/calls': ['functions.md'],
    '/api/admin/functions/metrics': ['functions.md'],
    '/api/admin/functions/deploy': ['deploying.md'],
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

/** The same where the limit is a property, or a value in another unit. */
function numberIn(path: string, pattern: RegExp, unit = 1): string {
  const [, value = ''] = pattern.exec(read(`src/${path}`)) ?? [];
  expect(value, `${pattern} of ${path}`).not.toBe('');
  return (Number(value.replaceAll('_', '')) / unit).toLocaleString('en-US');
}

test('every limit in the guide is that of the code', () => {
  const sqlite = 'storage/sqlite';
  const reads = `${sqlite}/reader-pool.ts`;
  const commits = `${sqlite}/commit.ts`;
  const functions = 'features/functions';
  const deployments = 'features/deployments';
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
    'functions.md': [
      `up to ${MAX_BATCH} changes`,
      `to ${MAX_TIMEOUT_SECONDS.toLocaleString('en-US')} |`,
      `At most ${MAX_DEPTH} deep`,
      `${limitIn(`${functions}/pool.ts`, 'ABORT_GRACE_MS')} ms to tidy up`,
      `have ${limitIn(`${functions}/crew.ts`, 'RETIRE_MS', 1_000)} s to finish`,
      `after ${limitIn(`${functions}/crew.ts`, 'MAX_CALLS')} calls`,
      `silent for ${limitIn(`${functions}/worker-process.ts`, 'SILENT_AFTER_MS')} ms`,
      `${MAX_LINES} lines or ${MAX_LINE_BYTES / 1024} KB`,
      `${numberIn('protocol/http-answer.ts', /^const MAX_BODY_BYTES = (\d+) \* 1024 \* 1024;/m)} MB`,
      `${numberIn('worker/result.ts', /^const MAX_RESULT_CHARS = (\d+) \* 1024 \* 1024;/m)} MB`,
      `| bodies of calls that wait, together | ${numberIn(`${functions}/pool.ts`, /^const MAX_WAITING_LENGTH = (\d+) \* 1024 \* 1024;/m)} MB |`,
      `a payload | ${MAX_ASK_CHARS / 1024 / 1024} MB |`,
      `| loading one file | ${numberIn(`${functions}/service.ts`, /loadTimeoutMs \?\? ([\d_]+)/, 1_000)} s`,
    ],
    'packages.md': [`up to ${limitIn(`${functions}/package-gate.ts`, 'MAX_WAIT_MS', 1_000)} s`],
    'limits.md': [`Up to ${limitIn('features/auth/passwords.ts', 'MAX_WAITING')} wait their turn`],
    'deploying.md': [
      `${numberIn(`${deployments}/prepare.ts`, /maxFiles: ([\d_]+)/)} files and folders`,
      `${limitIn(`${deployments}/archive-paths.ts`, 'MAX_DEPTH')} folders deep`,
      `${numberIn(`${deployments}/prepare.ts`, /maxFileBytes: (\d+) \*/)} MB each`,
      `${numberIn(`${deployments}/prepare.ts`, /maxTotalBytes: (\d+) \*/)} MB together`,
    ],
  };
  // Written as words.
  expect(limitIn('features/auth/login-limit.ts', 'PER_ADDRESS')).toBe('5');
  expect(limitIn('features/auth/login-limit.ts', 'PER_EMAIL')).toBe('3');
  expect(limitIn('features/auth/passwords.ts', 'MAX_RUNNING')).toBe('4');
  expect(read('docs/guide/limits.md')).toMatch(
    /five times as often[\s\S]*three times as often[\s\S]*At most four passwords/,
  );
  expect(limitIn(`${deployments}/service.ts`, 'KEPT')).toBe('5');
  expect(limitIn(`${deployments}/service.ts`, 'MAX_WAITING')).toBe('7');
  expect(read('docs/guide/deploying.md')).toMatch(
    /last five versions[\s\S]*more than seven at a time/,
  );
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

/** The names of the members of an interface. */
function membersIn(path: string, start: string): readonly string[] {
  const source = read(path);
  const from = source.indexOf(start);
  const body = source.slice(from, source.indexOf('\n}', from));
  const names = [...body.matchAll(/^ {2}(?:readonly )?(\w+)[?<(:]/gm)].map(
    ([, name]) => name ?? '',
  );
  expect(names.length, start).toBeGreaterThan(1);
  return [...new Set(names)];
}

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
  const types = list.split(', ');
  expect(types.length).toBeGreaterThan(3);
  for (const type of types) expect(guide, type).toMatch(new RegExp(`\\| ${type}\\b`));
});

test('every route of functions is in the guide', () => {
  const { paths } = JSON.parse(read('docs/openapi.json')) as OpenApiPaths;
  const guide = ['functions.md', 'deploying.md'].map((page) => read(`docs/guide/${page}`)).join();
  const routes = Object.keys(paths).filter((path) => /^\/api\/(admin\/)?functions\b/.test(path));
  expect(routes.length).toBeGreaterThan(5);
  for (const path of routes) {
    // An instance may have functions of its own.
    const shown = path.replace('/api/admin/functions/calls/{id}', '…/calls/{id}');
    expect(guide, path).toContain(shown);
  }
});

test('every route of accounts is in the guide', () => {
  const { paths } = JSON.parse(read('docs/openapi.json')) as OpenApiPaths;
  const guide = read('docs/guide/accounts.md');
  const routes = Object.keys(paths).filter((path) => /^\/api\/(auth|admin\/users)\b/.test(path));
  expect(routes.length).toBeGreaterThan(10);
  // The set-up link is in the page about the start.
  for (const path of routes.filter((one) => one !== '/api/auth/setup'))
    expect(guide, path).toContain(path.replace('sessions/{id}', 'sessions'));
});

test('every option of the commands about functions is in the guide', () => {
  const pages = ['functions.md', 'packages.md', 'deploying.md', 'types.md'];
  const guide = pages.map((page) => read(`docs/guide/${page}`)).join('\n');
  const reference = read('docs/cli.md');
  for (const { path } of COMMANDS.filter((one) => one.path[0] === 'functions')) {
    const name = path.join(' ');
    expect(guide, name).toMatch(new RegExp(`${name}|\`${path[1]}\``));
    const [, help = ''] =
      new RegExp(`^## tinybase ${name}\\n([\\s\\S]*?)^## `, 'm').exec(reference) ?? [];
    const options = [...help.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, one]) => one ?? '');
    for (const option of options.filter((one) => !OF_EVERY_COMMAND.has(one)))
      expect(guide, name).toMatch(new RegExp(`${option}\\b|${SHORT[option] ?? option}\\b`));
  }
});

test('every scope of an API token is in the guide, and no other is', () => {
  const cells = firstCells('docs/guide/accounts.md').filter((cell) => /^`[\w:]+`$/.test(cell));
  expect(cells).toEqual(SCOPES.map((scope) => `\`${scope}\``));
});

test('the README names every command of the binary and every script that it has', () => {
  const readme = read('README.md');
  for (const { path } of COMMANDS) expect(readme).toContain(`tinybase ${path.join(' ')}`);
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  for (const name of Object.keys(scripts))
    expect(readme).toMatch(new RegExp(`npm (run )?${name}\\b`));
});

test('the README promises nothing that is yet to come, and hides nothing that is there', () => {
  const [, row = ''] = /^\| Not yet \| (.*) \|$/m.exec(read('README.md')) ?? [];
  for (const [section, word] of Object.entries(YET_TO_COME))
    expect(row.includes(word), word).toBe(PLANNED_SETTINGS.includes(section));
  expect(read('README.md')).toContain(`${FIELD_KINDS.length} field types`);
});

test('the function in the README is typed as the editor checks it', () => {
  const [, code = ''] = /```ts\n([\s\S]*?)```/.exec(read('README.md')) ?? [];
  const files = { 'tinybase.d.ts': read('functions-template/tinybase.d.ts'), 'a.ts': code };
  expect(code).toContain('register(');
  expect(findTypeFaults(files)).toEqual([]);
}, 60_000);

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
