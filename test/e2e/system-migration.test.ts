import { Database } from 'bun:sqlite';
import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { BINARY } from '../../scripts/support/paths.ts';
import { migrate } from '../../src/storage/sqlite/migrate.ts';
import { MIGRATIONS } from '../../src/storage/sqlite/migrations/index.ts';
import { createTable } from '../../src/storage/sqlite/record-table.ts';
import { collectionOf } from '../storage/contract/harness.ts';
import { client, makeTemporaryFolder, runBinary, startBinary } from '../support/binary.ts';

setDefaultTimeout(600_000);

const PASSWORD = 'a long enough password';
const AT = '2030-01-01T00:00:00.000Z';
const collection = collectionOf('posts', [{ name: 'title', type: 'string' }]);
const hash = await Bun.password.hash(PASSWORD);

/** A folder with a database as that release left it: an admin, a collection, a record. */
function makeOldFolder(version: number): string {
  const dir = makeTemporaryFolder();
  const path = join(dir, 'tinybase.db');
  const db = new Database(path, { create: true });
  migrate(db, path, MIGRATIONS.slice(0, version));
  db.query(
    'INSERT INTO user (id, email, password_hash, is_admin, created_at, updated_at) VALUES (?, ?, ?, 1, ?, ?)',
  ).run('018f0000-0000-7000-8000-00000000000a', 'admin@example.com', hash, AT, AT);
  const { id, name, label, schema, options } = collection;
  db.query('INSERT INTO collection VALUES (?, ?, ?, ?, ?, ?, ?)').run(
    id,
    name,
    label,
    JSON.stringify(schema),
    JSON.stringify(options),
    AT,
    AT,
  );
  createTable(db, collection);
  db.query(
    `INSERT INTO r_${id.replaceAll('-', '')} (id, data, rev, created_at, updated_at) VALUES (?, ?, 1, ?, ?)`,
  ).run('018f0000-0000-7000-8000-00000000000b', '{"title":"kept"}', AT, AT);
  db.close();
  return dir;
}

async function expectWhole(dir: string): Promise<void> {
  await using server = await startBinary({ dir });
  const anonymous = client(server.url);
  const { body } = await anonymous.get('/api/collections/posts/records');
  expect(body.items.map(({ data }: { data: object }) => data)).toEqual([{ title: 'kept' }]);
  const login = await anonymous.post('/api/auth/login', {
    email: 'admin@example.com',
    password: PASSWORD,
  });
  expect(login.status).toBe(200);
  const admin = client(server.url, login.body.token);
  for (const path of ['/api/admin/users', '/api/admin/audit', '/api/admin/settings'])
    expect((await admin.get(path)).status, path).toBe(200);
}

describe('a database of an earlier release', () => {
  test('is brought up to date at the start with everything in it, and its copy lies beside it', async () => {
    for (const version of [1, 4, MIGRATIONS.length - 1]) {
      const dir = makeOldFolder(version);
      await expectWhole(dir);
      const copy = join(dir, `tinybase.db.before-schema-${version + 1}`);
      expect(existsSync(copy)).toBe(true);
      const db = new Database(copy, { readonly: true });
      expect(db.query('PRAGMA user_version').get()).toEqual({ user_version: version });
      expect(db.query('SELECT email FROM user').all()).toEqual([{ email: 'admin@example.com' }]);
      db.close();
    }
  });

  test('kill -9 at any moment of the start leaves it as it was or up to date', async () => {
    const old = makeOldFolder(1);
    for (let waitMs = 5; waitMs < 90; waitMs += 7) {
      const dir = makeTemporaryFolder();
      cpSync(old, dir, { recursive: true });
      const child = Bun.spawn([BINARY, 'serve', '--port', '0'], {
        cwd: dir,
        stdout: 'ignore',
        stderr: 'ignore',
      });
      await Bun.sleep(waitMs);
      child.kill('SIGKILL');
      await child.exited;
      const db = new Database(join(dir, 'tinybase.db'));
      const { user_version } = db.query('PRAGMA user_version').get() as { user_version: number };
      expect([1, MIGRATIONS.length]).toContain(user_version);
      expect(db.query('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
      db.close();
      if (waitMs % 3 === 0) await expectWhole(dir);
    }
  });

  test('one of a newer release is refused with the numbers, and left as it was', async () => {
    const dir = makeOldFolder(MIGRATIONS.length);
    const db = new Database(join(dir, 'tinybase.db'));
    db.run(`PRAGMA user_version = ${MIGRATIONS.length + 5}`);
    db.close();
    const refused = await runBinary(['serve', '--port', '0'], { dir });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      `was written by a newer TinyBase (schema ${MIGRATIONS.length + 5}, this one knows ${MIGRATIONS.length})`,
    );
  });
});
