import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { openConnection } from '../../src/storage/sqlite/connection.ts';
import { migrate } from '../../src/storage/sqlite/migrate.ts';
import { MIGRATIONS } from '../../src/storage/sqlite/migrations/index.ts';
import { refusal, temporaryFolder, thrownBy } from '../features/records/data-app.ts';

const FIRST = 'CREATE TABLE a (x TEXT) STRICT;';
const SECOND = 'ALTER TABLE a ADD COLUMN y TEXT;';

const modeOf = (path: string) => statSync(path).mode & 0o777;
const pragma = (db: Database, name: string) =>
  Object.values(db.query(`PRAGMA ${name}`).get() as object)[0];
const schemaOf = (db: Database) =>
  db
    .query<{ sql: string }, []>('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name')
    .all()
    .map(({ sql }) => sql);

test('a new file gets every migration and is marked as ours', () => {
  using folder = temporaryFolder();
  const connection = openConnection({ path: folder.file('deep/down/x.db') });
  expect(pragma(connection.db, 'user_version')).toBe(MIGRATIONS.length);
  expect(pragma(connection.db, 'application_id')).toBe(0x54426462);
  expect(schemaOf(connection.db).length).toBeGreaterThan(5);
  connection.close();
});

test('the connection is durable, checks foreign keys and never waits inside SQLite', () => {
  using folder = temporaryFolder();
  const { db, close } = openConnection({ path: folder.file('x.db') });
  expect({
    journal: pragma(db, 'journal_mode'),
    synchronous: pragma(db, 'synchronous'),
    foreignKeys: pragma(db, 'foreign_keys'),
    busyTimeout: pragma(db, 'busy_timeout'),
    trustedSchema: pragma(db, 'trusted_schema'),
  }).toEqual({ journal: 'wal', synchronous: 2, foreignKeys: 1, busyTimeout: 0, trustedSchema: 0 });
  close();
});

test('other users of the machine cannot read the database, its log or its shared memory', () => {
  using folder = temporaryFolder();
  const path = folder.file('x.db');
  writeFileSync(path, '');
  chmodSync(path, 0o666);
  const { db, close } = openConnection({ path });
  db.run("INSERT INTO meta VALUES ('a', 'b')");
  for (const suffix of ['', '-wal', '-shm']) expect(modeOf(path + suffix)).toBe(0o600);
  close();
  expect(modeOf(path)).toBe(0o600);
});

test('a file of the same version opens again with its data, without a copy', () => {
  using folder = temporaryFolder();
  const path = folder.file('x.db');
  const first = openConnection({ path });
  first.db.run("INSERT INTO meta VALUES ('a', 'b')");
  first.close();
  const second = openConnection({ path });
  expect(second.db.query('SELECT value FROM meta').all()).toEqual([{ value: 'b' }]);
  second.close();
  expect(existsSync(`${path}.before-schema-${MIGRATIONS.length + 1}`)).toBe(false);
});

test('a file of a newer TinyBase is refused and left as it is', async () => {
  using folder = temporaryFolder();
  const path = folder.file('x.db');
  const first = openConnection({ path });
  first.db.run(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
  first.close();
  const before = readFileSync(path);
  const error = await refusal(() => openConnection({ path }));
  expect(error.code).toBe('conflict');
  expect(error.message).toContain('newer TinyBase');
  expect(readFileSync(path).equals(before)).toBe(true);
});

test("another program's database is refused by name", async () => {
  using folder = temporaryFolder();
  const path = folder.file('theirs.db');
  const theirs = new Database(path);
  theirs.run('CREATE TABLE theirs (x)');
  theirs.close();
  const error = await refusal(() => openConnection({ path }));
  expect(error.code).toBe('conflict');
  expect(error.message).toContain(path);
  expect(error.message).toContain('another program');
});

test("another program's database keeps its bytes, its journal mode and its file mode", async () => {
  using folder = temporaryFolder();
  const path = folder.file('theirs.db');
  const theirs = new Database(path);
  theirs.run('CREATE TABLE theirs (x)');
  theirs.close();
  chmodSync(path, 0o644);
  const before = readFileSync(path);
  await refusal(() => openConnection({ path }));
  expect({ isSame: readFileSync(path).equals(before), mode: modeOf(path) }).toEqual({
    isSame: true,
    mode: 0o644,
  });
});

test('a file that is no database is refused and keeps its content and mode', async () => {
  using folder = temporaryFolder();
  const path = folder.file('letter.txt');
  writeFileSync(path, 'Dear reader, '.repeat(100));
  chmodSync(path, 0o644);
  const error = await refusal(() => openConnection({ path }));
  expect(error.code).toBe('unavailable');
  expect(error.message).toContain('not a SQLite database');
  expect(readFileSync(path, 'utf8')).toBe('Dear reader, '.repeat(100));
  expect(modeOf(path)).toBe(0o644);
});

test('a folder in place of the file is named as what it is', async () => {
  using folder = temporaryFolder();
  const error = await refusal(() => openConnection({ path: folder.path }));
  expect(error.message).toContain('is a folder');
});

test('an empty file counts as new', () => {
  using folder = temporaryFolder();
  const path = folder.file('x.db');
  writeFileSync(path, '');
  expect(() => openConnection({ path }).close()).not.toThrow();
});

test('an upgrade copies the data beside the file first', () => {
  using folder = temporaryFolder();
  const path = folder.file('x.db');
  const db = new Database(path);
  migrate(db, path, [FIRST]);
  db.run("INSERT INTO a VALUES ('kept')");
  migrate(db, path, [FIRST, SECOND]);
  expect(pragma(db, 'user_version')).toBe(2);
  expect(db.query('SELECT * FROM a').all()).toEqual([{ x: 'kept', y: null }]);
  const copy = new Database(`${path}.before-schema-2`, { readonly: true });
  expect(copy.query('SELECT * FROM a').all()).toEqual([{ x: 'kept' }]);
  expect(pragma(copy, 'user_version')).toBe(1);
  copy.close();
  db.close();
});

test('a database of every earlier schema opens with its data, and with the tables of a new one', () => {
  using folder = temporaryFolder();
  const fresh = openConnection({ path: folder.file('fresh.db') });
  const wanted = schemaOf(fresh.db);
  fresh.close();
  for (let version = 1; version < MIGRATIONS.length; version++) {
    const path = folder.file(`${version}.db`);
    const old = new Database(path);
    migrate(old, path, MIGRATIONS.slice(0, version));
    old.run("INSERT INTO meta VALUES ('a', 'kept')");
    old.run(
      "INSERT INTO user (id, email, password_hash, created_at, updated_at) VALUES ('u', 'a@b.c', 'h', 't', 't')",
    );
    old.close();
    const connection = openConnection({ path });
    expect(schemaOf(connection.db)).toEqual(wanted);
    expect(connection.db.query('SELECT value FROM meta').all()).toEqual([{ value: 'kept' }]);
    expect(connection.db.query('SELECT email FROM user').all()).toEqual([{ email: 'a@b.c' }]);
    connection.close();
    expect(existsSync(`${path}.before-schema-${version + 1}`)).toBe(true);
  }
});

test('other users of the machine cannot read password hashes from the copy', () => {
  using folder = temporaryFolder();
  const path = folder.file('x.db');
  const before = process.umask(0o022);
  const db = new Database(path);
  migrate(db, path, [FIRST]);
  migrate(db, path, [FIRST, SECOND]);
  process.umask(before);
  expect(modeOf(`${path}.before-schema-2`)).toBe(0o600);
  db.close();
});

test('what programs left that were killed while they copied is removed; that of one at work stays', () => {
  using folder = temporaryFolder();
  const path = folder.file('x.db');
  const db = new Database(path);
  migrate(db, path, [FIRST]);
  const left = (name: string) => `x.db.before-schema-2.${name}`;
  // Process 1 is there on every machine; no system gives the last number.
  const names = ['part', `${2 ** 31 - 1}.part`, '1.part', 'mine'].map(left);
  for (const name of names) writeFileSync(folder.file(name), 'x');
  migrate(db, path, [FIRST, SECOND]);
  db.close();
  const kept = readdirSync(folder.path).filter((name) => name.startsWith(left('')));
  expect(kept.sort()).toEqual([left('1.part'), left('mine')]);
});

test('of two programs that upgrade at once, the copy is of the tables before', () => {
  using folder = temporaryFolder();
  const path = folder.file('x.db');
  const [db, other] = [new Database(path), new Database(path)];
  migrate(db, path, [FIRST]);
  db.run("INSERT INTO a VALUES ('kept')");
  const steps = [FIRST, SECOND];
  let isFirst = true;
  // Asked for when the one has read that the file is old: then the other is faster.
  const behind = new Proxy(steps, {
    get(target, key) {
      if (key === 'length' && isFirst) {
        isFirst = false;
        migrate(other, path, steps);
      }
      return Reflect.get(target, key);
    },
  });
  migrate(db, path, behind);
  expect(pragma(db, 'user_version')).toBe(2);
  const copy = new Database(`${path}.before-schema-2`, { readonly: true });
  expect(pragma(copy, 'user_version')).toBe(1);
  copy.close();
  expect(readdirSync(folder.path).filter((name) => name.includes('part'))).toEqual([]);
  for (const each of [db, other]) each.close();
});

test('a migration that fails leaves version, tables and data as they were, and the copy of the first try', async () => {
  using folder = temporaryFolder();
  const path = folder.file('x.db');
  const db = new Database(path);
  migrate(db, path, [FIRST]);
  db.run("INSERT INTO a VALUES ('kept')");
  const before = schemaOf(db);
  const broken = 'CREATE TABLE b (x); INSERT INTO a VALUES (1, 2, 3);';
  expect(await thrownBy(() => migrate(db, path, [FIRST, SECOND, broken]))).toBeInstanceOf(Error);
  expect(schemaOf(db)).toEqual(before);
  expect(pragma(db, 'user_version')).toBe(1);
  expect(db.query('SELECT * FROM a').all()).toEqual([{ x: 'kept' }]);
  expect(db.inTransaction).toBe(false);
  migrate(db, path, [FIRST, SECOND]);
  expect(pragma(db, 'user_version')).toBe(2);
  db.close();
});

test('a copy that an interrupted upgrade left half-written is not taken for a good one', () => {
  using folder = temporaryFolder();
  const path = folder.file('x.db');
  const db = new Database(path);
  migrate(db, path, [FIRST]);
  db.run("INSERT INTO a VALUES ('kept')");
  writeFileSync(`${path}.before-schema-2`, '');
  migrate(db, path, [FIRST, SECOND]);
  const copy = new Database(`${path}.before-schema-2`);
  const { n } = copy.query("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'a'").get() as {
    n: number;
  };
  copy.close();
  db.close();
  expect(n).toBe(1);
});

test('two programs that open a new file at once both end with a working database', async () => {
  using folder = temporaryFolder();
  const module = Bun.resolveSync('../../src/storage/sqlite/connection.ts', import.meta.dir);
  const script = `
    const { openConnection } = await import(${JSON.stringify(module)});
    await Bun.sleep(Math.max(0, Number(process.argv.at(-1)) - Date.now()));
    try { openConnection({ path: process.argv.at(-2) }).close(); console.log('fine'); }
    catch (error) { console.log(error.code, error.message); }`;
  for (let round = 0; round < 3; round++) {
    const path = folder.file(`${round}.db`);
    const at = String(Date.now() + 700);
    const children = [1, 2].map(() =>
      Bun.spawn([process.execPath, '-e', script, path, at], { stdout: 'pipe', stderr: 'pipe' }),
    );
    const said = await Promise.all(
      children.map(async ({ stdout }) => (await stdout.text()).trim()),
    );
    expect(said).toEqual(['fine', 'fine']);
  }
}, 600_000);

test('opening the file twice in one process never frees the locks of the first opening', async () => {
  // POSIX drops every lock of a process on a file when it closes ANY descriptor of it; another
  // program would then take itself for the last one, delete the log, and later writes would be lost.
  using folder = temporaryFolder();
  const path = folder.file('x.db');
  const server = openConnection({ path });
  await server.write(() => server.db.run("INSERT INTO meta VALUES ('a', '1')"));
  const second = openConnection({ path });
  const script = `
    const { Database } = await import('bun:sqlite');
    const db = new Database(process.argv.at(-1));
    const read = db.prepare('SELECT key FROM meta ORDER BY key');
    console.log(JSON.stringify(read.all().map((row) => row.key)));
    read.finalize();
    db.close(true);`;
  const readElsewhere = async () => {
    const child = Bun.spawn([process.execPath, '-e', script, path], { stdout: 'pipe' });
    return JSON.parse(await child.stdout.text());
  };
  expect(await readElsewhere()).toEqual(['a']);
  expect(existsSync(`${path}-wal`)).toBe(true);
  await server.write(() => server.db.run("INSERT INTO meta VALUES ('b', '2')"));
  expect(await readElsewhere()).toEqual(['a', 'b']);
  second.close();
  server.close();
});

const AT = '2030-01-01T00:00:00.000Z';

/** The database of an earlier release, brought up to date. */
function upgraded(version: number, ...inserts: readonly string[]): Database {
  const db = new Database(':memory:');
  migrate(db, ':memory:', MIGRATIONS.slice(0, version));
  for (const insert of inserts) db.run(insert);
  migrate(db, ':memory:', MIGRATIONS);
  return db;
}
const userOf = (id: string, email: string) =>
  `INSERT INTO user (id, email, password_hash, created_at, updated_at)
   VALUES ('${id}', '${email}', 'x', '${AT}', '${AT}')`;
const tokenOf = (id: string, userId: string, kind: string, usedAt: string | null) =>
  `INSERT INTO auth_token (id, user_id, kind, token_hash, created_at, last_used_at)
   VALUES ('${id}', '${userId}', '${kind}', '${id}', '${AT}', ${usedAt === null ? 'NULL' : `'${usedAt}'`})`;

test('accounts of an earlier release were last seen when their tokens were last used', () => {
  using db = upgraded(
    11,
    userOf('ann', 'ann@example.com'),
    userOf('bob', 'bob@example.com'),
    userOf('eve', 'eve@example.com'),
    tokenOf('1', 'ann', 'session', '2030-01-02T00:00:00.000Z'),
    tokenOf('2', 'ann', 'api', '2030-01-03T00:00:00.000Z'),
    tokenOf('3', 'bob', 'api', null),
  );
  expect(db.query('SELECT id, last_seen_at FROM user ORDER BY id').values()).toEqual([
    ['ann', '2030-01-03T00:00:00.000Z'],
    ['bob', null],
    ['eve', null],
  ]);
});

test('domains in letters become ASCII in accounts, and no account of an earlier release is lost', () => {
  const emails = [
    'ann@bücher.example',
    'jürgen@example.com',
    'two@bücher.example',
    'two@xn--bcher-kva.example',
    'odd@ü.1',
    'hidden@exam\u200bple.com',
    'zoë@日本.jp',
    'soft@b\u00adü.com',
  ];
  using db = upgraded(12, ...emails.map((email, n) => userOf(String(n), email)));
  expect(db.query('SELECT email FROM user ORDER BY id').values().flat()).toEqual([
    'ann@xn--bcher-kva.example',
    'jürgen@example.com',
    'two@bücher.example',
    'two@xn--bcher-kva.example',
    'odd@ü.1',
    'hidden@exam\u200bple.com',
    'zoë@xn--wgv71a.jp',
    'soft@b\u00adü.com',
  ]);
});

test('links that were sent before the domains became ASCII are good after that, and bring no letters back', () => {
  const linkOf = (userId: string, purpose: string, email: string) =>
    `INSERT INTO one_time_token (token_hash, purpose, user_id, email, expires_at)
     VALUES ('${userId} ${purpose}', '${purpose}', '${userId}', '${email}', '${AT}')`;
  using db = upgraded(
    12,
    userOf('ann', 'ann@bücher.example'),
    userOf('bob', 'two@bücher.example'),
    userOf('eve', 'two@xn--bcher-kva.example'),
    linkOf('ann', 'verify_email', 'ann@bücher.example'),
    linkOf('ann', 'password_reset', 'ann@bücher.example'),
    linkOf('ann', 'change_email', 'new@bücher.example'),
    linkOf('bob', 'verify_email', 'two@bücher.example'),
  );
  const sent = db.query('SELECT token_hash, email FROM one_time_token ORDER BY token_hash');
  expect(sent.values()).toEqual([
    ['ann change_email', 'new@xn--bcher-kva.example'],
    ['ann password_reset', 'ann@xn--bcher-kva.example'],
    ['ann verify_email', 'ann@xn--bcher-kva.example'],
    ['bob verify_email', 'two@bücher.example'],
  ]);
});
