import { expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SETTINGS } from '../src/core/config-keys.ts';
import { MAX_INDEXES } from '../src/features/collections/indexes.ts';
import { MAX_TERMS } from '../src/features/records/filter/parser.ts';
import { MAX_LIMIT } from '../src/features/records/list-query.ts';
import { MAX_BATCH } from '../src/features/records/schema.ts';
import {
  MAX_ASK_CHARS,
  MAX_DEPTH,
  MAX_LINE_BYTES,
  MAX_LINES,
  MAX_TIMEOUT_SECONDS,
} from '../src/protocol/messages.ts';
import { expectToName, limitIn, numberIn, read, readGuide } from './support/guide-pages.ts';

test('every limit in the guide is that of the code', () => {
  const sqlite = 'storage/sqlite';
  const reads = `${sqlite}/reader-pool.ts`;
  const commits = `${sqlite}/commit.ts`;
  const functions = 'features/functions';
  const deployments = 'features/deployments';
  const extensions = 'features/extensions';
  const scheduler = 'features/schedules/scheduler.ts';
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
    'auth.md': [
      `argon2id (${numberIn('features/auth/passwords.ts', /memoryCost: ([\d_]+)/, 1_024)} MiB, two passes)`,
      `at most ${limitIn('features/auth/passwords.ts', 'MAX_LENGTH')} characters`,
      `at least ${numberIn('core/config-value.ts', /Buffer\.byteLength\(secret\) < (\d+)/)} bytes`,
    ],
    'users.md': [
      `cost 4 to ${limitIn('lib/password-hash.ts', 'MAX_BCRYPT_COST')}`,
      `up to ${limitIn('lib/password-hash.ts', 'MAX_MEMORY_KIB', 1_024)} MiB`,
    ],
    'mail.md': [
      `up to ${limitIn('features/mail/queue.ts', 'MAX_LETTERS')}.`,
      `A stop takes ${limitIn('app.ts', 'MAIL_STOP_MS', 1_000)} seconds`,
    ],
    'schedules.md': [
      `after ${limitIn(scheduler, 'FIRST_RETRY_MS', 1_000)} s, 20 s, 40 s, and so on, an hour at most`,
    ],
    'extensions.md': [
      `at most ${numberIn(`${extensions}/tree.ts`, /maxFiles: ([\d_]+)/)} files of ${numberIn(`${extensions}/tree.ts`, /maxFileBytes: (\d+) \*/)} MB each and ${numberIn(`${extensions}/tree.ts`, /maxTotalBytes: (\d+) \*/)} MB together`,
      `up to ${numberIn(`${extensions}/settings.ts`, /MAX_SETTINGS_CHARS = (\d+) \*/)} KB`,
    ],
    'writing-extensions.md': [
      `together have ${numberIn(`${extensions}/host.ts`, /beforeTimeoutMs \?\? ([\d_]+)/, 1_000)} seconds`,
      `has ${numberIn(`${extensions}/host.ts`, /onTimeoutMs \?\? ([\d_]+)/, 1_000)} seconds for each`,
      `${limitIn(`${extensions}/event-queue.ts`, 'MAX_EVENTS')} events or ${numberIn(`${extensions}/event-queue.ts`, /MAX_CHARS = (\d+) \*/)} MB`,
      `for ${limitIn(`${extensions}/host-process.ts`, 'SILENT_MS', 1_000)} seconds ends the process`,
      `for all of that there are ${limitIn(`${extensions}/host.ts`, 'SHUTDOWN_MS', 1_000)} seconds`,
    ],
    'limits.md': [`Up to ${limitIn('features/auth/passwords.ts', 'MAX_WAITING')} wait their turn`],
    'deploying.md': [
      `${numberIn(`${deployments}/prepare.ts`, /maxFiles: ([\d_]+)/)} files and folders`,
      `${limitIn('core/archive/paths.ts', 'MAX_DEPTH')} folders deep`,
      `${numberIn(`${deployments}/prepare.ts`, /maxFileBytes: (\d+) \*/)} MB each`,
      `${numberIn(`${deployments}/prepare.ts`, /maxTotalBytes: (\d+) \*/)} MB together`,
    ],
  };
  for (const [page, sentences] of Object.entries(told))
    expectToName(read(`docs/guide/${page}`), sentences);
});

/** Limits that are written as words: where they stand, their value, and the page with what it says. */
const IN_WORDS: readonly (readonly [
  file: string,
  name: string,
  value: string,
  page: string,
  words: string,
])[] = [
  ['auth/login-limit.ts', 'PER_ADDRESS', '5', 'limits', 'five times as often'],
  ['auth/login-limit.ts', 'PER_EMAIL', '3', 'limits', 'three times as often'],
  ['auth/passwords.ts', 'MAX_RUNNING', '4', 'limits', 'At most four passwords'],
  ['auth/account-mail.ts', 'MAX_CHANGES', '3', 'mail', 'three new addresses a minute'],
  ['auth/audit-entries.ts', 'MAX_NOTED', '5', 'audit', 'at most five in ten minutes'],
  [
    'schedules/scheduler.ts',
    'RETRIES_WITHOUT_ROOM',
    '5',
    'schedules',
    'up to five times in any case',
  ],
  ['schedules/scheduler.ts', 'MAX_RETRY_MS', '3,600,000', 'schedules', 'an hour at most'],
  ['schedules/schedule-time.ts', 'PREVIEWED', '5', 'schedules', 'the next five times'],
  ['deployments/service.ts', 'KEPT', '5', 'deploying', 'last five versions'],
  ['deployments/service.ts', 'MAX_WAITING', '7', 'deploying', 'more than seven at a time'],
  ['extensions/error-log.ts', 'KEPT', '100', 'extensions', 'the last hundred things'],
  [
    'extensions/host-life.ts',
    'MAX_CRASHES',
    '3',
    'writing-extensions',
    'three times within seconds',
  ],
  [
    'records/write-records.ts',
    'MAX_HOOKED_ATTEMPTS',
    '3',
    'writing-extensions',
    'up to three times, then',
  ],
  [
    '../protocol/extensions.ts',
    'MAX_HOOK_DEPTH',
    '8',
    'writing-extensions',
    'Eight of them in a row',
  ],
];

test('every limit that the guide writes as a word is that of the code', () => {
  for (const [file, name, value, page, words] of IN_WORDS) {
    expect(limitIn(join('features', file), name), `${name} of ${file}`).toBe(value);
    expectToName(readGuide(page), [words]);
  }
});

test('the pauses between the tries of a mail and the lives of links are those of the code', () => {
  const [, delays = ''] =
    /^const RETRY_DELAYS_MS = \[(.+)\];/m.exec(read('src/features/mail/queue.ts')) ?? [];
  expect(delays).toBe('2_000, 15_000, 60_000');
  expectToName(readGuide('mail'), ['after 2, 15 and 60 seconds']);
  expect(numberIn('features/auth/set-up.ts', /SETUP_TTL_MS = (\d+) \* 60_000/)).toBe('15');
  const mails = read('src/features/auth/account-mail.ts');
  expectToName(mails, [
    'RESET_TTL_MS = HOUR_MS',
    'CHANGE_TTL_MS = HOUR_MS',
    'VERIFY_TTL_MS = 24 * HOUR_MS',
  ]);
  expectToName(read('docs/security.md'), [
    'end within an hour (confirmation of an address: a day; set-up: 15 minutes)',
  ]);
});

test('what the guide says in brackets behind a setting is its default', () => {
  const pages = readdirSync(join(import.meta.dir, '../docs/guide')).map((name) =>
    read(`docs/guide/${name}`),
  );
  const told = [...pages.join('\n').matchAll(/`(\w+\.\w+)` \((\d[\d,]*)/g)];
  expect(told.length).toBeGreaterThan(10);
  for (const [text, key, value = ''] of told) {
    const setting = SETTINGS.find((one) => one.key === key);
    expect(Number(value.replaceAll(',', '')), text).toBe(setting?.schema.default);
  }
  expectToName(readGuide('audit'), [
    `kept for ${SETTINGS.find(({ key }) => key === 'audit.retention_days')?.schema.default} days`,
  ]);
});
