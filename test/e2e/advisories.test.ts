import { Database } from 'bun:sqlite';
import { expect, setDefaultTimeout, test } from 'bun:test';
import { migrate } from '../../src/storage/sqlite/migrate.ts';
import { MIGRATIONS } from '../../src/storage/sqlite/migrations/index.ts';
import { client } from '../support/binary.ts';
import { openCollection } from '../support/fixtures.ts';
import { serveForFile } from '../support/served.ts';

setDefaultTimeout(600_000);

/** One test for each class of advisory of docs/security.md that no other file looks at already. */
const served = serveForFile({
  'functions/reach.ts': `import { register, t } from 'tinybase';
export default register(
  { auth: 'public', input: t.Object({ name: t.String() }), output: t.Any() },
  async (ctx, { name }) => {
    const tried = {};
    for (const [what, attempt] of Object.entries({
      list: () => ctx.db.collection(name).list(),
      get: () => ctx.db.collection(name).get('018f0000-0000-7000-8000-00000000000a'),
      create: () => ctx.db.collection(name).create({ id: 'x' }),
      count: () => ctx.db.collection(name).count(),
    }))
      tried[what] = await attempt().then((found) => (found === null ? 'nothing' : 'reached'), (error) => error.message);
    return tried;
  },
);
`,
});

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: unknown;
}
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

const ID = '018f0000-0000-7000-8000-00000000000a';

async function readPaths(): Promise<Paths> {
  return (await served().admin.get('/openapi.json')).body.paths;
}

/** Every operation with its method and a path that could be there. */
async function readOperations() {
  return Object.entries(await readPaths()).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => ['get', 'post', 'patch', 'put', 'delete'].includes(method))
      .map(([method, operation]) => ({
        method: method.toUpperCase(),
        path: path.replace(/\{[^}]*\}/g, ID),
        operation,
      })),
  );
}

function readSystemTables(): readonly string[] {
  const db = new Database(':memory:');
  migrate(db, ':memory:', MIGRATIONS);
  const names = db
    .query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")
    .all()
    .map(({ name }) => name);
  db.close();
  return [...names, 'sqlite_schema', 'sqlite_master', 'pragma_table_list', 'users'];
}

test('account pre-hijacking: who registered the address of somebody else is out once its owner has set a password', async () => {
  const { anonymous, admin, server } = served();
  const email = 'victim@example.com';
  const attacker = { email, password: 'the password of the attacker' };
  const { body: made } = await anonymous.post('/api/auth/register', attacker);
  const { body: session } = await anonymous.post('/api/auth/login', attacker);
  const hijacker = client(server.url, session.token);
  expect((await hijacker.get('/api/auth/me')).status).toBe(200);
  const { body: link } = await admin.post(`/api/admin/users/${made.id}/reset-link`);
  const confirm = { token: link.token, password: 'the password of the owner' };
  expect((await anonymous.post('/api/auth/password-reset/confirm', confirm)).status).toBe(204);
  expect((await hijacker.get('/api/auth/me')).status).toBe(401);
  expect((await hijacker.post('/api/auth/refresh')).status).toBe(401);
  expect((await anonymous.post('/api/auth/login', attacker)).status).toBe(401);
});

test('generic routes reach no system table, not even for an admin', async () => {
  const { admin, ann } = served();
  for (const name of readSystemTables())
    for (const who of [admin, ann]) {
      const base = `/api/collections/${encodeURIComponent(name)}`;
      const answers = await Promise.all([
        who.get(`${base}/records`),
        who.get(`${base}/records/${ID}`),
        who.get(`${base}/records/export`),
        who.post(`${base}/records`, {}),
        who.patch(`${base}/records/${ID}`, {}),
        who.delete(`${base}/records/${ID}`),
        who.post('/api/batch', { requests: [{ method: 'POST', collection: name, data: {} }] }),
      ]);
      for (const { status } of answers) expect([name, status]).toEqual([name, 404]);
    }
});

test('functions reach no system table through ctx.db', async () => {
  for (const name of readSystemTables()) {
    const { status, body } = await served().anonymous.post('/api/functions/reach', { name });
    expect(status, name).toBe(200);
    for (const [what, said] of Object.entries(body.result)) {
      expect([name, what, said]).not.toEqual([name, what, 'reached']);
      expect(String(said)).not.toMatch(/SQLITE_ERROR|no such table|password_hash/);
    }
  }
});

test('a read-only token writes by no route: every operation that changes something refuses it', async () => {
  const { admin, server } = served();
  await admin.post('/api/collections', openCollection('locked_down'));
  const made = await admin.post('/api/admin/api-tokens', {
    name: 'reader',
    scopes: ['records:read'],
  });
  const reader = client(server.url, made.body.token);
  const before = (await admin.get('/api/admin/users')).body.total;
  /** They look at no token: an API token is as good as none there. */
  const open = new Set([
    'register',
    'login',
    'setUp',
    'requestPasswordReset',
    'confirmPasswordReset',
    'confirmEmail',
  ]);
  const reached: string[] = [];
  for (const { method, path, operation } of await readOperations()) {
    if (method === 'GET' || open.has(operation.operationId)) continue;
    const answer = await reader.request(method, path, '{}', {
      'content-type': 'application/json',
    });
    if (answer.status !== 403) reached.push(`${operation.operationId}: ${answer.status}`);
  }
  expect(reached).toEqual([]);
  expect((await admin.get('/api/admin/users')).body.total).toBe(before);
});

test('server-side request forgery: no route takes an address that the server would fetch', async () => {
  const suspicious = /url|uri|href|webhook|avatar|endpoint|callback|host$/i;
  const document = (await served().admin.get('/openapi.json')).body;
  const found: string[] = [];
  const look = (schema: unknown, at: string): void => {
    if (typeof schema !== 'object' || schema === null) return;
    for (const [key, value] of Object.entries(schema)) {
      if (key === 'properties' && typeof value === 'object' && value !== null)
        for (const name of Object.keys(value))
          if (suspicious.test(name)) found.push(`${at}.${name}`);
      if (key === '$ref') {
        const name = String(value).split('/').at(-1) ?? '';
        if (!at.includes(`<${name}>`)) look(document.components.schemas[name], `${at}<${name}>`);
      } else look(value, at);
    }
  };
  for (const { operation } of await readOperations()) {
    look(operation.requestBody, operation.operationId);
    for (const { name } of operation.parameters ?? [])
      if (suspicious.test(name)) found.push(`${operation.operationId}?${name}`);
  }
  expect(found).toEqual([]);
});

test('open redirect: no answer leads to where the request says', async () => {
  const { server } = served();
  const evil = 'evil.example';
  for (const path of [
    '//evil.example',
    '//evil.example/admin',
    '/admin//evil.example',
    '/admin/..//evil.example',
    '/admin/%2f%2fevil.example',
    '/admin?next=https://evil.example',
    '/?redirect=https://evil.example',
    '/docs//evil.example',
    '/\\evil.example',
    '/admin/\\evil.example',
    '/docs?url=https://evil.example/openapi.json',
  ]) {
    const answer = await fetch(server.url + path, {
      redirect: 'manual',
      headers: { host: evil, 'x-forwarded-host': evil, referer: `https://${evil}/` },
    });
    const location = answer.headers.get('location');
    if (location !== null) {
      expect(location, path).toMatch(/^\/(?![/\\])/);
      expect(location, path).not.toContain(evil);
    }
  }
});

test('stored HTML and SVG of a record are JSON that no browser interprets', async () => {
  const { admin, server } = served();
  await admin.post('/api/collections', openCollection('pages'));
  const title = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
  const { body } = await admin.post('/api/collections/pages/records', { title });
  for (const path of [`/${body.id}`, '', '/export', '/export?format=csv']) {
    const answer = await fetch(`${server.url}/api/collections/pages/records${path}`, {
      headers: { authorization: `Bearer ${admin.token}`, accept: 'text/html,*/*' },
    });
    expect(await answer.text()).toContain('svg');
    expect(answer.headers.get('content-type'), path).toMatch(
      /^(application\/(json|x-ndjson)|text\/csv)/,
    );
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  }
});

test('an insecure default: a new collection is open to nobody but the owners of its records', async () => {
  const { admin, ann, bob, anonymous } = served();
  const made = await admin.post('/api/collections', {
    name: 'diaries',
    schema: { fields: [{ name: 'text', type: 'string' }] },
  });
  expect(made.status).toBe(201);
  const path = '/api/collections/diaries/records';
  const { body } = await ann.post(path, { text: 'dear diary' });
  expect((await ann.get(`${path}/${body.id}`)).status).toBe(200);
  expect((await bob.get(`${path}/${body.id}`)).status).toBe(404);
  expect((await bob.get(path)).body.items).toEqual([]);
  expect((await anonymous.get(path)).status).toBe(401);
  expect((await anonymous.post(path, { text: 'x' })).status).toBe(401);
});

test('expensive unauthenticated work: health touches no table, and deep or wide input is refused before it is looked at', async () => {
  const { anonymous, admin, server } = served();
  await admin.post('/api/collections', openCollection('cheap'));
  const deep = `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`;
  const path = '/api/collections/cheap/records';
  const json = { 'content-type': 'application/json' };
  expect((await anonymous.request('POST', path, deep, json)).status).toBe(422);
  const wide = encodeURIComponent(Array.from({ length: 5_000 }, () => 'title = "x"').join(' or '));
  const long = await fetch(`${server.url}${path}?filter=${wide}`);
  expect([414, 422, 431]).toContain(long.status);
  expect((await anonymous.get(`${path}?limit=100000`)).status).toBe(422);
  expect((await anonymous.get(`${path}?expand=${'a.'.repeat(500)}b`)).status).toBe(422);
  expect(Object.keys((await anonymous.get('/health')).body).sort()).toEqual(['status', 'version']);
});
