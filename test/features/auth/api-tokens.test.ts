import { beforeEach, describe, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SCOPES } from '../../../src/core/actor.ts';
import { createTokenApp, PATH, type TokenApp } from './api-token-app.ts';
import { createAuthApp, PASSWORD } from './auth-app.ts';

const USERS = '/api/admin/users';

let app: TokenApp;
beforeEach(async () => {
  app = await createTokenApp();
});

describe('an API token', () => {
  test('acts for its maker', async () => {
    const { token } = await app.made(['records:read']);
    const { status, body } = await app.call('GET', '/api/auth/me', { token });
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: app.bossId, email: 'boss@example.com', is_admin: true });
  });

  test('with the scope admin does what its maker does', async () => {
    const { token } = await app.made(['admin']);
    expect(await app.statusOf(USERS, token)).toBe(200);
    expect(await app.statusOf(PATH, token)).toBe(200);
  });

  test('without it is told which scope is missing, on a route that has no line either', async () => {
    const { token } = await app.made(['records:read', 'records:write']);
    for (const path of [USERS, PATH, '/api/who']) {
      const { status, body } = await app.call('GET', path, { token });
      expect(status).toBe(403);
      expect(body.code).toBe('forbidden');
      expect(body.detail).toContain('the scope admin;');
      expect(body.detail).toContain('records:read, records:write');
    }
  });

  test('its last use is written at most once a minute', async () => {
    const { token } = await app.made(['admin']);
    const lastUse = async () => {
      await app.written();
      return (await app.list()).items[0].last_used_at;
    };
    expect(await lastUse()).toBeNull();
    await app.statusOf('/api/auth/me', token);
    expect(await lastUse()).toBe('2030-01-01T00:00:00.000Z');
    app.clock.ms += 59_999;
    await app.statusOf('/api/auth/me', token);
    expect(await lastUse()).toBe('2030-01-01T00:00:00.000Z');
    app.clock.ms += 1;
    await app.statusOf('/api/auth/me', token);
    expect(await lastUse()).toBe('2030-01-01T00:01:00.000Z');
  });

  test('ends with its time, although it is remembered', async () => {
    const { token } = await app.made(['admin'], { expires_at: '2030-01-01T01:00:00Z' });
    app.clock.ms = Date.UTC(2030, 0, 1, 1) - 1;
    expect(await app.statusOf(USERS, token)).toBe(200);
    app.clock.ms += 1;
    expect(await app.statusOf(USERS, token)).toBe(401);
    app.sessions.forgetAll();
    expect(await app.statusOf(USERS, token)).toBe(401);
  });

  test('revoked while it is remembered, it ends at once', async () => {
    const { id, token } = await app.made(['admin']);
    const other = await app.made(['admin']);
    expect(await app.statusOf(USERS, token)).toBe(200);
    expect((await app.remove(id)).status).toBe(204);
    expect(await app.statusOf(USERS, token)).toBe(401);
    expect(await app.statusOf(USERS, other.token)).toBe(200);
    expect((await app.remove(id)).status).toBe(404);
    expect((await app.remove('no-such-id')).status).toBe(404);
  });

  test('can be ended by another admin, and by itself', async () => {
    await app.users.addAdmin('second@example.com', PASSWORD);
    const one = await app.made(['admin']);
    expect((await app.remove(one.id, await app.signIn('second@example.com'))).status).toBe(204);
    const two = await app.made(['admin']);
    expect((await app.remove(two.id, two.token)).status).toBe(204);
    expect(await app.statusOf(USERS, two.token)).toBe(401);
  });

  test("a session's id ends no session here", async () => {
    const { id } = app.db.query('SELECT id FROM auth_token').get() as { id: string };
    expect((await app.remove(id)).status).toBe(404);
    expect(await app.statusOf(USERS, app.boss)).toBe(200);
  });

  test('does not log out: it has no session to end, and stays', async () => {
    const { token } = await app.made(['admin']);
    const answer = await app.call('POST', '/api/auth/logout', { token });
    expect(answer.status).toBe(403);
    expect(answer.body.detail).toContain('API token');
    expect(answer.cookie).toBeNull();
    expect(await app.statusOf(USERS, token)).toBe(200);
  });

  test('is not looked at by login and register', async () => {
    const { id, token } = await app.made(['records:read']);
    await app.remove(id);
    const body = { email: 'ann@example.com', password: PASSWORD };
    expect((await app.call('POST', '/api/auth/register', { body, token })).status).toBe(201);
    expect((await app.call('POST', '/api/auth/login', { body, token })).body.user.is_admin).toBe(
      false,
    );
  });

  test('stays when its maker signs out: it is no session', async () => {
    const { token } = await app.made(['admin']);
    await app.call('POST', '/api/auth/logout', { token: app.boss });
    expect(await app.statusOf(USERS, token)).toBe(200);
  });
});

describe('an API token whose maker', () => {
  test('is disabled ends at once, though it is remembered', async () => {
    const { token } = await app.made(['admin']);
    expect(await app.statusOf('/api/auth/me', token)).toBe(200);
    app.db.run('UPDATE user SET is_active = 0');
    app.sessions.forgetUser(app.bossId);
    expect(await app.statusOf('/api/auth/me', token)).toBe(401);
  });

  test('is deleted goes with the account', async () => {
    const { token } = await app.made(['admin']);
    await app.statusOf('/api/auth/me', token);
    app.db.run('DELETE FROM user WHERE id = ?', [app.bossId]);
    app.sessions.forgetUser(app.bossId);
    expect(await app.statusOf('/api/auth/me', token)).toBe(401);
    expect(app.db.query('SELECT count(*) AS n FROM auth_token').get()).toEqual({ n: 0 });
  });

  test('is demoted keeps no right of an admin, whatever its scopes say', async () => {
    const { token } = await app.made([...SCOPES]);
    expect(await app.statusOf(USERS, token)).toBe(200);
    app.db.run('UPDATE user SET is_admin = 0');
    app.sessions.forgetUser(app.bossId);
    expect(await app.statusOf('/api/auth/me', token)).toBe(200);
    expect((await app.call('GET', '/api/who', { token })).body.kind).toBe('user');
    expect(await app.statusOf(USERS, token)).toBe(403);
    expect((await app.make({ name: 'x', scopes: ['admin'] }, token)).status).toBe(403);
  });

  test('is demoted on the command line is narrowed in the running server', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tinybase-tokens-'));
    try {
      const path = join(folder, 'test.db');
      app = await createTokenApp({ path });
      const other = createAuthApp({ path });
      const { token } = await app.made(['admin']);
      expect(await app.statusOf(USERS, token)).toBe(200);
      other.db.run('UPDATE user SET is_admin = 0');
      await Bun.sleep(1);
      app.connection.checkForeignWrites();
      expect(await app.statusOf(USERS, token)).toBe(403);
      other.connection.close();
      app.connection.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a token never makes one that is stronger than itself', () => {
  test('without the scope admin it makes none at all', async () => {
    const { token } = await app.made(SCOPES.filter((scope) => scope !== 'admin'));
    for (const scope of SCOPES)
      expect((await app.make({ name: 'x', scopes: [scope] }, token)).status).toBe(403);
    expect((await app.list()).total).toBe(1);
  });

  test('one with it makes others', async () => {
    const { token } = await app.made(['admin']);
    const next = await app.made(['admin'], {}, token);
    expect(await app.statusOf(USERS, next.token)).toBe(200);
  });

  test('one that ends makes none that outlives it', async () => {
    const end = '2030-01-01T01:00:00Z';
    const { token } = await app.made(['admin'], { expires_at: end });
    const attempt = async (extra: object) =>
      (await app.make({ name: 'x', scopes: ['admin'], ...extra }, token)).status;
    expect(await attempt({})).toBe(403);
    expect(await attempt({ expires_at: null })).toBe(403);
    expect(await attempt({ expires_at: '2030-01-01T01:00:00.001Z' })).toBe(403);
    expect(await attempt({ expires_at: end })).toBe(201);
    expect((await app.list()).total).toBe(2);
  });

  test('a session that ends makes what it likes: its holder can sign in again', async () => {
    expect((await app.make({ name: 'x', scopes: ['admin'], expires_at: null })).status).toBe(201);
  });

  test('a demotion, a block or a revocation that is committed first wins', async () => {
    const { id, token } = await app.made(['admin']);
    expect(await app.statusOf(USERS, token)).toBe(200);
    const body = { name: 'x', scopes: ['admin'] };
    for (const [spoil, mend] of [
      ['UPDATE user SET is_admin = 0', 'UPDATE user SET is_admin = 1'],
      ['UPDATE user SET is_active = 0', 'UPDATE user SET is_active = 1'],
      [`DELETE FROM auth_token WHERE id = '${id}'`, 'SELECT 1'],
    ] as const) {
      // Behind the back of what is remembered, as a change between the check and the commit would be.
      app.db.run(spoil);
      expect((await app.make(body, token)).status).toBe(403);
      app.db.run(mend);
    }
  });
});

describe('a token counts in the header Authorization only', () => {
  const own = { 'sec-fetch-site': 'same-origin' };

  test('a cookie with an API token in it is no good, though the token is', async () => {
    const { token } = await app.made(['admin']);
    const headers = { ...own, cookie: `tb_session=${token}` };
    expect((await app.call('GET', '/api/who', { headers })).status).toBe(401);
    expect((await app.call('GET', USERS, { headers })).status).toBe(401);
    expect(await app.statusOf(USERS, token)).toBe(200);
    expect((await app.call('GET', USERS, { headers, token })).status).toBe(200);
  });

  test('elsewhere it is not even looked for', async () => {
    const { token } = await app.made(['admin']);
    for (const headers of [
      { 'x-api-key': token },
      { 'x-authorization': `Bearer ${token}` },
      { 'proxy-authorization': `Bearer ${token}` },
      { cookie: `token=${token}; authorization=Bearer ${token}`, ...own },
    ])
      expect((await app.call('GET', '/api/who', { headers })).body.kind).toBe('anonymous');
    for (const key of ['token', 'access_token', 'api_token', 'authorization'])
      expect((await app.call('GET', `${USERS}?${key}=${token}`)).status).toBe(401);
  });
});

test('a stolen database holds no token, only its SHA-256', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tinybase-tokens-'));
  try {
    app = await createTokenApp({ path: join(folder, 'test.db') });
    const { token } = await app.made(['admin'], { name: 'findable name' });
    await app.statusOf(USERS, token);
    await app.written();
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
    const holds = (text: string) => files.some((bytes) => bytes.includes(text));
    expect(holds('findable name')).toBe(true);
    expect(holds(Bun.SHA256.hash(token, 'hex'))).toBe(true);
    expect(holds(token)).toBe(false);
    expect(holds(token.slice(3))).toBe(false);
    app.connection.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
