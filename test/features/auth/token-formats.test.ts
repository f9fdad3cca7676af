import { beforeEach, describe, expect, test } from 'bun:test';
import { type AuthApp, createAuthApp, PASSWORD } from './auth-app.ts';

const EMAIL = 'ann@example.com';
const OPAQUE = /^tb_[\w-]{43}$/;
const JWT = /^eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9\.[\w-]+\.[\w-]{43}$/;

for (const isJwt of [false, true])
  describe(`a session whose token is ${isJwt ? 'a JWT' : 'opaque'}`, () => {
    let app: AuthApp;
    let token: string;
    beforeEach(async () => {
      app = createAuthApp({ isJwt });
      await app.register(EMAIL);
      token = await app.signIn(EMAIL);
    });
    const me = (shown: string) => app.call('GET', '/api/auth/me', { token: shown });
    const isGood = async (shown = token) => (await me(shown)).status === 200;

    test('comes from signing in, and is stored as a hash', async () => {
      expect(token).toMatch(isJwt ? JWT : OPAQUE);
      expect((await me(token)).body.email).toBe(EMAIL);
      const { token_hash } = app.db.query('SELECT token_hash FROM auth_token').get() as {
        token_hash: string;
      };
      expect(token_hash).toBe(Bun.SHA256.hash(token, 'hex'));
    });

    test('is renewed, and the old one ends', async () => {
      expect(await isGood()).toBe(true);
      const { body } = await app.call('POST', '/api/auth/refresh', { token });
      expect(body.token).toMatch(isJwt ? JWT : OPAQUE);
      expect(await isGood()).toBe(false);
      expect(await isGood(body.token)).toBe(true);
    });

    test('ends at once: signed out', async () => {
      expect(await isGood()).toBe(true);
      expect((await app.call('POST', '/api/auth/logout', { token })).status).toBe(204);
      expect(await isGood()).toBe(false);
    });

    test('ends at once: revoked on another device', async () => {
      const other = await app.signIn(EMAIL);
      expect(await isGood()).toBe(true);
      const { body } = await app.call('GET', '/api/auth/sessions', { token: other });
      const { id } = body.items.find((one: { is_current: boolean }) => !one.is_current);
      await app.call('DELETE', `/api/auth/sessions/${id}`, { token: other });
      expect([await isGood(), await isGood(other)]).toEqual([false, true]);
    });

    test('follows the account: disabled, promoted and demoted at once', async () => {
      await app.users.addAdmin('boss@example.com', PASSWORD);
      const boss = await app.signIn('boss@example.com');
      const { id } = (await me(token)).body;
      const change = (body: object) =>
        app.call('PATCH', `/api/admin/users/${id}`, { token: boss, body });
      const list = async () => (await app.call('GET', '/api/admin/users', { token })).status;
      expect(await list()).toBe(403);
      await change({ is_admin: true });
      expect(await list()).toBe(200);
      await change({ is_admin: false });
      expect(await list()).toBe(403);
      await change({ is_active: false });
      expect(await isGood()).toBe(false);
    });

    test('ends with its time', async () => {
      app.clock.ms += 24 * 3_600_000 - 1;
      expect(await isGood()).toBe(true);
      app.clock.ms += 1;
      expect(await isGood()).toBe(false);
    });

    test('goes into a cookie', async () => {
      const body = { email: EMAIL, password: PASSWORD, cookie: true };
      const answer = await app.call('POST', '/api/auth/login', { body });
      expect(answer.body.token).toBeUndefined();
      const cookie = answer.cookie?.split(';')[0] ?? '';
      expect(cookie.slice('tb_session='.length)).toMatch(isJwt ? JWT : OPAQUE);
      const headers = { cookie, 'sec-fetch-site': 'same-origin' };
      expect((await app.call('GET', '/api/auth/me', { headers })).status).toBe(200);
      const foreign = { cookie, 'sec-fetch-site': 'cross-site' };
      expect((await app.call('GET', '/api/auth/me', { headers: foreign })).status).toBe(401);
    });

    test('is given to the first admin, also to one whose account was there', async () => {
      for (const email of [EMAIL, 'new@example.com']) {
        const setup = await app.auth.createSetupToken();
        const body = { token: setup, email, password: PASSWORD };
        const answer = await app.call('POST', '/api/auth/setup', { body });
        expect(answer.status).toBe(201);
        expect(answer.body.token).toMatch(isJwt ? JWT : OPAQUE);
        expect((await me(answer.body.token)).body).toMatchObject({ email, is_admin: true });
        app.db.run('UPDATE user SET is_admin = 0');
      }
    });

    test('API tokens stay as they are', async () => {
      await app.users.addAdmin('boss@example.com', PASSWORD);
      const boss = await app.signIn('boss@example.com');
      const body = { name: 'robot', scopes: ['admin'] };
      const made = await app.call('POST', '/api/admin/api-tokens', { token: boss, body });
      expect(made.body.token).toMatch(OPAQUE);
      expect(await isGood(made.body.token)).toBe(true);
    });
  });
