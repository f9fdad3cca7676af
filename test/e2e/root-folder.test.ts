import { afterAll, beforeAll, expect, test } from 'bun:test';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Answer, Client } from '../../scripts/support/http-client.ts';
import { client, createAdmin, makeTemporaryFolder, runBinary } from '../support/binary.ts';
import { FUNCTIONS, openCollection, writeFiles } from '../support/fixtures.ts';
import { listProcesses } from '../support/processes.ts';
import {
  describeInRootFolder,
  eventually,
  makeRootFolder,
  packGreeting,
  type RootServer,
  runInRoot,
  serveInRoot,
} from '../support/root-folder.ts';
import { GREETS, ROOT_FUNCTIONS, saying } from '../support/root-folder-functions.ts';

/** Other calls until just after the bad one is answered. Only those that had started beside it may be lost. */
async function callCalmly(anonymous: Client, bad: Promise<unknown>): Promise<number[]> {
  let isSettled = false;
  void bad.finally(() => {
    isSettled = true;
  });
  const others: Promise<Answer>[] = [];
  do {
    others.push(anonymous.post('/api/functions/naps', { ms: 1 }));
    await Bun.sleep(20);
  } while (!isSettled);
  others.push(anonymous.post('/api/functions/naps', { ms: 1 }));
  const answers = await Promise.all(others);
  for (const { status, body } of answers)
    if (status !== 200) expect(body.error_type).toBe('WorkerLost');
  return answers.map(({ status }) => status);
}

const FAILING = [
  ['a throw', 'throws', 500, 'TypeError'],
  ['a FunctionError', 'refuses', 402, 'FunctionError'],
  ['an output that does not fit', 'answers_wrong', 500, 'OutputValidationError'],
  ['process.exit', 'exits', 500, 'WorkerExited'],
  ['a spin', 'spins_briefly', 504, 'TimeoutError'],
  ['a few big allocations without end', 'eats_memory', 500, 'OutOfMemory'],
  ['many small allocations without end', 'grows_in_bits', 500, 'OutOfMemory'],
] as const;

describeInRootFolder('with nothing but the program and its libraries', () => {
  const data = makeTemporaryFolder('data');
  let root: string;
  let server: RootServer;
  let admin: Client;
  let anonymous: Client;
  const options = {
    data,
    env: { SECRET: 'of the server', TZ: 'Europe/Berlin', TINYBASE_FUNCTIONS_ENV: 'TZ' },
  };
  const call = (name: string, payload: unknown = {}) =>
    anonymous.post(`/api/functions/${name}`, payload);
  const result = async (name: string) => (await call(name)).body.result;

  beforeAll(async () => {
    root = makeRootFolder();
    writeFiles(data, { ...FUNCTIONS, ...ROOT_FUNCTIONS });
    server = await serveInRoot(root, options);
    anonymous = client(server.url);
    admin = await createAdmin(server);
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  test('the main job: a first admin, a collection, a record, a typed function, its entry in the history', async () => {
    expect((await anonymous.get('/health')).body).toMatchObject({ status: 'ok' });
    expect((await admin.post('/api/collections', openCollection('notes'))).status).toBe(201);
    const made = await anonymous.post('/api/collections/notes/records', { title: 'kept' });
    expect(made.status).toBe(201);
    const answer = await admin.post('/api/functions/add_numbers', { x: 20, y: 22 });
    expect(answer.body).toMatchObject({ status: 'succeeded', result: { sum: 42 } });
    const counted = await admin.post('/api/functions/counts_notes', { title: 'of a function' });
    expect(counted.body.result).toMatchObject({ total: 2 });
    expect(
      (await admin.get(`/api/admin/functions/calls/${answer.body.call_id}`)).body,
    ).toMatchObject({ function_name: 'add_numbers', status: 'succeeded' });
  });

  for (const [what, name, status, errorType] of FAILING)
    test(`${what} costs its own call, and others go on`, async () => {
      const bad = call(name);
      const [answer, calm] = await Promise.all([bad, callCalmly(anonymous, bad)]);
      expect(answer).toMatchObject({ status, body: { status: 'failed', error_type: errorType } });
      expect(calm).toContain(200);
      expect((await call('naps', { ms: 0 })).status).toBe(200);
    });

  test('a flood of output is bounded, and its call is answered', async () => {
    const flood = call('floods');
    const [answer] = await Promise.all([flood, callCalmly(anonymous, flood)]);
    expect(answer.body).toMatchObject({ status: 'succeeded', result: 'flooded' });
    // 40 MB were written.
    expect(server.stdout().length + server.stderr().length).toBeLessThan(4_000_000);
  });

  test('attack: a function reads the environment, memory and files of the server under /proc', async () => {
    const { pid, command, ...seen } = await result('spies');
    expect([pid, ...command]).toEqual([1, '/tinybase', 'serve']);
    for (const [file, told] of Object.entries(seen)) expect([file, told]).toEqual([file, 'EACCES']);
  });

  test('a worker has no right, no environment, no core dump and a memory limit, without a shell to set it', async () => {
    const { data_limit, own_environ, ...told } = await result('describes_itself');
    expect(told).toEqual({
      uid: 65532,
      env: { TZ: 'Europe/Berlin' },
      core_limit: '0',
      programs: [],
      date: expect.stringContaining('14:00:00 GMT+0200'),
    });
    expect(data_limit).toMatch(/^\d+$/);
    for (const name of own_environ) expect(name).toMatch(/^(TZ$|BUN_|NODE_CHANNEL_)/);
  });

  test('time zones and languages, without tzdata and locales', async () => {
    expect(await result('tells_time')).toEqual([
      'Montag, 1. Juli 2030 um 14:00',
      'Monday, July 1, 2030 at 9:00 PM',
      'lundi 1 juillet 2030 à 09:30',
    ]);
  });

  test('what a worker had started ends with it, and the first process collects it', async () => {
    for (let n = 0; n < 3; n++)
      expect((await call('leaves_child')).body.error_type).toBe('WorkerExited');
    // Only the server, the parent of all, and the workers, its children, are left.
    await eventually(() =>
      listProcesses()
        .filter(({ namespace, pid }) => namespace === server.namespace && pid !== server.pid)
        .every(({ parent, state }) => parent === server.pid && state !== 'Z'),
    );
  });

  test('a function is live when it is written, edited and deleted', async () => {
    const path = join(data, 'functions', 'says.ts');
    writeFileSync(path, saying('hello'));
    await eventually(async () => (await result('says')) === 'hello');
    writeFileSync(path, saying('good day'));
    await eventually(async () => (await result('says')) === 'good day');
    rmSync(path);
    await eventually(async () => (await call('says')).status === 404);
  });

  test('a package from a file is added by the program itself, and a function uses it', async () => {
    await packGreeting(join(data, 'functions'));
    const added = await runInRoot(
      root,
      ['functions', 'add', './functions/greeting-1.0.0.tgz'],
      options,
    );
    expect(added, added.stderr).toMatchObject({ code: 0 });
    writeFiles(data, { 'functions/greets.ts': GREETS });
    await eventually(async () => (await result('greets')) === 'Good day, Ann');
  });

  test('SIGTERM to the first process: what runs is finished, exit 0, and nothing is lost', async () => {
    const naps = '/api/admin/functions/calls?function_name=naps&limit=1';
    const count = async () => (await admin.get(naps)).body.total;
    const before = await count();
    const running = call('naps', { ms: 700 });
    await eventually(async () => (await count()) > before);
    const stopped = server.stop();
    expect((await running).body).toMatchObject({ status: 'succeeded', result: { slept: 700 } });
    expect(await stopped).toBe(0);
    expect(existsSync(join(data, 'tinybase.db-wal'))).toBe(false);

    server = await server.restart();
    expect(server.setupToken).toBeUndefined();
    anonymous = client(server.url);
    admin = client(server.url, admin.token);
    expect((await anonymous.get('/api/collections/notes/records')).body.total).toBe(2);
    const calls = await admin.get('/api/admin/functions/calls?function_name=naps&limit=1');
    expect(calls.body.items[0]).toMatchObject({ status: 'succeeded' });
    expect(await result('greets')).toBe('Good day, Ann');
  });

  test('a deploy from another machine is installed, loaded and live', async () => {
    const { token } = (
      await admin.post('/api/admin/api-tokens', { name: 'ci', scopes: ['functions:deploy'] })
    ).body;
    const dir = makeTemporaryFolder('outside');
    await packGreeting(join(dir, 'functions'));
    writeFiles(dir, {
      'functions/package.json': '{"dependencies":{"greeting":"file:./greeting-1.0.0.tgz"}}',
      'functions/deployed.ts': GREETS.replace('greets', 'deployed'),
      'tinybase.toml': `[environments.production]\nurl = "${server.url}"\napi_token = "${token}"\n`,
    });
    const deployed = await runBinary(['functions', 'deploy'], { dir });
    expect(deployed, deployed.stderr).toMatchObject({ code: 0 });
    expect(await result('deployed')).toBe('Good day, Ann');
    expect((await call('naps')).status).toBe(404);
  });

  test('kill -9 of the server: nobody is left, and what was deployed and stored is there', async () => {
    await server.kill9();
    await eventually(() =>
      listProcesses().every(({ namespace }) => namespace !== server.namespace),
    );
    server = await server.restart();
    anonymous = client(server.url);
    expect(await result('deployed')).toBe('Good day, Ann');
    expect((await anonymous.get('/api/collections/notes/records')).body.total).toBe(2);
  });
});
