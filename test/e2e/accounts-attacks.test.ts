import { expect, test } from 'bun:test';
import { formatRequest, RawConnection } from '../../scripts/support/raw-connection.ts';
import {
  ADMIN,
  client,
  createAdmin,
  createUser,
  runBinary,
  startBinary,
} from '../support/binary.ts';

const PASSWORD = ADMIN.password;
const USERS = '/api/admin/users';
const CONFIRM = '/api/auth/password-reset/confirm';
const ME = '/api/auth/me';
const AT_ONCE = 50;
/** So many attempts of one test are none of the limits' business. */
const MANY_ATTEMPTS = {
  TINYBASE_AUTH_LOGIN_ATTEMPTS_PER_MINUTE: '1000',
  // A slow machine hashes fifty passwords in more than the 30 s that a request may take.
  TINYBASE_SERVER_REQUEST_TIMEOUT_SECONDS: '3600',
};

const countOf = (statuses: readonly number[], status: number) =>
  statuses.filter((one) => one === status).length;

test('token replay: of 50 confirms of one reset link at once one succeeds, and its password counts', async () => {
  await using server = await startBinary({ env: MANY_ATTEMPTS });
  const admin = await createAdmin(server);
  const ann = await createUser(server.url, 'ann@example.com');
  const { token } = (await admin.post(`${USERS}/${ann.id}/reset-link`)).body;
  const anonymous = client(server.url);
  const answers = await Promise.all(
    Array.from({ length: AT_ONCE }, (_, n) =>
      anonymous.post(CONFIRM, { token, password: `new password ${n}` }),
    ),
  );
  const statuses = answers.map(({ status }) => status);
  expect([countOf(statuses, 204), countOf(statuses, 401)]).toEqual([1, AT_ONCE - 1]);
  expect((await ann.get(ME)).status).toBe(401);
  const signIns = await Promise.all(
    statuses.map(async (_, n) => {
      const body = { email: 'ann@example.com', password: `new password ${n}` };
      return (await anonymous.post('/api/auth/login', body)).status;
    }),
  );
  expect(signIns).toEqual(statuses.map((status) => (status === 204 ? 200 : 401)));
});

test('last admin race: 50 demotions, disablings and deletions of the last two at once leave one', async () => {
  await using server = await startBinary({ env: MANY_ATTEMPTS });
  const anonymous = client(server.url);
  const listActive = async () => {
    const { stdout } = await runBinary(['admin', 'list', '--json'], { dir: server.dir });
    const admins: { email: string; is_active: boolean }[] = JSON.parse(stdout);
    return admins.filter(({ is_active }) => is_active).map(({ email }) => email);
  };
  /** The one who is left from the last round is among them. */
  const emails = ['one@example.com', 'two@example.com'];
  for (let round = 0; round < 4; round++) {
    const admins = await Promise.all(
      emails.map(async (email) => {
        await runBinary(['admin', 'add', email, PASSWORD], { dir: server.dir });
        const { body } = await anonymous.post('/api/auth/login', { email, password: PASSWORD });
        return { email, path: `${USERS}/${body.user.id}`, client: client(server.url, body.token) };
      }),
    );
    expect(await listActive()).toEqual(emails);
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, n) => {
        const path = admins[(n + round) % 2]?.path ?? '';
        const who = admins[n % 4 < 2 ? 0 : 1]?.client ?? anonymous;
        if (n % 3 === 0) return who.patch(path, { is_admin: false });
        return n % 3 === 1 ? who.patch(path, { is_active: false }) : who.delete(path);
      }),
    );
    for (const { status } of answers) expect([200, 204, 401, 403, 404, 409]).toContain(status);
    expect(answers.some(({ status }) => status < 300)).toBe(true);
    const left = await listActive();
    expect(left).toHaveLength(1);
    for (const { email, client: who } of admins) {
      const { status } = await who.get(USERS);
      if (left.includes(email)) expect(status).toBe(200);
      else expect([401, 403]).toContain(status);
    }
  }
});

test('session fixation: of two refreshes with one token at once one succeeds, and the old token is dead', async () => {
  await using server = await startBinary();
  await createAdmin(server);
  let old = await createUser(server.url, 'ann@example.com').then(({ token }) => token);
  for (let round = 0; round < 20; round++) {
    const shown = client(server.url, old);
    const answers = await Promise.all([1, 2].map(() => shown.post('/api/auth/refresh')));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
    expect((await shown.get(ME)).status).toBe(401);
    old = answers.find(({ status }) => status === 200)?.body.token;
    expect((await client(server.url, old).get(ME)).status).toBe(200);
    const sessions = await client(server.url, old).get('/api/auth/sessions');
    expect(sessions.body.total).toBe(1);
  }
});

test('a disabled account is out at once on connections that are open, by session and API token', async () => {
  await using server = await startBinary();
  const admin = await createAdmin(server);
  const body = { email: 'second@example.com', password: PASSWORD };
  const { id } = (await admin.post(USERS, { ...body, is_admin: true })).body;
  const session = (await admin.as(undefined).post('/api/auth/login', body)).body.token;
  const second = client(server.url, session);
  const made = await second.post('/api/admin/api-tokens', { name: 'ci', scopes: ['admin'] });
  const host = `127.0.0.1:${server.port}`;
  const lines = await Promise.all(
    [session, made.body.token].flatMap((token) =>
      [ME, USERS].map(async (path) => ({
        connection: await RawConnection.open('127.0.0.1', server.port),
        request: formatRequest('GET', path, { host, token }),
      })),
    ),
  );
  const ask = () =>
    Promise.all(
      lines.map(async ({ connection, request }) => (await connection.send(request)).status),
    );
  expect(await ask()).toEqual([200, 200, 200, 200]);
  expect((await admin.patch(`${USERS}/${id}`, { is_active: false })).status).toBe(200);
  expect(await ask()).toEqual([401, 401, 401, 401]);
  // Enabled again, the API token counts again; the session does not come back.
  expect((await admin.patch(`${USERS}/${id}`, { is_active: true })).status).toBe(200);
  expect(await ask()).toEqual([401, 401, 200, 200]);
  // Demoted, it keeps the rights of a user.
  expect((await admin.patch(`${USERS}/${id}`, { is_admin: false })).status).toBe(200);
  expect(await ask()).toEqual([401, 401, 200, 403]);
  expect((await admin.delete(`${USERS}/${id}`)).status).toBe(204);
  expect(await ask()).toEqual([401, 401, 401, 401]);
  for (const { connection } of lines) connection.close();
});

test('zombie sessions: who signs in, refreshes or sets a password while the account goes is out', async () => {
  await using server = await startBinary({ env: MANY_ATTEMPTS });
  const admin = await createAdmin(server);
  const anonymous = client(server.url);
  for (const end of ['delete', 'disable'] as const) {
    const email = `${end}@example.com`;
    const { id } = await createUser(server.url, email, PASSWORD);
    const { token } = (await admin.post(`${USERS}/${id}/reset-link`)).body;
    const signIn = () => anonymous.post('/api/auth/login', { email, password: PASSWORD });
    const shown = await Promise.all([1, 2, 3, 4].map(async () => (await signIn()).body.token));
    // Each waits for a password to be hashed, and some of them for the others.
    const waiting = [
      ...Array.from({ length: 12 }, signIn),
      ...shown.slice(2).map((one) => {
        const body = { current_password: PASSWORD, password: 'another password' };
        return client(server.url, one).post('/api/auth/change-password', body);
      }),
      anonymous.post(CONFIRM, { token, password: 'another password' }),
    ];
    await Bun.sleep(30);
    const [ended] = await Promise.all([
      end === 'delete'
        ? admin.delete(`${USERS}/${id}`)
        : admin.patch(`${USERS}/${id}`, { is_active: false }),
      ...shown.slice(0, 2).map(async (one) => {
        const { status, body } = await client(server.url, one).post('/api/auth/refresh');
        expect([200, 401]).toContain(status);
        if (status === 200) shown.push(body.token);
      }),
    ]);
    expect([200, 204]).toContain(ended.status);
    for (const { status, body } of await Promise.all(waiting)) {
      expect([200, 204, 401, 422]).toContain(status);
      if (body?.token) shown.push(body.token);
    }
    for (const one of shown) expect((await client(server.url, one).get(ME)).status).toBe(401);
    for (const password of [PASSWORD, 'another password'])
      expect((await anonymous.post('/api/auth/login', { email, password })).status).toBe(401);
  }
});

test('the command line sets a password while the server runs, and old sessions end at once', async () => {
  await using server = await startBinary();
  const admin = await createAdmin(server);
  const ann = await createUser(server.url, 'ann@example.com');
  expect((await ann.get(ME)).status).toBe(200);
  const pending = (await admin.post(`${USERS}/${ann.id}/reset-link`)).body.token;

  const listed = await runBinary(['admin', 'list', '--json'], { dir: server.dir });
  expect(JSON.parse(listed.stdout)).toEqual([
    {
      id: expect.any(String),
      email: ADMIN.email,
      is_active: true,
      created_at: expect.any(String),
    },
  ]);

  const reset = await runBinary(['admin', 'reset-password', 'Ann@Example.com', 'battery staple'], {
    dir: server.dir,
  });
  expect(reset).toEqual({
    code: 0,
    stdout: 'ann@example.com: the new password counts, and all sessions have ended.\n',
    stderr: '',
  });
  expect((await ann.get(ME)).status).toBe(401);
  expect((await admin.get(ME)).status).toBe(200);
  const signIn = (password: string) =>
    client(server.url).post('/api/auth/login', { email: 'ann@example.com', password });
  expect((await signIn(PASSWORD)).status).toBe(401);
  expect((await signIn('battery staple')).status).toBe(200);
  // A link that was on its way does not undo it.
  const late = await client(server.url).post(CONFIRM, { token: pending, password: PASSWORD });
  expect(late.status).toBe(401);

  const linked = await runBinary(['admin', 'reset-password', 'ann@example.com', '--link'], {
    dir: server.dir,
  });
  expect(linked.code).toBe(0);
  const token = /#\/reset\?token=([\w-]{43})\n$/.exec(linked.stdout)?.[1];
  const confirmed = await client(server.url).post(CONFIRM, { token, password: 'by the link' });
  expect(confirmed.status).toBe(204);
  expect((await signIn('by the link')).status).toBe(200);

  const unknown = await runBinary(['admin', 'reset-password', 'no@example.com', PASSWORD], {
    dir: server.dir,
  });
  expect(unknown.code).not.toBe(0);
  expect(unknown.stdout + unknown.stderr).not.toContain(PASSWORD);
});
