import { expect, test } from 'bun:test';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { systemClock } from '../../src/core/clock.ts';
import { planChange } from '../../src/features/collections/changes.ts';
import { compileSchema } from '../../src/features/collections/compile.ts';
import { openStorage } from '../../src/storage/open.ts';
import { takeServerLock } from '../../src/storage/sqlite/server-lock.ts';
import { refusal, temporaryFolder } from '../features/records/data-app.ts';
import { until } from '../support/until.ts';

const MODULE = Bun.resolveSync('../../src/storage/sqlite/server-lock.ts', import.meta.dir);

/** Takes the lock in a process of its own and says so; holds it until it is killed or told to release. */
function startHolder(path: string) {
  const script = `
    const { takeServerLock } = await import(${JSON.stringify(MODULE)});
    try {
      const lock = await takeServerLock(process.argv.at(-1), 0, () => ({ pid: 4711, address: 'http://other:8000' }));
      console.log('taken');
      for await (const line of console) { lock.release(); console.log('released'); }
    } catch (error) { console.log(error.code + ' ' + error.message); }`;
  const child = Bun.spawn([process.execPath, '-e', script, path], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const reader = child.stdout.getReader();
  return {
    child,
    async next() {
      const { value } = await reader.read();
      return new TextDecoder().decode(value).trim();
    },
  };
}

const nobody = () => undefined;

test('a second server is refused, naming the first', async () => {
  using folder = temporaryFolder();
  const path = folder.file('x.db');
  const first = startHolder(path);
  expect(await first.next()).toBe('taken');
  const second = startHolder(path);
  const answer = await second.next();
  expect(answer).toStartWith('conflict ');
  expect(answer).toContain(path);
  expect(answer).toContain('process 4711 at http://other:8000');
  first.child.kill('SIGKILL');
  await first.child.exited;
});

test('one that is not known by name yet is refused all the same', async () => {
  using folder = temporaryFolder();
  const path = folder.file('x.db');
  const first = startHolder(path);
  expect(await first.next()).toBe('taken');
  const error = await refusal(() => takeServerLock(path, 0, nobody));
  expect(error.code).toBe('conflict');
  expect(error.message).not.toContain('undefined');
  first.child.kill('SIGKILL');
  await first.child.exited;
});

test('the lock is free the moment its holder is killed with SIGKILL', async () => {
  using folder = temporaryFolder();
  const path = folder.file('x.db');
  const first = startHolder(path);
  expect(await first.next()).toBe('taken');
  first.child.kill('SIGKILL');
  await first.child.exited;
  const lock = await takeServerLock(path, 0, nobody);
  lock.release();
  expect(existsSync(`${path}-server.lock`)).toBe(true);
});

test('a server that stops in time hands over to the one that waits, without blocking its loop', async () => {
  using folder = temporaryFolder();
  const path = folder.file('x.db');
  const first = startHolder(path);
  expect(await first.next()).toBe('taken');
  let ticks = 0;
  const ticking = setInterval(() => ticks++, 10);
  const waiting = takeServerLock(path, 60_000, nobody);
  await until(() => ticks > 20);
  first.child.stdin.write('release\n');
  await first.child.stdin.flush();
  const lock = await waiting;
  clearInterval(ticking);
  lock.release();
  first.child.kill();
  await first.child.exited;
});

test('asking twice within one process does not open the door for another', async () => {
  // Closing any descriptor of the lock file drops the locks that this process holds on it (POSIX).
  using folder = temporaryFolder();
  const path = folder.file('x.db');
  const lock = await takeServerLock(path, 0, nobody);
  expect((await refusal(() => takeServerLock(path, 0, nobody))).code).toBe('conflict');
  const second = startHolder(path);
  const answer = await second.next();
  second.child.kill();
  await second.child.exited;
  lock.release();
  expect(answer).toStartWith('conflict ');
});

test('the lock file is nobody else’s to read', async () => {
  using folder = temporaryFolder();
  const lock = await takeServerLock(folder.file('x.db'), 0, nobody);
  expect(statSync(folder.file('x.db-server.lock')).mode & 0o777).toBe(0o600);
  lock.release();
});

test('who takes the right to serve sweeps away what a killed restore has left', async () => {
  using folder = temporaryFolder();
  const path = folder.file('x.db');
  const ignore = () => undefined;
  const rules = { planChange, compileSchema };
  const storage = openStorage({
    path,
    clock: systemClock,
    rules,
    onCommit: ignore,
    onListenerError: ignore,
  });
  mkdirSync(`${path}.restoring.1a2b3c4d.part`);
  for (const end of ['.restoring', '.restoring.1a2b3c4d.part/copy.db', '.restored'])
    writeFileSync(`${path}${end}`, '');
  const release = await storage.lockForServer();
  expect(readdirSync(folder.path).filter((name) => name.includes('.restor'))).toEqual([
    'x.db.restored',
  ]);
  release();
  storage.close();
});
