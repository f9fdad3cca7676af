import { expect, test } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ACTION_WORDS } from '../admin/src/views/audit/audit-words.ts';
import { COMMANDS, GROUPS } from '../src/cli/commands/index.ts';
import { SETTINGS, toVariable } from '../src/core/config-keys.ts';
import { FINDING_KINDS } from '../src/core/database-check.ts';
import { ManifestFile } from '../src/features/extensions/manifest-schema.ts';
import { SETTING_TYPES } from '../src/features/extensions/schema.ts';
import { MAIL_KINDS } from '../src/features/mail/schema.ts';
import { variablesOf } from '../src/features/mail/templates.ts';
import { STEP_SCHEMAS } from '../src/features/migrations/schema.ts';
import { INTERVAL_UNITS, RUN_STATUSES } from '../src/features/schedules/schema.ts';
import { Settings } from '../src/features/settings/schema.ts';
import { HOOK_NAMES } from '../src/protocol/extensions.ts';
import {
  expectToName,
  firstCells,
  membersIn,
  optionsOf,
  read,
  readGuide,
  readPaths,
} from './support/guide-pages.ts';

const root = join(import.meta.dir, '..');
const records = '/api/collections/{collection}/records';

/** The pages of each feature; what is for contributors alone has none. */
const PAGES: Readonly<Record<string, readonly string[]>> = {
  audit: ['audit'],
  auth: ['auth', 'mail', 'limits'],
  backups: ['backups'],
  collections: ['collections', 'rules', 'schema-changes'],
  deployments: ['deploying'],
  extensions: ['extensions', 'writing-extensions'],
  functions: ['functions', 'functions-recipes', 'packages'],
  mail: ['mail'],
  migrations: ['migrations'],
  python: ['coming-from-python'],
  records: ['queries', 'import-export'],
  schedules: ['schedules'],
  settings: ['settings', 'mail'],
  stats: ['queries'],
  types: ['types'],
  users: ['users'],
};

/** Where the routes of a path are told of. */
const ROUTES: readonly (readonly [path: RegExp, pages: readonly string[]])[] = [
  // The set-up link is in the page about the start.
  [/^\/api\/auth\/(?!setup)/, ['auth', 'mail']],
  [/^\/api\/admin\/users\b/, ['users']],
  [/^\/api\/admin\/api-tokens\b/, ['auth']],
  [/^\/api\/admin\/settings\b/, ['settings', 'mail']],
  [/^\/api\/admin\/audit\b/, ['audit']],
  [/^\/api\/admin\/schedules\b/, ['schedules']],
  [/^\/api\/admin\/extensions\b/, ['extensions']],
  [/^\/api\/admin\/backups\b/, ['backups']],
  [/^\/api\/admin\/types\b/, ['types']],
  [/^\/api\/(admin\/)?functions\b/, ['functions', 'deploying']],
];

/** Where the query parameters of a path are told of. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  [records]: ['queries', 'collections'],
  [`${records}/{id}`]: ['queries', 'collections'],
  [`${records}/export`]: ['import-export'],
  [`${records}/import`]: ['import-export'],
  '/api/collections/{collection}': ['schema-changes', 'collections'],
  '/api/admin/functions/calls': ['functions'],
  '/api/admin/functions/calls/histogram': ['functions'],
  '/api/admin/functions/metrics': ['functions'],
  '/api/admin/functions/deployments/{id}/changes': ['deploying'],
  '/api/admin/functions/deploy': ['deploying'],
  '/api/admin/users': ['users'],
  '/api/admin/users/{id}': ['users'],
  '/api/admin/audit': ['audit'],
  '/api/admin/schedules': ['schedules'],
  '/api/admin/backups': ['backups'],
};

/** Where the commands of a group are told of. */
const COMMAND_PAGES: Readonly<Record<string, readonly string[]>> = {
  functions: ['functions', 'packages', 'deploying', 'types'],
  extensions: ['extensions'],
  admin: ['users', 'getting-started'],
  records: ['import-export'],
  db: ['backups', 'migrations', 'coming-from-python'],
};
/** Options that the guide writes by their letter. */
const SHORT: Readonly<Record<string, string>> = {
  '--description': '-d',
  '--message': '-m',
  '--yes': '-y',
};

test('every feature has its pages', () => {
  const features = readdirSync(join(root, 'src/features'));
  expect(features.toSorted()).toEqual(Object.keys(PAGES).toSorted());
  for (const page of Object.values(PAGES).flat())
    expect(existsSync(join(root, `docs/guide/${page}.md`)), page).toBe(true);
});

test('every route of the API is in the guide', () => {
  const untold = Object.keys(readPaths()).filter((path) => {
    const pages = ROUTES.find(([pattern]) => pattern.test(path))?.[1];
    return pages !== undefined && !toldOf(path, readGuide(...pages));
  });
  expect(untold).toEqual([]);
});

/** As it is, by its end behind `…`, or in an example with a real id or name. */
function toldOf(path: string, guide: string): boolean {
  const segments = path.split('/');
  const ends = segments.slice(3).map((_, at) => `…/${segments.slice(at + 3).join('/')}`);
  const example = segments.map((part) => (part.startsWith('{') ? '[$\\w-]+' : RegExp.escape(part)));
  return [...[path, ...ends].map((text) => RegExp.escape(text)), example.join('/')].some((text) =>
    new RegExp(`${text}(?![\\w/-])`).test(guide),
  );
}

test('every query parameter is in the guide', () => {
  const paths = readPaths();
  for (const [path, pages] of Object.entries(PARAMETERS)) {
    const names = Object.values(paths[path] ?? {}).flatMap(({ parameters = [] }) =>
      parameters.filter((one) => one.in === 'query').map(({ name }) => name),
    );
    expect(names, path).not.toEqual([]);
    expectToName(
      readGuide(...pages),
      names.map((name) => new RegExp(`[\`?&]${name}\\b`)),
    );
  }
});

test('every command of a group and all its options are in the guide', () => {
  expect(Object.keys(COMMAND_PAGES).toSorted()).toEqual(Object.keys(GROUPS).toSorted());
  for (const { path } of COMMANDS) {
    const [group, word] = path;
    if (word === undefined) continue;
    const guide = readGuide(...(COMMAND_PAGES[group] ?? []));
    const options = optionsOf(path.join(' ')).map((option) => {
      return new RegExp(`(?<![\\w-])(${option}|${SHORT[option] ?? option})\\b`);
    });
    expectToName(guide, [new RegExp(`${group} ${word}\\b|\`${word}\\b`), ...options]);
  }
});

test('every setting of accounts, mail, schedules, extensions, backups and limits is in the guide', () => {
  const pages = readdirSync(join(root, 'docs/guide')).map((name) => read(`docs/guide/${name}`));
  const told = /^(auth|rate_limit|scheduler|mail|audit|extensions|backup|environments)\./;
  const untold = SETTINGS.filter(({ key }) => told.test(key)).filter(({ key }) => {
    const [section = '', name = ''] = key.split('.');
    const inFile = new RegExp(`^\\[${section}\\]\\n(?:(?!\\[).*\\n)*?${name} =`, 'm');
    return !pages.some(
      (page) => page.includes(`\`${key}`) || inFile.test(page) || page.includes(toVariable(key)),
    );
  });
  expect(untold.map(({ key }) => key)).toEqual([]);
});

test('every mail is in the guide with the values that its text may use', () => {
  const rows = [...read('docs/guide/mail.md').matchAll(/^\| `(\w+)` \| [^|]+ \| ([^|]+) \|/gm)];
  const told = rows.map(([, kind = '', values = '']) => [
    kind,
    ...[...values.matchAll(/`(\w+)`/g)].map(([, value = '']) => value),
  ]);
  expect(told).toEqual(MAIL_KINDS.map((kind) => [kind, ...variablesOf(kind)]));
});

test('every key of the live settings is in the guide', () => {
  expectToName(
    readGuide('settings'),
    Object.keys(Settings.properties).map((key) => new RegExp(`["\`]${key}["\`]`)),
  );
});

test('every action of the audit log is in the guide, and no other is', () => {
  const rows = read('docs/guide/audit.md').match(/^\| `\w+\.\w.*$/gm) ?? [];
  const named = rows.flatMap((row) => {
    const names = [...(row.split('|')[1] ?? '').matchAll(/`([\w.…]+)`/g)].map(
      ([, one]) => one ?? '',
    );
    const [subject = ''] = (names[0] ?? '').split('.');
    return names.map((one) => one.replace('…', `${subject}.`));
  });
  expect(named.toSorted()).toEqual(Object.keys(ACTION_WORDS).toSorted());
});

test('every way, unit and outcome of a schedule is in the guide', () => {
  const guide = readGuide('schedules');
  expectToName(guide, ['| `once` |', '| `interval` |', '| `cron` |']);
  expectToName(
    guide,
    [...INTERVAL_UNITS, ...RUN_STATUSES].map((word) => `\`${word}\``),
  );
});

test('every hook of extensions is in the guide with the members of its event', () => {
  const guide = readGuide('writing-extensions');
  expectToName(
    guide,
    HOOK_NAMES.map((name) => `\`${name}\``),
  );
  const sdk = 'src/sdk/extensions.ts';
  for (const name of [
    'StartupEvent',
    'UserEvent',
    'WriteEvent',
    'RecordEvent',
    'FunctionCallEvent',
  ])
    expectToName(
      guide,
      membersIn(sdk, `interface ${name}`).map((one) => new RegExp(`[{ ]${one}\\b`)),
    );
  expectToName(
    guide,
    membersIn(sdk, 'interface ExtensionContext').map((one) => `| \`${one}`),
  );
});

test('every key of a manifest and every type of setting is in the guide', () => {
  const guide = readGuide('extensions');
  const keys = Object.keys(ManifestFile.properties.extension.properties);
  expect(keys.length).toBeGreaterThan(6);
  expectToName(
    guide,
    keys.map((key) => new RegExp(`\`${key}\`|extension\\.${key}\\b`)),
  );
  expectToName(
    guide,
    SETTING_TYPES.map((type) => `\`${type}\``),
  );
});

test('every step of a migration is in the guide with its keys, and no other is', () => {
  const rows = [...read('docs/guide/migrations.md').matchAll(/^\| `(\w+)` \| (.+) \|$/gm)];
  const told = Object.fromEntries(
    rows.map(([, step, keys = '']) => [step, [...keys.matchAll(/`(\w+)`/g)].map(([, key]) => key)]),
  );
  const steps = Object.entries(STEP_SCHEMAS).map(([step, { properties }]) => [
    step,
    Object.keys(properties).filter((key) => key !== 'step' && key !== 'name'),
  ]);
  expect(told).toEqual(Object.fromEntries(steps));
});

test('every finding of a check is in the guide with what to do about it', () => {
  const cells = firstCells('docs/guide/backups.md').flatMap((cell) => cell.split(', '));
  for (const kind of FINDING_KINDS) expect(cells).toContain(`\`${kind}\``);
});
