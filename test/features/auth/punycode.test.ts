import { beforeEach, describe, expect, test } from 'bun:test';
import { type AuthApp, createAuthApp, PASSWORD } from './auth-app.ts';

const LETTERS = 'ann@bücher.example';
const ASCII = 'ann@xn--bcher-kva.example';
const SPELLINGS = [LETTERS, ASCII, 'Ann@BÜCHER.example', 'ann@bu\u0308cher。example'];

let app: AuthApp;
beforeEach(() => {
  app = createAuthApp();
});

describe('an address in a domain with other letters (punycode)', () => {
  test('one mailbox cannot have two accounts by punycode', async () => {
    for (const first of SPELLINGS) {
      app = createAuthApp();
      const made = await app.register(first);
      expect([made.status, made.body.email]).toEqual([201, ASCII]);
      for (const again of SPELLINGS) expect((await app.register(again)).status).toBe(409);
    }
  });

  test('it is signed in to by either form', async () => {
    await app.register(LETTERS);
    for (const email of SPELLINGS) expect((await app.login(email)).status).toBe(200);
    expect((await app.login('ann@bucher.example')).status).toBe(401);
  });

  test('guessing a password by turns in both forms counts as one (brute force)', async () => {
    app = createAuthApp({ attemptsPerMinute: 2 });
    await app.register(LETTERS);
    const statuses = [];
    for (const email of [LETTERS, ASCII, LETTERS, ASCII])
      statuses.push((await app.login(email, 'wrong wrong')).status);
    expect(statuses).toEqual([401, 401, 429, 429]);
  });

  test('accounts of a database that has both forms are signed in to, each by its own', async () => {
    await app.register(ASCII);
    await app.register('other@example.com', 'another password');
    app.db.run('UPDATE user SET email = ? WHERE email = ?', [LETTERS, 'other@example.com']);
    expect((await app.login(ASCII, PASSWORD)).status).toBe(200);
    expect((await app.login(LETTERS, 'another password')).status).toBe(200);
    expect((await app.login(LETTERS, PASSWORD)).status).toBe(401);
    expect((await app.register(LETTERS)).status).toBe(409);
  });

  test('an admin gives no account the address of another by the other form', async () => {
    await app.users.addAdmin('boss@example.com', PASSWORD);
    const token = await app.signIn('boss@example.com');
    const admin = (method: string, path: string, body: object) =>
      app.call(method, `/api/admin/users${path}`, { token, body });
    const { id } = (await admin('POST', '', { email: LETTERS })).body;
    expect((await admin('POST', '', { email: ASCII })).status).toBe(409);
    const other = (await admin('POST', '', { email: 'bob@example.com' })).body;
    expect((await admin('PATCH', `/${other.id}`, { email: LETTERS })).status).toBe(409);
    expect((await admin('PATCH', `/${id}`, { email: LETTERS })).body.email).toBe(ASCII);
  });

  test('a homograph shows as what it is', async () => {
    // The first letter is Cyrillic.
    expect((await app.register('ann@аpple.example')).body.email).toBe('ann@xn--pple-43d.example');
  });

  test('what only looks like the domain, for it holds what is not shown, opens nothing', async () => {
    await app.register(LETTERS);
    for (const email of ['ann@bü\u200bcher.example', 'ann@b\u00adücher.example'])
      expect((await app.login(email)).status).toBe(401);
  });
});
