import { Database } from 'bun:sqlite';
import { describe, expect, test } from 'bun:test';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BINARY } from '../../scripts/support/paths.ts';
import {
  client,
  findFreePort,
  makeTemporaryFolder,
  runBinary,
  startBinary,
} from '../support/binary.ts';
import { FUNCTIONS, writeFiles } from '../support/fixtures.ts';

/** A sentence on standard error, no trace of the inside, and the exit code. */
function expectSentence(
  outcome: { readonly code: number; readonly stdout: string; readonly stderr: string },
  codes: readonly number[],
  ...parts: readonly (string | RegExp)[]
): void {
  const text = outcome.stderr;
  expect(codes, `${text}\n${outcome.stdout}`).toContain(outcome.code);
  for (const part of parts) expect(text).toMatch(part);
  expect(text).not.toMatch(/^\s+at .+:\d+/m);
  expect(text).not.toContain('$bunfs');
  expect(text.trim().split('\n').length).toBeLessThanOrEqual(6);
}

const serve = (port: number, ...more: string[]) => [
  'serve',
  '--host',
  '127.0.0.1',
  '--port',
  String(port),
  ...more,
];

describe('each is a sentence that says what to do', () => {
  test('a port in use', async () => {
    const holder = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
    const outcome = await runBinary(serve(holder.port));
    holder.stop(true);
    expectSentence(outcome, [1], String(holder.port), /port/i);
  });

  test('a folder that is a file', async () => {
    const dir = makeTemporaryFolder();
    const file = join(dir, 'not-a-folder');
    writeFileSync(file, 'I am a file');
    const outcome = await runBinary(serve(findFreePort(), '--dir', file), { dir });
    expectSentence(outcome, [1, 2], /not-a-folder/, /folder|directory/i);
    expect(readFileSync(file, 'utf8')).toBe('I am a file');
  });

  const canDrop = process.getuid?.() === 0 && Bun.which('setpriv') !== null;
  test.skipIf(!canDrop && process.getuid?.() === 0)('a folder that cannot be written', async () => {
    const dir = makeTemporaryFolder();
    const locked = join(dir, 'locked');
    mkdirSync(locked);
    chmodSync(dir, 0o755);
    chmodSync(locked, 0o555);
    // Root may write anywhere, so somebody else is asked to.
    const drop = canDrop ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
    const child = Bun.spawn([...drop, BINARY, ...serve(findFreePort())], {
      cwd: locked,
      env: { PATH: process.env.PATH ?? '', HOME: locked, NO_COLOR: '1' },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const [stdout, stderr, code] = await Promise.all([
      child.stdout.text(),
      child.stderr.text(),
      child.exited,
    ]);
    expectSentence({ code, stdout, stderr }, [1], /locked/, /writ|permission/i);
  });

  test('a database of another program', async () => {
    const dir = makeTemporaryFolder();
    const path = join(dir, 'tinybase.db');
    const database = new Database(path);
    database.run('CREATE TABLE wp_posts (id INTEGER PRIMARY KEY, title TEXT)');
    database.run("INSERT INTO wp_posts (title) VALUES ('Hello')");
    database.close();
    const before = Bun.hash(readFileSync(path));
    const outcome = await runBinary(serve(findFreePort()), { dir });
    expectSentence(outcome, [1], /tinybase\.db/, /another program|not a TinyBase/i);
    expect(Bun.hash(readFileSync(path))).toBe(before);
  });

  test('a database that is no database', async () => {
    const dir = makeTemporaryFolder();
    const text = 'Dear diary, this is a text file. '.repeat(100);
    writeFileSync(join(dir, 'tinybase.db'), text);
    const outcome = await runBinary(serve(findFreePort()), { dir });
    expectSentence(outcome, [1], /tinybase\.db/, /database/i);
    expect(readFileSync(join(dir, 'tinybase.db'), 'utf8')).toBe(text);
  });

  test('a broken toml', async () => {
    const dir = makeTemporaryFolder();
    writeFileSync(join(dir, 'tinybase.toml'), '[server]\nport = \n');
    const outcome = await runBinary(['serve'], { dir });
    expectSentence(outcome, [1, 2], /tinybase\.toml:2/);
  });

  test('an unknown key in the toml', async () => {
    const dir = makeTemporaryFolder();
    writeFileSync(join(dir, 'tinybase.toml'), '[server]\nprot = 8000\n');
    const outcome = await runBinary(['serve'], { dir });
    expectSentence(outcome, [1, 2], /tinybase\.toml:2/, /prot/, /port/);
  });

  test('a value out of range', async () => {
    const outcome = await runBinary(['serve'], { env: { TINYBASE_SERVER_PORT: '70000' } });
    expectSentence(outcome, [1, 2], /TINYBASE_SERVER_PORT/, /70000/, /65535/);
  });

  test('a command that does not exist', async () => {
    const outcome = await runBinary(['sevre']);
    expectSentence(outcome, [2], /sevre/, /serve/);
  });

  test('a function file with a syntax error', async () => {
    const dir = makeTemporaryFolder();
    writeFiles(dir, {
      'functions/who_am_i.ts': FUNCTIONS['functions/who_am_i.ts'],
      'functions/broken.ts':
        "import { register } from 'tinybase';\n\nregister({ name: 'broken' }, async ( => {});\n",
    });
    await using server = await startBinary({ dir });
    const anonymous = client(server.url);
    const call = await anonymous.post('/api/functions/who_am_i', {});
    expect(call.status).toBe(200);
    expect((await anonymous.post('/api/functions/broken', {})).status).toBe(404);
    expect(server.stdout() + server.stderr()).toMatch(/broken\.ts:3/);
    const listed = await runBinary(['functions', 'list'], { dir });
    expect(listed.stdout + listed.stderr).toMatch(/who_am_i/);
    expect(listed.stdout + listed.stderr).toMatch(/broken\.ts:3/);
  });
});

test('a second server on the same database is refused, naming the first', async () => {
  await using server = await startBinary();
  const outcome = await runBinary(serve(findFreePort()), { dir: server.dir });
  expectSentence(outcome, [1], String(server.pid), String(server.port));
  expect((await client(server.url).get('/health')).status).toBe(200);
});
