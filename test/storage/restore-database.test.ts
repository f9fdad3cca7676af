import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import {
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createCopier } from '../../src/storage/sqlite/copier.ts';
import { first } from '../../src/storage/sqlite/migrations/0001-first.ts';
import { MIGRATIONS } from '../../src/storage/sqlite/migrations/index.ts';
import { closeFile, openFile } from '../../src/storage/sqlite/open-file.ts';
import { type RestoreOptions, restoreDatabase } from '../../src/storage/sqlite/restore-database.ts';
import { takeServerLock } from '../../src/storage/sqlite/server-lock.ts';
import { refusal, temporaryFolder } from '../features/records/data-app.ts';
import { damage, makeDatabase, modeOf, readText, writeText } from './whole-database.ts';

const copier = createCopier();
const STAMP = '20300101T000000Z';

/** A folder with the database `now.db` and a backup of another state of it. */
async function openFolder({ hasDatabase = true, megabytes = 0 } = {}) {
  const folder = temporaryFolder();
  const [path, backup] = [folder.file('now.db'), folder.file('backup.db')];
  makeDatabase(folder.file('was.db'), 'was', megabytes);
  await copier.copy({ source: folder.file('was.db'), target: backup, mayReplace: false });
  if (hasDatabase) makeDatabase(path, 'now', megabytes);
  return {
    ...folder,
    path,
    backup,
    kept: `${path}.before-restore-${STAMP}`,
    restore: (options: Partial<RestoreOptions> = {}) =>
      restoreDatabase(copier, {
        path,
        source: backup,
        keepsSessions: false,
        stamp: STAMP,
        ...options,
      }),
    /** Runs it and tells how it was refused; the database must be what it was. */
    async refused(options: Partial<RestoreOptions> = {}) {
      const before = readFileSync(path);
      const { message } = await refusal(() => this.restore(options));
      expect(readFileSync(path).equals(before)).toBe(true);
      expect(readdirSync(folder.path).filter((name) => name.includes('restor'))).toEqual([]);
      return message;
    },
  };
}

test('a backup takes the place of the database, which is kept whole', async () => {
  using folder = await openFolder();
  const restored = await folder.restore();
  expect(readText(folder.path)).toBe('was');
  expect(restored.replaced).toBe(folder.kept);
  expect(readText(folder.kept)).toBe('now');
  expect(modeOf(folder.path)).toBe(0o600);
  expect(readText(folder.backup)).toBe('was');
  const db = openFile(folder.path);
  closeFile(db, folder.path);
});

test('what was only in the log of the replaced database is kept as well', async () => {
  using folder = await openFolder();
  // As after kill -9: the log was never brought into the file.
  const writer = Bun.spawnSync([
    process.execPath,
    '-e',
    `const { openFile } = await import(${JSON.stringify(Bun.resolveSync('../../src/storage/sqlite/open-file.ts', import.meta.dir))});
     const db = openFile(process.argv.at(-1));
     db.run("INSERT OR REPLACE INTO meta (key, value) VALUES ('text', 'in the log')");
     process.kill(process.pid, 'SIGKILL');`,
    folder.path,
  ]);
  expect(writer.signalCode).toBe('SIGKILL');
  expect(existsSync(`${folder.path}-wal`)).toBe(true);
  await folder.restore();
  expect(readText(folder.kept)).toBe('in the log');
  expect(readText(folder.path)).toBe('was');
});

test('a log that is left beside a database never becomes part of the new one', async () => {
  using folder = await openFolder({ hasDatabase: false });
  makeDatabase(folder.file('other.db'), 'other');
  const db = openFile(folder.file('other.db'));
  writeText(db, 'foreign log');
  copyFileSync(folder.file('other.db-wal'), `${folder.path}-wal`);
  closeFile(db, folder.file('other.db'));
  const restored = await folder.restore();
  expect(restored.replaced).toBeUndefined();
  expect(readText(folder.path)).toBe('was');
});

test('a damaged database is kept with all its parts, and replaced', async () => {
  using folder = await openFolder();
  writeFileSync(folder.path, 'no database any more');
  writeFileSync(`${folder.path}-wal`, 'its log');
  await folder.restore();
  expect(readText(folder.path)).toBe('was');
  expect(readFileSync(folder.kept, 'utf8')).toBe('no database any more');
  expect(readFileSync(`${folder.kept}-wal`, 'utf8')).toBe('its log');
});

test('a second name that a killed restore has left is gone at the next start', async () => {
  using folder = await openFolder();
  linkSync(folder.path, folder.kept);
  const unrelated = `${folder.path}.before-restore-20290101T000000Z`;
  linkSync(folder.backup, unrelated);
  closeFile(openFile(folder.path), folder.path);
  expect(existsSync(folder.kept)).toBe(false);
  expect(existsSync(unrelated)).toBe(true);
  expect(readText(folder.path)).toBe('now');
});

test('two restores within a second keep both', async () => {
  using folder = await openFolder();
  await folder.restore();
  const second = await folder.restore();
  expect(readText(folder.kept)).toBe('now');
  expect(second.replaced).toBe(`${folder.kept}-2`);
});

test('while a server holds the database it is refused, naming the server', async () => {
  using folder = await openFolder();
  const db = openFile(folder.path);
  db.run(
    `INSERT INTO meta (key, value) VALUES ('served_by', '{"pid":4711,"address":"0.0.0.0:8000"}')`,
  );
  closeFile(db, folder.path);
  const lock = await takeServerLock(folder.path, 0, () => undefined);
  try {
    expect(await folder.refused()).toContain('process 4711 at 0.0.0.0:8000');
  } finally {
    lock.release();
  }
});

test('while another program has the database open it is refused', async () => {
  using folder = await openFolder();
  const db = openFile(folder.path);
  const { message } = await refusal(folder.restore);
  expect(message).toContain('Another program has');
  writeText(db, 'still there');
  closeFile(db, folder.path);
  expect(readText(folder.path)).toBe('still there');
});

test('what is no backup of ours is refused, and nothing is touched', async () => {
  using folder = await openFolder();
  const make = (name: string, act: (path: string) => void) => {
    const path = folder.file(name);
    copyFileSync(folder.backup, path);
    act(path);
    return folder.refused({ source: path });
  };
  const change = (sql: string) => (path: string) => {
    using db = new Database(path, { readwrite: true, create: false });
    db.run(sql);
  };
  expect(await make('text.db', (path) => writeFileSync(path, 'x'.repeat(9_999)))).toContain(
    'is not a SQLite database',
  );
  expect(await make('empty.db', (path) => writeFileSync(path, ''))).toContain('another program');
  expect(await make('foreign.db', change('PRAGMA application_id = 1'))).toContain(
    'another program',
  );
  const newer = change(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
  expect(await make('newer.db', newer)).toContain('newer TinyBase');
  expect(await make('torn.db', (path) => truncateSync(path, 8_192))).toContain('damaged');
  expect(await make('bad.db', (path) => damage(path, 4_096, 200))).toMatch(
    /damaged|corrupt|btree/i,
  );
  expect(await make('less.db', change('DROP TABLE one_time_token'))).toContain('one_time_token');
  const lost = `INSERT INTO collection VALUES ('0190', 'posts', 'Posts', '{}', '{}', '', '')`;
  expect(await make('lost.db', change(lost))).toContain('table of the collection posts is missing');
  const dangling = `PRAGMA foreign_keys = OFF; INSERT INTO auth_token (id, user_id, kind, token_hash, created_at) VALUES ('a', 'nobody', 'api', 'x', '')`;
  expect(await make('dangling.db', change(dangling))).toContain('a row of auth_token');
  expect(await folder.refused({ source: folder.file('none.db') })).toContain('There is no file');
  mkdirSync(folder.file('sub'));
  expect(await folder.refused({ source: folder.file('sub') })).toContain('cannot be read');
});

test('one changed byte is noticed with the SHA-256', async () => {
  using folder = await openFolder({ megabytes: 1 });
  const { sha256 } = await copier.inspect(folder.backup);
  // Within a long text, where SQLite has nothing to compare with.
  damage(folder.backup, 600_000);
  expect((await copier.inspect(folder.backup)).faults).toEqual([]);
  expect(await folder.refused({ sha256 })).toContain('is not the file that was meant');
  damage(folder.backup, 600_000);
  await folder.restore({ sha256: sha256.toUpperCase() });
  expect(readText(folder.path)).toBe('was');
});

test('the database itself is no backup, also by another name', async () => {
  using folder = await openFolder();
  symlinkSync(folder.path, folder.file('link.db'));
  expect(await folder.refused({ source: folder.file('link.db') })).toContain('the database itself');
});

test('who says no changes nothing', async () => {
  using folder = await openFolder();
  const confirm = () => Promise.reject(new Error('no'));
  await expect(folder.restore({ confirm })).rejects.toThrow('no');
  expect(readText(folder.path)).toBe('now');
  expect(existsSync(folder.kept)).toBe(false);
});

const USER = `INSERT INTO user (id, email, password_hash, created_at, updated_at) VALUES ('u', 'a@example.com', '', '', '')`;
const token = (kind: string, hash: string) =>
  `INSERT INTO auth_token (id, user_id, kind, token_hash, created_at) VALUES ('${hash}', 'u', '${kind}', '${hash}', '')`;

/** A backup with a session, a link and two API tokens, and a database in which one of these was revoked. */
async function openTokenFolder() {
  const folder = await openFolder({ hasDatabase: false });
  const backup = new Database(folder.backup, { readwrite: true, create: false });
  for (const sql of [USER, token('session', 's'), token('api', 'kept'), token('api', 'revoked')])
    backup.run(sql);
  backup.run(
    `INSERT INTO one_time_token (token_hash, purpose, user_id, expires_at) VALUES ('l', 'reset', 'u', '9')`,
  );
  backup.close();
  return {
    ...folder,
    makeNow() {
      makeDatabase(folder.path, 'now');
      const db = openFile(folder.path);
      db.run(USER);
      db.run(token('api', 'kept'));
      closeFile(db, folder.path);
    },
    tokens() {
      using db = new Database(folder.path, { readonly: true });
      const rows = db.query('SELECT token_hash FROM auth_token ORDER BY 1').all();
      const links = db.query('SELECT token_hash FROM one_time_token').all();
      return [...rows, ...links].map((row) => (row as { token_hash: string }).token_hash);
    },
  };
}

test('attack: a stolen session or link that was ended after the backup does not come back', async () => {
  using folder = await openTokenFolder();
  folder.makeNow();
  const { ended } = await folder.restore();
  expect(ended).toEqual({ sessions: 1, apiTokens: 1 });
  expect(folder.tokens()).toEqual(['kept']);
});

test('on a fresh machine API tokens of the backup count, sessions do not', async () => {
  using folder = await openTokenFolder();
  const { ended } = await folder.restore();
  expect(ended).toEqual({ sessions: 1, apiTokens: 0 });
  expect(folder.tokens()).toEqual(['kept', 'revoked']);
});

test('who wants to keep sessions keeps all', async () => {
  using folder = await openTokenFolder();
  folder.makeNow();
  expect((await folder.restore({ keepsSessions: true })).ended).toBeUndefined();
  expect(folder.tokens()).toEqual(['kept', 'revoked', 's', 'l']);
});

test('a backup of an older version is restored as it is', async () => {
  using folder = await openFolder({ hasDatabase: false });
  const old = folder.file('old.db');
  using db = new Database(old, { create: true });
  db.run(`PRAGMA application_id = ${0x54426462}`);
  db.run(first);
  db.run('PRAGMA user_version = 1');
  const { source } = await folder.restore({ source: old });
  expect(source).toMatchObject({ schemaVersion: 1, isOlder: true, deploymentId: null });
  closeFile(openFile(folder.path), folder.path);
  using restored = new Database(folder.path, { readonly: true });
  expect(restored.query('PRAGMA user_version').get()).toEqual({ user_version: MIGRATIONS.length });
});

test('a program that waits while the database is replaced opens the new one', async () => {
  using folder = await openFolder();
  // Holds everybody out, as a restore does, until the file is another.
  const module = Bun.resolveSync('../../src/storage/sqlite/replace-file.ts', import.meta.dir);
  const holder = Bun.spawn(
    [
      process.execPath,
      '-e',
      `const { Database } = await import('bun:sqlite');
       const { renameSync, linkSync } = await import('node:fs');
       const [path, staged] = process.argv.slice(-2);
       await import(${JSON.stringify(module)});
       const db = new Database(path);
       db.run('PRAGMA journal_mode = DELETE');
       db.run('BEGIN EXCLUSIVE');
       console.log('held');
       await Bun.sleep(300);
       renameSync(staged, path);
       db.close();`,
      folder.path,
      folder.backup,
    ],
    { stdout: 'pipe' },
  );
  await holder.stdout.getReader().read();
  const db = openFile(folder.path);
  const text = db.query("SELECT value FROM meta WHERE key = 'text'").get();
  closeFile(db, folder.path);
  expect(await holder.exited).toBe(0);
  expect(text).toEqual({ value: 'was' });
});

test('what a killed restore has left is no source, as it is removed; a file called nearly so stays', async () => {
  using folder = await openFolder();
  const [left, own] = [`${folder.path}.restoring`, `${folder.path}.restoring.bak`];
  for (const file of [left, own]) copyFileSync(folder.path, file);
  const { message } = await refusal(() => folder.restore({ source: left }));
  expect(message).toContain('give it another name first');
  expect(existsSync(left)).toBe(true);
  await folder.restore({ source: own });
  expect([existsSync(left), existsSync(own)]).toEqual([false, true]);
});

test('onto a link it replaces what the link leads to, and keeps that', async () => {
  using folder = await openFolder();
  mkdirSync(folder.file('disk'));
  const real = folder.file('disk/real.db');
  renameSync(folder.path, real);
  symlinkSync(real, folder.path);
  const { replaced = '' } = await folder.restore();
  expect(lstatSync(folder.path).isSymbolicLink()).toBe(true);
  expect(readText(real)).toBe('was');
  expect(replaced).toBe(`${realpathSync(real)}.before-restore-${STAMP}`);
  expect(lstatSync(replaced).isFile()).toBe(true);
  expect(readText(replaced)).toBe('now');
});

test.if(process.platform !== 'win32')(
  'a pipe is neither read nor replaced: whoever opens one waits for ever',
  async () => {
    using folder = await openFolder();
    const pipe = folder.file('pipe');
    Bun.spawnSync(['mkfifo', pipe]);
    expect(await folder.refused({ source: pipe })).toContain('is a pipe or a device');
    const copy = { source: folder.path, target: pipe, mayReplace: true };
    expect((await refusal(() => copier.copy(copy))).message).toContain('is a pipe or a device');
    expect(lstatSync(pipe).isFIFO()).toBe(true);
  },
);
