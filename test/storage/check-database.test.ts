import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { SYSTEM } from '../../src/core/actor.ts';
import { systemClock } from '../../src/core/clock.ts';
import { compileSchema } from '../../src/features/collections/compile.ts';
import { newId } from '../../src/lib/ids.ts';
import { checkDatabase } from '../../src/storage/sqlite/check/check-database.ts';
import { MIGRATIONS } from '../../src/storage/sqlite/migrations/index.ts';
import { tableOf } from '../../src/storage/sqlite/record-table.ts';
import {
  createOpenCollection,
  openDataApp,
  refusal,
  temporaryFolder,
} from '../features/records/data-app.ts';
import { damage } from './whole-database.ts';

const RECORDS = 1_500;

/** A closed database with authors and posts in it, and what is needed to spoil it. */
async function makeProject() {
  const folder = temporaryFolder();
  const path = folder.file('a.db');
  const app = openDataApp({ path });
  const authors = await createOpenCollection(app, 'authors', [
    { name: 'email', type: 'email', unique: true },
  ]);
  const posts = await createOpenCollection(app, 'posts', [
    { name: 'title', type: 'string', required: true, index: true },
    { name: 'rating', type: 'integer', max: 5 },
    { name: 'author', type: 'reference', collection: 'authors' },
  ]);
  const { record: author } = await app.records.create(SYSTEM, 'authors', {
    email: 'ann@example.com',
  });
  let postId = '';
  for (let at = 0; at < RECORDS; at += 500) {
    const made = await Promise.all(
      Array.from({ length: 500 }, (_, n) =>
        app.records.create(SYSTEM, 'posts', { title: `post ${at + n}`, author: author.id }),
      ),
    );
    postId = made[0]?.record.id ?? '';
  }
  app.close();
  return {
    ...folder,
    path,
    postId,
    authors: tableOf(authors.id),
    posts: tableOf(posts.id),
    spoil(...statements: readonly string[]) {
      using db = new Database(path, { readwrite: true, create: false });
      db.run('PRAGMA foreign_keys = OFF');
      for (const sql of statements) db.run(sql);
    },
    check: () =>
      checkDatabase({
        path,
        rules: { compileSchema },
        clock: systemClock,
        hasDeployment: () => false,
        onProgress: () => undefined,
      }),
    /** What is found, each as kind, collection and message. */
    async found() {
      const { findings } = await this.check();
      return findings.map(({ kind, collection, message }) =>
        [kind, collection, message].filter(Boolean).join(' | '),
      );
    },
  };
}

test('a database as TinyBase left it has no findings', async () => {
  using project = await makeProject();
  const report = await project.check();
  expect(report).toEqual({
    schemaVersion: MIGRATIONS.length,
    collections: 2,
    records: RECORDS + 1,
    findings: [],
    isCutShort: false,
  });
});

test('each kind of planted damage is found, and named with its place', async () => {
  using project = await makeProject();
  const { posts, authors, postId } = project;
  const ghost = newId();
  const orphan = `r_${'0'.repeat(32)}`;
  const set = (data: string, offset: number) =>
    `UPDATE ${posts} SET data = '${data}' WHERE seq = (SELECT min(seq) + ${offset} FROM ${posts})`;
  project.spoil(
    // The tables of the system.
    'DROP INDEX auth_token_user',
    'CREATE TRIGGER evil AFTER INSERT ON user BEGIN DELETE FROM meta; END',
    'CREATE TABLE notes (text TEXT)',
    'CREATE TABLE _litestream_seq (id INTEGER)',
    `INSERT INTO auth_token (id, user_id, kind, token_hash, created_at) VALUES ('t', 'nobody', 'api', 'h', '')`,
    // A deployment without its folder.
    `INSERT INTO deployment (id, is_active, file_count, bytes, checksum, functions, files, created_at) VALUES ('d1', 1, 0, 0, '', '[]', '{}', '')`,
    // The tables of collections.
    `CREATE TABLE ${orphan} (id TEXT)`,
    'CREATE VIEW records_gone AS SELECT 1',
    `DROP INDEX ${posts}_title`,
    `CREATE INDEX ${posts}_extra ON ${posts} (rev)`,
    `DROP INDEX ${authors}_email`,
    `INSERT INTO ${authors} (id, data, created_at, updated_at) VALUES ('${newId()}', '{"email":"ann@example.com"}', '', '')`,
    // Records.
    `UPDATE ${posts} SET owner_id = '${ghost}' WHERE id = '${postId}'`,
    set('{"title":"x","rating":9}', 1),
    set('[1]', 2),
    set(`{"title":"x","author":"${ghost}"}`, 3),
    set('{"rating":1,"more":true}', 4),
  );
  const found = await project.found();
  expect(found).toEqual([
    'foreign_key | a row of auth_token refers to a row of user that is not there',
    'system | the index auth_token_user is missing',
    expect.stringMatching(/^system \| the (trigger evil|table notes) is none of TinyBase's$/),
    expect.stringMatching(/^system \| the (trigger evil|table notes) is none of TinyBase's$/),
    'deployment | the files of the active deployment d1 are not there',
    `orphan | the table ${orphan} belongs to no collection`,
    'orphan | the view records_gone belongs to no collection',
    `table | authors | its index ${authors}_email is missing`,
    `table | posts | its index ${posts}_title is missing`,
    `table | posts | its index ${posts}_extra is not in its definition`,
    'unique | authors | 2 records have the same value, though it is unique',
    `owner | posts | its owner ${ghost} is no account`,
    `reference | posts | ${ghost} is not in authors`,
    expect.stringMatching(/^record \| posts \| must be at most 5/),
    'record | posts | what is stored is no object',
    expect.stringContaining('record | posts | is not a field of this collection'),
    'record | posts | is required',
  ]);
  const { findings } = await project.check();
  expect(findings.find(({ kind }) => kind === 'owner')?.id).toBe(postId);
  expect(findings.find(({ message }) => message.startsWith('must be at most'))).toMatchObject({
    field: 'rating',
  });
});

test('a table that is gone, a column of another kind, a definition and a record that are no JSON', async () => {
  using project = await makeProject();
  const { posts, authors } = project;
  project.spoil(
    `DROP VIEW records_authors`,
    `DROP TABLE ${authors}`,
    `DROP INDEX ${posts}_author`,
    `ALTER TABLE ${posts} DROP COLUMN f_author`,
    `ALTER TABLE ${posts} DROP COLUMN f_rating`,
    `ALTER TABLE ${posts} ADD COLUMN f_rating INTEGER GENERATED ALWAYS AS (data ->> '$.title') VIRTUAL`,
    `DROP INDEX ${posts}_title`,
    `ALTER TABLE ${posts} DROP COLUMN f_title`,
    `ALTER TABLE ${posts} DROP COLUMN f_rating`,
    `UPDATE ${posts} SET data = 'no json' WHERE seq = (SELECT max(seq) FROM ${posts})`,
    `INSERT INTO collection VALUES ('${newId()}', 'broken', 'Broken', 'no json', '{}', '', '')`,
  );
  const found = await project.found();
  expect(found).toContain(`table | authors | its table ${authors} is missing`);
  expect(found).toContain('table | posts | its column f_author is missing');
  expect(found).toContain('collection | broken | its definition cannot be read');
  expect(found).toContain('record | posts | what is stored is not JSON');
});

test('a page that is damaged on the disk is told, and the rest is checked all the same', async () => {
  using project = await makeProject();
  using db = new Database(project.path, { readwrite: true, create: false });
  db.run('PRAGMA wal_checkpoint(TRUNCATE)');
  const { rootpage } = db
    .query('SELECT rootpage FROM sqlite_schema WHERE name = ?')
    .get(`${project.posts}_title`) as { rootpage: number };
  const { page_size } = db.query('PRAGMA page_size').get() as { page_size: number };
  db.close();
  damage(project.path, (rootpage - 1) * page_size, 64);
  const { findings, records } = await project.check();
  expect(findings.length).toBeGreaterThan(0);
  expect(findings.every(({ kind }) => kind === 'file')).toBe(true);
  expect(records).toBe(RECORDS + 1);
});

test('after a hundred findings it stops and says so', async () => {
  using project = await makeProject();
  project.spoil(`UPDATE ${project.posts} SET data = '{}'`);
  const report = await project.check();
  expect(report.findings).toHaveLength(100);
  expect(report.isCutShort).toBe(true);
});

test('while others write, nothing is found that is not there', async () => {
  using project = await makeProject();
  const app = openDataApp({ path: project.path });
  let isOver = false;
  const writing = (async () => {
    for (let round = 0; !isOver; round++) {
      const email = `a${round}@example.com`;
      const { record } = await app.records.create(SYSTEM, 'authors', { email });
      await app.records.create(SYSTEM, 'posts', { title: 'x', author: record.id });
      await Bun.sleep(0);
    }
  })();
  for (let round = 0; round < 5; round++) expect(await project.found()).toEqual([]);
  isOver = true;
  await writing;
  app.close();
});

test('a missing, a foreign and a newer database are refused', async () => {
  using folder = temporaryFolder();
  const tell = async (path: string) =>
    (
      await refusal(() =>
        checkDatabase({
          path,
          rules: { compileSchema },
          clock: systemClock,
          hasDeployment: () => true,
          onProgress: () => undefined,
        }),
      )
    ).message;
  expect(await tell(folder.file('none.db'))).toContain('There is no database');
  using foreign = new Database(folder.file('foreign.db'), { create: true });
  foreign.run('CREATE TABLE t (a)');
  expect(await tell(folder.file('foreign.db'))).toContain('another program');
  using project = await makeProject();
  project.spoil(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
  expect(await tell(project.path)).toContain('newer TinyBase');
});
