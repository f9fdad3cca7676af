import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectStatus } from '../../scripts/support/http-client.ts';
import { BINARY } from '../../scripts/support/paths.ts';
import {
  ADMIN,
  client,
  createAdmin,
  makeTemporaryFolder,
  runBinary,
  type ServerProcess,
  startBinary,
} from '../support/binary.ts';
import { openCollection } from '../support/fixtures.ts';
import { until } from '../support/until.ts';

const RECORDS = '/api/collections/notes/records';
const BACKUPS = '/api/admin/backups';

/** Makes records from several sides until it is told to stop; the titles of those that were answered. */
function writeOn(server: ServerProcess) {
  const acked = new Set<string>();
  let isOver = false;
  const write = async (writer: number) => {
    const anyone = client(server.url);
    for (let n = 0; !isOver; n++) {
      const title = `writer ${writer} note ${n}`;
      expectStatus(await anyone.post(RECORDS, { title }), 201, 'writing');
      acked.add(title);
    }
  };
  const writers = Promise.all(Array.from({ length: 8 }, (_, writer) => write(writer)));
  return {
    acked,
    async stop() {
      isOver = true;
      await writers;
    },
  };
}

async function readTitles(url: string): Promise<Set<string>> {
  const titles = new Set<string>();
  for (let offset = 0, total = 1; offset < total; offset += 1000) {
    const page = expectStatus(
      await client(url).get(`${RECORDS}?limit=1000&offset=${offset}&sort=created_at`),
      200,
      'listing',
    );
    total = page.total;
    for (const item of page.items) titles.add(item.data.title);
  }
  return titles;
}

/** A server with the open collection `notes`, an admin, and some megabytes of data. */
async function startWithData(megabytes = 0, toml = '') {
  const dir = makeTemporaryFolder();
  writeFileSync(join(dir, 'tinybase.toml'), toml);
  const server = await startBinary({ dir });
  const admin = await createAdmin(server);
  expectStatus(await admin.post('/api/collections', openCollection('notes')), 201, 'notes');
  for (let n = 0; n < megabytes; n++)
    expectStatus(await admin.post(RECORDS, { title: 'x'.repeat(1_000_000) }), 201, 'filling');
  return { dir, server, admin };
}

/** What lies in the folder of backups. */
function backupFiles(dir: string): string[] {
  const folder = join(dir, 'backups');
  return existsSync(folder) ? readdirSync(folder) : [];
}

test('a backup under load restores to a whole state with every write answered before it began', async () => {
  const { dir, server } = await startWithData(3);
  await using _server = server;
  const writing = writeOn(server);
  await until(() => writing.acked.size > 200);
  const before = new Set(writing.acked);
  const made = await runBinary(['db', 'backup', 'copy.db'], { dir });
  expect(made.stderr).toBe('');
  expect(made.code).toBe(0);
  const check = await runBinary(['db', 'check'], { dir });
  expect(check.stderr).toBe('');
  await writing.stop();

  const elsewhere = makeTemporaryFolder();
  const file = join(dir, 'copy.db');
  const restored = await runBinary(['db', 'restore', file, '--yes'], { dir: elsewhere });
  expect(restored.stderr).toBe('');
  expect(restored.code).toBe(0);
  const whole = await runBinary(['db', 'check'], { dir: elsewhere });
  expect(whole.stdout).toContain('is whole');
  await using other = await startBinary({ dir: elsewhere });
  const titles = await readTitles(other.url);
  for (const title of before) expect(titles).toContain(title);
  for (const title of titles)
    expect(writing.acked.has(title) || title.startsWith('xxx')).toBe(true);
});

test('a restore is refused beside a running server, and ends all sessions once it is done', async () => {
  const { dir, server, admin } = await startWithData();
  await using _server = server;
  await admin.post(RECORDS, { title: 'before' });
  await runBinary(['db', 'backup', 'copy.db'], { dir });
  await admin.post(RECORDS, { title: 'after' });
  const refused = await runBinary(['db', 'restore', 'copy.db', '--yes'], { dir });
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(`process ${server.pid}`);
  expect((await readTitles(server.url)).size).toBe(2);
  await server.stop();

  const restored = await runBinary(['db', 'restore', 'copy.db', '--yes'], { dir });
  expect(restored.code).toBe(0);
  const kept = /kept as (\S+)\./.exec(restored.stdout)?.[1] ?? '';
  await using again = await server.restart();
  expect([...(await readTitles(again.url))]).toEqual(['before']);
  expect((await client(again.url, admin.token).get('/api/auth/me')).status).toBe(401);
  const session = await client(again.url).post('/api/auth/login', ADMIN);
  const noted = await client(again.url, session.body.token).get('/api/admin/audit?limit=5');
  expect(noted.body.items.map(({ action }: { action: string }) => action)).toContain(
    'backup.restore',
  );
  await again.stop();
  await runBinary(['db', 'restore', kept, '--yes'], { dir });
  await using back = await again.restart();
  expect((await readTitles(back.url)).size).toBe(2);
});

test('kill -9 in the middle of a backup leaves a failed one, no half file, and the next one works', async () => {
  const { dir, server, admin } = await startWithData(30);
  await using _server = server;
  const killInBackup = async (running: ServerProcess) => {
    const { id } = expectStatus(await admin.post(BACKUPS), 202, 'beginning');
    await until(async () => {
      if (backupFiles(dir).some((name) => name.endsWith('.part'))) return true;
      return (await admin.get(`${BACKUPS}/${id}`)).body.status === 'done';
    });
    await running.kill9();
    const again = await running.restart();
    const read = async () => expectStatus(await admin.get(`${BACKUPS}/${id}`), 200, 'reading');
    // One that had its name already and was not noted yet is looked at as a whole first.
    await until(
      async () => (await read()).status !== 'running',
      'the server says what became of it',
    );
    return { again, cut: await read() };
  };
  let killed = await killInBackup(server);
  // One that was whole before the signal came was not in the middle.
  for (; killed.cut.status === 'done'; killed = await killInBackup(killed.again))
    expectStatus(await admin.delete(`${BACKUPS}/${killed.cut.id}`), 204, 'removing');
  await using again = killed.again;
  const back = client(again.url, admin.token);
  expect(killed.cut).toMatchObject({ status: 'failed', sha256: null });
  expect(backupFiles(dir)).toEqual([]);
  const next = expectStatus(await back.post(BACKUPS), 202, 'beginning again');
  const read = async () => (await back.get(`${BACKUPS}/${next.id}`)).body;
  await until(async () => (await read()).status !== 'running');
  expect((await read()).status).toBe('done');
  expect(
    expectStatus(await back.post(`${BACKUPS}/${next.id}/check`), 200, 'checking'),
  ).toMatchObject({ check_result: 'ok' });
});

test('scheduled backups are made, the newest are kept, and kill -9 makes none twice', async () => {
  const toml = '[backup]\ncron = "* * * * * *"\nkeep = 2\n[scheduler]\ninterval_seconds = 1\n';
  const { dir, server, admin } = await startWithData(0, toml);
  await using _server = server;
  const done = async (url: string) =>
    (await client(url, admin.token).get(BACKUPS)).body.items as readonly {
      readonly id: string;
      readonly status: string;
      readonly created_at: string;
    }[];
  const first = new Set<string>();
  await until(async () => {
    for (const { id } of await done(server.url)) first.add(id);
    return first.size >= 4;
  });
  await server.kill9();
  await using again = await server.restart();
  const second = new Set<string>();
  await until(async () => {
    for (const { id } of await done(again.url)) second.add(id);
    return second.size >= first.size;
  });
  await again.stop();
  using db = new Database(join(dir, 'tinybase.db'), { readonly: true });
  const rows = db.query('SELECT status, location, created_at FROM backup').all() as {
    status: string;
    location: string;
    created_at: string;
  }[];
  const whole = rows.filter(({ status }) => status === 'done');
  expect(whole.length).toBeLessThanOrEqual(2);
  expect(rows.some(({ status }) => status === 'running')).toBe(false);
  const seconds = rows.map(({ created_at }) => created_at.slice(0, 19));
  expect(new Set(seconds).size).toBe(seconds.length);
  expect(backupFiles(dir).sort()).toEqual(
    whole.map(({ location }) => location.slice('backups/'.length)).sort(),
  );
});

test('kill -9 of a restore leaves the old database or the new one, and the next one works', async () => {
  const { dir, server, admin } = await startWithData(10);
  await using _server = server;
  await runBinary(['db', 'backup', 'copy.db'], { dir });
  await admin.post(RECORDS, { title: 'after' });
  await server.stop();
  for (let kill = 0; kill < 5; kill++) {
    const restoring = startRestore(dir);
    await Bun.sleep(Math.random() * 400);
    restoring.kill('SIGKILL');
    await restoring.exited;
    const check = await runBinary(['db', 'check', '--json'], { dir });
    expect(check.stderr).toBe('');
    expect([10, 11]).toContain(JSON.parse(check.stdout).records);
  }
  const restored = await runBinary(['db', 'restore', 'copy.db', '--yes'], { dir });
  expect(restored.code).toBe(0);
  expect(readdirSync(dir).filter((name) => name.includes('.restoring'))).toEqual([]);
});

function startRestore(dir: string) {
  return Bun.spawn([BINARY, 'db', 'restore', 'copy.db', '--yes'], {
    cwd: dir,
    stdout: 'ignore',
    stderr: 'ignore',
  });
}
