import { expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../../src/cli/main.ts';
import { makeDatabase, readText } from '../storage/whole-database.ts';
import { createFakeIo, type FakeIo, type FakeIoOptions } from './fake-io.ts';
import { makeFolder } from './temporary-folder.ts';

/** A project with a database, and its commands. */
function openProject(text = 'now') {
  const cwd = makeFolder();
  makeDatabase(join(cwd, 'tinybase.db'), text);
  return {
    path: (name: string) => join(cwd, name),
    names: () => readdirSync(cwd),
    async run(args: readonly string[], options: Omit<FakeIoOptions, 'cwd'> = {}) {
      const io = createFakeIo({ cwd, ...options });
      return { code: await main(args, io), io, text: io.text() };
    },
  };
}

test('db backup writes a copy and tells its SHA-256; a second time it asks for --force', async () => {
  const project = openProject();
  const first = await project.run(['db', 'backup', 'a.db']);
  expect(first.code).toBe(0);
  expect(first.text).toMatch(/Wrote [\d.]+ [KM]B into a\.db, checked\.\nSHA-256 [0-9a-f]{64}/);
  expect(readText(project.path('a.db'))).toBe('now');
  const second = await project.run(['db', 'backup', 'a.db']);
  expect(second.code).toBe(1);
  expect(second.text).toContain('is there already');
  const third = await project.run(['db', 'backup', 'a.db', '--force', '--json']);
  expect(JSON.parse(third.text)).toMatchObject({ file: project.path('a.db') });
});

test('db restore asks, and changes nothing when it is told no', async () => {
  const project = openProject();
  await project.run(['db', 'backup', 'a.db']);
  makeDatabase(project.path('tinybase.db'), 'later');
  const no = await project.run(['db', 'restore', 'a.db'], { answers: ['no'] });
  expect(no.code).toBe(1);
  expect(no.io.asked[0]?.message).toContain('Put a.db in the place of tinybase.db?');
  expect(readText(project.path('tinybase.db'))).toBe('later');
  const yes = await project.run(['db', 'restore', 'a.db'], { answers: ['yes'] });
  expect(yes.text).toContain('is kept as tinybase.db.before-restore-');
  expect(yes.code).toBe(0);
  expect(readText(project.path('tinybase.db'))).toBe('now');
});

test('db restore where nobody can be asked wants --yes, exit 2', async () => {
  const project = openProject();
  await project.run(['db', 'backup', 'a.db']);
  const refused = await project.run(['db', 'restore', 'a.db']);
  expect(refused.code).toBe(2);
  expect(refused.text).toContain('--yes');
  expect((await project.run(['db', 'restore', 'a.db', '--yes'])).code).toBe(0);
});

test('db restore says which functions are missing on this machine', async () => {
  const project = openProject();
  const { Database } = await import('bun:sqlite');
  using db = new Database(project.path('tinybase.db'));
  db.run(
    `INSERT INTO deployment (id, is_active, file_count, bytes, checksum, functions, files, created_at) VALUES ('d1', 1, 0, 0, '', '[]', '{}', '')`,
  );
  db.close();
  await project.run(['db', 'backup', 'a.db']);
  const restored = await project.run(['db', 'restore', 'a.db', '--yes']);
  expect(restored.code).toBe(0);
  expect(restored.text).toContain('the files are not here (deployments/d1)');
});

test('db restore refuses a file with another SHA-256, before it asks', async () => {
  const project = openProject();
  await project.run(['db', 'backup', 'a.db']);
  const { code, text, io } = await project.run(
    ['db', 'restore', 'a.db', '--sha256', '0'.repeat(64)],
    { answers: ['yes'] },
  );
  expect({ code, asked: io.asked }).toEqual({ code: 1, asked: [] });
  expect(text).toContain('is not the file that was meant');
});

test('db check says that all is well, or what is not, with what to do about it', async () => {
  const project = openProject();
  const fine = await project.run(['db', 'check']);
  expect({ code: fine.code, text: fine.text }).toEqual({
    code: 0,
    text: 'tinybase.db is whole: 0 collections, 0 records.',
  });
  const { Database } = await import('bun:sqlite');
  using db = new Database(project.path('tinybase.db'));
  db.run(`CREATE TABLE r_${'0'.repeat(32)} (id TEXT)`);
  db.close();
  const before = readFileSync(project.path('tinybase.db'));
  const found = await project.run(['db', 'check']);
  expect(found.code).toBe(1);
  expect(found.text).toContain('belongs to no collection');
  expect(found.text).toContain('orphan: The table is of no use to TinyBase.');
  const json = await project.run(['db', 'check', '--json']);
  expect(json.code).toBe(1);
  expect(JSON.parse(json.io.stdout.join('\n'))).toMatchObject({
    is_whole: false,
    findings: [{ kind: 'orphan', collection: null, id: null, field: null }],
  });
  expect(readFileSync(project.path('tinybase.db')).equals(before)).toBe(true);
});

/** Sends a signal as soon as it is told how far the work is: nothing can be over by then. */
function signalAt(io: FakeIo): FakeIo {
  const status = io.status;
  io.status = (line) => {
    status(line);
    if (io.statuses.length === 1) io.signal();
  };
  return io;
}

test('a signal ends a backup, and nothing is left of it', async () => {
  const project = openProject();
  async function stop(megabytes: number) {
    makeDatabase(project.path('tinybase.db'), 'now', megabytes);
    const io = signalAt(createFakeIo({ cwd: project.path('.') }));
    const code = await main(['db', 'backup', 'a.db'], io);
    return { code, text: io.text(), isTold: io.statuses.some((line) => line.includes('Copying')) };
  }
  let megabytes = 60;
  let stopped = await stop(megabytes);
  // A fast machine may be done before it tells how far it is.
  while (!stopped.isTold) {
    rmSync(project.path('a.db'));
    megabytes *= 2;
    stopped = await stop(megabytes);
  }
  expect(stopped).toMatchObject({ code: 130, text: 'Stopped: no backup was made.' });
  expect(project.names().filter((name) => name.startsWith('a.db'))).toEqual([]);
});

test('a signal ends a check, also in the middle of what SQLite does as one statement', async () => {
  const project = openProject();
  makeDatabase(project.path('tinybase.db'), 'now', 60);
  const io = signalAt(createFakeIo({ cwd: project.path('.') }));
  expect(await main(['db', 'check'], io)).toBe(130);
  expect(io.text()).toBe('Stopped: the check is not whole.');
});

test('a database in memory has no file', async () => {
  const cwd = makeFolder();
  writeFileSync(join(cwd, 'tinybase.toml'), '[database]\nurl = "sqlite:///:memory:"\n');
  const io = createFakeIo({ cwd });
  expect(await main(['db', 'backup', 'a.db'], io)).toBe(2);
  expect(io.text()).toContain('in memory only');
  expect(existsSync(join(cwd, 'a.db'))).toBe(false);
});
