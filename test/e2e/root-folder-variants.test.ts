import { beforeAll, expect, test } from 'bun:test';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '../../scripts/support/http-client.ts';
import { client, createAdmin, makeTemporaryFolder, runBinary } from '../support/binary.ts';
import { FUNCTIONS, openCollection, writeFiles } from '../support/fixtures.ts';
import { listProcesses } from '../support/processes.ts';
import { canReachRegistry } from '../support/registry.ts';
import {
  describeInRootFolder,
  eventually,
  makeRootFolder,
  packGreeting,
  type RootServer,
  runInRoot,
  serveInRoot,
} from '../support/root-folder.ts';
import { FETCHES, GREETS, ROOT_FUNCTIONS, saying, ZOD } from '../support/root-folder-functions.ts';

const REGISTRY = 'https://registry.npmjs.org';
/** Where a private certificate authority lies inside, when this machine has one. */
const AUTHORITY = '/etc/ssl/own.crt';
const authority = process.env.NODE_EXTRA_CA_CERTS;
const hasRegistry = await canReachRegistry();

describeInRootFolder('other ways to run with nothing but the program and its libraries', () => {
  let root: string;
  beforeAll(() => {
    root = makeRootFolder(authority === undefined ? {} : { [AUTHORITY]: authority });
  });

  test('a user without a name, among the processes of the machine: kill -9 of the server ends spinning workers too', async () => {
    const data = makeTemporaryFolder('data');
    writeFiles(data, { ...FUNCTIONS, ...ROOT_FUNCTIONS });
    const options = { data, uid: 1_000_710_000, isHostPid: true, env: { HOME: '/' } };
    let server = await serveInRoot(root, options);
    await createAdmin(server);
    const anonymous = client(server.url);
    const { body } = await anonymous.post('/api/functions/spies', {});
    expect(body.result).toMatchObject({ environ: 'EACCES', mem: 'EACCES' });
    const spinning = [1, 2, 3].map(() =>
      anonymous.post('/api/functions/spins', {}).catch(() => undefined),
    );
    await Bun.sleep(300);
    const listWorkers = () => listProcesses().filter(({ parent }) => parent === server.pid);
    await eventually(() => listWorkers().length > 1);
    const workers = listWorkers();
    await server.kill9();
    await Promise.all(spinning);
    await eventually(() => {
      const alive = listProcesses().filter(({ state }) => state !== 'Z');
      return !alive.some(({ pid }) => workers.some((worker) => worker.pid === pid));
    });
    server = await server.restart();
    await using _ = server;
    expect((await client(server.url).post('/api/functions/who_am_i', {})).status).toBe(200);
  });

  test('a read-only root without /tmp, without HOME: packages at the start, records, imports, deploys, a clean stop', async () => {
    const data = makeTemporaryFolder('data');
    const options = { data, isReadOnly: true, env: { HOME: undefined } };
    await packGreeting(join(data, 'functions'));
    writeFiles(data, {
      ...FUNCTIONS,
      ...ROOT_FUNCTIONS,
      'functions/package.json': '{"dependencies":{"greeting":"file:./greeting-1.0.0.tgz"}}',
      'functions/greets.ts': GREETS,
      'notes.jsonl': '{"title":"one"}\n{"title":"two"}\n',
    });
    await using server = await serveInRoot(root, options);
    const admin = await createAdmin(server);
    const anonymous = client(server.url);
    const result = async (name: string) =>
      (await anonymous.post(`/api/functions/${name}`, {})).body.result;
    expect(await result('greets')).toBe('Good day, Ann');
    expect(await result('eats_memory')).toBeUndefined();
    expect((await admin.post('/api/collections', openCollection('notes'))).status).toBe(201);
    const imported = await runInRoot(root, ['records', 'import', 'notes', 'notes.jsonl'], options);
    expect(imported, imported.stderr).toMatchObject({ code: 0 });
    expect((await anonymous.get('/api/collections/notes/records')).body.total).toBe(2);
    expect(await deploy(server, admin)).toMatchObject({ code: 0, stderr: '' });
    expect(await result('says')).toBe('deployed');
    expect(await server.stop()).toBe(0);
    expect(server.stderr()).not.toMatch(/EROFS|read-only/i);
  });

  test('a volume that belongs to root is refused, with what to do', async () => {
    const data = makeTemporaryFolder('data');
    chmodSync(data, 0o755);
    const served = await runInRoot(root, ['serve'], { data, isForeignVolume: true });
    expect(served).toMatchObject({ code: 1, stdout: '' });
    expect(served.stderr).toMatch(
      /^\/data\/tinybase\.db cannot be written \(EACCES\)\. Give this user the right/,
    );
  });

  test.skipIf(!hasRegistry)(
    'packages of the registry, and a function that asks another server over TLS (from the registry)',
    async () => {
      const data = makeTemporaryFolder('data');
      const env = {
        TINYBASE_FUNCTIONS_ENV: 'NODE_EXTRA_CA_CERTS',
        ...(authority === undefined ? {} : { NODE_EXTRA_CA_CERTS: AUTHORITY }),
      };
      writeFiles(data, { 'functions/says.ts': saying('hello') });
      await using server = await serveInRoot(root, { data, env });
      const anonymous = client(server.url);
      for (const options of [
        { data, env },
        { data, env: { ...env, HOME: undefined }, isReadOnly: true },
      ]) {
        const added = await runInRoot(root, ['functions', 'add', 'zod'], options);
        expect(added, added.stderr).toMatchObject({ code: 0 });
      }
      writeFiles(data, { 'functions/zod.ts': ZOD, 'functions/fetches.ts': FETCHES });
      const checks = (email: string) => anonymous.post('/api/functions/zod', { email });
      await eventually(async () => (await checks('ann@example.com')).body.result === 'ANN');
      expect((await checks('nobody')).status).toBe(422);
      const fetched = await anonymous.post('/api/functions/fetches', {
        url: `${REGISTRY}/zod/latest`,
      });
      expect(fetched.body.result).toBe(200);
    },
  );
});

/** From outside, as a developer does. */
async function deploy(server: RootServer, admin: Client) {
  const { token } = (
    await admin.post('/api/admin/api-tokens', { name: 'ci', scopes: ['functions:deploy'] })
  ).body;
  const dir = makeTemporaryFolder('outside');
  writeFiles(dir, {
    'functions/says.ts': saying('deployed'),
    'tinybase.toml': `[environments.production]\nurl = "${server.url}"\napi_token = "${token}"\n`,
  });
  return runBinary(['functions', 'deploy'], { dir });
}
