import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '../../scripts/support/http-client.ts';
import {
  client,
  createAdmin,
  makeTemporaryFolder,
  runBinary,
  startBinary,
} from '../support/binary.ts';
import { writeFiles } from '../support/fixtures.ts';
import { openSmtp, tokenIn } from '../support/smtp.ts';
import { until } from '../support/until.ts';

const EMAIL = 'ann@example.com';
const USERS = '/api/admin/users';
/** Each is found wherever it is left: no other text holds one. */
const PASSWORDS = {
  admin: 'Swordfish-admin-11',
  first: 'Swordfish-first-22',
  second: 'Swordfish-second-33',
  byLink: 'Swordfish-link-44',
  byAdmin: 'Swordfish-patch-55',
  byCommand: 'Swordfish-command-66',
  wrong: 'Swordfish-wrong-77',
} as const;

/** A client that keeps the text of every answer. */
function listening(url: string, answers: string[]) {
  const wrap = (inner: Client): Client => ({
    ...inner,
    ...Object.fromEntries(
      (['get', 'post', 'patch', 'delete'] as const).map((name) => [
        name,
        async (path: string, body?: unknown) => {
          const answer = await inner[name](path, body);
          answers.push(JSON.stringify([answer.body, [...answer.headers]]));
          return answer;
        },
      ]),
    ),
  });
  return (token?: string) => wrap(client(url, token));
}

function readFiles(dir: string) {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => ({
      name,
      text: readFileSync(join(parentPath, name), 'latin1'),
    }));
}

test('secrets in database, log, answers and output: none is left anywhere but where it is handed out', async () => {
  await using server = await startBinary({ env: { TINYBASE_SERVER_LOG_LEVEL: 'debug' } });
  const setupToken = server.setupToken ?? '';
  await createAdmin(server, { email: 'admin@example.com', password: PASSWORDS.admin });
  const answers: string[] = [];
  const as = listening(server.url, answers);
  const tokens: string[] = [];
  /** Whoever makes a secret is told it, once. */
  const hand = (answer: { body: { token: string } }) => {
    tokens.push(answer.body.token);
    answers.pop();
    return answer.body.token;
  };
  const signIn = async (email: string, password: string) =>
    hand(await as().post('/api/auth/login', { email, password }));

  const admin = as(await signIn('admin@example.com', PASSWORDS.admin));
  const made = await admin.post(USERS, { email: EMAIL, password: PASSWORDS.first });
  const user = `${USERS}/${made.body.id}`;
  const first = await signIn(EMAIL, PASSWORDS.first);
  const refreshed = hand(await as(first).post('/api/auth/refresh'));
  const ann = as(refreshed);
  const change = { current_password: PASSWORDS.first, password: PASSWORDS.second };
  expect((await ann.post('/api/auth/change-password', change)).status).toBe(204);
  const link = hand(await admin.post(`${user}/reset-link`));
  const confirm = { token: link, password: PASSWORDS.byLink };
  const path = '/api/auth/password-reset/confirm';
  expect((await as().post(path, confirm)).status).toBe(204);
  // What goes wrong must not repeat what it was given either.
  expect((await as().post(path, confirm)).status).toBe(401);
  expect((await as().post(path, { ...confirm, password: 1 })).status).toBe(422);
  expect((await as().post(path, { ...confirm, passwort: PASSWORDS.wrong })).status).toBe(422);
  const json = { 'content-type': 'application/json' };
  const cut = await client(server.url).request('POST', path, `{"token":"${link}`, json);
  expect(cut.status).toBe(422);
  answers.push(JSON.stringify(cut.body));
  expect((await as(first).get('/api/auth/me')).status).toBe(401);
  const wrong = { email: EMAIL, password: PASSWORDS.wrong };
  expect((await as().post('/api/auth/login', wrong)).status).toBe(401);
  expect((await admin.patch(user, { password: PASSWORDS.byAdmin })).status).toBe(200);
  const last = as(await signIn(EMAIL, PASSWORDS.byAdmin));
  expect((await last.delete('/api/auth/me', { password: PASSWORDS.wrong })).status).toBe(422);
  hand(await admin.post('/api/admin/api-tokens', { name: 'x', scopes: ['admin'] }));
  const unused = hand(await admin.post(`${user}/reset-link`));
  for (const address of [USERS, user, `${user}/sessions`, '/api/admin/api-tokens'])
    expect((await admin.get(address)).status).toBe(200);
  expect((await last.get('/api/auth/sessions')).status).toBe(200);
  const command = ['admin', 'reset-password', EMAIL, PASSWORDS.byCommand];
  const ran = await runBinary(command, {
    dir: server.dir,
    env: { TINYBASE_SERVER_LOG_LEVEL: 'debug' },
  });
  expect(ran.code).toBe(0);
  await last.get('/api/auth/me');

  const rows = new Database(join(server.dir, 'tinybase.db'), { readonly: true });
  const hashes = rows
    .query<{ password_hash: string }, []>('SELECT password_hash FROM user')
    .all()
    .map(({ password_hash }) => password_hash);
  rows.close();
  for (const hash of hashes) expect(hash).toStartWith('$argon2id$');
  // With its journal, while the server runs, and as the server leaves it.
  const files = readFiles(server.dir);
  expect(files.map(({ name }) => name)).toContain('tinybase.db-wal');
  expect(await server.stop()).toBe(0);
  files.push(...readFiles(server.dir));

  const secrets = [...Object.values(PASSWORDS), ...tokens, setupToken, unused];
  for (const secret of secrets) expect(secret.length).toBeGreaterThan(15);
  const said = [server.stdout(), server.stderr(), ran.stdout, ran.stderr]
    .join('\n')
    .replace(`/admin/#/setup?token=${setupToken}`, '');
  // The log is there to be searched.
  for (const told of [path, 'change-password', '/api/auth/refresh']) expect(said).toContain(told);
  const tokenHashes = secrets.map((secret) => Bun.SHA256.hash(secret, 'hex'));
  const places = [
    { name: 'output', text: said },
    { name: 'answers', text: answers.join('\n') },
  ];
  const found = [
    ...[...files, ...places].flatMap(({ name, text }) =>
      secrets.filter((secret) => text.includes(secret)).map((secret) => `${name}: ${secret}`),
    ),
    ...places.flatMap(({ name, text }) =>
      [...hashes, ...tokenHashes, '$argon2']
        .filter((hash) => text.includes(hash))
        .map((hash) => `${name}: hash ${hash}`),
    ),
  ];
  expect(found).toEqual([]);
});

test('secrets of mail, JWT, imports, extensions and the configuration: none is left, not even by a crash', async () => {
  const smtpPassword = 'Swordfish-smtp-11';
  await using smtp = await openSmtp({ auth: { user: 'shop', pass: smtpPassword } });
  const dir = makeTemporaryFolder();
  const jwtSecret = 'Swordfish-jwt-22-at-least-32-bytes-of-it';
  const inQuery = 'Swordfish-query-33';
  const bcrypt = { password: 'correct horse', salt: 'N9qo8uLOickgx2ZMRZoMye' };
  const hash = `$2b$10$${bcrypt.salt}7hLCKuEIm4BcKHuoCJsBy/5Q0NErxWS`;
  const secrets = {
    smtpPassword,
    jwtSecret,
    inQuery,
    metrics: 'Swordfish-metrics-44',
    inCookie: 'Swordfish-cookie-55',
    inFile: 'Swordfish-import-66',
    first: 'Swordfish-first-77',
    byLink: 'Swordfish-link-88',
    ofExtension: 'Swordfish-extension-99',
  };
  writeFiles(dir, {
    'extensions/pay/extension.toml':
      '[extension]\nname = "pay"\nversion = "1.0.0"\n[extension.settings.key]\ntype = "string"\nsecret = true\n',
    'extensions/pay/main.ts': 'export {};\n',
  });
  // Beside the project, as nothing of it is ours to clean.
  const people = makeTemporaryFolder();
  writeFiles(people, {
    'people.csv': `email,password,password_hash\nbob@x.example,${secrets.inFile},\ncem@x.example,,${hash}\n`,
    'faulty.csv': `email,password,is_admin\nno address,${secrets.inFile},x\nb@x.example,${secrets.inFile}\n`,
  });
  const env = {
    TINYBASE_SERVER_LOG_LEVEL: 'debug',
    TINYBASE_SERVER_METRICS_TOKEN: secrets.metrics,
    TINYBASE_SERVER_PUBLIC_URL: 'https://shop.example.com',
    TINYBASE_MAIL_SMTP_URL: smtp.url,
    TINYBASE_MAIL_FROM: 'shop@example.com',
    TINYBASE_AUTH_TOKEN_FORMAT: 'jwt',
  };
  const given = { ...env, TINYBASE_AUTH_JWT_SECRET: jwtSecret };
  await using server = await startBinary({ dir, env: given });
  const admin = await createAdmin(server, { email: 'admin@x.example', password: secrets.first });
  const answers: string[] = [];
  const as = listening(server.url, answers);
  const watched = as(admin.token);
  const tokens: string[] = [admin.token ?? ''];
  const commands: string[] = [];
  const run = async (...args: string[]) => {
    const { stdout, stderr } = await runBinary(args, { dir, env: given });
    commands.push(stdout, stderr);
    return stdout;
  };

  // One-time tokens by mail, used, used again and misused.
  const ann = { email: 'ann@x.example', password: secrets.first };
  expect((await as().post('/api/auth/register', ann)).status).toBe(201);
  const { body: session } = await client(server.url).post('/api/auth/login', ann);
  tokens.push(session.token, tokenIn(await smtp.mailTo(ann.email)));
  const change = { email: 'ann.new@x.example', password: secrets.first };
  await as(session.token).post('/api/auth/change-email', change);
  tokens.push(tokenIn(await smtp.mailTo(change.email)));
  for (const token of tokens) await as().post('/api/auth/verify-email/confirm', { token });
  await as().post('/api/auth/password-reset/request', { email: change.email });
  const reset = tokenIn(await smtp.mailTo(change.email, 2));
  tokens.push(reset);
  const path = '/api/auth/password-reset/confirm';
  for (const [password, status] of [
    [1, 422],
    [secrets.byLink, 204],
    [secrets.byLink, 401],
  ])
    expect((await as().post(path, { token: reset, password })).status).toBe(Number(status));

  // Where a secret does not belong.
  const query = `token=${inQuery}&api_key=${inQuery}`;
  for (const path of ['/health', '/nothing/here', '/api/auth/me', '/api/collections/x/records'])
    await as().get(`${path}?${query}`);
  for (const headers of [
    { authorization: `Bearer ${secrets.inCookie}` },
    { authorization: `Basic ${secrets.inCookie}` },
    { cookie: `tb_session=${secrets.inCookie}`, 'sec-fetch-site': 'same-origin' },
  ]) {
    const { body } = await client(server.url).request('GET', '/api/auth/me', undefined, headers);
    answers.push(JSON.stringify(body));
  }

  expect(await run('admin', 'import-users', join(people, 'people.csv'))).toContain('2 created');
  await run('admin', 'import-users', join(people, 'faulty.csv'), '--json');
  await run('admin', 'add', 'eve@x.example', secrets.first, 'and', secrets.byLink);
  const key = { key: secrets.ofExtension };
  const set = await watched.patch('/api/admin/extensions/pay/settings', key);
  expect(set.status).toBe(200);
  const backup = await watched.post('/api/admin/backups');
  expect(backup.status).toBe(202);
  const backupPath = `/api/admin/backups/${backup.body.id}`;
  await until(async () => (await watched.get(backupPath)).body.status === 'done', 'a backup');
  for (const path of [
    '/api/admin/settings',
    '/api/admin/audit?limit=1000',
    '/api/admin/backups',
    '/api/admin/extensions/pay/settings',
    '/api/admin/extensions',
    '/api/admin/users',
    '/openapi.json',
  ])
    expect((await watched.get(path)).status, path).toBe(200);
  await watched.post('/api/admin/settings/mail/preview', { kind: 'password_reset' });
  expect(await run('config', '--json', '--show-origin')).toContain('mail.smtp_url');

  // A crash, with what the runtime says of it.
  const files = readFiles(dir);
  process.kill(server.pid, 'SIGSEGV');
  expect(await server.exited).not.toBe(0);
  expect(server.stderr()).toContain('Segmentation fault');
  // Without a secret, one is made and kept in the database.
  await using next = await startBinary({ dir, env });
  const { body } = await client(next.url).post('/api/auth/login', {
    email: 'bob@x.example',
    password: secrets.inFile,
  });
  expect((await client(next.url, body.token).get('/api/auth/me')).status).toBe(200);
  tokens.push(body.token);
  expect(await next.stop()).toBe(0);
  files.push(...readFiles(dir));
  expect(files.filter(({ name }) => /\.db$/.test(name)).length).toBeGreaterThan(2);

  const rows = new Database(join(dir, 'tinybase.db'), { readonly: true });
  const { value: madeSecret } = rows
    .query<{ value: string }, []>("SELECT value FROM meta WHERE key = 'jwt_secret'")
    .all()[0] ?? { value: '' };
  rows.close();
  const said = [server, next].flatMap((one) => [one.stdout(), one.stderr()]).join('\n');
  for (const told of ['password-reset/confirm', '/nothing/here']) expect(said).toContain(told);
  const heads = smtp.mails.map(({ headers }) => JSON.stringify(headers));
  expect(heads.length).toBeGreaterThan(3);
  // What the database holds for good: it has to be able to use them.
  const keptInDatabase = [secrets.ofExtension, madeSecret];
  const all = [...Object.values(secrets), ...tokens, bcrypt.salt, madeSecret];
  for (const secret of all) expect(secret.length).toBeGreaterThan(15);
  const isInDatabase = (name: string, secret: string) =>
    /\.db(-wal)?$/.test(name) && [...keptInDatabase, bcrypt.salt].includes(secret);
  const found = [
    ...files,
    { name: 'log', text: said },
    { name: 'commands', text: commands.join('\n') },
    { name: 'answers', text: answers.join('\n') },
    { name: 'heads of mails', text: heads.join('\n') },
  ].flatMap(({ name, text }) =>
    all
      .filter((secret) => text.includes(secret) && !isInDatabase(name, secret))
      .map((secret) => `${name}: ${secret}`),
  );
  expect(found).toEqual([]);
});
