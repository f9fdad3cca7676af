import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import type { Client } from '../../scripts/support/http-client.ts';
import { BINARY } from '../../scripts/support/paths.ts';
import {
  ADMIN,
  createAdmin,
  createUser,
  makeTemporaryFolder,
  runBinary,
  type ServerProcess,
  startBinary,
} from '../support/binary.ts';
import { FUNCTIONS, openCollection, writeFiles } from '../support/fixtures.ts';
import { until } from '../support/until.ts';
import { inFunctions, listErrors } from './functions-tools.ts';

setDefaultTimeout(600_000);

const FILES = {
  'functions/add_numbers.ts': FUNCTIONS['functions/add_numbers.ts'],
  'functions/admins_only.ts': FUNCTIONS['functions/admins_only.ts'],
  'functions/counts_notes.ts': FUNCTIONS['functions/counts_notes.ts'],
  'functions/talks.ts': `import { register } from 'tinybase';
register({ auth: 'public' }, (ctx) => {
  console.log('a word');
  console.error('a complaint');
  return ctx.user_id;
});
`,
  'functions/breaks.ts': `import { register } from 'tinybase';
import { fall } from './lib/fall.ts';

register({ auth: 'public' }, () => {
  return { landed: fall(1) };
});
`,
  'functions/lib/fall.ts': `interface Depth {
  readonly depth: number;
}

export function fall(depth: number): Depth {
  if (depth === 0) throw new RangeError('fallen');
  // A call at the very end would leave no frame behind.
  return { depth: fall(depth - 1).depth + 1 };
}
`,
  'functions/refuses.ts': `import { FunctionError, register } from 'tinybase';
register({ auth: 'public' }, () => {
  throw new FunctionError(402, 'Pay first', { price: 3 });
});
`,
  'functions/answers.ts': `import { HttpAnswer, register } from 'tinybase';
register({ auth: 'public' }, () => new HttpAnswer(201, { 'content-type': 'text/csv' }, 'a,b\\n'));
`,
  'functions/ends.ts': `import { register } from 'tinybase';
register({ auth: 'public' }, () => process.exit(3));
`,
} as const;

const WRONG_INPUT =
  /^add_numbers does not take this payload:\n +y +is required\n +x +must be a whole number\n$/;

let server: ServerProcess;
let admin: Client;
let dir: string;
const functions = (...args: readonly string[]) => runBinary(['functions', ...args], { dir });
const call = (...args: readonly string[]) => functions('call', ...args);

beforeAll(async () => {
  dir = makeTemporaryFolder();
  writeFiles(dir, FILES);
  server = await startBinary({ dir });
  admin = await createAdmin(server);
  await admin.post('/api/collections', openCollection('notes'));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describe('functions call in process, beside a running server', () => {
  test('prints the result alone, and the call is in the history of the server', async () => {
    expect(await call('add_numbers', '{"x": 20, "y": 22}')).toEqual({
      code: 0,
      stdout: '{\n  "sum": 42\n}\n',
      stderr: '',
    });
    const { items } = (await admin.get('/api/admin/functions/calls?function_name=add_numbers'))
      .body;
    expect(items).toMatchObject([{ status: 'succeeded', requested_by_user_id: null }]);
  });

  test('with --json it prints the whole answer, console lines included', async () => {
    const { code, stdout, stderr } = await call('talks', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      status: 'succeeded',
      call_id: expect.any(String),
      result: null,
      logs: ['a word', 'error: a complaint'],
    });
  });

  test('console lines go to standard error and the result to standard output', async () => {
    expect(await call('talks')).toEqual({
      code: 0,
      stdout: 'null\n',
      stderr: 'a word\nerror: a complaint\n',
    });
  });

  test('takes a long payload from standard input', async () => {
    const child = Bun.spawn([BINARY, 'functions', 'call', 'counts_notes', '-'], {
      cwd: dir,
      env: { PATH: process.env.PATH ?? '', HOME: dir, NO_COLOR: '1' },
      stdin: Buffer.from(JSON.stringify({ title: 'x'.repeat(200_000) })),
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const said = await new Response(child.stderr).text();
    expect(await child.exited, said).toBe(0);
    expect(JSON.parse(await new Response(child.stdout).text())).toMatchObject({ total: 1 });
    // It wrote into the database of the running server, which knows it at once.
    expect((await admin.get('/api/collections/notes/records')).body.total).toBe(1);
  });

  test('a failure exits 1 with its type, its message, and the true file and line of a helper', async () => {
    const { code, stdout, stderr } = await call('breaks');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toStartWith('RangeError: fallen\n');
    expect(stderr).toMatch(/functions\/lib\/fall\.ts:6:/);
    expect(stderr).toMatch(/functions\/lib\/fall\.ts:8:/);
    expect(stderr).toMatch(/functions\/breaks\.ts:5:/);
    const asJson = await call('breaks', '--json');
    expect(asJson.code).toBe(1);
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      status: 'failed',
      error: 'fallen',
      error_type: 'RangeError',
      stack: expect.stringContaining('fall.ts:6'),
    });
  });

  test('a FunctionError shows its data, and a function that ends its worker is told as that', async () => {
    const refused = await call('refuses');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('FunctionError: Pay first');
    expect(refused.stderr).toContain('data: {"price":3}');
    const ended = await call('ends');
    expect(ended.code).toBe(1);
    expect(ended.stderr).toStartWith('WorkerExited: ');
  });

  test('an answer without the envelope is printed as it is', async () => {
    expect(await call('answers')).toEqual({ code: 0, stdout: 'a,b\n', stderr: '' });
    const { stdout } = await call('answers', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'answered',
      http_status: 201,
      body: 'a,b\n',
    });
  });

  test('exits 2 for what was typed wrongly, and 1 for what is not there', async () => {
    const wrong = await call('add_numbers', '{"x": "one"}');
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(WRONG_INPUT);
    expect(await call('add_numbers', '{x: 1}')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('The payload is not JSON'),
    });
    expect((await call()).code).toBe(2);
    expect((await call('talks', '--as', 'a@example.com', '--url', server.url)).code).toBe(2);
    expect(await call('add_number')).toMatchObject({
      code: 1,
      stderr: 'There is no function add_number; did you mean add_numbers?\n',
    });
    expect((await call('talks', '--as', 'nobody@example.com')).code).toBe(1);
  });

  test('--as calls with the rights of an account', async () => {
    const ann = await createUser(server.url, 'ann@example.com');
    expect(await call('talks', '--as', 'ann@example.com')).toMatchObject({
      code: 0,
      stdout: `"${ann.id}"\n`,
    });
    expect((await call('admins_only', '{}', '--as', 'ann@example.com')).code).toBe(1);
    expect(await call('admins_only', '{}', '--as', ADMIN.email)).toMatchObject({ code: 0 });
  });
});

describe('functions call --url', () => {
  test('calls on the server with a token of the flag or the variable, and without one as nobody', async () => {
    const token = String(admin.token);
    const payload = '{"x": 1, "y": 2}';
    const url = ['--url', server.url];
    const elsewhere = makeTemporaryFolder();
    const there = (args: readonly string[], env = {}) =>
      runBinary(['functions', 'call', ...args], { dir: elsewhere, env });
    const result = { code: 0, stdout: '{\n  "sum": 3\n}\n', stderr: '' };
    expect(await there(['add_numbers', payload, ...url, '--token', token])).toEqual(result);
    expect(await there(['add_numbers', payload, ...url], { TINYBASE_TOKEN: token })).toEqual(
      result,
    );
    const nobody = await there(['add_numbers', payload, ...url]);
    expect(nobody.code).toBe(1);
    expect(nobody.stderr).toContain('answered 401');
    // It leaves nothing where it was typed.
    expect(existsSync(`${elsewhere}/tinybase.db`)).toBe(false);
  });

  test('tells a failure, wrong input, console lines and an answer of its own as a call here does', async () => {
    const url = ['--url', server.url];
    const token = ['--token', String(admin.token)];
    const broken = await call('breaks', ...url, ...token);
    expect(broken).toMatchObject({ code: 1, stdout: '', stderr: 'RangeError: fallen\n' });
    const hidden = await call('breaks', ...url);
    expect(hidden.code).toBe(1);
    expect(hidden.stderr).not.toContain('fallen');
    expect((await call('refuses', ...url)).stderr).toContain('FunctionError: Pay first');
    const wrong = await call('add_numbers', '{"x": "one"}', ...url, ...token);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(WRONG_INPUT);
    expect((await call('talks', ...url, ...token, '--logs')).stderr).toContain('a word');
    expect(await call('answers', ...url)).toMatchObject({ code: 0, stdout: 'a,b\n' });
    const { stdout } = await call('refuses', ...url, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ status: 'failed', error_type: 'FunctionError' });
    const gone = await call('talks', '--url', 'http://127.0.0.1:9');
    expect(gone.code).toBe(1);
    expect(gone.stderr).toContain('127.0.0.1:9 cannot be reached');
  });
});

describe('functions list', () => {
  test('shows name, access, file and description as a table, and as JSON with schemas', async () => {
    const list = await functions('list');
    expect(list).toMatchObject({ code: 0, stderr: '' });
    const [head, ...rows] = list.stdout.trim().split('\n');
    expect(head).toMatch(/^NAME +AUTH +FILE +DESCRIPTION$/);
    expect(rows).toHaveLength(Object.keys(FILES).length - 1);
    expect(rows[0]).toMatch(/^add_numbers +auth +functions\/add_numbers\.ts +Add two numbers$/);
    const { stdout } = await functions('list', '--json');
    const { functions: items, load_errors } = JSON.parse(stdout);
    expect(load_errors).toEqual([]);
    expect(items.find(({ name }: { name: string }) => name === 'add_numbers')).toMatchObject({
      auth: 'auth',
      tags: ['math'],
      file_path: 'functions/add_numbers.ts',
      input_schema: { properties: { x: { type: 'integer' } } },
    });
  });

  test('names a file that does not load with its line, on standard error with exit 1, as the log and the API do', async () => {
    writeFiles(dir, {
      'functions/broken.ts': '\n\nconst = 1;\n',
      'functions/throws_at_load.ts': `\nthrow new Error('not today');\n`,
    });
    const list = await functions('list');
    expect(list.code).toBe(1);
    expect(list.stdout).toContain('add_numbers');
    expect(list.stderr).toMatch(/^ {2}functions\/broken\.ts:3 {2}\S/m);
    expect(list.stderr).toMatch(/^ {2}functions\/throws_at_load\.ts:2 {2}not today$/m);
    expect(list.stderr).toContain('2 files do not load.');
    const json = await functions('list', '--json');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout).load_errors).toMatchObject([
      { file: 'functions/broken.ts', line: 3 },
      { file: 'functions/throws_at_load.ts', line: 2, message: 'not today' },
    ]);
    await until(async () => (await listErrors(admin)).length === 2, 'the server knows');
    await until(() => /broken\.ts:3/.test(server.stderr()), 'the log says it');
    const called = await call('broken');
    expect(called.code).toBe(1);
    expect(called.stderr).toContain('functions/broken.ts:3 does not load: ');
    for (const name of ['broken.ts', 'throws_at_load.ts']) rmSync(inFunctions(dir, name));
    await until(async () => (await listErrors(admin)).length === 0, 'it is mended');
  });
});

describe('functions new', () => {
  test('writes what was asked for, refuses a bad name with 2 and a taken one with 1, and overwrites nothing', async () => {
    const made = await functions('new', 'pings', '-d', 'Says hello', '--auth', 'public');
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const path = inFunctions(dir, 'pings.ts');
    const source = readFileSync(path, 'utf8');
    await until(async () => {
      const { body } = await admin.as(undefined).post('/api/functions/pings', { name: 'Bob' });
      return body.result?.message === 'Hello, Bob!';
    }, 'it is live');
    const rows = (await functions('list')).stdout.split('\n');
    expect(rows.find((row) => row.startsWith('pings'))).toMatch(/public .* Says hello$/);
    expect(await functions('new', 'pings')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('functions/pings.ts is there already'),
    });
    for (const name of ['Bad-Name', '../outside', 'deploy'])
      expect(await functions('new', name)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('cannot name a function'),
      });
    expect((await functions('new', 'other', '--auth', 'everybody')).code).toBe(2);
    expect(readFileSync(path, 'utf8')).toBe(source);
    expect(existsSync(inFunctions(dir, 'other.ts'))).toBe(false);
  });
});

test('every command of functions shows its help with examples and exits 0; a mistyped one is suggested and exits 2', async () => {
  const help = await functions('--help');
  const commands = [...help.stdout.matchAll(/^ {2}(\w+) \[options\]/gm)].map(
    ([, name]) => name ?? '',
  );
  expect(commands).toEqual(
    expect.arrayContaining([
      'new',
      'list',
      'call',
      'add',
      'install',
      'deploy',
      'deployments',
      'activate',
    ]),
  );
  const pages = await Promise.all(
    [...commands.map((name) => ['functions', name]), ['types']].map(async (words) => ({
      words,
      ...(await runBinary([...words, '--help'], { dir })),
    })),
  );
  for (const { words, code, stdout, stderr } of pages) {
    const example = new RegExp(`Examples:\n  tinybase ${words.join(' ')}`);
    expect({ words, code, stderr }).toEqual({ words, code: 0, stderr: '' });
    expect(stdout).toMatch(example);
  }
  expect(await functions('lst')).toMatchObject({
    code: 2,
    stderr: "Unknown command 'lst'. Did you mean list?\n",
  });
});
