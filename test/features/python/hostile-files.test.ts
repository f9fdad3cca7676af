import { Database } from 'bun:sqlite';
import { afterAll, describe, expect, test } from 'bun:test';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { pythonId } from '../../support/python-file.ts';
import { thrownBy } from '../records/data-app.ts';
import { createPythonFolder } from './python-app.ts';

const folder = createPythonFolder();
const ours = await folder.ours();
afterAll(async () => {
  await ours.stop();
  folder[Symbol.dispose]();
});

/** The sentence that refuses a file. */
async function refusal(path: string): Promise<string> {
  const error = await thrownBy(() => ours.bring(path));
  expect(error).toMatchObject({ name: 'AppError' });
  return (error as Error).message;
}

function databaseOf(name: string, ...statements: string[]): string {
  const path = folder.file(name);
  const db = new Database(path);
  for (const statement of statements) db.run(statement);
  db.close();
  return path;
}

describe('what is no file of the predecessor is refused with a sentence', () => {
  test('text, an encrypted file, an empty one', async () => {
    for (const [name, bytes] of [
      ['text.db', Buffer.from('hello')],
      ['encrypted.db', Buffer.from(crypto.getRandomValues(new Uint8Array(8192)))],
      ['empty.db', Buffer.alloc(0)],
    ] as const) {
      writeFileSync(folder.file(name), bytes);
      expect(await refusal(folder.file(name))).toContain(
        'is no SQLite database, or an encrypted one',
      );
    }
  });

  test('a folder', async () => {
    mkdirSync(folder.file('folder.db'));
    expect(await refusal(folder.file('folder.db'))).toContain('is no SQLite database');
  });

  test('another database, and one of ours, also by a link', async () => {
    expect(await refusal(databaseOf('other.db', 'CREATE TABLE x (y)'))).toContain(
      'it has no table user',
    );
    const other = await folder.ours();
    await other.stop();
    expect(await refusal(other.path)).toContain(
      'a database of this TinyBase and not of the Python one',
    );
    symlinkSync(ours.path, folder.file('link.db'));
    expect(await refusal(folder.file('link.db'))).toContain('the database of this project itself');
  });

  test('a damaged one', async () => {
    const path = folder.old((old) => {
      const c = old.collection('many', []);
      for (let n = 0; n < 500; n++) old.record(c, { text: 'x'.repeat(100) });
    });
    const bytes = readFileSync(path);
    bytes.fill(0xff, 8192 * 4, 8192 * 5);
    writeFileSync(path, bytes);
    expect(await refusal(path)).toMatch(/is damaged|cannot be read as SQLite/);
  });
});

test('a view or a virtual table in the place of a table runs no query', async () => {
  const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i AS id';
  const view = folder.old((old) => {
    old.db.run('DROP TABLE record');
    old.db.run(`CREATE VIEW record AS ${endless}, i AS collection_id, i AS data FROM n`);
  });
  expect(await refusal(view)).toContain('record is a view there, and no plain table');
  const virtual = folder.old((old) => {
    old.db.run('DROP TABLE record');
    old.db.run('CREATE VIRTUAL TABLE record USING fts5(id, collection_id, data)');
  });
  expect(await refusal(virtual)).toContain('record is a virtual table there');
});

test('triggers do nothing, and names of SQL are names', async () => {
  const nasty = `posts"; DROP TABLE user; --`;
  const path = folder.old((old) => {
    const c = old.collection(nasty, [{ name: "a'b", type: 'string' }]);
    old.record(c, { "a'b": "'); DROP TABLE user; --" });
    old.db.run(`CREATE TRIGGER t AFTER INSERT ON record BEGIN DELETE FROM user; END`);
    old.db.run(`CREATE TABLE "x""; DROP TABLE user; --" (id)`);
  });
  const report = await ours.bring(path);
  expect(report.collections.map(({ name, created }) => [name, created])).toEqual([
    ['posts_drop_table_user', 1],
  ]);
  expect(report.notes.join()).toContain('nothing is known of');
  expect(await ours.services.users.hasAdmin()).toBe(false);
});

test('a schema of 10 MB, one that nests without end, ids that are none: each is a fault of its row', async () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  const path = folder.old((old) => {
    old.collection('huge', [], {
      id: pythonId(1),
      schema: `{"fields":[],"x":"${'y'.repeat(10_000_000)}"}`,
    });
    old.collection('deep', [], { id: pythonId(2), schema: `{"fields":${deep}}` });
    old.collection('broken', [], { id: pythonId(3), schema: '{"fields":' });
    old.collection('list', [], { id: pythonId(4), schema: '[]' });
    old.collection('id', [], { id: `x"); DROP TABLE user; --` });
    const fields = Array.from({ length: 201 }, (_, n) => ({ name: `f${n}`, type: 'string' }));
    old.collection('wide', fields, { id: pythonId(5) });
    const good = old.collection('good', [], { id: pythonId(6) });
    old.record(good, {}, { id: '../../etc/passwd' });
    old.record(good, `{"a":${deep}}`, { id: pythonId(7) });
    old.record(good, `{"a":"${'z'.repeat(1_100_000)}"}`, { id: pythonId(8) });
    old.record(good, '"text"', { id: pythonId(9) });
    old.user('', 'no hash', { id: 'me' });
  });
  const { faults, isRefused } = await ours.bring(path);
  expect(isRefused).toBe(true);
  const found = faults
    .map(({ table, id, field, msg }) => `${table} ${id} ${field} ${msg}`)
    .join('\n');
  for (const pattern of [
    /^collection \S+ schema is 10,\d+,\d+ characters long/m,
    /^collection \S+ schema must not nest deeper/m,
    /^collection \S+ schema is not valid JSON/m,
    /^collection \S+ schema must be a JSON object/m,
    /^collection x"\); DROP .* id must be a UUID/m,
    /^collection \S+ schema .*at most 200 fields, got 201/m,
    /^record \(good\) \.\.\/\.\.\/etc\/passwd id must be a UUID/m,
    /^record \(good\) \S+ data must not nest deeper/m,
    /^record \(good\) \S+ data is 1,100,\d+ characters long/m,
    /^record \(good\) \S+ data must be a JSON object/m,
    /^user me email/m,
    /^user me password_hash/m,
  ])
    expect(found).toMatch(pattern);
});

test('a chain of references that is deeper than the stack, and ends in a circle', async () => {
  const length = 20_000;
  const path = folder.old((old) => {
    old.db.run('BEGIN');
    for (let n = 0; n < length; n++)
      old.collection(`c${n}`, [
        { name: 'next', type: 'reference', collection: `c${(n + 1) % length}` },
      ]);
    old.db.run('COMMIT');
  });
  const { collections } = await ours.bring(path, { isDryRun: true });
  expect(collections).toHaveLength(length);
  expect([collections[0]?.name, collections.at(-1)?.name]).toEqual([`c${length - 1}`, 'c0']);
  expect(collections.flatMap(({ notes }) => notes).join()).toContain(
    'next: it refers to c0 and back again; a uuid here',
  );
});

test('the file, its log and its folder stay as they are, also when the server that used it was killed', async () => {
  const path = folder.file('wal.db');
  const source = folder.old();
  writeFileSync(path, readFileSync(source));
  const child = Bun.spawnSync([
    process.execPath,
    '-e',
    `const { Database } = require('bun:sqlite');
     const db = new Database(${JSON.stringify(path)});
     db.run('PRAGMA journal_mode = WAL'); db.run('PRAGMA wal_autocheckpoint = 0');
     db.run("INSERT INTO user VALUES ('${pythonId(5)}', 'wal@example.com', '${'$2b$04$abcdefghijklmnopqrstuuFkqCYl1sZhFcdBXBznR1I2LdekaY3XO'}', 0, '2024-01-01 00:00:00', '2024-01-01 00:00:00')");
     process.kill(process.pid, 'SIGKILL');`,
  ]);
  expect(child.signalCode).toBe('SIGKILL');
  const state = () =>
    readdirSync(dirname(path))
      .filter((name) => name.startsWith('wal.db'))
      .map((name) => {
        const file = folder.file(name);
        return [name, statSync(file).mtimeMs, Bun.hash(readFileSync(file))];
      });
  const before = state();
  expect(before.map(([name]) => name)).toContain('wal.db-wal');
  expect((await ours.bring(path)).users.created).toBe(1);
  expect(state()).toEqual(before);

  // A link to it has no log beside it: what stands in the log must not be lost by that.
  symlinkSync(path, folder.file('link-to-wal.db'));
  const other = await folder.ours();
  try {
    expect((await other.bring(folder.file('link-to-wal.db'))).users.created).toBe(1);
  } finally {
    await other.stop();
  }
});

test('attack: who is killed while reading leaves no copy of the accounts behind', async () => {
  const path = folder.old((old) => {
    old.db.run('PRAGMA journal_mode = WAL');
    old.user('copied@example.com', 'x');
  });
  const copies = () => readdirSync(tmpdir()).filter((name) => name.startsWith('tinybase-foreign-'));
  const before = copies();
  let during: readonly string[] = [];
  await ours.bring(path, {
    isPartial: true,
    confirm: async () => {
      during = copies();
    },
  });
  expect(during.filter((name) => !before.includes(name))).toEqual([]);
});
