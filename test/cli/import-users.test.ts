import { expect, test } from 'bun:test';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../../src/cli/main.ts';
import { appOpener } from '../../src/cli/open-app.ts';
import { createFakeIo, type FakeIoOptions } from './fake-io.ts';
import { makeFolder } from './temporary-folder.ts';

const HASH = '$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e';
const PEOPLE = `email,password_hash,is_admin\nann@example.com,${HASH},true\nbob@example.com,,\n`;

/** A folder with people.csv and bad.csv. */
function makeProject(): string {
  const dir = makeFolder();
  writeFileSync(join(dir, 'tinybase.toml'), '[database]\nurl = "sqlite:///./data.db"\n');
  writeFileSync(join(dir, 'people.csv'), PEOPLE);
  writeFileSync(join(dir, 'bad.csv'), `${PEOPLE}nobody,,\nBOB@example.com,plain,\n`);
  return dir;
}

async function run(cwd: string, words: readonly string[], options: Partial<FakeIoOptions> = {}) {
  const io = createFakeIo({ cwd, ...options });
  const code = await main(['admin', ...words], io, appOpener);
  return { code, out: io.stdout.join('\n'), err: io.stderr.join('\n'), io };
}
const listAdmins = async (dir: string) => JSON.parse((await run(dir, ['list', '--json'])).out);

test('accounts come in, and whose address is there already is skipped', async () => {
  const dir = makeProject();
  const first = await run(dir, ['import-users', 'people.csv']);
  expect([first.code, first.err]).toEqual([0, '']);
  expect(first.out.split('\n')).toEqual([
    'Imported accounts: 2 created, 0 skipped.',
    'Admins in the file, users here: 1. Use --allow-admins to keep them, or promote them one by one.',
    'Without a password: 1. They sign in once they have set one by a link.',
  ]);
  expect(first.io.statuses.some((line) => line.includes('Checked'))).toBe(true);
  expect(await listAdmins(dir)).toEqual([]);
  const again = await run(dir, ['import-users', 'people.csv', '--allow-admins']);
  expect([again.code, again.out]).toEqual([
    0,
    'Imported accounts: 0 created, 2 skipped.\nSkipped, as their address has an account: lines 2, 3. Nothing of them was changed.',
  ]);
  expect(await listAdmins(dir)).toEqual([]);
  expect(readdirSync(dir).filter((name) => name.includes('import'))).toEqual([]);
});

test('--allow-admins keeps admins', async () => {
  const dir = makeProject();
  const { out } = await run(dir, ['import-users', 'people.csv', '--allow-admins']);
  expect(out).toContain('Admins among them: 1.');
  expect(await listAdmins(dir)).toMatchObject([{ email: 'ann@example.com' }]);
});

test('faults are a table, nothing is imported, and the exit codes are those of records import', async () => {
  const dir = makeProject();
  const table = [
    'LINE  COLUMN         FAULT',
    '4     email          must have the form name@domain',
    '5     password_hash  must be bcrypt ($2b$…, also $2a$ and $2y$) or argon2id ($argon2id$v=19$…)',
  ];
  const refused = await run(dir, ['import-users', 'bad.csv']);
  expect([refused.code, refused.out]).toEqual([1, '']);
  expect(refused.err.split('\n')).toEqual([...table, '2 rows have faults: nothing was imported.']);
  const tried = await run(dir, ['import-users', 'bad.csv', '--dry-run']);
  expect([tried.code, tried.out.split('\n')[0]]).toEqual([
    1,
    'Nothing was written. An import: 2 created, 0 skipped.',
  ]);
  const partial = await run(dir, ['import-users', 'bad.csv', '--partial']);
  expect([partial.code, partial.out.split('\n')[0]]).toEqual([
    0,
    'Imported accounts: 2 created, 0 skipped.',
  ]);
  expect(partial.err.split('\n')).toEqual([...table, '2 rows have faults and were left out.']);
});

test('--json is for programs, also when it is refused', async () => {
  const dir = makeProject();
  const good = await run(dir, ['import-users', 'people.csv', '--json', '--dry-run']);
  expect(JSON.parse(good.out)).toEqual({
    created: 2,
    skipped: 0,
    failed: 0,
    admins: 0,
    admins_as_users: 1,
    without_password: 1,
    skipped_lines: [],
    errors: [],
    is_refused: false,
  });
  const bad = await run(dir, ['import-users', 'bad.csv', '--json']);
  expect([bad.code, bad.err]).toEqual([1, '2 rows have faults: nothing was imported.']);
  expect(JSON.parse(bad.out)).toMatchObject({ created: 0, failed: 2, is_refused: true });
  expect(bad.out).not.toContain(HASH.slice(10));
});

test('standard input is read, and its format has to be said', async () => {
  const dir = makeProject();
  async function* input() {
    yield Buffer.from('{"email":"a@example.com"}\n{"ema');
    yield Buffer.from('il":"b@example.com"}');
  }
  const vague = await run(dir, ['import-users', '-'], { input: input() });
  expect([vague.code, vague.err]).toEqual([
    2,
    'What - is cannot be told from its name. Say it with --format csv or ndjson.',
  ]);
  const { out } = await run(dir, ['import-users', '-', '--format', 'ndjson'], { input: input() });
  expect(out).toContain('2 created');
});

test('a signal stops it, and nothing was imported', async () => {
  const dir = makeProject();
  const io = createFakeIo({
    cwd: dir,
    input: (async function* () {
      yield Buffer.from('email\nann@example.com\n');
      queueMicrotask(() => io.signal());
      await new Promise(() => undefined);
    })(),
  });
  const code = await main(['admin', 'import-users', '-', '--format', 'csv'], io, appOpener);
  expect([code, io.stderr.join()]).toEqual([130, 'Stopped: nothing was imported.']);
  const { out } = await run(dir, ['import-users', 'people.csv', '--json']);
  expect(JSON.parse(out)).toMatchObject({ created: 2, skipped: 0 });
});

test.each([
  [['none.csv'], 2, 'There is no file none.csv.'],
  [['folder'], 2, 'folder is a folder, not a file.'],
  [['people.txt'], 2, 'people.txt is no SQLite database, and its name does not tell what it is.'],
  [
    ['people.csv', '--format', 'xml'],
    2,
    "argument 'xml' is invalid. Allowed choices are csv, ndjson.",
  ],
  [['wrong.csv'], 2, 'header.emial: is not a column of accounts; did you mean email?'],
  [[], 2, 'Missing required argument'],
])('refuses %j', async (words, code, message) => {
  const dir = makeProject();
  mkdirSync(join(dir, 'folder'));
  writeFileSync(join(dir, 'people.txt'), PEOPLE);
  writeFileSync(join(dir, 'wrong.csv'), PEOPLE.replace('email', 'emial'));
  const refused = await run(dir, ['import-users', ...words]);
  expect(refused.code).toBe(code);
  expect(refused.err).toContain(message);
});
