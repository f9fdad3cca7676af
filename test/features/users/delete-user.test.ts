import { beforeEach, describe, expect, test } from 'bun:test';
import { type AuthApp, createAuthApp, PASSWORD } from '../auth/auth-app.ts';

const USERS = '/api/admin/users';

let app: AuthApp;
let boss: string;
let id: string;
let ann: string;
beforeEach(async () => {
  app = createAuthApp();
  await app.users.addAdmin('boss@example.com', PASSWORD);
  boss = await app.signIn('boss@example.com');
  id = (await app.register('ann@example.com')).body.id;
  ann = await app.signIn('ann@example.com');
});

const remove = (userId = id, query = '', token = boss) =>
  app.call('DELETE', `${USERS}/${userId}${query}`, { token });
const countRecords = (userId = id, token = boss) =>
  app.call('GET', `${USERS}/${userId}/records`, { token });
const owners = () => app.db.query('SELECT id, owner_id FROM records_notes ORDER BY seq').all();
const idOf = async (token: string) => (await app.call('GET', '/api/auth/me', { token })).body.id;

describe('deleting an account', () => {
  test('ends its tokens at once, where they are remembered too', async () => {
    expect((await app.call('GET', '/api/auth/me', { token: ann })).status).toBe(200);
    const { status, body } = await remove();
    expect([status, body]).toEqual([204, undefined]);
    expect((await app.call('GET', '/api/auth/me', { token: ann })).status).toBe(401);
    expect((await app.call('GET', '/api/who', { token: ann })).status).toBe(401);
    expect((await app.login('ann@example.com')).status).toBe(401);
    expect((await remove()).status).toBe(404);
  });

  test('keeps its records without an owner, if nothing else is said', async () => {
    for (const query of ['', '?records=keep']) {
      const name = `n${query.length}@example.com`;
      const userId = (await app.register(name)).body.id;
      if (query === '') await app.addCollection('notes');
      const note = await app.addRecord('notes', userId);
      expect((await remove(userId, query)).status).toBe(204);
      expect(owners()).toContainEqual({ id: note, owner_id: null });
    }
  });

  test('takes them along when that is said', async () => {
    await app.addCollection('notes');
    await app.addRecord('notes', id);
    const other = await app.addRecord('notes', await idOf(boss));
    expect((await remove(id, '?records=delete')).status).toBe(204);
    expect(owners()).toMatchObject([{ id: other }]);
  });

  test('is refused by records that refer to it with restrict, and says which', async () => {
    await app.addCollection('posts', [{ name: 'by', type: 'reference', collection: 'users' }]);
    await app.addRecord('posts', undefined, { by: id });
    for (const query of ['', '?records=delete']) {
      const { status, body } = await remove(id, query);
      expect(status).toBe(409);
      expect(body.detail).toContain('posts.by');
    }
    expect((await app.call('GET', '/api/auth/me', { token: ann })).status).toBe(200);
  });

  for (const query of ['?records=all', '?records=', '?records=keep&records=delete', '?force=true'])
    test(`${query} is refused`, async () => {
      expect((await remove(id, query)).status).toBe(422);
    });

  test('IDOR: is for admins', async () => {
    expect((await remove(id, '', ann)).status).toBe(403);
    expect((await remove(await idOf(boss), '', ann)).status).toBe(403);
    expect((await app.call('DELETE', `${USERS}/${id}`)).status).toBe(401);
  });

  test('of oneself works for an admin who is not the last', async () => {
    await app.users.addAdmin('second@example.com', PASSWORD);
    expect((await remove(await idOf(boss))).status).toBe(204);
    expect((await app.call('GET', USERS, { token: boss })).status).toBe(401);
  });
});

describe('what an account owns', () => {
  test('is counted by collection, without those in which it owns nothing', async () => {
    for (const name of ['posts', 'notes', 'empty']) await app.addCollection(name);
    for (const name of ['posts', 'notes', 'notes']) await app.addRecord(name, id);
    await app.addRecord('empty', await idOf(boss));
    const { status, body } = await countRecords();
    expect(status).toBe(200);
    expect(body.total).toBe(3);
    expect(
      body.collections.map(({ name, records }: { name: string; records: number }) => [
        name,
        records,
      ]),
    ).toEqual([
      ['notes', 2],
      ['posts', 1],
    ]);
  });

  test('is told to admins, of accounts that are there', async () => {
    expect((await countRecords()).body).toEqual({ total: 0, collections: [] });
    expect((await countRecords(id, ann)).status).toBe(403);
    expect((await countRecords('01900000-0000-7000-8000-000000000000')).status).toBe(404);
  });
});

describe('last admin race', () => {
  const changes = {
    demoted: (userId: string, token: string) =>
      app.call('PATCH', `${USERS}/${userId}`, { token, body: { is_admin: false } }),
    disabled: (userId: string, token: string) =>
      app.call('PATCH', `${USERS}/${userId}`, { token, body: { is_active: false } }),
    deleted: (userId: string, token: string) => remove(userId, '', token),
  };

  for (const [what, change] of Object.entries(changes)) {
    test(`the last admin is not ${what}`, async () => {
      const { status, body } = await change(await idOf(boss), boss);
      expect(status).toBe(409);
      expect(body.detail).toContain('last admin');
      expect((await app.call('GET', USERS, { token: boss })).status).toBe(200);
    });

    test(`of two who are ${what} by each other at once, one stays`, async () => {
      await app.users.addAdmin('second@example.com', PASSWORD);
      const second = await app.signIn('second@example.com');
      const [one, two] = [await idOf(boss), await idOf(second)];
      const answers = await Promise.all([change(two, boss), change(one, second)]);
      const [first, last] = answers.map(({ status }) => status);
      expect([200, 204]).toContain(first as number);
      // Who asked is no admin any more, or the last one.
      expect([403, 409]).toContain(last as number);
      expect(await app.users.hasAdmin()).toBe(true);
    });
  }

  test('of 50 requests at once against two admins, one admin is left', async () => {
    await app.users.addAdmin('second@example.com', PASSWORD);
    const second = await app.signIn('second@example.com');
    const ids = [await idOf(boss), await idOf(second)] as const;
    const all = Object.values(changes);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => {
        const change = all[n % all.length] ?? changes.demoted;
        return change(ids[n % 2] ?? '', n % 4 < 2 ? boss : second);
      }),
    );
    for (const { status } of answers) expect([200, 204, 403, 404, 409]).toContain(status);
    expect(
      app.db.query('SELECT count(*) AS n FROM user WHERE is_admin = 1 AND is_active = 1').get(),
    ).toEqual({ n: 1 });
  });
});
