import { expect, test } from 'bun:test';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../../src/cli/main.ts';
import { createFakeIo } from './fake-io.ts';
import { makeFolder } from './temporary-folder.ts';

/** Runs a command where there is one file of accounts or records, and nothing else. */
async function run(words: string) {
  const cwd = makeFolder();
  writeFileSync(join(cwd, 'rows.csv'), 'email\nann@example.com\n');
  const io = createFakeIo({ cwd });
  const code = await main(words.split(' '), io);
  return { code, cwd, io, names: readdirSync(cwd).toSorted() };
}

const NEEDING = [
  'admin list',
  'admin reset-password ann@example.com --link',
  'admin reset-password ann@example.com long-enough-1',
  'records import cities rows.csv',
  'records export cities cities.csv',
  'db backup copy.db',
  'db check',
  'db migrate',
  'db downgrade -y',
  'db history --json',
  'db current',
];
for (const words of NEEDING)
  test(`${words} without a database says where it looked and what to do, and makes none`, async () => {
    const { code, cwd, io, names } = await run(words);
    expect({ code, names, stdout: io.stdout }).toEqual({
      code: 2,
      names: ['rows.csv'],
      stdout: [],
    });
    expect(io.stderr).toEqual([
      `There is no database ${join(cwd, 'tinybase.db')}. Start tinybase serve there first, which makes it, or name the folder of the project with --dir.`,
    ]);
  });

for (const [words, said] of [
  ['db current', '1 migration to apply: tinybase db upgrade'],
  ['db history', 'pending'],
] as const)
  test(`${words} in a checkout with migrations and no database yet shows what is to be applied`, async () => {
    const cwd = makeFolder();
    mkdirSync(join(cwd, 'migrations'));
    const migration = {
      revision: '20260102030405_first',
      after: null,
      message: '',
      up: [],
      down: [],
    };
    writeFileSync(join(cwd, 'migrations', `${migration.revision}.json`), JSON.stringify(migration));
    const io = createFakeIo({ cwd });
    expect(await main(words.split(' '), io)).toBe(0);
    expect(io.text()).toContain(said);
    expect(readdirSync(cwd)).toEqual(['migrations']);
  });

const LOOKING = [
  'types',
  'openapi',
  'functions list',
  'extensions list',
  'extensions check-updates',
  'db upgrade --dry-run',
  'admin import-users rows.csv --dry-run',
  'config',
  'doctor',
];
for (const words of LOOKING)
  test(`${words} works without a database, and makes none`, async () => {
    const { code, io, names } = await run(words);
    expect({ code, names, text: io.text() }).toEqual({
      code: 0,
      names: ['rows.csv'],
      text: expect.stringMatching(/\S/),
    });
  });

for (const words of [
  'functions list',
  'functions call add_numbers',
  'functions install',
  'extensions enable hello',
  'config',
  'doctor --json',
  'health',
])
  test(`${words} in a folder that is not there is a mistake, and no project without a database`, async () => {
    const { code, cwd, io, names } = await run(`${words} --dir shpo`);
    expect({ code, names }).toEqual({ code: 2, names: ['rows.csv'] });
    expect(io.text()).toBe(`There is no folder ${join(cwd, 'shpo')}: --dir is that of a project.`);
  });

test('a file in the place of a folder is a mistake as well', async () => {
  const { code, io } = await run('doctor --dir rows.csv');
  expect(code).toBe(2);
  expect(io.text()).toContain('rows.csv is no folder');
});

for (const words of ['db upgrade', 'admin add ann@example.com long-enough-1'])
  test(`${words} makes the database that there is not`, async () => {
    const { code, names } = await run(words);
    expect({ code, names }).toEqual({ code: 0, names: ['rows.csv', 'tinybase.db'] });
  });
