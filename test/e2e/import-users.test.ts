// Runs alone: it measures.
import { Database } from 'bun:sqlite';
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  client,
  createAdmin,
  createUser,
  runBinary,
  type ServerProcess,
  startBinary,
} from '../support/binary.ts';

/** Passwords and what libxcrypt made of them, so another maker than Bun. */
const BCRYPT = {
  password: 'correct horse',
  hash: '$2b$10$N9qo8uLOickgx2ZMRZoMye7hLCKuEIm4BcKHuoCJsBy/5Q0NErxWS',
};
/** Of 100 bytes, of which bcrypt knows 72. */
const LONG = {
  password: 'x'.repeat(100),
  hash: '$2y$05$N9qo8uLOickgx2ZMRZoMyej2j0Zkw2E5XohszjUUJVaz5JPjerhg6',
};
const AT = '2024-05-06 07:08:09.123456';
const ENV = { TINYBASE_AUTH_LOGIN_ATTEMPTS_PER_MINUTE: '10000' };

let server: ServerProcess;
let admin: Awaited<ReturnType<typeof createAdmin>>;
beforeAll(async () => {
  server = await startBinary({ env: ENV });
  admin = await createAdmin(server);
});
afterAll(() => server?.[Symbol.asyncDispose]());

const importUsers = (...words: string[]) =>
  runBinary(['admin', 'import-users', ...words], { dir: server.dir });
const write = (name: string, text: string) => writeFileSync(join(server.dir, name), text);
const login = (email: string, password: string) =>
  client(server.url).post('/api/auth/login', { email, password });
function hashOf(email: string): string {
  const db = new Database(join(server.dir, 'tinybase.db'), { readonly: true });
  const row = db.query('SELECT password_hash FROM user WHERE email = ?').get(email);
  db.close();
  return (row as { password_hash: string }).password_hash;
}

/** A database as the predecessor's models make it. */
function writePredecessor(name: string, rows: readonly (readonly (string | number)[])[]): void {
  const db = new Database(join(server.dir, name));
  db.run(`CREATE TABLE user (id CHAR(32) NOT NULL, email VARCHAR NOT NULL, password_hash VARCHAR NOT NULL,
    is_admin BOOLEAN NOT NULL, created_at DATETIME NOT NULL, updated_at DATETIME NOT NULL, PRIMARY KEY (id))`);
  const insert = db.query('INSERT INTO user VALUES (?, ?, ?, ?, ?, ?)');
  for (const row of rows) insert.run(...row);
  db.close();
}

test("the predecessor's accounts sign in beside the running server, and their hashes are renewed", async () => {
  writePredecessor('old.db', [
    ['018f0000000070008000000000000001', 'Ann@old.example', BCRYPT.hash, 0, AT, AT],
    ['018f0000000070008000000000000002', 'bob@old.example', LONG.hash, 1, AT, AT],
  ]);
  const { code, stdout } = await importUsers('old.db');
  expect(code).toBe(0);
  expect(stdout).toContain('Imported accounts: 2 created, 0 skipped.');
  for (const [email, { password, hash }] of [
    ['ann@old.example', BCRYPT],
    ['bob@old.example', LONG],
  ] as const) {
    expect(hashOf(email).slice(7)).toBe(hash.slice(7));
    expect((await login(email, `not ${password}`)).status).toBe(401);
    expect((await login(email, password)).status).toBe(200);
    expect(hashOf(email)).toStartWith('$argon2id$v=19$m=19456,t=2,p=1$');
    expect((await login(email, password)).status).toBe(200);
  }
  // The whole password counts now, and not only its first 72 bytes.
  expect((await login('bob@old.example', LONG.password.slice(0, 72))).status).toBe(401);
  const { body } = await admin.get('/api/admin/users?search=old.example');
  expect(body.items.map((user: object) => user)).toMatchObject([
    { id: '018f0000-0000-7000-8000-000000000002', is_admin: false },
    { id: '018f0000-0000-7000-8000-000000000001', created_at: '2024-05-06T07:08:09.123Z' },
  ]);
});

test('CSV and NDJSON bring hashes and passwords; the same file once more changes nothing', async () => {
  write('people.csv', `email,password\ncem@csv.example,${BCRYPT.password}\n`);
  write('people.ndjson', `{"email":"dan@json.example","password_hash":"${BCRYPT.hash}"}\n`);
  for (const [file, email] of [
    ['people.csv', 'cem@csv.example'],
    ['people.ndjson', 'dan@json.example'],
  ] as const) {
    expect((await importUsers(file)).stdout).toContain('1 created, 0 skipped');
    expect((await login(email, BCRYPT.password)).status).toBe(200);
    const before = hashOf(email);
    expect((await importUsers(file)).stdout).toContain('0 created, 1 skipped');
    expect(hashOf(email)).toBe(before);
  }
});

test('no account that exists is overwritten or promoted, and admins only come when that is said', async () => {
  const eve = await createUser(server.url, 'eve@example.com');
  const row = (email: string) => `${email},${BCRYPT.hash},true\n`;
  write(
    'admins.csv',
    `email,password_hash,is_admin\n${row('EVE@example.com')}${row('new@x.example')}`,
  );
  expect((await importUsers('admins.csv')).stdout).toContain('Admins in the file, users here: 1');
  expect((await eve.get('/api/auth/me')).body.is_admin).toBe(false);
  expect((await login('eve@example.com', BCRYPT.password)).status).toBe(401);
  expect((await login('new@x.example', BCRYPT.password)).body.user.is_admin).toBe(false);
  write('boss.csv', `email,password_hash,is_admin\n${row('boss@x.example')}`);
  expect((await importUsers('boss.csv', '--allow-admins')).stdout).toContain(
    'Admins among them: 1',
  );
  expect((await login('boss@x.example', BCRYPT.password)).body.user.is_admin).toBe(true);
});

test('faults are told by line, nothing is written, and no hash is ever shown', async () => {
  write(
    'bad.csv',
    `email,password_hash\ngood@bad.example,${BCRYPT.hash}\nbad@bad.example,$2b$31$${BCRYPT.hash.slice(7)}\n`,
  );
  const refused = await importUsers('bad.csv');
  expect([refused.code, refused.stdout]).toEqual([1, '']);
  expect(refused.stderr).toContain('3     password_hash  has the cost 31');
  const json = await importUsers('bad.csv', '--json', '--dry-run');
  expect(json.code).toBe(1);
  expect(JSON.parse(json.stdout)).toMatchObject({ created: 1, failed: 1 });
  for (const { stdout, stderr } of [refused, json])
    expect(stdout + stderr).not.toContain(BCRYPT.hash.slice(7));
  expect((await admin.get('/api/admin/users?search=bad.example')).body.total).toBe(0);
});

test('it is in the audit log, without addresses', async () => {
  const { body } = await admin.get('/api/admin/audit?action=user.import&limit=100');
  expect(body.items.length).toBeGreaterThan(0);
  for (const item of body.items) {
    expect(item).toMatchObject({ action: 'user.import', actor_via: 'command_line' });
    expect(JSON.stringify(item)).not.toContain('@');
  }
});

test('a hundred thousand accounts come in while the server answers, and leave nothing behind', async () => {
  const rows = Array.from({ length: 100_000 }, (_, n) => [
    (n + 10).toString(16).padStart(32, '0'),
    `p${n}@many.example`,
    LONG.hash,
    0,
    AT,
    AT,
  ]);
  const db = new Database(join(server.dir, 'many.db'));
  db.run('BEGIN');
  db.run(
    'CREATE TABLE user (id TEXT, email TEXT, password_hash TEXT, is_admin INT, created_at TEXT, updated_at TEXT)',
  );
  const insert = db.query('INSERT INTO user VALUES (?, ?, ?, ?, ?, ?)');
  for (const row of rows) insert.run(...row);
  db.run('COMMIT');
  db.close();
  let isDone = false;
  const done = importUsers('many.db').finally(() => {
    isDone = true;
  });
  let reads = 0;
  while (!isDone) {
    expect((await admin.get('/api/auth/me')).status).toBe(200);
    reads++;
  }
  expect((await done).stdout).toContain('100,000 created');
  expect(reads).toBeGreaterThan(10);
  expect((await login('p99999@many.example', LONG.password)).status).toBe(200);
  expect(readdirSync(server.dir).filter((name) => name.includes('tinybase-import'))).toEqual([]);
});

test('user enumeration by time: an unknown, an imported and an own account take the same', async () => {
  write('slow.csv', `email,password_hash\nslow@time.example,${BCRYPT.hash}\n`);
  await importUsers('slow.csv');
  await createUser(server.url, 'own@time.example');
  const emails = ['nobody@time.example', 'slow@time.example', 'own@time.example'] as const;
  const times = new Map<string, number[]>();
  const measure = async (name: string, run: () => Promise<unknown>) => {
    const begin = performance.now();
    await run();
    times.set(name, [...(times.get(name) ?? []), performance.now() - begin]);
  };
  // The shortest of many says what the work takes: whatever else the machine does only adds to it.
  const shortest = (name: string) => Math.min(...(times.get(name) ?? []));
  const isAlike = () => {
    const [unknown = 0, ...others] = emails.map(shortest);
    return others.every((ms) => Math.abs(ms - unknown) < shortest('bcrypt') / 2);
  };
  for (let round = 0; round < 7 || (round < 40 && !isAlike()); round++) {
    for (const email of emails)
      await measure(email, async () => {
        expect((await login(email, 'wrong horse')).status).toBe(401);
      });
    // What they would differ by.
    await measure('bcrypt', () => Bun.password.verify('wrong horse', BCRYPT.hash));
  }
  expect(isAlike(), [...emails, 'bcrypt'].map(shortest).join(', ')).toBe(true);
});

test('no secret of a file is in the log of the server', () => {
  const said = server.stdout() + server.stderr();
  for (const secret of [BCRYPT.hash, LONG.hash, BCRYPT.password])
    expect(said).not.toContain(secret);
  expect(readFileSync(join(server.dir, 'tinybase.db')).includes(BCRYPT.password)).toBe(false);
});
