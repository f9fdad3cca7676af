import { beforeEach, describe, expect, test } from 'bun:test';
import { type AuthApp, createAuthApp, PASSWORD } from '../auth/auth-app.ts';

const USERS = '/api/admin/users';
const EMAIL = 'ann@example.com';
const NEXT = 'battery staple';

let app: AuthApp;
let boss: string;
let id: string;
let ann: string;
beforeEach(async () => {
  app = createAuthApp();
  await app.users.addAdmin('boss@example.com', PASSWORD);
  boss = await app.signIn('boss@example.com');
  id = (await app.register(EMAIL)).body.id;
  ann = await app.signIn(EMAIL);
});

const create = (body: object, token = boss) => app.call('POST', USERS, { token, body });
const patch = (userId: string, body: object, token = boss) =>
  app.call('PATCH', `${USERS}/${userId}`, { token, body });
const kindOf = async (token: string) =>
  (await app.call('GET', '/api/who', { token })).body.kind as string | undefined;
const idOf = async (token: string) => (await app.call('GET', '/api/auth/me', { token })).body.id;
const apiToken = async (token = boss, extra: object = {}) =>
  (
    await app.call('POST', '/api/admin/api-tokens', {
      token,
      body: { name: 'ci', scopes: ['admin'], ...extra },
    })
  ).body.token as string;

describe('making an account', () => {
  test('answers it, as it was asked for', async () => {
    const { status, body } = await create({ email: 'Bob@Example.com', password: PASSWORD });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      email: 'bob@example.com',
      is_admin: false,
      is_active: true,
      email_verified: false,
      created_at: '2030-01-01T00:00:00.000Z',
      updated_at: '2030-01-01T00:00:00.000Z',
      last_seen_at: null,
    });
    expect(app.events.filter((event) => event.includes('bob'))).toEqual([
      'register bob@example.com',
    ]);
    expect((await app.login('bob@example.com')).status).toBe(200);
  });

  test('also an admin, a disabled one, a verified one', async () => {
    const email = 'bob@example.com';
    const flags = { is_admin: true, is_active: false, email_verified: true };
    expect((await create({ email, password: PASSWORD, ...flags })).body).toMatchObject(flags);
    expect((await app.login(email)).status).toBe(401);
  });

  test('is open to admins while registration is closed', async () => {
    app = createAuthApp({ isRegistrationOpen: false });
    await app.users.addAdmin('boss@example.com', PASSWORD);
    boss = await app.signIn('boss@example.com');
    expect((await app.register(EMAIL)).status).toBe(403);
    expect((await create({ email: EMAIL, password: PASSWORD })).status).toBe(201);
  });

  test('without a password nobody signs in until a link was used', async () => {
    const { body } = await create({ email: 'bob@example.com' });
    for (const guess of ['', '!', 'null', 'undefined', PASSWORD])
      expect((await app.login('bob@example.com', guess)).status).toBe(401);
    const link = await app.call('POST', `${USERS}/${body.id}/reset-link`, { token: boss });
    const reset = { token: link.body.token, password: NEXT };
    await app.call('POST', '/api/auth/password-reset/confirm', { body: reset });
    expect((await app.login('bob@example.com', NEXT)).status).toBe(200);
  });

  test('with an address that is taken, in any case, is 409', async () => {
    expect((await create({ email: 'ANN@example.com', password: PASSWORD })).status).toBe(409);
    const body = { email: 'bob@example.com', password: PASSWORD };
    const answers = await Promise.all(Array.from({ length: 20 }, () => create(body)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
  });

  test('names every fault at once', async () => {
    const { status, body } = await create({ email: 'nobody', password: 'short' });
    expect(status).toBe(422);
    expect(body.detail.map(({ loc }: { loc: string[] }) => loc)).toEqual([
      ['body', 'email'],
      ['body', 'password'],
    ]);
    for (const extra of [{ is_admin: 1 }, { is_active: null }, { id: 'x' }, { password_hash: 'x' }])
      expect((await create({ email: 'bob@example.com', ...extra })).status).toBe(422);
  });

  test('is for admins', async () => {
    const body = { email: 'bob@example.com', password: PASSWORD };
    expect((await create(body, ann)).status).toBe(403);
    expect((await app.call('POST', USERS, { body })).status).toBe(401);
  });
});

describe('changing an account', () => {
  test('changes what is named and nothing else', async () => {
    app.clock.ms += 1_000;
    const { status, body } = await patch(id, { email_verified: true });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id,
      email: EMAIL,
      is_admin: false,
      is_active: true,
      email_verified: true,
      updated_at: '2030-01-01T00:00:01.000Z',
    });
    expect((await patch(id, {})).body).toEqual(body);
    expect(await kindOf(ann)).toBe('user');
  });

  test('promotes and demotes at once, where the token is remembered too', async () => {
    expect(await kindOf(ann)).toBe('user');
    await patch(id, { is_admin: true });
    expect(await kindOf(ann)).toBe('admin');
    const api = await apiToken(ann);
    expect((await app.call('GET', USERS, { token: api })).status).toBe(200);
    await patch(id, { is_admin: false });
    expect(await kindOf(ann)).toBe('user');
    expect((await app.call('GET', USERS, { token: ann })).status).toBe(403);
    expect((await app.call('GET', USERS, { token: api })).status).toBe(403);
  });

  test('a disabled user keeps no token, not even when enabled again; an API token rests', async () => {
    await patch(id, { is_admin: true });
    const api = await apiToken(ann);
    expect(await kindOf(ann)).toBe('admin');
    await patch(id, { is_active: false });
    for (const token of [ann, api]) expect(await kindOf(token)).toBeUndefined();
    expect((await app.call('POST', '/api/auth/refresh', { token: ann })).status).toBe(401);
    expect((await app.login(EMAIL)).status).toBe(401);
    await patch(id, { is_active: true });
    expect(await kindOf(ann)).toBeUndefined();
    expect((await app.call('GET', '/api/auth/me', { token: api })).status).toBe(200);
    expect((await app.login(EMAIL)).status).toBe(200);
  });

  test('a new password signs the account out everywhere', async () => {
    expect(await kindOf(ann)).toBe('user');
    expect((await patch(id, { password: NEXT })).status).toBe(200);
    expect(await kindOf(ann)).toBeUndefined();
    expect((await app.login(EMAIL, PASSWORD)).status).toBe(401);
    expect((await app.login(EMAIL, NEXT)).status).toBe(200);
    expect((await patch(id, { password: 'short' })).status).toBe(422);
  });

  test('an admin who sets their own password stays signed in, on this device only', async () => {
    const other = await app.signIn('boss@example.com');
    await patch(await idOf(boss), { password: NEXT });
    expect(await kindOf(boss)).toBe('admin');
    expect(await kindOf(other)).toBeUndefined();
  });

  test('a new address counts at once, and is not verified', async () => {
    await patch(id, { email_verified: true });
    expect((await patch(id, { email: 'New@Example.com' })).body).toMatchObject({
      email: 'new@example.com',
      email_verified: false,
    });
    expect((await app.login(EMAIL)).status).toBe(401);
    expect((await app.login('new@example.com')).status).toBe(200);
    expect((await app.call('GET', '/api/auth/me', { token: ann })).body.email).toBe(
      'new@example.com',
    );
    expect((await patch(id, { email: 'boss@example.com' })).status).toBe(409);
    expect((await patch(id, { email: 'nobody' })).status).toBe(422);
  });

  test('a link for a new password that went to the old address is no good after it', async () => {
    const link = await app.call('POST', `${USERS}/${id}/reset-link`, { token: boss });
    await patch(id, { email: 'new@example.com' });
    const body = { token: link.body.token, password: NEXT };
    expect((await app.call('POST', '/api/auth/password-reset/confirm', { body })).status).toBe(401);
  });

  test('IDOR: nobody changes an account but an admin, not even their own', async () => {
    for (const userId of [id, await idOf(boss)])
      for (const body of [{ is_admin: true }, { email: 'x@example.com' }, { password: NEXT }, {}]) {
        expect((await patch(userId, body, ann)).status).toBe(403);
        expect((await app.call('PATCH', `${USERS}/${userId}`, { body })).status).toBe(401);
      }
    expect((await app.call('GET', '/api/auth/me', { token: ann })).body.is_admin).toBe(false);
  });

  for (const body of [
    { id: 'x' },
    { password_hash: 'x' },
    { created_at: '2030-01-01T00:00:00Z' },
    { is_admin: 'true' },
    { is_active: 0 },
    { email: null },
    { scopes: ['admin'] },
    [],
  ])
    test(`mass assignment: ${JSON.stringify(body)} is refused`, async () => {
      expect((await patch(id, body)).status).toBe(422);
    });

  test('nobody who is not there is changed', async () => {
    for (const userId of ['01900000-0000-7000-8000-000000000000', "'%20OR%201=1", '%00'])
      expect((await patch(userId, { is_admin: true })).status).toBe(404);
    expect(await kindOf(ann)).toBe('user');
  });
});

describe('an API token with the scope admin', () => {
  test('manages users, and neither makes nor changes nor deletes admins: it would outlive itself', async () => {
    const api = await apiToken(boss, { expires_at: '2030-01-01T00:10:00Z' });
    const bossId = await idOf(boss);
    const made = await create({ email: 'bob@example.com', password: PASSWORD }, api);
    expect(made.status).toBe(201);
    expect((await patch(made.body.id, { is_active: false }, api)).status).toBe(200);
    const admin = { email: 'eve@example.com', password: PASSWORD, is_admin: true };
    expect((await create(admin, api)).status).toBe(403);
    expect((await patch(id, { is_admin: true }, api)).status).toBe(403);
    for (const body of [{ password: NEXT }, { email: 'eve@example.com' }, { is_active: true }])
      expect((await patch(bossId, body, api)).status).toBe(403);
    const path = `${USERS}/${bossId}`;
    expect((await app.call('DELETE', path, { token: api })).status).toBe(403);
    expect((await app.login('boss@example.com')).status).toBe(200);
    expect((await app.call('DELETE', `${USERS}/${made.body.id}`, { token: api })).status).toBe(204);
  });

  test('denial of service: it signs users out, and no admin', async () => {
    const api = await apiToken();
    const [bossId, annId] = [await idOf(boss), await idOf(ann)];
    for (const [userId, status] of [
      [bossId, 403],
      [annId, 204],
    ] as const) {
      const path = `${USERS}/${userId}/sessions`;
      const { items } = (await app.call('GET', path, { token: api })).body;
      const ended = await app.call('DELETE', `${path}/${items[0].id}`, { token: api });
      expect(ended.status).toBe(status);
      expect((await app.call('DELETE', `${path}/none`, { token: api })).status).toBe(
        status === 403 ? 403 : 404,
      );
    }
    expect([await kindOf(boss), await kindOf(ann)]).toEqual(['admin', undefined]);
  });
});

describe("somebody's sessions", () => {
  const list = async (userId: string, token = boss) =>
    app.call('GET', `${USERS}/${userId}/sessions`, { token });

  test('are listed for admins, who end them', async () => {
    await app.signIn(EMAIL);
    const { body } = await list(id);
    expect(body).toMatchObject({ total: 2, page: 1, page_size: 100 });
    expect(body.items.map(({ is_current }: { is_current: boolean }) => is_current)).toEqual([
      false,
      false,
    ]);
    expect((await list(await idOf(boss))).body.items[0].is_current).toBe(true);
    expect(await kindOf(ann)).toBe('user');
    for (const { id: sid } of body.items)
      expect(
        (await app.call('DELETE', `${USERS}/${id}/sessions/${sid}`, { token: boss })).status,
      ).toBe(204);
    expect(await kindOf(ann)).toBeUndefined();
    expect((await list(id)).body.total).toBe(0);
  });

  test('IDOR: are nobody else’s business, and a session belongs to its user', async () => {
    const bossId = await idOf(boss);
    const { items } = (await list(bossId)).body;
    expect((await list(bossId, ann)).status).toBe(403);
    expect((await list(id, ann)).status).toBe(403);
    const path = `/sessions/${items[0].id}`;
    const end = (userId: string, token: string) =>
      app.call('DELETE', `${USERS}/${userId}${path}`, { token });
    expect((await end(bossId, ann)).status).toBe(403);
    expect((await end(id, boss)).status).toBe(404);
    expect(await kindOf(boss)).toBe('admin');
    const nobody = '01900000-0000-7000-8000-000000000000';
    expect((await list(nobody)).status).toBe(404);
    expect((await end(nobody, boss)).status).toBe(404);
  });
});

test('a demoted admin whose request is on its way does not promote himself again', async () => {
  await patch(id, { is_admin: true });
  expect(await kindOf(ann)).toBe('admin');
  // Behind the back of what is remembered, as a change between the check and the commit would be.
  app.db.run('UPDATE user SET is_admin = 0 WHERE id = ?', [id]);
  expect((await patch(id, { is_admin: true }, ann)).status).toBe(403);
  expect((await create({ email: 'eve@example.com', is_admin: true }, ann)).status).toBe(403);
  expect((await app.call('DELETE', `${USERS}/${id}`, { token: ann })).status).toBe(403);
  expect((await app.call('POST', `${USERS}/${id}/reset-link`, { token: ann })).status).toBe(403);
  const sessions = `${USERS}/${await idOf(boss)}/sessions`;
  const { items } = (await app.call('GET', sessions, { token: boss })).body;
  const end = await app.call('DELETE', `${sessions}/${items[0].id}`, { token: ann });
  expect(end.status).toBe(403);
  expect(await kindOf(boss)).toBe('admin');
});
