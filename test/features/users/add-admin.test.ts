import { beforeEach, expect, test } from 'bun:test';
import { ANONYMOUS, SYSTEM } from '../../../src/core/actor.ts';
import { type AuthApp, createAuthApp, PASSWORD } from '../auth/auth-app.ts';

let app: AuthApp;
beforeEach(() => {
  app = createAuthApp();
});

const kind = async (token: string) => (await app.call('GET', '/api/who', { token })).body.kind;

test('makes an admin, in lower case', async () => {
  expect(await app.users.hasAdmin()).toBe(false);
  expect(await app.users.addAdmin('Boss@Example.com', PASSWORD)).toEqual({
    id: expect.any(String),
    email: 'boss@example.com',
    wasCreated: true,
    wasPromoted: false,
    wasPasswordSet: true,
  });
  expect(await app.users.hasAdmin()).toBe(true);
  expect((await app.login('boss@example.com')).body.user.is_admin).toBe(true);
});

test('promotes without a password: the old one stays, and open sessions are admin at once', async () => {
  await app.register('ann@example.com');
  const token = await app.signIn('ann@example.com');
  expect(await kind(token)).toBe('user');
  const added = await app.users.addAdmin('ANN@example.com');
  expect(added).toMatchObject({ wasCreated: false, wasPromoted: true, wasPasswordSet: false });
  expect(await kind(token)).toBe('admin');
});

test('promotes with a password: it is set, and sessions under the old one end', async () => {
  await app.register('ann@example.com');
  const token = await app.signIn('ann@example.com');
  const added = await app.users.addAdmin('ann@example.com', 'another horse');
  expect(added).toMatchObject({ wasCreated: false, wasPromoted: true, wasPasswordSet: true });
  expect(await kind(token)).toBeUndefined();
  expect((await app.login('ann@example.com')).status).toBe(401);
  expect((await app.login('ann@example.com', 'another horse')).status).toBe(200);
});

test('an admin who is one already stays as he is', async () => {
  await app.users.addAdmin('boss@example.com', PASSWORD);
  app.clock.ms += 1000;
  const again = await app.users.addAdmin('boss@example.com');
  expect(again).toMatchObject({ wasCreated: false, wasPromoted: false, wasPasswordSet: false });
  const { id } = again;
  expect((await app.users.get(SYSTEM, id)).updated_at).toBe('2030-01-01T00:00:00.000Z');
});

test('a disabled account can sign in again, as it was asked to be an admin', async () => {
  await app.register('ann@example.com');
  app.db.run('UPDATE user SET is_active = 0, is_admin = 1');
  expect(await app.users.hasAdmin()).toBe(false);
  await app.users.addAdmin('ann@example.com');
  expect((await app.login('ann@example.com')).status).toBe(200);
});

test('the rules of passwords and addresses hold on the command line too', async () => {
  await expect(app.users.addAdmin('boss@example.com', 'ab')).rejects.toThrow('at least 8');
  await expect(app.users.addAdmin('', PASSWORD)).rejects.toThrow('body.email');
  await expect(app.users.addAdmin('nobody@example.com')).rejects.toThrow('body.password');
  expect(await app.users.hasAdmin()).toBe(false);
});

test('the service itself turns away who is no admin', async () => {
  await expect(app.users.list(ANONYMOUS, { limit: 1, offset: 0 })).rejects.toThrow('Only an admin');
  await expect(app.users.get(ANONYMOUS, 'x')).rejects.toThrow('Only an admin');
});
