import { beforeEach, describe, expect, test } from 'bun:test';
import { type AuthApp, createAuthApp, PASSWORD } from './auth-app.ts';

let app: AuthApp;
let cookie: string;
const body = { email: 'ann@example.com', password: PASSWORD, cookie: true };

beforeEach(async () => {
  app = createAuthApp();
  await app.register(body.email);
  const answer = await app.call('POST', '/api/auth/login', { body });
  cookie = (answer.cookie ?? '').split(';')[0] ?? '';
});

const who = async (headers: Record<string, string>, token?: string) => {
  const answer = await app.call('GET', '/api/who', {
    headers,
    ...(token === undefined ? {} : { token }),
  });
  return answer.status === 200 ? answer.body.kind : answer.status;
};

test('scripts never see the token: it is in an HttpOnly cookie and not in the answer', async () => {
  const answer = await app.call('POST', '/api/auth/login', { body });
  expect(answer.body).toEqual({
    expires_at: '2030-01-02T00:00:00.000Z',
    user: { id: expect.any(String), email: 'ann@example.com', is_admin: false },
  });
  expect(answer.cookie).toMatch(
    /^tb_session=tb_[A-Za-z0-9_-]{43}; Path=\/; Max-Age=86400; HttpOnly; SameSite=Strict$/,
  );
});

test('on https the cookie never travels in the clear', async () => {
  const origin = 'https://localhost';
  const { cookie } = await app.call('POST', '/api/auth/login', { body, origin });
  expect(cookie).toEndWith('; SameSite=Strict; Secure');
});

describe('a cookie from another site is worth nothing', () => {
  const own = { 'sec-fetch-site': 'same-origin' };
  const cases: [string, Record<string, string>, unknown][] = [
    ['our own page', own, 'user'],
    ['our own page, in a browser without Sec-Fetch-Site', { origin: 'http://localhost' }, 'user'],
    ['no sign of where it comes from', {}, 'anonymous'],
    ['another site', { 'sec-fetch-site': 'cross-site' }, 'anonymous'],
    ['a neighbour in the domain', { 'sec-fetch-site': 'same-site' }, 'anonymous'],
    ['an address typed by hand', { 'sec-fetch-site': 'none' }, 'anonymous'],
    ['another origin', { origin: 'http://evil.example' }, 'anonymous'],
    ['another port', { origin: 'http://localhost:81' }, 'anonymous'],
    ['an origin that starts alike', { origin: 'http://localhost.evil.example' }, 'anonymous'],
    ['a sandboxed frame', { origin: 'null' }, 'anonymous'],
    ['an origin that is none', { origin: 'localhost' }, 'anonymous'],
    [
      'the same host without encryption',
      { origin: 'http://localhost', 'sec-fetch-site': 'cross-site' },
      'anonymous',
    ],
  ];
  for (const [name, headers, expected] of cases)
    test(name, async () => {
      expect(await who({ ...headers, cookie })).toBe(expected as string);
    });

  test('the Host that the browser asked is what the origin is compared with', async () => {
    const host = 'Tiny.example:8000';
    expect(await who({ cookie, host, origin: 'http://tiny.example:8000' })).toBe('user');
    expect(await who({ cookie, host, origin: 'http://tiny.example' })).toBe('anonymous');
  });
});

test('it is found among others, and names that end alike are not taken for it', async () => {
  const own = { 'sec-fetch-site': 'same-origin' };
  expect(await who({ ...own, cookie: `a=b; ${cookie};c=d` })).toBe('user');
  expect(await who({ ...own, cookie: `x${cookie}` })).toBe('anonymous');
  expect(await who({ ...own, cookie: 'tb_session=' })).toBe('anonymous');
});

test('a second cookie slipped in by a neighbour in the domain makes both void', async () => {
  const own = { 'sec-fetch-site': 'same-origin' };
  expect(await who({ ...own, cookie: `tb_session=tb_planted; ${cookie}` })).toBe('anonymous');
});

test('a bearer token wins over the cookie, also when it is no good', async () => {
  const own = { 'sec-fetch-site': 'same-origin', cookie };
  await app.register('bob@example.com');
  const token = await app.signIn('bob@example.com');
  const answer = await app.call('GET', '/api/auth/me', { headers: own, token });
  expect(answer.body.email).toBe('bob@example.com');
  expect(await who(own, 'tb_x')).toBe(401);
});

test('logout by cookie ends the session', async () => {
  const headers = { 'sec-fetch-site': 'same-origin', cookie };
  expect((await app.call('POST', '/api/auth/logout', { headers })).status).toBe(204);
  expect(await who(headers)).toBe(401);
});

test('logout cannot be forced by another site', async () => {
  const headers = { 'sec-fetch-site': 'cross-site', cookie };
  expect((await app.call('POST', '/api/auth/logout', { headers })).status).toBe(401);
  expect(await who({ 'sec-fetch-site': 'same-origin', cookie })).toBe('user');
});
