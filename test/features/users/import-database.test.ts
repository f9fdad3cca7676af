import { Database } from 'bun:sqlite';
import { afterAll, beforeEach, describe, expect, test } from 'bun:test';
import { createReadStream, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createHashRecipes } from '../../../src/storage/sqlite/hash-recipes.ts';
import { PASSWORD } from '../auth/auth-app.ts';
import { temporaryFolder, thrownBy } from '../records/data-app.ts';
import { createImportApp, type ImportApp } from './import-app.ts';

const BCRYPT = '$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e';
/** As SQLModel makes it of the predecessor's models (seeds/001, 4.1). */
const TABLE = `CREATE TABLE user (
  id CHAR(32) NOT NULL, email VARCHAR NOT NULL, password_hash VARCHAR NOT NULL,
  is_admin BOOLEAN NOT NULL, created_at DATETIME NOT NULL, updated_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX ix_user_email ON user (email);`;
const AT = '2024-05-06 07:08:09.123456';

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

let app: ImportApp;
let made = 0;
beforeEach(() => {
  app = createImportApp();
});

/** The file of a new database. */
function databaseOf(sql: string, rows: readonly (readonly unknown[])[] = []): string {
  const path = folder.file(`old-${made++}.db`);
  const db = new Database(path);
  db.run(sql);
  for (const row of rows)
    db.query(`INSERT INTO user VALUES (${row.map(() => '?').join()})`).run(...(row as string[]));
  db.close();
  return path;
}
const person = (n: number, email = `p${n}@example.com`, hash = BCRYPT, isAdmin = 0) => [
  n.toString(16).padStart(32, '0'),
  email,
  hash,
  isAdmin,
  AT,
  AT,
];

describe("the predecessor's database", () => {
  test('gives its accounts with their ids, so that what they own can follow', async () => {
    const path = databaseOf(TABLE, [person(10), person(11, 'Boss@Example.com', BCRYPT, 1)]);
    const before = readFileSync(path);
    expect(await app.database(path)).toMatchObject({ created: 2, adminsAsUsers: 1, failed: 0 });
    expect(app.row('p10@example.com')).toMatchObject({
      id: '00000000-0000-0000-0000-00000000000a',
      password_hash: BCRYPT,
      created_at: '2024-05-06T07:08:09.123Z',
      is_active: 1,
    });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test('may hold what it should not: look-alikes by case, texts that are no address', async () => {
    const path = databaseOf(TABLE, [
      person(1, 'ann@example.com'),
      person(2, 'ANN@example.com'),
      person(3, ''),
      person(4, 'bob@example.com', 'not a hash'),
    ]);
    const report = await app.database(path);
    expect(report.errors.map(({ line, loc }) => [line, loc[0]])).toEqual([
      [2, 'email'],
      [3, 'email'],
      [4, 'password_hash'],
    ]);
    expect(app.emails()).toEqual([]);
    expect(await app.database(path, { isPartial: true })).toMatchObject({ created: 1, failed: 3 });
  });

  test('may name its columns in other ways, and hold more of them', async () => {
    const path = databaseOf(
      'CREATE TABLE users ("say ""hi""" TEXT, email TEXT, hashed_password TEXT, is_active INT, is_verified INT)',
    );
    const db = new Database(path);
    db.run("INSERT INTO users VALUES ('x', 'ann@example.com', NULL, 0, 1)");
    db.close();
    expect(await app.database(path)).toMatchObject({ created: 1, withoutPassword: 1 });
    expect(app.row('ann@example.com')).toMatchObject({ is_active: 0, email_verified: 1 });
  });
});

test('another instance of ours gives its accounts as they are', async () => {
  const path = folder.file('other.db');
  const other = createImportApp({ path });
  await other.register('ann@example.com');
  await other.ndjson([{ email: 'bob@example.com', is_active: false }]);
  const rows = ['ann', 'bob'].map((name) => other.row(`${name}@example.com`));
  // The quick engine's hashes are shaped as no real one is.
  other.db.run(`UPDATE user SET password_hash = '${BCRYPT}' WHERE email = 'ann@example.com'`);
  other.data.close();
  expect(await app.database(path)).toMatchObject({ created: 2, withoutPassword: 1 });
  for (const row of rows)
    expect(app.row(String(row?.email))).toMatchObject({
      id: row?.id,
      is_active: row?.is_active,
      created_at: row?.created_at,
    });
});

describe('hostile files', () => {
  test('the database of this project itself is not touched, by no other name either', async () => {
    const path = folder.file('self.db');
    const self = createImportApp({ path });
    symlinkSync(path, folder.file('link.db'));
    for (const name of [path, folder.file('link.db')])
      expect(await thrownBy(() => self.database(name))).toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('of this project itself'),
      });
    // Its locks still hold: another program sees that it is in use.
    expect((await self.register('ann@example.com')).status).toBe(201);
    self.data.close();
  });

  test('a view called user runs no query', async () => {
    const path = databaseOf(`CREATE TABLE secret (email TEXT);
      CREATE VIEW user AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n)
      SELECT 'a' AS email FROM n`);
    expect(await thrownBy(() => app.database(path))).toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('without a table user'),
    });
  });

  test('a damaged database is told of, and nothing is imported', async () => {
    const path = databaseOf(
      TABLE,
      Array.from({ length: 2_000 }, (_, n) => person(n)),
    );
    const bytes = readFileSync(path);
    bytes.fill(0xff, bytes.length / 2);
    writeFileSync(path, bytes);
    expect(await thrownBy(() => app.database(path, { isPartial: true }))).toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('cannot be read as SQLite'),
    });
    expect(app.emails()).toEqual([]);
  });

  test('a text that only begins like a database is none', async () => {
    const path = folder.file('fake.db');
    writeFileSync(path, `SQLite format 3\0${'x'.repeat(5_000)}`);
    expect(await thrownBy(() => app.database(path))).toMatchObject({ code: 'invalid_input' });
  });

  test('a pipe is read once and never waited for', async () => {
    const path = folder.file('pipe.csv');
    expect(Bun.spawnSync(['mkfifo', path]).exitCode).toBe(0);
    const writer = Bun.spawn(['sh', '-c', `printf 'email\nann@example.com\n' > "$0"`, path]);
    const chunks = () => createReadStream(path);
    const report = await app.run({ name: 'pipe.csv', path, format: 'csv', chunks });
    expect(report).toMatchObject({ created: 1, failed: 0 });
    expect(await writer.exited).toBe(0);
  });

  test('values of the wrong kind are faults', async () => {
    const path = databaseOf(TABLE.replace('VARCHAR NOT NULL', 'BLOB'), [
      [new Uint8Array(16), new Uint8Array([1, 2]), 5, 'x', 12, AT],
    ]);
    const { errors } = await app.database(path);
    expect(errors.map(({ loc }) => loc[0]).toSorted()).toEqual(
      ['created_at', 'email', 'id', 'is_admin', 'password_hash'].toSorted(),
    );
  });
});

test('the recipes of imported hashes are remembered while an account has one', async () => {
  const recipes = createHashRecipes(app.connection);
  await app.database(databaseOf(TABLE, [person(1), person(2)]));
  await app.ndjson([{ email: 'own@example.com', password: PASSWORD }]);
  expect(recipes.all()).toEqual(['$2b$04$']);
  await recipes.dropUnused();
  expect(recipes.all()).toEqual(['$2b$04$']);
  app.db.run(`UPDATE user SET password_hash = '$argon2id$v=19$m=19456,t=2,p=1$x'`);
  await recipes.dropUnused();
  expect(recipes.all()).toEqual([]);
  await recipes.dropUnused();
});

test('a hundred thousand accounts come in without holding the event loop', async () => {
  const path = folder.file('big-target.db');
  const big = createImportApp({ path });
  const source = databaseOf(TABLE);
  const db = new Database(source);
  db.run(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
    INSERT INTO user SELECT printf('%032x', i), 'p' || i || '@example.com', '${BCRYPT}', 0, '${AT}', '${AT}' FROM n`);
  db.close();
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const steps = new Set<string>();
  const report = await big.database(source, { onProgress: ({ step }) => steps.add(step) });
  clearInterval(timer);
  expect(report).toMatchObject({ created: 100_000, failed: 0 });
  expect([...steps]).toEqual(['check', 'write']);
  expect(turns).toBeGreaterThan(50);
  big.data.close();
});
