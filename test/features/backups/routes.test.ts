import { afterAll, beforeAll, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { type Client, createClient } from '../../../scripts/support/http-client.ts';
import { until } from '../../support/until.ts';
import { type DeployApp, openDeployApp } from '../deployments/deploy-app.ts';

const PATH = '/api/admin/backups';
let app: DeployApp;
let user: Client;
let program: Client;
let deployer: Client;

beforeAll(async () => {
  app = await openDeployApp();
  const account = { email: 'ann@example.com', password: 'a long enough password' };
  await app.anonymous.post('/api/auth/register', account);
  const session = await app.anonymous.post('/api/auth/login', account);
  user = createClient(app.url, session.body.token);
  const token = async (scopes: readonly string[]) =>
    createClient(
      app.url,
      (await app.admin.post('/api/admin/api-tokens', { name: 'x', scopes })).body.token,
    );
  program = await token(['admin']);
  deployer = await token(['functions:deploy']);
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

async function make(client: Client): Promise<string> {
  const begun = await client.post(PATH);
  expect(begun.status).toBe(202);
  expect(begun.body.status).toBe('running');
  const read = async () => (await app.admin.get(`${PATH}/${begun.body.id}`)).body.status;
  await until(async () => (await read()) !== 'running');
  expect(await read()).toBe('done');
  return begun.body.id;
}

test('a backup is begun with 202, read until it is done, checked, listed, downloaded and deleted', async () => {
  const id = await make(app.admin);
  const checked = await app.admin.post(`${PATH}/${id}/check`);
  expect(checked.status).toBe(200);
  expect(checked.body).toMatchObject({ id, status: 'done', check_result: 'ok' });
  const list = await app.admin.get(`${PATH}?limit=1`);
  expect(list.body).toEqual({
    items: [checked.body],
    total: 1,
    page: 1,
    page_size: 1,
    destination: 'backups',
    next_run_at: null,
  });
  const file = await fetch(`${app.url}${PATH}/${id}/download`, {
    headers: { authorization: `Bearer ${app.token}` },
  });
  expect(file.status).toBe(200);
  expect(file.headers.get('content-disposition')).toMatch(
    /^attachment; filename="tinybase-\d{8}T\d{6}Z-[0-9a-f]{12}\.db"$/,
  );
  expect(file.headers.get('cache-control')).toBe('no-store');
  const hash = createHash('sha256').update(new Uint8Array(await file.arrayBuffer()));
  expect(hash.digest('hex')).toBe(checked.body.sha256);
  expect((await app.admin.request('DELETE', `${PATH}/${id}`)).status).toBe(204);
  expect((await app.admin.get(`${PATH}/${id}`)).status).toBe(404);
});

test('attack: nobody but an admin sees, makes, checks, takes or deletes backups', async () => {
  const id = await make(app.admin);
  const requests = [
    ['GET', PATH],
    ['POST', PATH],
    ['GET', `${PATH}/${id}`],
    ['POST', `${PATH}/${id}/check`],
    ['GET', `${PATH}/${id}/download`],
    ['DELETE', `${PATH}/${id}`],
  ] as const;
  for (const [method, path] of requests) {
    expect((await app.anonymous.request(method, path)).status).toBe(401);
    expect((await user.request(method, path)).status).toBe(403);
    expect((await deployer.request(method, path)).status).toBe(403);
  }
  expect((await app.admin.get(`${PATH}/${id}`)).status).toBe(200);
});

test('attack: an API token of an admin makes backups, and cannot take one away', async () => {
  const id = await make(program);
  expect((await program.post(`${PATH}/${id}/check`)).status).toBe(200);
  const taken = await program.get(`${PATH}/${id}/download`);
  expect(taken.status).toBe(403);
  expect(taken.body.detail).toContain('an API token has no session');
});

test('ids that are none, and queries that are none, are told so', async () => {
  for (const id of ['x', '..%2Ftinybase', `${'a'.repeat(2_000)}`]) {
    expect((await app.admin.get(`${PATH}/${id}`)).status).toBe(404);
    expect((await app.admin.post(`${PATH}/${id}/check`)).status).toBe(404);
    expect((await app.admin.get(`${PATH}/${id}/download`)).status).toBe(404);
    expect((await app.admin.request('DELETE', `${PATH}/${id}`)).status).toBe(404);
  }
  expect((await app.admin.get(`${PATH}?limit=0`)).status).toBe(422);
  expect((await app.admin.get(`${PATH}?path=/etc`)).status).toBe(422);
});

test('what was done stands in the audit log, with who did it', async () => {
  const { body } = await app.admin.get('/api/admin/audit?limit=1000');
  const actions = new Set(body.items.map(({ action }: { action: string }) => action));
  for (const action of ['backup.create', 'backup.check', 'backup.download', 'backup.delete'])
    expect(actions).toContain(action);
});
