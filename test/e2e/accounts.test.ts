import { describe, expect, test } from 'bun:test';
import { scenarios } from '../support/scenario.ts';
import { fault, problem, serveForFile, TIMESTAMP } from '../support/served.ts';
import { bearer, NEXT, PASSWORD, SESSION } from './account-shapes.ts';

const TOKEN = /^tb_[A-Za-z0-9_-]{43}$/;

describe("SPEC's answers and errors to the letter: one's own account", () => {
  const served = serveForFile();
  scenarios(
    () => served().target,
    [
      {
        name: 'a device signs in',
        request: [
          'POST',
          '/api/auth/login',
          { email: 'ann@example.com', password: PASSWORD },
          { 'user-agent': "Ann's telephone" },
        ],
        status: 200,
        keep: { first: 'token' },
      },
      {
        name: 'refresh answers as signing in does',
        request: ['POST', '/api/auth/refresh', undefined, bearer('first')],
        status: 200,
        keys: ['token', 'expires_at', 'user'],
        body: {
          token: expect.stringMatching(TOKEN),
          expires_at: expect.stringMatching(TIMESTAMP),
          user: { id: '{ann_id}', email: 'ann@example.com', is_admin: false },
        },
        headers: { 'cache-control': 'no-store', 'set-cookie': null },
        keep: { phone: 'token' },
      },
      {
        name: 'the token that was refreshed is refused',
        request: ['GET', '/api/auth/me', undefined, bearer('first')],
        status: 401,
        body: problem('unauthenticated'),
      },
      {
        name: 'refresh needs a token',
        request: ['POST', '/api/auth/refresh'],
        status: 401,
        body: problem('unauthenticated'),
      },
      {
        name: 'the sessions are listed, latest sign-in first, without what opens them',
        request: ['GET', '/api/auth/sessions'],
        as: 'ann',
        status: 200,
        body: (body: unknown) => {
          expect(body).toEqual({
            items: [
              { ...SESSION, name: expect.any(String), is_current: false },
              { ...SESSION, name: expect.any(String), is_current: true },
            ],
            total: 2,
            page: 1,
            page_size: 100,
          });
        },
        keep: { phone_id: 'items.0.id' },
      },
      {
        name: 'the sessions come in pages',
        request: ['GET', '/api/auth/sessions?limit=1&offset=1'],
        as: 'ann',
        status: 200,
        body: { items: [{ is_current: true }], total: 2, page: 2, page_size: 1 },
      },
      {
        name: "IDOR: the session of another ends by its owner's word only",
        request: ['DELETE', '/api/auth/sessions/{phone_id}'],
        as: 'bob',
        status: 404,
        body: problem('not_found'),
      },
      {
        name: 'a session ends',
        request: ['DELETE', '/api/auth/sessions/{phone_id}'],
        as: 'ann',
        status: 204,
        body: undefined,
      },
      {
        name: 'and its token with it',
        request: ['GET', '/api/auth/me', undefined, bearer('phone')],
        status: 401,
      },
      {
        name: 'a session ends once',
        request: ['DELETE', '/api/auth/sessions/{phone_id}'],
        as: 'ann',
        status: 404,
        body: problem('not_found'),
      },
      {
        name: 'changing the password needs the current one',
        request: [
          'POST',
          '/api/auth/change-password',
          { current_password: 'not it', password: NEXT },
        ],
        as: 'ann',
        status: 422,
        body: fault(['body', 'current_password']),
      },
      {
        name: 'a new password that is too short is refused',
        request: [
          'POST',
          '/api/auth/change-password',
          { current_password: PASSWORD, password: 'short' },
        ],
        as: 'ann',
        status: 422,
        body: fault(['body', 'password']),
      },
      {
        name: 'another device signs in',
        request: ['POST', '/api/auth/login', { email: 'ann@example.com', password: PASSWORD }],
        status: 200,
        keep: { other: 'token' },
      },
      {
        name: 'the password is changed',
        request: [
          'POST',
          '/api/auth/change-password',
          { current_password: PASSWORD, password: NEXT },
        ],
        as: 'ann',
        status: 204,
        body: undefined,
      },
      {
        name: 'the session that changed it stays',
        request: ['GET', '/api/auth/me'],
        as: 'ann',
        status: 200,
      },
      {
        name: 'all others end',
        request: ['GET', '/api/auth/me', undefined, bearer('other')],
        status: 401,
      },
      {
        name: 'the old password signs nobody in',
        request: ['POST', '/api/auth/login', { email: 'ann@example.com', password: PASSWORD }],
        status: 401,
        body: problem('unauthenticated'),
      },
      {
        name: 'the new one does',
        request: ['POST', '/api/auth/login', { email: 'ann@example.com', password: NEXT }],
        status: 200,
      },
      {
        name: "deleting one's account needs the password",
        request: ['DELETE', '/api/auth/me', { password: PASSWORD }],
        as: 'ann',
        status: 422,
        body: fault(['body', 'password']),
      },
      {
        name: 'the last admin cannot leave',
        request: ['DELETE', '/api/auth/me', { password: PASSWORD }],
        as: 'admin',
        status: 409,
        body: problem('conflict'),
      },
      {
        name: "deletes one's account",
        request: ['DELETE', '/api/auth/me', { password: NEXT }],
        as: 'ann',
        status: 204,
        body: undefined,
        headers: { 'set-cookie': /^tb_session=; .*Max-Age=0/ },
      },
      {
        name: 'its token ends with the account',
        request: ['GET', '/api/auth/me'],
        as: 'ann',
        status: 401,
        body: problem('unauthenticated'),
      },
      {
        name: 'its address is free again',
        request: ['POST', '/api/auth/register', { email: 'ann@example.com', password: PASSWORD }],
        status: 201,
      },
    ],
  );

  test('a session in a cookie is refreshed in its cookie, and its token never shown to scripts', async () => {
    const { anonymous } = served();
    const signIn = { email: 'bob@example.com', password: PASSWORD, cookie: true };
    const login = await anonymous.post('/api/auth/login', signIn);
    const cookieOf = (answer: typeof login) =>
      answer.headers.get('set-cookie')?.split(';')[0] ?? '';
    const own = (cookie: string) => ({ cookie, 'sec-fetch-site': 'same-origin' });
    const first = cookieOf(login);
    const refreshed = await anonymous.request(
      'POST',
      '/api/auth/refresh',
      { cookie: false },
      own(first),
    );
    expect(refreshed.status).toBe(200);
    expect(Object.keys(refreshed.body).sort()).toEqual(['expires_at', 'user']);
    const second = cookieOf(refreshed);
    expect(second).toMatch(/^tb_session=tb_/);
    expect(refreshed.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Strict/);
    const me = (cookie: string) => anonymous.request('GET', '/api/auth/me', undefined, own(cookie));
    expect((await me(first)).status).toBe(401);
    expect((await me(second)).status).toBe(200);
  });
});
