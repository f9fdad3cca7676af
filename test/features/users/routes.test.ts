import { beforeEach, describe, expect, test } from 'bun:test';
import { type AuthApp, createAuthApp, PASSWORD } from '../auth/auth-app.ts';

let app: AuthApp;
let admin: string;
let user: string;
beforeEach(async () => {
  app = createAuthApp();
  await app.users.addAdmin('boss@example.com', PASSWORD);
  for (const email of [
    'ann@example.com',
    'b_b@example.com',
    'bxb@example.com',
    '100%@example.com',
  ]) {
    app.clock.ms += 1000;
    await app.register(email);
  }
  admin = await app.signIn('boss@example.com');
  user = await app.signIn('ann@example.com');
});

const list = (query: string, token = admin) =>
  app.call('GET', `/api/admin/users${query}`, { token });
const emails = (body: { items: { email: string }[] }) => body.items.map(({ email }) => email);

describe('the list', () => {
  test('is for admins', async () => {
    expect((await app.call('GET', '/api/admin/users')).status).toBe(401);
    expect((await list('', user)).status).toBe(403);
  });

  test('answers everybody, newest first, without any hash', async () => {
    const { status, body } = await list('');
    expect(status).toBe(200);
    expect(body).toMatchObject({ total: 5, page: 1, page_size: 100 });
    expect(emails(body)).toEqual([
      '100%@example.com',
      'bxb@example.com',
      'b_b@example.com',
      'ann@example.com',
      'boss@example.com',
    ]);
    expect(body.items[4]).toEqual({
      id: expect.any(String),
      email: 'boss@example.com',
      is_admin: true,
      is_active: true,
      email_verified: false,
      created_at: '2030-01-01T00:00:00.000Z',
      updated_at: '2030-01-01T00:00:00.000Z',
      last_seen_at: expect.stringMatching(/^2030-01-01T00:00:\d\d/),
    });
  });

  test('finds a domain in other letters by either form, and a name by its letters', async () => {
    await app.register('jürgen@bücher.example');
    for (const search of ['BÜCHER.example', 'jürgen@bücher.example', 'xn--bcher', 'jürgen']) {
      const { body } = await list(`?search=${encodeURIComponent(search)}`);
      expect(emails(body)).toEqual(['jürgen@xn--bcher-kva.example']);
    }
  });

  test('comes in pages', async () => {
    const { body } = await list('?limit=2&offset=2');
    expect(body).toMatchObject({ total: 5, page: 2, page_size: 2 });
    expect(emails(body)).toEqual(['b_b@example.com', 'ann@example.com']);
    expect((await list('?offset=9')).body).toMatchObject({ items: [], total: 5 });
  });

  for (const [search, found] of [
    ['ANN', ['ann@example.com']],
    ['b_b', ['b_b@example.com']],
    ['%25', ['100%@example.com']],
    ['%27%20OR%201=1%20--', []],
    ['*', []],
  ] as const)
    test(`search=${search} takes every sign literally`, async () => {
      const { body } = await list(`?search=${search}`);
      expect(emails(body)).toEqual([...found]);
      expect(body.total).toBe(found.length);
    });

  test('can be narrowed to admins, and to those who may sign in', async () => {
    expect(emails((await list('?is_admin=true')).body)).toEqual(['boss@example.com']);
    const others = (await list('?is_admin=false&is_active=true&search=ann')).body;
    expect([emails(others), others.total]).toEqual([['ann@example.com'], 1]);
    expect((await list('?is_active=false')).body).toMatchObject({ items: [], total: 0 });
    expect((await list('?is_admin=yes')).status).toBe(422);
  });

  for (const query of ['limit=0', 'limit=1001', 'limit=x', 'limit=1.5', 'offset=-1', 'serach=a'])
    test(`${query} is refused`, async () => {
      expect((await list(`?${query}`)).status).toBe(422);
    });
});

describe('one account', () => {
  test('is read by admins only', async () => {
    const { body } = await list('?search=ann');
    const path = `/api/admin/users/${body.items[0].id}`;
    expect((await app.call('GET', path, { token: admin })).body).toEqual(body.items[0]);
    expect((await app.call('GET', path, { token: user })).status).toBe(403);
    expect((await app.call('GET', path)).status).toBe(401);
  });

  for (const id of ['0190', '%27', '%00', 'x'.repeat(2000)])
    test(`the id ${id.slice(0, 10)} is not found`, async () => {
      const { status } = await app.call('GET', `/api/admin/users/${id}`, { token: admin });
      expect(status).toBe(404);
    });
});
