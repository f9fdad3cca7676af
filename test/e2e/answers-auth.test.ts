import { describe, expect, test } from 'bun:test';
import { ADMIN, client, startBinary } from '../support/binary.ts';
import { overHttp, scenarios } from '../support/scenario.ts';
import { fault, problem, serveForFile, TIMESTAMP, UUID_V7 } from '../support/served.ts';

const TOKEN = /^tb_[A-Za-z0-9_-]{43}$/;
const PASSWORD = 'a long enough password';

describe("SPEC's answers and errors to the letter: the first admin", () => {
  test('the set-up link makes one admin, once', async () => {
    await using server = await startBinary();
    const anonymous = client(server.url);
    const token = server.setupToken;
    expect(server.stdout() + server.stderr()).toContain('/admin/#/setup?token=');

    const wrong = await anonymous.post('/api/auth/setup', { token: 'wrong', ...ADMIN });
    expect(wrong.status).toBe(401);
    expect(wrong.body).toMatchObject(problem('unauthenticated'));

    const short = await anonymous.post('/api/auth/setup', { token, ...ADMIN, password: 'short' });
    expect(short.status).toBe(422);
    fault(['body', 'password'])(short.body);

    const first = await anonymous.post('/api/auth/setup', { token, ...ADMIN });
    expect(first.status).toBe(201);
    expect(first.body).toEqual({
      token: expect.stringMatching(TOKEN),
      expires_at: expect.stringMatching(TIMESTAMP),
      user: { id: expect.stringMatching(UUID_V7), email: ADMIN.email, is_admin: true },
    });

    const again = await anonymous.post('/api/auth/setup', {
      token,
      email: 'second@example.com',
      password: PASSWORD,
    });
    expect(again.status).toBe(401);
  });

  test('fifty requests with one set-up link make one admin', async () => {
    // A slow machine hashes fifty passwords in more than the 30 s that a request may take.
    const env = { TINYBASE_SERVER_REQUEST_TIMEOUT_SECONDS: '3600' };
    await using server = await startBinary({ env });
    const anonymous = client(server.url);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        anonymous.post('/api/auth/setup', {
          token: server.setupToken,
          email: `admin${index}@example.com`,
          password: PASSWORD,
        }),
      ),
    );
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([201, 401]));
  });

  test('a server that has an admin prints no set-up link', async () => {
    await using server = await startBinary();
    const anonymous = client(server.url);
    await anonymous.post('/api/auth/setup', { token: server.setupToken, ...ADMIN });
    await server.stop();
    await using again = await server.restart();
    expect(again.setupToken).toBeUndefined();
  });
});

describe("SPEC's answers and errors to the letter: auth", () => {
  const served = serveForFile();
  scenarios(
    () => served().target,
    [
      {
        name: 'registering answers 201 and no secret',
        request: ['POST', '/api/auth/register', { email: 'Cleo@Example.com', password: PASSWORD }],
        status: 201,
        keys: ['id', 'email', 'is_admin', 'created_at'],
        body: {
          id: expect.stringMatching(UUID_V7),
          is_admin: false,
          created_at: expect.stringMatching(TIMESTAMP),
        },
      },
      {
        name: 'an e-mail that is taken in another case is a conflict',
        request: ['POST', '/api/auth/register', { email: 'cLEO@example.COM', password: PASSWORD }],
        status: 409,
        body: problem('conflict'),
      },
      {
        name: 'both faults of a registration are told at once',
        request: ['POST', '/api/auth/register', { email: 'nothing', password: 'short' }],
        status: 422,
        body: fault(['body', 'email'], ['body', 'password']),
      },
      {
        name: 'a password of 256 characters is fine',
        request: [
          'POST',
          '/api/auth/register',
          { email: 'l@example.com', password: 'x'.repeat(256) },
        ],
        status: 201,
      },
      {
        name: 'a password of 257 characters is refused, not cut',
        request: [
          'POST',
          '/api/auth/register',
          { email: 'm@example.com', password: 'x'.repeat(257) },
        ],
        status: 422,
        body: fault(['body', 'password']),
      },
      {
        name: 'an unknown key is refused with the nearest name',
        request: [
          'POST',
          '/api/auth/register',
          { email: 'n@example.com', password: PASSWORD, pasword: 'x' },
        ],
        status: 422,
        body: {
          code: 'invalid_input',
          detail: [{ loc: ['body', 'pasword'], msg: expect.stringContaining('password') }],
        },
      },
      {
        name: 'malformed JSON is invalid input',
        request: ['POST', '/api/auth/register', '{"email":'],
        status: 422,
        body: { code: 'invalid_input', detail: [{ loc: ['body'] }] },
      },
      {
        name: 'a missing body is invalid input',
        request: ['POST', '/api/auth/register'],
        status: 422,
        body: { code: 'invalid_input', detail: expect.any(Array) },
      },
      {
        name: 'another content type is refused',
        request: ['POST', '/api/auth/register', 'email=a', { 'content-type': 'text/plain' }],
        status: 415,
        body: problem('unsupported_media_type'),
      },
      {
        name: 'signing in answers a token, its end and the user',
        request: ['POST', '/api/auth/login', { email: 'ANN@example.com', password: PASSWORD }],
        status: 200,
        keys: ['token', 'expires_at', 'user'],
        body: {
          token: expect.stringMatching(TOKEN),
          expires_at: expect.stringMatching(TIMESTAMP),
          user: { id: '{ann_id}', email: 'ann@example.com', is_admin: false },
        },
        keep: { session: 'token' },
      },
      {
        name: 'signing in ignores a bad token',
        request: [
          'POST',
          '/api/auth/login',
          { email: 'ann@example.com', password: PASSWORD },
          { authorization: 'Bearer tb_nothing' },
        ],
        status: 200,
      },
      {
        name: 'me answers the account without its hash',
        request: ['GET', '/api/auth/me'],
        as: 'ann',
        status: 200,
        keys: [
          'id',
          'email',
          'is_admin',
          'is_active',
          'email_verified',
          'created_at',
          'updated_at',
        ],
        body: { id: '{ann_id}', is_admin: false, is_active: true, email_verified: false },
      },
      {
        name: 'me without a token is 401 and says how to sign in',
        request: ['GET', '/api/auth/me'],
        status: 401,
        body: problem('unauthenticated'),
        headers: { 'www-authenticate': /^Bearer/ },
      },
      {
        name: 'a bad token is 401 even on a public route',
        request: ['GET', '/api/collections', undefined, { authorization: 'Bearer tb_nothing' }],
        status: 401,
        body: problem('unauthenticated'),
        headers: { 'www-authenticate': /^Bearer/ },
      },
      {
        name: 'signing out ends the token',
        request: ['POST', '/api/auth/logout', undefined, { authorization: 'Bearer {session}' }],
        status: 204,
        body: undefined,
      },
      {
        name: 'the token that was signed out is refused',
        request: ['GET', '/api/auth/me', undefined, { authorization: 'Bearer {session}' }],
        status: 401,
        body: problem('unauthenticated'),
      },
      {
        name: 'an anonymous caller sees no users',
        request: ['GET', '/api/admin/users'],
        status: 401,
        body: problem('unauthenticated'),
      },
      {
        name: 'a user sees no users',
        request: ['GET', '/api/admin/users'],
        as: 'ann',
        status: 403,
        body: problem('forbidden'),
      },
    ],
  );

  test('a wrong password and an unknown e-mail get the same answer', async () => {
    const { anonymous } = served();
    const wrong = await anonymous.post('/api/auth/login', {
      email: 'ann@example.com',
      password: 'something else',
    });
    const unknown = await anonymous.post('/api/auth/login', {
      email: 'nobody@example.com',
      password: 'something else',
    });
    expect(wrong.status).toBe(401);
    expect([unknown.status, unknown.body]).toEqual([wrong.status, wrong.body]);
    expect(wrong.body).toMatchObject(problem('unauthenticated'));
  });

  test("the admin app's session is a cookie that counts only from its own origin", async () => {
    const { anonymous, target } = served();
    const login = await anonymous.post('/api/auth/login', {
      email: 'ann@example.com',
      password: PASSWORD,
      cookie: true,
    });
    expect(login.status).toBe(200);
    expect(login.body.token).toBeUndefined();
    const cookie = login.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^tb_session=[^;]+;/);
    expect(cookie).toMatch(/HttpOnly/i);
    expect(cookie).toMatch(/SameSite=Strict/i);
    expect(cookie).toMatch(/Path=\//i);
    expect(cookie).not.toMatch(/Secure/i);
    const value = cookie.split(';')[0] ?? '';
    const ask = async (headers: Record<string, string>) =>
      (
        await overHttp(anonymous.url, () => ({})).handle(
          new Request('http://localhost/api/auth/me', { headers: { cookie: value, ...headers } }),
        )
      ).status;
    expect(await ask({ 'sec-fetch-site': 'same-origin' })).toBe(200);
    expect(await ask({ origin: anonymous.url })).toBe(200);
    expect(await ask({})).toBe(401);
    expect(await ask({ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' })).toBe(401);
    expect(
      await ask({
        'sec-fetch-site': 'same-origin',
        authorization: `Bearer ${target.token('bob')}`,
      }),
    ).toBe(200);
  });
});
