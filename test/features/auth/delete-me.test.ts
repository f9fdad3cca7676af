import { beforeEach, describe, expect, test } from 'bun:test';
import { type AuthApp, createAuthApp, PASSWORD } from './auth-app.ts';

const PATH = '/api/auth/me';
const EMAIL = 'ann@example.com';

let app: AuthApp;
let token: string;
let id: string;
beforeEach(async () => {
  app = createAuthApp();
  await app.register(EMAIL);
  token = await app.signIn(EMAIL);
  id = (await app.call('GET', PATH, { token })).body.id;
});

const leave = (password: unknown = PASSWORD, shown = token) =>
  app.call('DELETE', PATH, { token: shown, body: { password } });

test('deletes the account with all its sessions, and clears the cookie', async () => {
  const other = await app.signIn(EMAIL);
  const answer = await leave();
  expect([answer.status, answer.body]).toEqual([204, undefined]);
  expect(answer.cookie).toBe('tb_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict');
  for (const shown of [token, other])
    expect((await app.call('GET', PATH, { token: shown })).status).toBe(401);
  expect((await app.login(EMAIL)).status).toBe(401);
  for (const table of ['user', 'auth_token'])
    expect(app.db.query(`SELECT count(*) AS n FROM ${table}`).get()).toEqual({ n: 0 });
});

test('whoever takes the address next is somebody else', async () => {
  await leave();
  expect((await app.register(EMAIL)).status).toBe(201);
  expect((await app.call('GET', PATH, { token })).status).toBe(401);
  const next = (await app.call('GET', PATH, { token: await app.signIn(EMAIL) })).body;
  expect(next.id).not.toBe(id);
});

test('the records stay, and belong to nobody: not to the next of that address either', async () => {
  await app.addCollection('notes', [{ name: 'n', type: 'integer' }]);
  const note = await app.addRecord('notes', id, { n: 1 });
  await leave();
  expect(app.db.query('SELECT id, owner_id, data FROM records_notes').all()).toEqual([
    { id: note, owner_id: null, data: '{"n":1}' },
  ]);
});

test('who has a session but not the password deletes nothing', async () => {
  for (const wrong of ['wrong horse', '']) {
    const { status, body } = await leave(wrong);
    expect(status).toBe(422);
    expect(body.detail).toMatchObject([{ loc: ['body', 'password'] }]);
  }
  for (const body of [undefined, {}, { password: 1 }, { password: PASSWORD, id: 'x' }])
    expect((await app.call('DELETE', PATH, { token, ...(body && { body }) })).status).toBe(422);
  expect((await app.login(EMAIL)).status).toBe(200);
});

test('guesses are counted', async () => {
  app = createAuthApp({ attemptsPerMinute: 3 });
  await app.register(EMAIL);
  token = await app.signIn(EMAIL);
  const statuses: number[] = [];
  for (let n = 0; n < 4; n++) statuses.push((await leave(`guess ${n}`)).status);
  expect(statuses).toEqual([422, 422, 422, 429]);
});

test('records that refer to the account with restrict keep it, and their collection is not named', async () => {
  await app.addCollection('secret_files', [
    { name: 'about', type: 'reference', collection: 'users' },
  ]);
  await app.addRecord('secret_files', undefined, { about: id });
  const { status, body } = await leave();
  expect(status).toBe(409);
  expect(JSON.stringify(body)).not.toContain('secret_files');
  expect((await app.call('GET', PATH, { token })).status).toBe(200);
});

test('of 20 at once, one succeeds', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => leave()));
  expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(19);
});

describe('an admin', () => {
  let boss: string;
  beforeEach(async () => {
    await app.users.addAdmin('boss@example.com', PASSWORD);
    boss = await app.signIn('boss@example.com');
  });

  test('who is the last stays', async () => {
    const { status, body } = await leave(PASSWORD, boss);
    expect(status).toBe(409);
    expect(body.detail).toContain('last admin');
    expect((await app.call('GET', PATH, { token: boss })).status).toBe(200);
  });

  test('last admin race: of two that leave at once one stays', async () => {
    await app.users.addAdmin('second@example.com', PASSWORD);
    const second = await app.signIn('second@example.com');
    const statuses = (await Promise.all([leave(PASSWORD, boss), leave(PASSWORD, second)])).map(
      ({ status }) => status,
    );
    expect(statuses.toSorted()).toEqual([204, 409]);
    expect(await app.users.hasAdmin()).toBe(true);
  });

  test('leaves no API token behind', async () => {
    await app.users.addAdmin('second@example.com', PASSWORD);
    const body = { name: 'ci', scopes: ['admin'] };
    const made = await app.call('POST', '/api/admin/api-tokens', { token: boss, body });
    const api = made.body.token;
    expect((await app.call('GET', PATH, { token: api })).status).toBe(200);
    expect((await leave(PASSWORD, api)).status).toBe(403);
    expect((await leave(PASSWORD, boss)).status).toBe(204);
    expect((await app.call('GET', PATH, { token: api })).status).toBe(401);
  });
});

test('nobody changes their own account in a way that is not offered', async () => {
  for (const method of ['PATCH', 'PUT', 'POST'])
    for (const body of [{ is_admin: true }, { email_verified: true }, { id: 'x' }])
      expect([404, 405]).toContain((await app.call(method, PATH, { token, body })).status);
  expect((await app.call('GET', PATH, { token })).body).toMatchObject({
    is_admin: false,
    email_verified: false,
  });
});
