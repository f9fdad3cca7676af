import { beforeEach, expect, test } from 'bun:test';
import { type AuthApp, createAuthApp, PASSWORD } from './auth-app.ts';

let app: AuthApp;
beforeEach(() => {
  app = createAuthApp();
});

const setUp = (token: string, email = 'boss@example.com', extra: object = {}) =>
  app.call('POST', '/api/auth/setup', { body: { token, email, password: PASSWORD, ...extra } });

async function newLink(): Promise<string> {
  const token = await app.auth.createSetupToken();
  if (token === null) throw new Error('There is an admin.');
  return token;
}

test('the link makes the first admin, who is signed in with it', async () => {
  const { status, body } = await setUp(await newLink());
  expect(status).toBe(201);
  expect(body.user).toEqual({ id: expect.any(String), email: 'boss@example.com', is_admin: true });
  const me = await app.call('GET', '/api/auth/me', { token: body.token });
  expect(me.body).toMatchObject({ email: 'boss@example.com', is_admin: true, is_active: true });
  expect(app.events).toEqual(['register boss@example.com', 'login boss@example.com']);
  expect((await app.login('boss@example.com')).status).toBe(200);
});

test('with cookie the token stays out of the answer', async () => {
  const { status, body, cookie } = await setUp(await newLink(), undefined, { cookie: true });
  expect(status).toBe(201);
  expect(body.token).toBeUndefined();
  expect(cookie).toStartWith('tb_session=tb_');
});

test('50 parallel set-ups with one link: one succeeds, one admin', async () => {
  const token = await newLink();
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => setUp(token, `boss${n}@example.com`)),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(49);
  expect(app.db.query('SELECT count(*) AS n FROM user').get()).toEqual({ n: 1 });
  expect(app.db.query('SELECT count(*) AS n FROM auth_token').get()).toEqual({ n: 1 });
});

test('the link is stored hashed only', async () => {
  const token = await newLink();
  expect(JSON.stringify(app.db.query('SELECT * FROM one_time_token').all())).not.toContain(token);
});

test('an unknown, a used and a replaced link are 401', async () => {
  const old = await newLink();
  const token = await newLink();
  expect((await setUp('guess')).status).toBe(401);
  expect((await setUp('')).status).toBe(401);
  expect((await setUp(old)).status).toBe(401);
  expect((await setUp(token)).status).toBe(201);
  expect((await setUp(token)).status).toBe(401);
});

test('a link is good for 15 minutes', async () => {
  const token = await newLink();
  app.clock.ms += 15 * 60_000;
  expect((await setUp(token)).status).toBe(401);
  app.clock.ms -= 1;
  expect((await setUp(token)).status).toBe(201);
});

test('a link made before the command line added an admin is 409', async () => {
  const token = await newLink();
  await app.users.addAdmin('first@example.com', PASSWORD);
  expect((await setUp(token)).status).toBe(409);
  expect(await app.auth.createSetupToken()).toBeNull();
});

test('a guess costs no hashing', async () => {
  let hashed = 0;
  app = createAuthApp({
    engine: { hash: async () => `${++hashed}`, verify: async () => false },
  });
  await newLink();
  await setUp('guess');
  expect(hashed).toBe(0);
});

test('who registered the address of the admin beforehand is locked out by the set-up', async () => {
  const token = await newLink();
  await app.register('boss@example.com', 'eve knows this');
  const eve = await app.signIn('boss@example.com', 'eve knows this');
  expect((await app.call('GET', '/api/who', { token: eve })).status).toBe(200);
  app.db.run(`INSERT INTO auth_token (id, user_id, kind, token_hash, created_at)
    SELECT 'key', id, 'api', 'hash', created_at FROM user`);
  const { status, body } = await setUp(token);
  expect(status).toBe(201);
  expect(body.user.is_admin).toBe(true);
  expect((await app.call('GET', '/api/who', { token: eve })).status).toBe(401);
  expect((await app.login('boss@example.com', 'eve knows this')).status).toBe(401);
  expect((await app.call('GET', '/api/auth/me', { token: body.token })).status).toBe(200);
  expect(app.db.query("SELECT 1 FROM auth_token WHERE kind = 'api'").get()).toBeNull();
});

test('a fault leaves the link as it was', async () => {
  const token = await newLink();
  expect((await setUp(token, 'no address')).status).toBe(422);
  expect((await setUp(token)).status).toBe(201);
});
