import { describe, expect, test } from 'bun:test';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ADMIN,
  client,
  createAdmin,
  createUser,
  makeTemporaryFolder,
  runBinary,
  startBinary,
} from '../support/binary.ts';
import { FUNCTIONS, openCollection, writeFiles } from '../support/fixtures.ts';

/** Waits until it holds. Bun's own limit for a test ends what never comes. */
async function eventually(what: string, holds: () => Promise<boolean>): Promise<number> {
  const started = performance.now();
  for (let tries = 0; !(await holds()); tries++) {
    if (tries > 10_000) throw new Error(`It never happened: ${what}`);
    await Bun.sleep(20);
  }
  return performance.now() - started;
}

describe('stopping', () => {
  test('SIGTERM lets what runs finish, closes the database and exits 0', async () => {
    const dir = makeTemporaryFolder();
    writeFiles(dir, { 'functions/naps.ts': FUNCTIONS['functions/naps.ts'] });
    await using server = await startBinary({ dir });
    const anonymous = client(server.url);
    await anonymous.post('/api/functions/naps', { ms: 0 });
    const admin = await createAdmin(server);
    const calls = '/api/admin/functions/calls';
    const running = anonymous.post('/api/functions/naps', { ms: 1500 });
    await eventually('it began', async () => (await admin.get(calls)).body.total === 2);
    const stopped = server.stop();
    const answer = await running;
    expect(answer.status).toBe(200);
    expect(answer.body.result).toEqual({ slept: 1500 });
    expect(await stopped).toBe(0);
    expect(existsSync(join(dir, 'tinybase.db-wal'))).toBe(false);
    await expect(fetch(`${server.url}/health`)).rejects.toThrow();
  });

  test('what was stored is there after a restart, sessions too', async () => {
    await using server = await startBinary();
    const admin = await createAdmin(server);
    await admin.post('/api/collections', openCollection('notes'));
    const made = await admin.post('/api/collections/notes/records', { title: 'kept' });
    expect(await server.stop()).toBe(0);
    await using again = await server.restart();
    const found = await client(again.url, admin.token).get(
      `/api/collections/notes/records/${made.body.id}`,
    );
    expect(found.status).toBe(200);
    expect(found.body).toEqual(made.body);
    expect((await client(again.url, admin.token).get('/api/auth/me')).status).toBe(200);
  });

  test('the database file is for its owner only', async () => {
    await using server = await startBinary();
    expect(statSync(join(server.dir, 'tinybase.db')).mode & 0o777).toBe(0o600);
  });
});

describe('changing things while it runs', () => {
  test('--reload takes an edit of the toml', async () => {
    const dir = makeTemporaryFolder();
    const toml = join(dir, 'tinybase.toml');
    writeFileSync(toml, '[auth]\nregistration = "open"\n');
    await using server = await startBinary({ dir, args: ['--reload'] });
    await createUser(server.url, 'first@example.com');
    writeFileSync(toml, '[auth]\nregistration = "closed"\n');
    let number = 0;
    const took = await eventually('registration is closed', async () => {
      const answer = await client(server.url)
        .post('/api/auth/register', {
          email: `later${number++}@example.com`,
          password: 'a long enough password',
        })
        .catch(() => undefined);
      return answer?.status === 403;
    });
    console.log(`  an edit of the toml was live after ${took.toFixed(0)} ms`);
  });

  test('a broken edit of the toml leaves the server as it is, and says so', async () => {
    const dir = makeTemporaryFolder();
    const toml = join(dir, 'tinybase.toml');
    writeFileSync(toml, '[auth]\nregistration = "open"\n');
    await using server = await startBinary({ dir, args: ['--reload'] });
    writeFileSync(toml, '[auth]\nregistration = "ajar"\n');
    await eventually('the fault is told', async () =>
      /tinybase\.toml:2/.test(server.stdout() + server.stderr()),
    );
    expect((await client(server.url).get('/health')).status).toBe(200);
  });

  test('a function is live when it is written, edited and deleted', async () => {
    const dir = makeTemporaryFolder();
    writeFiles(dir, { 'functions/who_am_i.ts': FUNCTIONS['functions/who_am_i.ts'] });
    await using server = await startBinary({ dir });
    const anonymous = client(server.url);
    const path = join(dir, 'functions', 'greets.ts');
    const source = (word: string) =>
      `import { register, t } from 'tinybase';\nexport default register({ auth: 'public', input: t.Object({}), output: t.String() }, async () => '${word}');\n`;
    const greets = async () => (await anonymous.post('/api/functions/greets', {})).body;
    writeFileSync(path, source('hello'));
    const written = await eventually(
      'it is there',
      async () => (await greets()).result === 'hello',
    );
    writeFileSync(path, source('good day'));
    const edited = await eventually(
      'it changed',
      async () => (await greets()).result === 'good day',
    );
    writeFileSync(path, 'export default register({');
    await eventually('the error is told', async () =>
      /greets\.ts/.test(server.stdout() + server.stderr()),
    );
    expect((await greets()).result).toBe('good day');
    rmSync(path);
    const deleted = await eventually(
      'it is gone',
      async () => (await greets()).code === 'not_found',
    );
    console.log(
      `  live after ${written.toFixed(0)} ms, edited after ${edited.toFixed(0)} ms, deleted after ${deleted.toFixed(0)} ms`,
    );
  });

  test('an admin made by the command line can sign in at once', async () => {
    await using server = await startBinary();
    const added = await runBinary(['admin', 'add', 'cli@example.com', 'a long enough password'], {
      dir: server.dir,
    });
    expect(added.code, added.stderr).toBe(0);
    const login = await client(server.url).post('/api/auth/login', {
      email: 'cli@example.com',
      password: 'a long enough password',
    });
    expect(login.status).toBe(200);
    expect(login.body.user.is_admin).toBe(true);
  });
});

test('the main job: init, sign in, make a collection, store, query, call a function, see the call', async () => {
  const dir = makeTemporaryFolder();
  const init = await runBinary(
    ['init', '--yes', '--admin-email', ADMIN.email, '--admin-password', ADMIN.password],
    { dir },
  );
  expect(init.code, init.stderr).toBe(0);
  for (const file of ['tinybase.toml', '.gitignore', 'functions/package.json', 'tinybase.db']) {
    expect(existsSync(join(dir, file)), file).toBe(true);
  }
  const toml = readFileSync(join(dir, 'tinybase.toml'), 'utf8');
  expect(toml.split('\n').filter((line) => /^\s*\w+\s*=/.test(line))).toEqual([]);

  const made = await runBinary(['functions', 'new', 'say_hello', '-d', 'Greets'], { dir });
  expect(made.code, made.stderr).toBe(0);
  const taken = await runBinary(['functions', 'new', 'say_hello'], { dir });
  expect(taken.code).not.toBe(0);
  const list = await runBinary(['functions', 'list', '--json'], { dir });
  expect(list.code, list.stderr).toBe(0);
  expect(list.stdout).toContain('say_hello');

  await using server = await startBinary({ dir });
  expect(server.setupToken).toBeUndefined();
  const anonymous = client(server.url);
  const login = await anonymous.post('/api/auth/login', ADMIN);
  expect(login.status).toBe(200);
  const admin = anonymous.as(login.body.token);

  const collection = await admin.post('/api/collections', openCollection('notes'));
  expect(collection.status).toBe(201);
  for (const title of ['one', 'two', 'three']) {
    expect((await admin.post('/api/collections/notes/records', { title })).status).toBe(201);
  }
  const page = await admin.get('/api/collections/notes/records?sort=title&limit=2');
  expect(page.body.items.map((item: { data: object }) => item.data)).toEqual([
    { title: 'one' },
    { title: 'three' },
  ]);
  expect(page.body.total).toBe(3);

  const call = await admin.post('/api/functions/add_numbers', { x: 20, y: 22 });
  expect(call.status).toBe(200);
  expect(call.body.result).toEqual({ sum: 42 });
  const calls = await admin.get('/api/admin/functions/calls');
  expect(calls.body.total).toBe(1);
  expect(calls.body.items[0]).toMatchObject({
    id: call.body.call_id,
    function_name: 'add_numbers',
    status: 'succeeded',
  });
  const again = await runBinary(['init', '--yes'], { dir });
  expect(again.code, again.stderr).toBe(0);
  expect(readFileSync(join(dir, 'tinybase.toml'), 'utf8')).toBe(toml);
});

test('version, help and nothing else on standard output', async () => {
  const version = await runBinary(['version']);
  expect(version.code).toBe(0);
  expect(version.stdout).toMatch(/\d+\.\d+\.\d+/);
  expect(version.stdout).toMatch(/bun/i);
  expect(version.stdout).toMatch(/sqlite/i);
  const help = await runBinary(['--help']);
  expect(help.code).toBe(0);
  for (const command of ['serve', 'init', 'functions', 'admin', 'version']) {
    expect(help.stdout).toContain(command);
  }
});
