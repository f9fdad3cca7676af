import { expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS } from '../src/cli/commands/index.ts';
import { expectToName, read, readGuide } from './support/guide-pages.ts';

const GUIDE = join(import.meta.dir, '../docs/guide');
const INDEX = 'README.md';
const pages = readdirSync(GUIDE).filter((name) => name.endsWith('.md') && name !== INDEX);

/** Every page and pattern of the predecessor's guide (seeds/004), and what else was promised. */
const PROMISED = {
  'getting-started': ['tinybase serve', '/api/collections'],
  collections: ['## Types', '## References'],
  functions: ['## register', '## ctx'],
  schedules: ['once', 'interval', 'cron'],
  auth: ['## Sessions', '## API tokens'],
  'admin-app': ['/admin', '## Who may use it'],
  extensions: ['extension.toml'],
  'writing-extensions': ['on_record_create'],
  'background-processing': ['## A queue', '## Every minute'],
  webhooks: ['## In', '## Out', 'raw_body'],
  troubleshooting: [
    'already in use',
    '## Functions do not load',
    '## Database errors',
    '## Authentication',
    '## Debug mode',
  ],
  'coming-from-python': [
    'tinybase db import-python',
    'tinybase admin import-users',
    '## A function, line by line',
    '## What has another name',
  ],
} as const;

test('every page that was promised is there and says what it is about', () => {
  for (const [page, words] of Object.entries(PROMISED)) {
    expect(pages).toContain(`${page}.md`);
    expectToName(readGuide(page), words);
  }
});

test('every page of the guide is linked from its index, and the index from the first page of all', () => {
  const index = readGuide('README');
  expect(pages.filter((name) => !index.includes(`](${name})`))).toEqual([]);
  expect(read('README.md')).toContain('](docs/guide/README.md)');
});

test('every link to a part of a page leads to a heading of it', () => {
  const dead = [...pages, INDEX].flatMap((page) =>
    [...read(`docs/guide/${page}`).matchAll(/\]\(([\w-]*(?:\.md)?)#([\w-]+)\)/g)]
      .filter(([, target = '', anchor = '']) => !anchorsOf(target || page).includes(anchor))
      .map(([link]) => `${page} ${link}`),
  );
  expect(dead).toEqual([]);
});

test('every option of db import-python is in the guide', () => {
  const entry = COMMANDS.find(({ path }) => path.join(' ') === 'db import-python');
  expect(entry).toBeDefined();
  expectToName(readGuide('coming-from-python'), [
    '--dry-run',
    '--loosen',
    '--partial',
    '--skip-existing',
    '--allow-admins',
    '`-y`',
  ]);
});

/** As GitHub makes them of headings. */
function anchorsOf(page: string): readonly string[] {
  return [...read(`docs/guide/${page}`).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replace(/\s/g, '-'),
  );
}
