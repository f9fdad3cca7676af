import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createCopier } from '../../src/storage/sqlite/copier.ts';
import {
  copyDatabase,
  filePart,
  makePart,
  nameCopy,
  removePart,
  toReadError,
} from '../../src/storage/sqlite/copy-database.ts';
import { closeFile, openFile } from '../../src/storage/sqlite/open-file.ts';
import { refusal, temporaryFolder } from '../features/records/data-app.ts';
import { damage, makeDatabase, modeOf, readText, writeText } from './whole-database.ts';

const copier = createCopier();

/** What lies in a folder, without what SQLite puts beside an open database. */
function namesOf(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => !/-(wal|shm)$/.test(name))
    .sort();
}

test('a copy is the database, in a file for its owner only, with the SHA-256 that is told', async () => {
  using folder = temporaryFolder();
  const [source, target] = [folder.file('a.db'), folder.file('copy.db')];
  makeDatabase(source);
  const copied = await copier.copy({ source, target, mayReplace: false });
  expect(readText(target)).toBe('first');
  expect(modeOf(target)).toBe(0o600);
  const bytes = readFileSync(target);
  expect(copied.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
  expect(copied.sizeBytes).toBe(bytes.length);
  expect(namesOf(folder.path)).toEqual(['a.db', 'copy.db']);
});

/** As kill -9 leaves a database whose journal mode is being changed, or that an old program writes to. */
function changeHalf(path: string): void {
  const script = `const { Database } = require('bun:sqlite');
    const db = new Database(${JSON.stringify(path)});
    db.run('PRAGMA journal_mode = DELETE'); db.run('PRAGMA cache_size = 5'); db.run('BEGIN');
    for (let n = 0; n < 100; n++) db.run('INSERT INTO meta VALUES (?, ?)', ['half ' + n, 'x'.repeat(9_000)]);
    process.kill(process.pid, 'SIGKILL');`;
  expect(Bun.spawnSync([process.execPath, '-e', script]).signalCode).toBe('SIGKILL');
  expect(statSync(`${path}-journal`).size).toBeGreaterThan(0);
}

test('one that kill -9 left half changed is read as it was before, and that of another program stays as it is', async () => {
  using folder = temporaryFolder();
  const [source, target, foreign] = [
    folder.file('a.db'),
    folder.file('copy.db'),
    folder.file('foreign.db'),
  ];
  makeDatabase(source);
  changeHalf(source);
  expect((await copier.inspect(source)).faults).toEqual([]);
  await copier.copy({ source, target, mayReplace: false });
  expect(readText(target)).toBe('first');

  makeDatabase(foreign);
  using db = new Database(foreign);
  db.run('PRAGMA application_id = 0');
  db.close();
  changeHalf(foreign);
  const before = readFileSync(foreign);
  const error = await refusal(() => copier.copy({ source: foreign, target, mayReplace: true }));
  expect(error.message).toContain('is a database of another program');
  expect(readFileSync(foreign)).toEqual(before);
});

test('a copy under writes holds one state: all of a transaction or nothing of it', async () => {
  using folder = temporaryFolder();
  const [source, target] = [folder.file('a.db'), folder.file('copy.db')];
  makeDatabase(source, 'first', 20);
  const db = openFile(source);
  const insert = db.query('INSERT INTO meta (key, value) VALUES (?, ?)');
  let pairs = 0;
  const write = () =>
    db.transaction(() => {
      pairs++;
      insert.run(`left ${pairs}`, 'x'.repeat(2_000));
      insert.run(`right ${pairs}`, 'x'.repeat(2_000));
    })();
  write();
  const before = pairs;
  const timer = setInterval(write, 1);
  await copier.copy({ source, target, mayReplace: false });
  clearInterval(timer);
  expect(pairs).toBeGreaterThan(before);
  using copy = new Database(target, { readonly: true });
  const count = (side: string) =>
    (
      copy.query('SELECT count(*) AS n FROM meta WHERE key LIKE ?').get(`${side} %`) as {
        n: number;
      }
    ).n;
  expect(count('left')).toBe(count('right'));
  expect(count('left')).toBeGreaterThanOrEqual(before);
  closeFile(db, source);
});

test('what was written and is not in the main file yet is copied, and what was deleted is not', async () => {
  using folder = temporaryFolder();
  const [source, target] = [folder.file('a.db'), folder.file('copy.db')];
  makeDatabase(source, 'a secret that was deleted');
  const db = openFile(source);
  writeText(db, 'second');
  await copier.copy({ source, target, mayReplace: false });
  closeFile(db, source);
  expect(readText(target)).toBe('second');
  expect(readFileSync(target, 'latin1')).not.toContain('a secret that was deleted');
});

test('a file that is there already is left as it is, unless it may be replaced', async () => {
  using folder = temporaryFolder();
  const [source, target] = [folder.file('a.db'), folder.file('copy.db')];
  makeDatabase(source);
  writeFileSync(target, 'precious');
  const error = await refusal(() => copier.copy({ source, target, mayReplace: false }));
  expect(error.message).toContain('is there already');
  expect(readFileSync(target, 'utf8')).toBe('precious');
  await copier.copy({ source, target, mayReplace: true });
  expect(readText(target)).toBe('first');
});

test('the database itself, a folder, and a folder that is not there are no targets', async () => {
  using folder = temporaryFolder();
  const source = folder.file('a.db');
  makeDatabase(source);
  mkdirSync(folder.file('sub'));
  const tell = async (target: string) =>
    (await refusal(() => copier.copy({ source, target, mayReplace: true }))).message;
  expect(await tell(source)).toContain('is the database itself');
  expect(await tell(folder.file('sub/../a.db'))).toContain('is the database itself');
  expect(await tell(folder.file('sub'))).toContain('is a folder');
  expect(await tell(folder.file('none/b.db'))).toContain('cannot be written into');
  expect(namesOf(folder.path)).toEqual(['a.db', 'sub']);
  expect(readText(source)).toBe('first');
});

test('a missing, a foreign and a damaged database are refused, and nothing is left of the copy', async () => {
  using folder = temporaryFolder();
  const target = folder.file('copy.db');
  const tell = async (source: string) =>
    (await refusal(() => copier.copy({ source, target, mayReplace: false }))).message;
  expect(await tell(folder.file('none.db'))).toContain('There is no database');
  using foreign = new Database(folder.file('foreign.db'), { create: true });
  foreign.run('CREATE TABLE t (a)');
  expect(await tell(folder.file('foreign.db'))).toContain('another program');
  writeFileSync(folder.file('text.db'), 'x'.repeat(10_000));
  expect(await tell(folder.file('text.db'))).toContain('is not a SQLite database');
  makeDatabase(folder.file('torn.db'), 'first', 1);
  truncateSync(folder.file('torn.db'), 500_000);
  expect(await tell(folder.file('torn.db'))).toContain('damaged');
  makeDatabase(folder.file('bad.db'), 'first', 1);
  damage(folder.file('bad.db'), 4096, 64);
  expect(await tell(folder.file('bad.db'))).toContain('damaged');
  expect(readdirSync(folder.path).filter((name) => name.startsWith('copy'))).toEqual([]);
});

test('who stops a copy leaves nothing of it', async () => {
  using folder = temporaryFolder();
  const [source, target] = [folder.file('a.db'), folder.file('copy.db')];
  makeDatabase(source, 'first', 60);
  const isBegun = () =>
    readdirSync(folder.path).some(
      (name) => name.endsWith('.part') && existsSync(filePart(folder.file(name))),
    );
  async function stopAmid(): Promise<string> {
    rmSync(target, { force: true });
    const stopping = new AbortController();
    let told: string | undefined;
    const copying = copier
      .copy({ source, target, mayReplace: false, signal: stopping.signal })
      .then(
        () => 'It was whole before.',
        ({ message }: Error) => message,
      )
      .then((message) => {
        told = message;
        return message;
      });
    while (told === undefined && !isBegun()) await new Promise((resolve) => setImmediate(resolve));
    stopping.abort();
    return copying;
  }
  // On a busy machine it may be whole before this looks again.
  let told = await stopAmid();
  while (told === 'It was whole before.') told = await stopAmid();
  expect(told).toBe('Stopped.');
  expect(namesOf(folder.path)).toEqual(['a.db']);
  const early = refusal(() =>
    copier.copy({ source, target, mayReplace: false, signal: AbortSignal.abort() }),
  );
  expect((await early).message).toBe('Stopped.');
  expect(namesOf(folder.path)).toEqual(['a.db']);
});

test('a copy that is whole has no name before its thread is heard: who stops it then leaves nothing either', async () => {
  using folder = temporaryFolder();
  const [source, target] = [folder.file('a.db'), folder.file('copy.db')];
  makeDatabase(source);
  const task = { kind: 'copy', source, target, part: `${target}.part`, mayReplace: false } as const;
  makePart(task);
  copyDatabase(task);
  expect(namesOf(folder.path)).toEqual(['a.db', 'copy.db.part']);
  await nameCopy(task);
  removePart(task.part);
  expect(namesOf(folder.path)).toEqual(['a.db', 'copy.db']);
  expect(readText(target)).toBe('first');
});

test('a thread that goes on after its copy was stopped writes nothing any more', () => {
  using folder = temporaryFolder();
  const [source, target] = [folder.file('a.db'), folder.file('copy.db')];
  makeDatabase(source);
  const task = { kind: 'copy', source, target, part: `${target}.part`, mayReplace: false } as const;
  makePart(task);
  removePart(task.part);
  expect(() => copyDatabase(task)).toThrow('cannot be written into');
  expect(namesOf(folder.path)).toEqual(['a.db']);
});

test('how far a copy is goes from nothing to all', async () => {
  using folder = temporaryFolder();
  const [source, target] = [folder.file('a.db'), folder.file('copy.db')];
  makeDatabase(source, 'first', 60);
  const shares: number[] = [];
  await copier.copy({ source, target, mayReplace: false, onProgress: (done) => shares.push(done) });
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  for (const share of shares) expect(share >= 0 && share <= 1).toBe(true);
});

test('a database in a folder that may only be read is told as what cannot be read, and not the target', () => {
  const error = Object.assign(new Error('attempt to write a readonly database'), {
    code: 'SQLITE_READONLY_DIRECTORY',
  });
  expect(toReadError(error, '/read-only/a.db')).toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('write into the folder of /read-only/a.db can read it'),
  });
});
