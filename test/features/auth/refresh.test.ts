import { beforeEach, describe, expect, test } from 'bun:test';
import { type AuthApp, createAuthApp, PASSWORD } from './auth-app.ts';

const PATH = '/api/auth/refresh';
const EMAIL = 'ann@example.com';

let app: AuthApp;
let token: string;
beforeEach(async () => {
  app = createAuthApp();
  await app.register(EMAIL);
  token = await app.signIn(EMAIL);
});

const refresh = (shown: string, body?: object) =>
  app.call('POST', PATH, { token: shown, ...(body && { body }) });
const isGood = async (shown: string) =>
  (await app.call('GET', '/api/auth/me', { token: shown })).status === 200;

test('answers a new token and a new time, with or without a body', async () => {
  app.clock.ms += 3_600_000;
  for (const body of [undefined, {}, { cookie: false }]) {
    const answer = await refresh(token, body);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      token: expect.stringMatching(/^tb_[A-Za-z0-9_-]{43}$/),
      expires_at: '2030-01-02T01:00:00.000Z',
      user: { id: expect.any(String), email: EMAIL, is_admin: false },
    });
    expect(answer.cookie).toBeNull();
    expect(await isGood(answer.body.token)).toBe(true);
    token = answer.body.token;
  }
});

test('a token is not used again after it was refreshed, though it is remembered', async () => {
  expect(await isGood(token)).toBe(true);
  const { body } = await refresh(token);
  expect(await isGood(token)).toBe(false);
  expect((await refresh(token)).status).toBe(401);
  expect(await isGood(body.token)).toBe(true);
});

test('of 50 at once with one token, one succeeds, and one session is left', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(token)));
  const good = answers.filter(({ status }) => status === 200);
  expect(good).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(49);
  expect(await isGood(good[0]?.body.token)).toBe(true);
  expect(app.db.query('SELECT count(*) AS n FROM auth_token').get()).toEqual({ n: 1 });
});

test('it is no sign-in to listeners, and other devices stay', async () => {
  const other = await app.signIn(EMAIL);
  const before = app.events.length;
  await refresh(token);
  expect(app.events).toHaveLength(before);
  expect(await isGood(other)).toBe(true);
});

test('what is over, or no token, is refreshed by nobody', async () => {
  expect((await app.call('POST', PATH)).status).toBe(401);
  expect((await refresh(`tb_${'A'.repeat(43)}`)).status).toBe(401);
  app.clock.ms += 24 * 3_600_000;
  expect((await refresh(token)).status).toBe(401);
});

test('a disabled account refreshes nothing, in the commit either', async () => {
  expect(await isGood(token)).toBe(true);
  // Behind the back of what is remembered, as a change between the check and the commit would be.
  app.db.run('UPDATE user SET is_active = 0');
  expect((await refresh(token)).status).toBe(401);
});

for (const body of [{ cookie: 'yes' }, { token: 'x' }, { is_admin: true }, []])
  test(`the body ${JSON.stringify(body)} is refused, and the token stays`, async () => {
    expect((await refresh(token, body)).status).toBe(422);
    expect(await isGood(token)).toBe(true);
  });

describe('as a cookie', () => {
  const own = { 'sec-fetch-site': 'same-origin' };
  const body = { email: EMAIL, password: PASSWORD, cookie: true };
  const pairOf = (header: string | null) => header?.split(';')[0] ?? '';

  test('a bearer token moves into one when that is asked for', async () => {
    const answer = await refresh(token, { cookie: true });
    expect(answer.body.token).toBeUndefined();
    expect(answer.cookie).toMatch(/^tb_session=tb_[\w-]{43}; Path=\/; Max-Age=86400; HttpOnly/);
    const headers = { ...own, cookie: pairOf(answer.cookie) };
    expect((await app.call('GET', '/api/auth/me', { headers })).status).toBe(200);
  });

  test('an injected script gets no token out of the HttpOnly cookie', async () => {
    const { cookie } = await app.call('POST', '/api/auth/login', { body });
    const headers = { ...own, cookie: pairOf(cookie) };
    for (const asked of [undefined, {}, { cookie: false }]) {
      const answer = await app.call('POST', PATH, { headers, ...(asked && { body: asked }) });
      expect(answer.status).toBe(200);
      expect(JSON.stringify(answer.body)).not.toContain('tb_');
      expect(answer.cookie).toStartWith('tb_session=tb_');
      headers.cookie = pairOf(answer.cookie);
    }
  });

  test('another site neither refreshes it nor ends it', async () => {
    const { cookie } = await app.call('POST', '/api/auth/login', { body });
    const headers = { cookie: pairOf(cookie), 'sec-fetch-site': 'cross-site' };
    expect((await app.call('POST', PATH, { headers })).status).toBe(401);
    const mine = { ...headers, ...own };
    expect((await app.call('GET', '/api/auth/me', { headers: mine })).status).toBe(200);
  });
});

test('session fixation: a token that somebody chose beforehand never becomes a session', async () => {
  const chosen = `tb_${'x'.repeat(43)}`;
  const headers = { cookie: `tb_session=${chosen}`, 'sec-fetch-site': 'same-origin' };
  const body = { email: EMAIL, password: PASSWORD, cookie: true };
  const { cookie } = await app.call('POST', '/api/auth/login', { body, headers });
  expect(cookie).toStartWith('tb_session=tb_');
  expect(cookie).not.toContain(chosen);
  const again = await app.call('POST', '/api/auth/login', { body, token: chosen });
  expect(again.status).toBe(200);
  expect(await isGood(chosen)).toBe(false);
});
