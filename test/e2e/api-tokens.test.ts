import { expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { client, createAdmin, runBinary, startBinary } from '../support/binary.ts';
import { openCollection } from '../support/fixtures.ts';

const PATH = '/api/admin/api-tokens';

test('an API token works across a restart, keeps to its scopes and ends at once', async () => {
  await using server = await startBinary({ env: { TINYBASE_SERVER_LOG_LEVEL: 'debug' } });
  const admin = await createAdmin(server);
  await admin.post('/api/collections', openCollection('notes'));
  const made = await admin.post(PATH, { name: 'reports', scopes: ['records:read'] });
  expect(made.status).toBe(201);
  const { id, token } = made.body;
  expect(await server.stop()).toBe(0);

  await using again = await server.restart();
  const reports = client(again.url, token);
  const records = '/api/collections/notes/records';
  expect((await reports.get(records)).status).toBe(200);
  const refused = await reports.post(records, { title: 'no' });
  expect(refused.status).toBe(403);
  expect(refused.body.detail).toContain('records:write');
  expect((await reports.get(PATH)).status).toBe(403);

  const later = client(again.url, admin.token);
  expect((await later.delete(`${PATH}/${id}`)).status).toBe(204);
  expect((await reports.get(records)).status).toBe(401);
  expect(await again.stop()).toBe(0);

  const hash = Bun.SHA256.hash(token, 'hex');
  const said = [server, again].flatMap((one) => [one.stdout(), one.stderr()]).join('\n');
  expect(said).toContain(PATH);
  const files = readdirSync(again.dir).map((name) => readFileSync(join(again.dir, name), 'latin1'));
  for (const text of [said, ...files]) expect(text).not.toContain(token);
  expect(said).not.toContain(hash);
});

test('an admin whom the command line makes anew acts through the same tokens at once', async () => {
  await using server = await startBinary();
  const admin = await createAdmin(server);
  const { body } = await admin.post(PATH, { name: 'x', scopes: ['admin'] });
  const program = client(server.url, body.token);
  expect((await program.get('/api/admin/users')).status).toBe(200);
  const added = await runBinary(['admin', 'add', 'second@example.com', 'a long enough password'], {
    dir: server.dir,
  });
  expect(added.code).toBe(0);
  expect((await program.get('/api/admin/users')).body.total).toBe(2);
});
