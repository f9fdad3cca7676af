import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '../../scripts/support/http-client.ts';
import { client, createAdmin, runBinary, startBinary } from '../support/binary.ts';

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
  const readFiles = () =>
    readdirSync(server.dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => ({
        name,
        text: readFileSync(join(parentPath, name), 'latin1'),
      }));
  // With its journal, while the server runs, and as the server leaves it.
  const files = readFiles();
  expect(files.map(({ name }) => name)).toContain('tinybase.db-wal');
  expect(await server.stop()).toBe(0);
  files.push(...readFiles());

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
