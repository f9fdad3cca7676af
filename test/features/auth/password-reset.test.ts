import { beforeEach, describe, expect, test } from 'bun:test';
import { type AuthApp, createAuthApp, PASSWORD, quickEngine } from './auth-app.ts';

const CONFIRM = '/api/auth/password-reset/confirm';
const EMAIL = 'ann@example.com';
const NEXT = 'battery staple';

let app: AuthApp;
let boss: string;
let id: string;
async function open(options: Parameters<typeof createAuthApp>[0] = {}): Promise<void> {
  app = createAuthApp(options);
  await app.users.addAdmin('boss@example.com', PASSWORD);
  boss = await app.signIn('boss@example.com');
  id = (await app.register(EMAIL)).body.id;
}
beforeEach(() => open());

const link = (userId = id, token = boss) =>
  app.call('POST', `/api/admin/users/${userId}/reset-link`, { token });
const tokenOf = async (): Promise<string> => (await link()).body.token;
const confirm = (token: unknown, password: unknown = NEXT, headers = {}) =>
  app.call('POST', CONFIRM, { body: { token, password }, headers });

describe('the link', () => {
  test('is answered once, and counts for an hour', async () => {
    const { status, body } = await link();
    expect(status).toBe(200);
    expect(body).toEqual({
      token: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      url: null,
      expires_at: '2030-01-01T01:00:00.000Z',
    });
  });

  test('leads to the public address, whatever the Host header says; the token is behind the #', async () => {
    await open({ publicUrl: 'https://api.example.com' });
    const answer = await app.call('POST', `/api/admin/users/${id}/reset-link`, {
      token: boss,
      headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example' },
    });
    const { url, token } = answer.body;
    expect(url).toBe(`https://api.example.com/admin/#/reset?token=${token}`);
  });

  test('is for admins', async () => {
    const ann = await app.signIn(EMAIL);
    expect((await link(id, ann)).status).toBe(403);
    expect((await app.call('POST', `/api/admin/users/${id}/reset-link`)).status).toBe(401);
  });

  test('is for accounts that are there and not disabled', async () => {
    expect((await link('01900000-0000-7000-8000-000000000000')).status).toBe(404);
    app.db.run('UPDATE user SET is_active = 0 WHERE id = ?', [id]);
    expect((await link()).status).toBe(409);
  });

  test('whoever reads the database learns none', async () => {
    const token = await tokenOf();
    const rows = app.db.query('SELECT * FROM one_time_token').all();
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  test('an API token takes over no admin by one, and so outlives nothing', async () => {
    const body = { name: 'ci', scopes: ['admin'], expires_at: '2030-01-01T00:10:00Z' };
    const made = await app.call('POST', '/api/admin/api-tokens', { token: boss, body });
    const bossId = (await app.call('GET', '/api/auth/me', { token: boss })).body.id;
    expect((await link(bossId, made.body.token)).status).toBe(403);
    expect((await link(id, made.body.token)).status).toBe(200);
  });
});

describe('the confirmation', () => {
  test('sets the password and signs out everywhere, at once', async () => {
    const ann = await app.signIn(EMAIL);
    expect((await app.call('GET', '/api/auth/me', { token: ann })).status).toBe(200);
    const answer = await confirm(await tokenOf());
    expect([answer.status, answer.body, answer.cookie]).toEqual([204, undefined, null]);
    expect((await app.call('GET', '/api/auth/me', { token: ann })).status).toBe(401);
    expect((await app.login(EMAIL, PASSWORD)).status).toBe(401);
    expect((await app.login(EMAIL, NEXT)).status).toBe(200);
  });

  test('of 50 at once with one link, one succeeds', async () => {
    const token = await tokenOf();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => confirm(token, `password ${n}`)),
    );
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(49);
    const winner = answers.findIndex(({ status }) => status === 204);
    expect((await app.login(EMAIL, `password ${winner}`)).status).toBe(200);
  });

  test('user enumeration: unknown, used, old, replaced, of a disabled or deleted account: one answer', async () => {
    const used = await tokenOf();
    await confirm(used);
    const replaced = await tokenOf();
    const ofDisabled = (await link()).body.token;
    app.db.run('UPDATE user SET is_active = 0 WHERE id = ?', [id]);
    const bob = (await app.register('bob@example.com')).body.id;
    const ofDeleted = (await link(bob)).body.token;
    await app.call('DELETE', `/api/admin/users/${bob}`, { token: boss });
    const cem = (await app.register('cem@example.com')).body.id;
    const old = (await link(cem)).body.token;
    const answers = [];
    for (const token of ['x', used, replaced, ofDisabled, ofDeleted, '', "' OR 1=1 --"])
      answers.push(await confirm(token));
    app.clock.ms += 3_600_000;
    answers.push(await confirm(old));
    for (const answer of answers) {
      expect(answer.status).toBe(401);
      expect(answer).toEqual(answers[0] as (typeof answers)[0]);
    }
  });

  test('a guess costs no hashing', async () => {
    let hashes = 0;
    const hash = async (password: string) => {
      hashes++;
      return quickEngine.hash(password);
    };
    await open({ engine: { ...quickEngine, hash } });
    const before = hashes;
    for (let n = 0; n < 10; n++) expect((await confirm('x')).status).toBe(401);
    expect(hashes).toBe(before);
  });

  test('guesses are counted', async () => {
    await open({ attemptsPerMinute: 2 });
    const statuses: number[] = [];
    for (let n = 0; n < 12; n++) statuses.push((await confirm('x')).status);
    expect(statuses.indexOf(429)).toBe(10);
    expect(statuses.at(-1)).toBe(429);
  });

  test('a password that is refused does not use the link up', async () => {
    const token = await tokenOf();
    const { status, body } = await confirm(token, 'short');
    expect(status).toBe(422);
    expect(body.detail).toMatchObject([{ loc: ['body', 'password'] }]);
    expect((await confirm(token)).status).toBe(204);
  });

  test('a stale token in the header does not get in the way', async () => {
    const headers = { authorization: 'Bearer stale' };
    expect((await confirm(await tokenOf(), NEXT, headers)).status).toBe(204);
  });

  test('a set-up token, a session token and an API token are no link', async () => {
    const session = await app.signIn(EMAIL);
    expect((await confirm(session)).status).toBe(401);
    expect((await confirm(session.slice(3))).status).toBe(401);
    app.db.run(
      "INSERT INTO one_time_token (token_hash, purpose, user_id, expires_at) VALUES (?, 'verify_email', ?, '2040')",
      [Bun.SHA256.hash('verify', 'hex'), id],
    );
    expect((await confirm('verify')).status).toBe(401);
  });

  for (const body of [{}, { token: 1, password: NEXT }, { token: 'x'.repeat(300), password: NEXT }])
    test(`the body ${JSON.stringify(body).slice(0, 40)} is refused`, async () => {
      expect((await app.call('POST', CONFIRM, { body })).status).toBe(422);
    });
});
