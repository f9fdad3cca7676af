import { beforeEach, describe, expect, test } from 'bun:test';
import { type AuthApp, createAuthApp, PASSWORD } from './auth-app.ts';

const PATH = '/api/auth/sessions';
const EMAIL = 'ann@example.com';

let app: AuthApp;
let token: string;
beforeEach(async () => {
  app = createAuthApp();
  await app.register(EMAIL);
  token = await app.signIn(EMAIL);
});

const list = async (shown = token, query = '') =>
  (await app.call('GET', PATH + query, { token: shown })).body;
const end = (id: string, shown = token) => app.call('DELETE', `${PATH}/${id}`, { token: shown });
const signInAs = async (agent: string, email = EMAIL) => {
  const body = { email, password: PASSWORD };
  const headers = { 'user-agent': agent };
  return (await app.call('POST', '/api/auth/login', { body, headers })).body.token as string;
};
const isGood = async (shown: string) =>
  (await app.call('GET', '/api/auth/me', { token: shown })).status === 200;

describe('the list', () => {
  test('says of each device what it is, since when and until when, and which is this one', async () => {
    app.clock.ms += 60_000;
    const phone = await signInAs('Phone/1.0');
    app.clock.ms += 120_000;
    const body = await list(phone);
    await app.written();
    expect(body).toEqual({
      items: [
        {
          id: expect.any(String),
          name: 'Phone/1.0',
          created_at: '2030-01-01T00:01:00.000Z',
          last_used_at: expect.any(String),
          expires_at: '2030-01-02T00:01:00.000Z',
          is_current: true,
        },
        {
          id: expect.any(String),
          name: null,
          created_at: '2030-01-01T00:00:00.000Z',
          last_used_at: '2030-01-01T00:00:00.000Z',
          expires_at: '2030-01-02T00:00:00.000Z',
          is_current: false,
        },
      ],
      total: 2,
      page: 1,
      page_size: 100,
    });
    expect((await list(phone)).items[0].last_used_at).toBe('2030-01-01T00:03:00.000Z');
  });

  test('holds no token and no hash', async () => {
    const text = JSON.stringify(await list());
    expect(text).not.toContain('tb_');
    expect(text).not.toContain(Bun.SHA256.hash(token, 'hex'));
  });

  test('leaves out what is over, and comes in pages', async () => {
    for (let n = 1; n <= 3; n++) {
      app.clock.ms += 8 * 3_600_000;
      await signInAs(`agent ${n}`);
    }
    const last = await signInAs('last');
    const names = async (query: string) =>
      (await list(last, query)).items.map(({ name }: { name: string }) => name);
    expect(await names('')).toEqual(['last', 'agent 3', 'agent 2', 'agent 1']);
    expect(await names('?limit=2&offset=1')).toEqual(['agent 3', 'agent 2']);
    expect((await list(last, '?limit=0')).code).toBe('invalid_input');
  });

  test('a refreshed session is the same device since the same sign-in', async () => {
    const phone = await signInAs('Phone/1.0');
    app.clock.ms += 3_600_000;
    const { body } = await app.call('POST', '/api/auth/refresh', { token: phone });
    const [first] = (await list(body.token)).items;
    expect(first).toMatchObject({
      name: 'Phone/1.0',
      created_at: '2030-01-01T00:00:00.000Z',
      expires_at: '2030-01-02T01:00:00.000Z',
      is_current: true,
    });
  });

  test('is for who has signed in', async () => {
    expect((await app.call('GET', PATH)).status).toBe(401);
    expect((await app.call('DELETE', `${PATH}/x`)).status).toBe(401);
  });
});

describe('the name of a device', () => {
  for (const [what, agent, name] of [
    ['a browser', 'Mozilla/5.0 (X11; Linux) Firefox/140', 'Mozilla/5.0 (X11; Linux) Firefox/140'],
    ['an escape that would steer a terminal', 'a\u001b[2Jb', 'a [2Jb'],
    ['a tab and more blanks', ' a\t\t  b ', 'a b'],
    ['C1 controls', 'a\u009bb', 'a b'],
    ['nothing but blanks', ' \t ', null],
    ['a very long one', 'x'.repeat(5_000), 'x'.repeat(200)],
  ] as const)
    test(`that is ${what} is harmless`, async () => {
      expect((await list(await signInAs(agent))).items[0].name).toBe(name);
    });
});

describe('ending one', () => {
  test('signs that device out at once, also where it is remembered, and no other', async () => {
    const phone = await signInAs('Phone/1.0');
    expect(await isGood(phone)).toBe(true);
    const { items } = await list();
    const answer = await end(items[0].id);
    expect([answer.status, answer.body, answer.cookie]).toEqual([204, undefined, null]);
    expect(await isGood(phone)).toBe(false);
    expect(await isGood(token)).toBe(true);
    expect((await end(items[0].id)).status).toBe(404);
  });

  test('of the one that is shown is a sign-out, and takes the cookie along', async () => {
    const { items } = await list();
    const answer = await end(items[0].id);
    expect(answer.status).toBe(204);
    expect(answer.cookie).toBe('tb_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict');
    expect(await isGood(token)).toBe(false);
  });

  test("IDOR: somebody else's session is as unknown as one that is not there", async () => {
    await app.register('eve@example.com');
    const eve = await app.signIn('eve@example.com');
    const { items } = await list();
    const tried = await end(items[0].id, eve);
    const unknown = await end('01900000-0000-7000-8000-000000000000', eve);
    expect(tried.status).toBe(404);
    expect(tried).toEqual(unknown);
    expect(await isGood(token)).toBe(true);
    expect((await list(eve)).total).toBe(1);
  });

  for (const id of ['%27%20OR%201=1%20--', '%00', 'x'.repeat(2_000), '..%2f..'])
    test(`the id ${id.slice(0, 12)} is unknown`, async () => {
      expect((await end(id)).status).toBe(404);
      expect(await isGood(token)).toBe(true);
    });

  test('is not for API tokens, and ends none', async () => {
    await app.users.addAdmin('boss@example.com', PASSWORD);
    const boss = await app.signIn('boss@example.com');
    const made = await app.call('POST', '/api/admin/api-tokens', {
      token: boss,
      body: { name: 'ci', scopes: ['admin'] },
    });
    const { token: api, id } = made.body;
    expect((await app.call('GET', PATH, { token: api })).status).toBe(403);
    expect((await end((await list(boss)).items[0].id, api)).status).toBe(403);
    expect((await app.call('POST', '/api/auth/refresh', { token: api })).status).toBe(403);
    expect((await end(id, boss)).status).toBe(404);
    expect(await isGood(api)).toBe(true);
  });
});
