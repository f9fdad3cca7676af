import { Database } from 'bun:sqlite';
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import { type Client, expectStatus } from '../../scripts/support/http-client.ts';
import {
  client,
  createAdmin,
  createUser,
  runBinary,
  type ServerProcess,
  startBinary,
} from '../support/binary.ts';
import { writeFiles } from '../support/fixtures.ts';
import { until } from '../support/until.ts';
import { answering, makeDeveloper, makeToken } from './functions-tools.ts';

setDefaultTimeout(600_000);

const AUDIT = '/api/admin/audit';
const USERS = '/api/admin/users';
const MARK = 'Swordfish';

interface Entry {
  readonly id: string;
  readonly action: string;
  readonly actor_kind: string;
  readonly actor_via: string | null;
  readonly actor_email: string | null;
  readonly subject_id: string | null;
  readonly subject_name: string | null;
}

let server: ServerProcess;
let admin: Client;
let ann: Client & { readonly id: string };

beforeAll(async () => {
  server = await startBinary();
  admin = await createAdmin(server);
  ann = await createUser(server.url, 'ann@example.com');
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

async function readAll(who = admin, query = ''): Promise<readonly Entry[]> {
  const answer = await who.get(`${AUDIT}?limit=1000${query}`);
  return expectStatus(answer, 200, 'reading the audit log').items;
}

/** What `act` adds to the log, oldest first. */
async function notedBy(act: () => Promise<unknown>): Promise<readonly Entry[]> {
  const before = new Set((await readAll()).map(({ id }) => id));
  await act();
  return (await readAll()).filter(({ id }) => !before.has(id)).toReversed();
}

const run = async (...args: readonly string[]) => {
  const { code, stderr } = await runBinary(args, { dir: server.dir });
  expect(code, stderr).toBe(0);
};

describe('who did it', () => {
  test('an admin who signed in: with the address and the id of the request', async () => {
    const noted = await notedBy(async () => {
      const headers = { 'x-request-id': 'seen-in-the-log' };
      await admin.request('POST', USERS, { email: 'bob@example.com' }, headers);
    });
    expect(noted).toMatchObject([
      {
        action: 'user.create',
        actor_kind: 'admin',
        actor_via: 'session',
        actor_email: 'admin@example.com',
        subject_name: 'bob@example.com',
        request_id: 'seen-in-the-log',
        address: '127.0.0.1',
      },
    ]);
  });

  test('an API token: the admin who made it, and which token it was', async () => {
    const made = (await admin.post('/api/admin/api-tokens', { name: 'robot', scopes: ['admin'] }))
      .body;
    const robot = admin.as(made.token);
    const noted = await notedBy(async () => {
      const body = { name: 'notes', schema: { fields: [{ name: 'title', type: 'string' }] } };
      await robot.post('/api/collections', body);
      const csv = { 'content-type': 'text/csv' };
      await robot.request('POST', '/api/collections/notes/records/import', 'title\na\nb\n', csv);
      await robot.get('/api/collections/notes/records/export?format=csv');
    });
    const by = {
      actor_kind: 'admin',
      actor_via: 'api_token',
      actor_token_id: made.id,
      actor_email: 'admin@example.com',
      address: '127.0.0.1',
    };
    expect(noted).toMatchObject([
      { action: 'collection.create', ...by },
      { action: 'records.import', details: { created: 2, updated: 0, failed: 0 }, ...by },
      { action: 'records.export', details: { records: 2, format: 'csv' }, ...by },
    ]);
  });

  test('the command line', async () => {
    writeFiles(server.dir, { 'rows.ndjson': '{"title":"c"}\n' });
    const noted = await notedBy(async () => {
      await run('admin', 'add', 'carl@example.com', 'a long enough password');
      await run('admin', 'add', 'carl@example.com', 'a longer password than that');
      await run('admin', 'reset-password', 'carl@example.com', '--link');
      await run('records', 'import', 'notes', 'rows.ndjson');
      await run('records', 'export', 'notes', 'out.csv');
    });
    const by = { actor_kind: 'system', actor_via: 'command_line', actor_id: null, address: null };
    expect(noted).toMatchObject([
      { action: 'user.create', details: { is_admin: true }, ...by },
      { action: 'user.update', details: { changed: ['password'] }, ...by },
      { action: 'user.reset_link', subject_name: 'carl@example.com', ...by },
      { action: 'records.import', details: { created: 1 }, ...by },
      { action: 'records.export', details: { records: 3 }, ...by },
    ]);
  });

  test('not a user who exports what they may list anyway', async () => {
    const noted = await notedBy(async () => {
      const answer = await ann.get('/api/collections/notes/records/export');
      expect(answer.status).toBe(200);
    });
    expect(noted).toEqual([]);
  });

  test('a developer who deploys, and an admin who goes back', async () => {
    const developer = await makeDeveloper(server, admin);
    developer.write({ 'functions/one.ts': answering('one') });
    const noted = await notedBy(async () => {
      const deployed = await developer.functions('deploy', '-m', 'the first');
      expect(deployed.code, deployed.stderr).toBe(0);
      await admin.post('/api/admin/functions/deployments/local/activate');
    });
    expect(noted).toMatchObject([
      { action: 'deployment.create', actor_via: 'api_token', subject_name: 'the first' },
      { action: 'deployment.activate', actor_via: 'session', subject_id: 'local' },
    ]);
  });

  test('is still told when the account is gone', async () => {
    const carl = await createUser(server.url, 'dora@example.com');
    await admin.patch(`${USERS}/${carl.id}`, { is_admin: true });
    await admin.as(carl.token).patch(`${USERS}/${ann.id}`, { email_verified: true });
    await admin.delete(`${USERS}/${carl.id}?records=delete`);
    const [last, before] = await readAll();
    expect(last).toMatchObject({ action: 'user.delete', subject_name: 'dora@example.com' });
    expect(before).toMatchObject({ action: 'user.update', actor_email: 'dora@example.com' });
  });
});

describe('a failed act', () => {
  test('is not noted, whatever stopped it', async () => {
    const developer = await makeDeveloper(server, admin);
    developer.write({ 'functions/broken.ts': 'export default register({' });
    const noted = await notedBy(async () => {
      const me = (await admin.get('/api/auth/me')).body.id;
      const refused = [
        admin.post(USERS, { email: 'ann@example.com' }),
        admin.post(USERS, { email: 'no address' }),
        admin.patch(`${USERS}/nobody`, { is_admin: true }),
        admin.delete(`${USERS}/nobody`),
        ann.post(USERS, { email: 'x@example.com' }),
        client(server.url).delete(`${USERS}/${me}`),
        admin.post('/api/collections', { name: 'notes', schema: { fields: [] } }),
        admin.delete('/api/collections/notes'),
        admin.delete('/api/admin/api-tokens/none'),
        admin.patch('/api/admin/settings', { registration: 'perhaps' }),
        admin.request('POST', '/api/collections/notes/records/import', 'nope\n1\n', {
          'content-type': 'text/csv',
        }),
        admin.post('/api/admin/functions/deployments/none/activate'),
      ];
      for (const answer of await Promise.all(refused))
        expect(answer.status).toBeGreaterThanOrEqual(400);
      expect((await developer.functions('deploy')).code).toBe(1);
    });
    expect(noted).toEqual([]);
  });
});

describe('the log', () => {
  test('tampering: no route adds, changes or deletes an entry', async () => {
    const [entry] = await readAll();
    const before = await readAll();
    for (const path of [AUDIT, `${AUDIT}/${entry?.id}`])
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
        expect([404, 405]).toContain((await admin.request(method, path, {})).status);
    for (const name of ['audit', 'tb_audit'])
      expect((await admin.get(`/api/collections/${name}/records`)).status).toBe(404);
    expect(await readAll()).toEqual(before);
  });

  test('privilege escalation: nobody but an admin reads it, and no token without that scope', async () => {
    const others = ['records:read', 'records:write', 'functions:call', 'functions:deploy'];
    const limited = admin.as(await makeToken(admin, others));
    expect((await limited.get(AUDIT)).status).toBe(403);
    expect((await ann.get(AUDIT)).status).toBe(403);
    expect((await client(server.url).get(AUDIT)).status).toBe(401);
    expect(await readAll(admin.as(await makeToken(admin, ['admin'])))).not.toEqual([]);
  });

  test('is narrowed by action, subject, actor, time and name, and takes no other filter', async () => {
    const all = await readAll();
    const first = all.at(-1);
    expect(await readAll(admin, '&action=user.set_up')).toEqual(first ? [first] : []);
    for (const [query, fits] of [
      ['&action=user', (entry: Entry) => entry.action.startsWith('user.')],
      ['&subject_type=records', (entry: Entry) => entry.action.startsWith('records.')],
      [`&subject_id=${ann.id}`, (entry: Entry) => entry.subject_id === ann.id],
      ['&search=CARL@', (entry: Entry) => entry.subject_name === 'carl@example.com'],
    ] as const) {
      const found = await readAll(admin, query);
      expect(found.length, query).toBeGreaterThan(0);
      expect(found, query).toEqual(all.filter(fits));
    }
    const page = (await admin.get(`${AUDIT}?limit=2&offset=2`)).body;
    expect(page).toMatchObject({ items: all.slice(2, 4), page: 2, page_size: 2 });
    expect(page.total).toBe(all.length);
    for (const query of ['?nope=1', '?created_after=yesterday', '?limit=0', '?subject_type=x'])
      expect((await admin.get(AUDIT + query)).status, query).toBe(422);
    const hostile = encodeURIComponent("' OR 1=1 --");
    for (const key of ['action', 'actor_id', 'subject_id', 'search'])
      expect(await readAll(admin, `&${key}=${hostile}`), key).toEqual([]);
  });

  test('secrets: no password, token or link stands in any entry, nor a value of a record', async () => {
    const login = async (email: string, password: string) =>
      (await client(server.url).post('/api/auth/login', { email, password })).body.token;
    const body = { email: 'eve@example.com', password: `${MARK}-1`, is_admin: true };
    const { id } = (await admin.post(USERS, body)).body;
    const session = await login(body.email, body.password);
    await login(body.email, `${MARK}-wrong`);
    const change = { current_password: `${MARK}-1`, password: `${MARK}-2` };
    await admin.as(session).post('/api/auth/change-password', change);
    await admin.patch(`${USERS}/${id}`, { password: `${MARK}-3` });
    const link = (await admin.post(`${USERS}/${id}/reset-link`)).body.token;
    const confirm = { token: link, password: `${MARK}-4` };
    await client(server.url).post('/api/auth/password-reset/confirm', confirm);
    const token = await makeToken(admin, ['admin']);
    const csv = { 'content-type': 'text/csv' };
    const at = '/api/collections/notes/records';
    await admin.request('POST', `${at}/import`, `title\n${MARK}-value\n`, csv);
    await admin.get(`${at}/export?filter[title]=${MARK}-value`);
    await run('admin', 'add', 'eve@example.com', `${MARK}-6`);
    const text = JSON.stringify(await readAll());
    for (const verb of ['change_password', 'reset_link', 'reset_password', 'sign_in_failed'])
      expect(text).toContain(`user.${verb}`);
    for (const secret of [MARK, session, link, token, Bun.SHA256.hash(token, 'hex'), 'argon2'])
      expect(text).not.toContain(secret);
  });
});

test('an entry outlives the server, and goes when it is older than it is kept', async () => {
  await using first = await startBinary();
  const boss = await createAdmin(first);
  await boss.post(USERS, { email: 'old@example.com' });
  await boss.post(USERS, { email: 'young@example.com' });
  await first.stop();
  using db = new Database(join(first.dir, 'tinybase.db'));
  const old = new Date(Date.now() - 2 * 86_400_000).toISOString();
  db.run('UPDATE audit SET created_at = ? WHERE subject_name <> ?', [old, 'young@example.com']);
  db.close();
  const env = { TINYBASE_AUDIT_RETENTION_DAYS: '1' };
  await using second = await startBinary({ dir: first.dir, env });
  const again = client(second.url, boss.token);
  await until(async () => (await again.get(AUDIT)).body.total === 1, 'old entries go');
  expect(await readAll(again)).toMatchObject([{ subject_name: 'young@example.com' }]);
});

test('kill -9: what was answered is noted, and nothing else', async () => {
  let killed = await startBinary();
  const boss = await createAdmin(killed);
  const answered: string[] = [];
  let dead: Promise<void> | undefined;
  const writer = async (number: number) => {
    for (let n = 0; ; n++) {
      const email = `user-${number}-${n}@example.com`;
      const answer = await boss.post(USERS, { email }).catch(() => undefined);
      if (answer === undefined) return;
      expect(answer.status).toBe(201);
      answered.push(email);
      if (answered.length >= 60) dead ??= killed.kill9();
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, number) => writer(number)));
  await dead;
  killed = await killed.restart();
  await using after = killed;
  const there = client(after.url, boss.token);
  const noted = (await readAll(there, '&action=user.create')).map((entry) => entry.subject_name);
  const made = (await there.get(`${USERS}?limit=1000`)).body.items.map(
    ({ email }: { email: string }) => email,
  );
  expect(noted).toEqual(expect.arrayContaining(answered));
  expect(made).toEqual(expect.arrayContaining(noted));
  expect(new Set(noted).size).toBe(noted.length);
});
