import { Database } from 'bun:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJwt, jwtVerify } from 'jose';
import {
  ADMIN,
  client,
  createAdmin,
  createUser,
  makeTemporaryFolder,
  runBinary,
  type ServerProcess,
  startBinary,
} from '../support/binary.ts';

const FORMAT = 'TINYBASE_AUTH_TOKEN_FORMAT';
const SECRET = 'TINYBASE_AUTH_JWT_SECRET';
const ONE = 'one-secret-of-thirty-two-bytes-and-more';
const TWO = 'two-secret-of-thirty-two-bytes-and-more';
const JWT = /^eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9\.[\w-]+\.[\w-]{43}$/;
const USER = { email: 'ann@example.com', password: 'a long enough password' };
const ME = '/api/auth/me';

const statusOf = async (url: string, token: string) => (await client(url, token).get(ME)).status;
const signIn = async (url: string): Promise<string> =>
  (await client(url).post('/api/auth/login', USER)).body.token;

describe('a server that gives out JWTs', () => {
  let server: ServerProcess;
  let admin: Awaited<ReturnType<typeof createAdmin>>;
  let ann: Awaited<ReturnType<typeof createUser>>;
  beforeAll(async () => {
    server = await startBinary({ env: { [FORMAT]: 'jwt', [SECRET]: `${ONE},${TWO}` } });
    admin = await createAdmin(server);
    ann = await createUser(server.url, USER.email);
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  test('every session is one that another program can verify: set-up, sign-in, refresh, cookie', async () => {
    const refreshed = (await client(server.url, await signIn(server.url)).post('/api/auth/refresh'))
      .body.token;
    const cookie = await client(server.url).post('/api/auth/login', { ...USER, cookie: true });
    const inCookie = /tb_session=([^;]+)/.exec(cookie.headers.get('set-cookie') ?? '')?.[1];
    for (const token of [admin.token, ann.token, refreshed, inCookie]) {
      expect(token).toMatch(JWT);
      const key = new TextEncoder().encode(ONE);
      const { payload } = await jwtVerify(token ?? '', key, { algorithms: ['HS256'] });
      expect(payload.exp).toBeGreaterThan(payload.iat ?? 0);
    }
    expect(decodeJwt(ann.token).sub).toBe(ann.id);
  });

  test('the session is checked with each request: signing out, ending and disabling count at once', async () => {
    const [out, ended, disabled] = [
      await signIn(server.url),
      await signIn(server.url),
      await signIn(server.url),
    ];
    for (const token of [out, ended, disabled]) expect(await statusOf(server.url, token)).toBe(200);
    await client(server.url, out).post('/api/auth/logout');
    expect(await statusOf(server.url, out)).toBe(401);
    await ann.delete(`/api/auth/sessions/${decodeJwt(ended).jti}`);
    expect(await statusOf(server.url, ended)).toBe(401);
    await admin.patch(`/api/admin/users/${ann.id}`, { is_active: false });
    expect(await statusOf(server.url, disabled)).toBe(401);
    await admin.patch(`/api/admin/users/${ann.id}`, { is_active: true });
  });

  test('a role that changes counts at once, as the token does not speak of it', async () => {
    const token = await signIn(server.url);
    const list = async () => (await client(server.url, token).get('/api/admin/users')).status;
    expect(await list()).toBe(403);
    await admin.patch(`/api/admin/users/${ann.id}`, { is_admin: true });
    expect(await list()).toBe(200);
    await admin.patch(`/api/admin/users/${ann.id}`, { is_admin: false });
    expect(await list()).toBe(403);
  });

  test('alg none, algorithm confusion, a stripped signature and a leaked secret open nothing', async () => {
    const token = await signIn(server.url);
    const [head = '', payload = ''] = token.split('.');
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const sign = (signed: string, hash = 'sha256') =>
      `${signed}.${createHmac(hash, ONE).update(signed).digest('base64url')}`;
    const claims = decodeJwt(token);
    const other = decodeJwt(admin.token ?? '');
    for (const forged of [
      `${part({ alg: 'none', typ: 'JWT' })}.${payload}.`,
      sign(`${part({ alg: 'none', typ: 'JWT' })}.${payload}`),
      sign(`${part({ alg: 'HS512', typ: 'JWT' })}.${payload}`, 'sha512'),
      sign(`${part({ alg: 'RS256', typ: 'JWT' })}.${payload}`),
      sign(`${part({ alg: 'HS256' })}.${payload}`),
      `${head}.${payload}.`,
      `${head}.${payload}`,
      sign(`${head}.${part({ ...claims, sub: other.sub ?? '', jti: other.jti ?? '' })}`),
      sign(`${head}.${part({ ...claims, exp: 9_999_999_999 })}`),
      sign(`${head}.${'A'.repeat(5_000)}`),
    ])
      expect(await statusOf(server.url, forged), forged).toBe(401);
    expect(await statusOf(server.url, token)).toBe(200);
  });

  test('API tokens stay opaque', async () => {
    const body = { name: 'robot', scopes: ['records:read'] };
    const made = await admin.post('/api/admin/api-tokens', body);
    expect(made.body.token).toMatch(/^tb_[\w-]{43}$/);
    expect((await client(server.url, made.body.token).get('/api/collections')).status).toBe(200);
  });
});

test('rotation: what the first key signs all verify, and one that is taken out counts no more', async () => {
  const dir = makeTemporaryFolder();
  const start = (...secrets: string[]) =>
    startBinary({ dir, env: { [FORMAT]: 'jwt', [SECRET]: secrets.join(',') } });
  let old = '';
  {
    await using server = await start(ONE);
    await createAdmin(server);
    old = (await createUser(server.url, USER.email)).token;
    await server.stop();
  }
  let fresh = '';
  {
    await using server = await start(TWO, ONE);
    expect(await statusOf(server.url, old)).toBe(200);
    fresh = await signIn(server.url);
    await server.stop();
  }
  await using server = await start(TWO);
  expect(await statusOf(server.url, fresh)).toBe(200);
  expect(await statusOf(server.url, old)).toBe(401);
});

test('without a secret one is made once: sessions outlive restarts and changes of the format', async () => {
  const dir = makeTemporaryFolder();
  const start = (format: string) => startBinary({ dir, env: { [FORMAT]: format } });
  let opaque = '';
  {
    await using server = await start('opaque');
    await createAdmin(server);
    opaque = (await createUser(server.url, USER.email)).token;
    await server.stop();
  }
  let jwt = '';
  let said = '';
  {
    await using server = await start('jwt');
    expect(await statusOf(server.url, opaque)).toBe(200);
    jwt = await signIn(server.url);
    expect(jwt).toMatch(JWT);
    await server.stop();
    said += server.stdout() + server.stderr();
  }
  for (const format of ['jwt', 'opaque']) {
    await using server = await start(format);
    for (const token of [opaque, jwt]) expect(await statusOf(server.url, token)).toBe(200);
    const admin = await client(server.url).post('/api/auth/login', ADMIN);
    const settings = await client(server.url, admin.body.token).get('/api/admin/settings');
    said += JSON.stringify(settings.body) + server.stdout() + server.stderr();
    await server.stop();
  }
  const db = new Database(join(dir, 'tinybase.db'), { readonly: true });
  const row = db.query("SELECT value FROM meta WHERE key = 'jwt_secret'").get();
  const { value: secret } = row as { value: string };
  expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
  expect(db.query("SELECT count(*) AS n FROM meta WHERE key = 'jwt_secret'").get()).toEqual({
    n: 1,
  });
  db.close();
  expect(said).not.toContain(secret);
  for (const name of readdirSync(dir)) {
    if (name.startsWith('tinybase.db')) continue;
    const text = readFileSync(join(dir, name), 'utf8');
    for (const hidden of [secret, jwt]) expect(text).not.toContain(hidden);
  }
  expect(readFileSync(join(dir, 'tinybase.db')).includes(jwt)).toBe(false);
});

test('the token of another instance is worth nothing, though both have the same secret', async () => {
  const env = { [FORMAT]: 'jwt', [SECRET]: ONE };
  await using first = await startBinary({ env });
  await using second = await startBinary({ env });
  await createAdmin(first);
  await createAdmin(second);
  const { token } = await createUser(first.url, USER.email);
  await createUser(second.url, USER.email);
  expect(await statusOf(first.url, token)).toBe(200);
  expect(await statusOf(second.url, token)).toBe(401);
});

test('a secret that is too short keeps the server from starting; the message names the key and its place, not the secret', async () => {
  const short = 'too-short-a-secret';
  const outcome = await runBinary(['serve', '--port', '0'], {
    env: { [FORMAT]: 'jwt', [SECRET]: `${ONE},${short}` },
  });
  expect(outcome.code).toBe(2);
  const said = outcome.stdout + outcome.stderr;
  expect(said).toContain('auth.jwt_secret');
  expect(said).toContain(SECRET);
  expect(said).toContain('32 bytes');
  for (const secret of [short, ONE]) expect(said).not.toContain(secret);
});
