import { beforeEach, describe, expect, test } from 'bun:test';
import { type AuthApp, createAuthApp, PASSWORD } from './auth-app.ts';

let app: AuthApp;
beforeEach(() => {
  app = createAuthApp();
});

describe('register', () => {
  test('answers the new account, and tells the listeners once', async () => {
    const { status, body } = await app.register('Ann@Example.com');
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/),
      email: 'ann@example.com',
      is_admin: false,
      created_at: '2030-01-01T00:00:00.000Z',
    });
    expect(app.events).toEqual(['register ann@example.com']);
  });

  test('a look-alike that differs by case is the same address', async () => {
    await app.register('ann@example.com');
    const again = await app.register('ANN@Example.COM');
    expect(again.status).toBe(409);
    expect(again.body.code).toBe('conflict');
    expect((await app.login('aNN@example.com')).status).toBe(200);
  });

  test('of 20 at once for one address, one gets it', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => app.register('ann@example.com')),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
  });

  test('is refused when closed, before anything else is looked at', async () => {
    app = createAuthApp({ isRegistrationOpen: false });
    expect((await app.register('not an address', 'x')).status).toBe(403);
  });

  test('all faults come at once, each with its place', async () => {
    const { status, body } = await app.register('nobody', 'short');
    expect(status).toBe(422);
    expect(body.detail.map((fault: { loc: string[] }) => fault.loc)).toEqual([
      ['body', 'email'],
      ['body', 'password'],
    ]);
  });

  for (const [name, email] of [
    ['empty', ''],
    ['without a domain', 'ann@'],
    ['without a name', '@example.com'],
    ['two signs', 'a@b@example.com'],
    ['padded', ' ann@example.com '],
    ['a header injection', 'ann@example.com\r\nBcc: all@example.com'],
    ['a second recipient', 'ann@example.com,eve@example.com'],
    ['a display name', 'Ann<ann@example.com>'],
    ['a zero-width look-alike', 'ann\u200b@example.com'],
    ['a NUL', 'ann\u0000@example.com'],
    ['no dot in the domain', 'ann@intranet'],
    ['a doubled dot in the domain', 'ann@example..com'],
    ['too long', `${'a'.repeat(250)}@example.com`],
  ] as const)
    test(`an address that is ${name} is refused`, async () => {
      expect((await app.register(email)).status).toBe(422);
    });

  test('characters of a password are counted as people count them, and never cut', async () => {
    expect((await app.register('a@localhost', '🐎'.repeat(7))).status).toBe(422);
    expect((await app.register('a@localhost', '🐎'.repeat(256))).status).toBe(201);
    expect((await app.register('b@localhost', '🐎'.repeat(257))).status).toBe(422);
    expect((await app.login('a@localhost', '🐎'.repeat(255))).status).toBe(401);
    expect((await app.login('a@localhost', '🐎'.repeat(256))).status).toBe(200);
  });

  test('nobody makes himself an admin by an unknown key', async () => {
    const body = { email: 'eve@example.com', password: PASSWORD, is_admin: true };
    expect((await app.call('POST', '/api/auth/register', { body })).status).toBe(422);
    expect(app.db.query('SELECT count(*) AS n FROM user').get()).toEqual({ n: 0 });
  });

  test('a stale token in the header does not get in the way', async () => {
    const body = { email: 'ann@example.com', password: PASSWORD };
    const { status } = await app.call('POST', '/api/auth/register', { body, token: 'stale' });
    expect(status).toBe(201);
  });
});

describe('login', () => {
  beforeEach(() => app.register('ann@example.com'));

  test('answers a token of 256 bits and when it ends', async () => {
    const { status, body, cookie } = await app.login('ann@example.com');
    expect(status).toBe(200);
    expect(body).toEqual({
      token: expect.stringMatching(/^tb_[A-Za-z0-9_-]{43}$/),
      expires_at: '2030-01-02T00:00:00.000Z',
      user: { id: expect.any(String), email: 'ann@example.com', is_admin: false },
    });
    expect(cookie).toBeNull();
    expect(app.events).toEqual(['register ann@example.com', 'login ann@example.com']);
  });

  test('whoever reads the database learns no token', async () => {
    const token = await app.signIn('ann@example.com');
    const row = app.db.query('SELECT * FROM auth_token').get();
    expect(JSON.stringify(row)).not.toContain(token.slice(3));
    expect(row).toMatchObject({ token_hash: Bun.SHA256.hash(token, 'hex'), kind: 'session' });
  });

  test('a wrong address, a wrong password and a disabled account are the same answer', async () => {
    await app.register('off@example.com');
    app.db.run("UPDATE user SET is_active = 0 WHERE email = 'off@example.com'");
    const answers = await Promise.all([
      app.login('ann@example.com', 'wrong horse'),
      app.login('nobody@example.com'),
      app.login('off@example.com'),
      app.login('ann@example.com', ''),
      app.login('not an address'),
      app.login("' OR 1=1 --"),
    ]);
    expect(answers[0]?.status).toBe(401);
    for (const answer of answers) expect(answer).toEqual(answers[0] as (typeof answers)[0]);
  });

  test('an absurdly long password is refused without being hashed', async () => {
    expect((await app.login('ann@example.com', 'x'.repeat(1025))).status).toBe(422);
  });

  for (const body of [null, [], 'text', {}, { email: 1, password: [] }, { email: 'a@b.co' }])
    test(`the body ${JSON.stringify(body)} is refused`, async () => {
      expect((await app.call('POST', '/api/auth/login', { body })).status).toBe(422);
    });
});

describe('me and logout', () => {
  let token: string;
  beforeEach(async () => {
    await app.register('ann@example.com');
    token = await app.signIn('ann@example.com');
  });

  test('me answers the own account, without its hash', async () => {
    const { status, body } = await app.call('GET', '/api/auth/me', { token });
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual([
      'id',
      'email',
      'is_admin',
      'is_active',
      'email_verified',
      'created_at',
      'updated_at',
    ]);
  });

  test('an anonymous caller is turned away', async () => {
    expect((await app.call('GET', '/api/auth/me')).status).toBe(401);
    expect((await app.call('POST', '/api/auth/logout')).status).toBe(401);
  });

  test('logout ends the token at once, also where it is remembered, and no other', async () => {
    const other = await app.signIn('ann@example.com');
    expect((await app.call('GET', '/api/who', { token })).body).toEqual({ kind: 'user' });
    const { status, body, cookie } = await app.call('POST', '/api/auth/logout', { token });
    expect([status, body]).toEqual([204, undefined]);
    expect(cookie).toBe('tb_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict');
    expect((await app.call('GET', '/api/auth/me', { token })).status).toBe(401);
    expect((await app.call('GET', '/api/who', { token })).status).toBe(401);
    expect((await app.call('POST', '/api/auth/logout', { token })).status).toBe(401);
    expect((await app.call('GET', '/api/auth/me', { token: other })).status).toBe(200);
  });

  test('a token ends at its hour, also where it is remembered', async () => {
    app.clock.ms += 24 * 3_600_000 - 1;
    expect((await app.call('GET', '/api/auth/me', { token })).status).toBe(200);
    app.clock.ms += 1;
    expect((await app.call('GET', '/api/auth/me', { token })).status).toBe(401);
    app.sessions.forgetAll();
    expect((await app.call('GET', '/api/auth/me', { token })).status).toBe(401);
  });

  test('an API token that lost its scopes does not pass for a session', async () => {
    app.db.run("UPDATE auth_token SET kind = 'api', scopes = NULL");
    expect((await app.call('GET', '/api/who', { token })).status).toBe(403);
    expect((await app.call('POST', '/api/auth/logout', { token })).status).toBe(403);
  });

  test('a disabled account is out once it is forgotten', async () => {
    const { body } = await app.call('GET', '/api/auth/me', { token });
    app.db.run('UPDATE user SET is_active = 0');
    app.sessions.forgetUser(body.id);
    expect((await app.call('GET', '/api/auth/me', { token })).status).toBe(401);
  });

  for (const header of [
    'tb_x',
    'Basic YTpi',
    'Bearer',
    'Bearer  ',
    'Bearer tb_x',
    'Bearer a b',
    `Bearer tb_${'A'.repeat(43)}`,
    `Bearer tb_${'A'.repeat(100_000)}`,
  ])
    test(`Authorization: ${header.slice(0, 60)} is refused even on a public route`, async () => {
      const headers = { authorization: header };
      expect((await app.call('GET', '/api/who', { headers })).status).toBe(401);
    });

  test('the scheme may be written in any case', async () => {
    const headers = { authorization: `bearer ${token}` };
    expect((await app.call('GET', '/api/who', { headers })).body).toEqual({ kind: 'user' });
  });
});
