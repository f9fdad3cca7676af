import { beforeEach, expect, test } from 'bun:test';
import { type AuthApp, createAuthApp, PASSWORD, quickEngine } from './auth-app.ts';

const PATH = '/api/auth/change-password';
const EMAIL = 'ann@example.com';
const NEXT = 'battery staple';

let app: AuthApp;
let token: string;
beforeEach(async () => {
  app = createAuthApp();
  await app.register(EMAIL);
  token = await app.signIn(EMAIL);
});

const change = (current_password: string, password: string, shown = token) =>
  app.call('POST', PATH, { token: shown, body: { current_password, password } });
const isGood = async (shown: string) =>
  (await app.call('GET', '/api/auth/me', { token: shown })).status === 200;

test('the new password counts, the old one no more', async () => {
  const answer = await change(PASSWORD, NEXT);
  expect([answer.status, answer.body]).toEqual([204, undefined]);
  expect((await app.login(EMAIL, PASSWORD)).status).toBe(401);
  expect((await app.login(EMAIL, NEXT)).status).toBe(200);
});

test('a stolen session does not outlive the password, though it is remembered; one’s own does', async () => {
  const stolen = await app.signIn(EMAIL);
  expect(await isGood(stolen)).toBe(true);
  await change(PASSWORD, NEXT);
  expect(await isGood(stolen)).toBe(false);
  expect((await app.call('POST', '/api/auth/refresh', { token: stolen })).status).toBe(401);
  expect(await isGood(token)).toBe(true);
});

test('a link for a new password that was open does not count any more', async () => {
  const { id } = (await app.call('GET', '/api/auth/me', { token })).body;
  await app.users.addAdmin('boss@example.com', PASSWORD);
  const boss = await app.signIn('boss@example.com');
  const link = await app.call('POST', `/api/admin/users/${id}/reset-link`, { token: boss });
  await change(PASSWORD, NEXT);
  const body = { token: link.body.token, password: 'third password' };
  expect((await app.call('POST', '/api/auth/password-reset/confirm', { body })).status).toBe(401);
  expect((await app.login(EMAIL, NEXT)).status).toBe(200);
});

test('who has a session but not the password changes nothing, and stays signed in', async () => {
  for (const wrong of ['wrong horse', '', ' ', `${PASSWORD} `, PASSWORD.toUpperCase()]) {
    const { status, body } = await change(wrong, NEXT);
    expect(status).toBe(422);
    expect(body.detail).toEqual([
      {
        loc: ['body', 'current_password'],
        msg: 'is not the current password',
        type: 'value_error',
      },
    ]);
  }
  expect(await isGood(token)).toBe(true);
  expect((await app.login(EMAIL)).status).toBe(200);
});

test('a stolen session does not guess the password: attempts are counted', async () => {
  app = createAuthApp({ attemptsPerMinute: 5 });
  await app.register(EMAIL);
  token = await app.signIn(EMAIL);
  const statuses: number[] = [];
  for (let n = 0; n < 8; n++) statuses.push((await change(`guess ${n}`, NEXT)).status);
  expect(statuses).toEqual([422, 422, 422, 422, 422, 429, 429, 429]);
  expect((await change(PASSWORD, NEXT)).status).toBe(429);
});

test('the rules of new passwords hold, before the old one is looked at', async () => {
  const { status, body } = await change('wrong horse', 'short');
  expect(status).toBe(422);
  expect(body.detail).toMatchObject([{ loc: ['body', 'password'] }]);
  expect((await change(PASSWORD, 'x'.repeat(257))).status).toBe(422);
  expect((await change('x'.repeat(1_025), NEXT)).status).toBe(422);
});

test('of 20 at once, one succeeds', async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => change(PASSWORD, `password ${n}`)),
  );
  expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 422)).toHaveLength(19);
});

test('a session that is ended while its change is being hashed changes nothing', async () => {
  let release = () => {};
  let hashed = () => {};
  const isHashing = new Promise<void>((resolve) => {
    hashed = resolve;
  });
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  let isGated = false;
  app = createAuthApp({
    engine: {
      ...quickEngine,
      async hash(password) {
        if (isGated) {
          hashed();
          await gate;
        }
        return quickEngine.hash(password);
      },
    },
  });
  await app.register(EMAIL);
  token = await app.signIn(EMAIL);
  const owner = await app.signIn(EMAIL);
  isGated = true;
  const stolen = change(PASSWORD, NEXT, token);
  await isHashing;
  const { items } = (await app.call('GET', '/api/auth/sessions', { token: owner })).body;
  const { id } = items.find(({ is_current }: { is_current: boolean }) => !is_current);
  expect((await app.call('DELETE', `/api/auth/sessions/${id}`, { token: owner })).status).toBe(204);
  release();
  expect((await stolen).status).toBe(401);
  expect((await app.login(EMAIL, PASSWORD)).status).toBe(200);
});

test('a hash that a sign-in renewed meanwhile is no wrong password', async () => {
  const bcrypt = await Bun.password.hash(PASSWORD, { algorithm: 'bcrypt', cost: 4 });
  app = createAuthApp({
    engine: {
      hash: quickEngine.hash,
      async verify(password, hash) {
        if (!hash.startsWith('$2')) return quickEngine.verify(password, hash);
        const isRight = await Bun.password.verify(password, hash);
        // As a sign-in that comes in between does.
        app.db.run('UPDATE user SET password_hash = ?', [await quickEngine.hash(PASSWORD)]);
        return isRight;
      },
    },
  });
  await app.register(EMAIL);
  token = await app.signIn(EMAIL);
  app.db.run('UPDATE user SET password_hash = ?', [bcrypt]);
  expect((await change(PASSWORD, NEXT)).status).toBe(204);
  expect((await app.login(EMAIL, NEXT)).status).toBe(200);
});

test('is not for strangers and not for API tokens', async () => {
  const body = { current_password: PASSWORD, password: NEXT };
  expect((await app.call('POST', PATH, { body })).status).toBe(401);
  await app.users.addAdmin(EMAIL);
  const made = await app.call('POST', '/api/admin/api-tokens', {
    token,
    body: { name: 'ci', scopes: ['admin'] },
  });
  expect((await change(PASSWORD, NEXT, made.body.token)).status).toBe(403);
  // 0011: a new password ends sessions, not API tokens.
  await change(PASSWORD, NEXT);
  expect(await isGood(made.body.token)).toBe(true);
});

for (const extra of [{ is_admin: true }, { email: 'eve@example.com' }, { user_id: 'x' }])
  test(`mass assignment: ${JSON.stringify(extra)} is refused`, async () => {
    const body = { current_password: PASSWORD, password: NEXT, ...extra };
    expect((await app.call('POST', PATH, { token, body })).status).toBe(422);
    expect((await app.login(EMAIL)).status).toBe(200);
  });
