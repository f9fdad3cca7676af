import { expect, test } from 'bun:test';
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SYSTEM } from '../../../src/core/actor.ts';
import type { DatabaseCopier } from '../../../src/features/backups/store.ts';
import { createCopier } from '../../../src/storage/sqlite/copier.ts';
import { damage, readText, writeText } from '../../storage/whole-database.ts';
import { refusal } from '../records/data-app.ts';
import { openBackupApp } from './backup-app.ts';

test('a backup is a file of the database, noted with its size and SHA-256', async () => {
  using app = openBackupApp();
  writeText(app.connection.db, 'kept');
  const backup = await app.make();
  expect(backup).toEqual({
    id: expect.any(String),
    status: 'done',
    trigger_type: 'manual',
    location: expect.stringMatching(/^backups\/tinybase-20300101T120000Z-[0-9a-f]{12}\.db$/),
    progress: null,
    size_bytes: expect.any(Number),
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    error: null,
    created_at: '2030-01-01T12:00:00.000Z',
    finished_at: '2030-01-01T12:00:00.000Z',
    checked_at: null,
    check_result: null,
  });
  expect(readText(app.folder.file(backup.location))).toBe('kept');
  expect(app.files()).toEqual([backup.location.slice('backups/'.length)]);
  expect(app.notes).toEqual(['backup.create']);
});

test('a check says ok, and what is wrong with a file that was changed, torn or removed', async () => {
  using app = openBackupApp();
  writeText(app.connection.db, 'x'.repeat(50_000));
  const backup = await app.make();
  const path = app.folder.file(backup.location);
  const check = async () => (await app.backups.check(SYSTEM, backup.id)).check_result;
  expect(await check()).toBe('ok');
  const size = backup.size_bytes ?? 0;
  damage(path, size - 20_000);
  expect(await check()).not.toBe('ok');
  damage(path, size - 20_000);
  expect(await check()).toBe('ok');
  writeFileSync(path, 'something else');
  expect(await check()).toContain('is not a SQLite database');
  rmSync(path);
  expect(await check()).toContain('There is no file');
  expect((await app.all())[0]?.checked_at).toBe('2030-01-01T12:00:00.000Z');
});

test('a backup that is being deleted while a check begins is told as gone, and as no damage', async () => {
  using app = openBackupApp();
  const { id } = await app.make();
  const removed = app.backups.remove(SYSTEM, id);
  expect((await refusal(() => app.backups.check(SYSTEM, id))).code).toBe('not_found');
  await removed;
  expect(app.lines).toEqual([]);
});

test('one at a time: a second one, and a check meanwhile, are conflicts', async () => {
  using app = openBackupApp();
  const first = await app.make();
  const making = app.make();
  expect((await refusal(() => app.backups.create(SYSTEM))).code).toBe('conflict');
  expect((await refusal(() => app.backups.check(SYSTEM, first.id))).code).toBe('conflict');
  expect((await making).status).toBe('done');
  expect((await app.make()).status).toBe('done');
});

test('a backup that is deleted goes with its file; one that runs stays', async () => {
  using app = openBackupApp();
  const backup = await app.make();
  const running = await app.backups.create(SYSTEM);
  expect((await refusal(() => app.backups.remove(SYSTEM, running.id))).code).toBe('conflict');
  await app.backups.stop();
  await app.backups.remove(SYSTEM, backup.id);
  expect(existsSync(app.folder.file(backup.location))).toBe(false);
  expect((await refusal(() => app.backups.get(SYSTEM, backup.id))).code).toBe('not_found');
});

test('one that fails says why, is logged, leaves nothing, and the next one works', async () => {
  using app = openBackupApp();
  writeFileSync(app.folder.file('backups'), 'in the way');
  const failed = await app.make();
  expect(failed).toMatchObject({ status: 'failed', sha256: null });
  expect(failed.error).toContain('backups, the folder of backups, cannot be changed (EEXIST)');
  expect(app.lines).toEqual(['A backup failed']);
  expect((await refusal(() => app.backups.check(SYSTEM, failed.id))).code).toBe('conflict');
  rmSync(app.folder.file('backups'));
  const { id, location, status } = await app.make();
  expect(status).toBe('done');
  rmSync(app.folder.file(location));
  mkdirSync(app.folder.file(location));
  const stays = await refusal(() => app.backups.remove(SYSTEM, id));
  expect([stays.code, stays.message]).toEqual([
    'unavailable',
    expect.stringContaining('cannot be changed'),
  ]);
  expect(await app.store.find(id)).toBeDefined();
});

test('one that is whole is known, though its end cannot be noted at first', async () => {
  using app = openBackupApp();
  const { finish } = app.store;
  let tries = 0;
  app.store.finish = (...end) =>
    ++tries < 3 ? Promise.reject(new Error('the disk is full')) : finish(...end);
  const { status, location } = await app.make();
  expect([status, tries]).toEqual(['done', 3]);
  expect(app.files().map((name) => `backups/${name}`)).toEqual([location]);
  expect(app.lines).toEqual(['How a backup ended cannot be noted; it is tried again']);
});

test('attack: a noted location outside of what backups are called is neither read nor removed', async () => {
  using app = openBackupApp();
  const victim = app.folder.file('victim.db');
  writeFileSync(victim, 'precious');
  for (const location of [
    'victim.db',
    victim,
    'tinybase.db',
    'backups/../victim.db',
    's3://bucket/victim.db',
  ]) {
    const id = crypto.randomUUID();
    const at = '2030-01-01T00:00:00.000Z';
    await app.store.begin({ id, trigger_type: 'schedule', location, created_at: at });
    await app.store.finish(id, { size_bytes: 1, sha256: 'x', finished_at: at });
    for (const act of [app.backups.remove, app.backups.check, app.backups.download])
      expect((await refusal(() => act(SYSTEM, id))).code).toBe('conflict');
  }
  expect(existsSync(victim)).toBe(true);
  expect(existsSync(app.folder.file('tinybase.db'))).toBe(true);
});

test('a backup that is served as the database is no backup any more', async () => {
  using app = openBackupApp();
  const { location } = await app.make();
  const { createPlaces } = await import('../../../src/features/backups/places.ts');
  const root = app.folder.path;
  const databasePath = join(root, location);
  const places = createPlaces({ root, databasePath, path: undefined, s3: undefined });
  expect((await refusal(() => places.of(location))).code).toBe('conflict');
});

test('the server that stops takes a backup back, notes it as failed, and leaves nothing', async () => {
  const real = createCopier();
  const begun = Promise.withResolvers<void>();
  const slow: DatabaseCopier = {
    ...real,
    async copy(request) {
      begun.resolve();
      const { promise, reject } = Promise.withResolvers<never>();
      request.signal?.addEventListener('abort', () => reject(new Error('Stopped.')));
      return promise;
    },
  };
  using app = openBackupApp({ copier: slow });
  const { id } = await app.backups.create(SYSTEM);
  await begun.promise;
  await app.backups.stop();
  expect(await app.store.find(id)).toMatchObject({
    status: 'failed',
    error: 'The server ended while it was made.',
  });
  expect(app.lines).toEqual([]);
});

test('what a crash left is swept away at the next start, and what others put there is not', async () => {
  using app = openBackupApp();
  const done = await app.make();
  const name = 'tinybase-20300101T110000Z-0123456789ab.db';
  const at = '2030-01-01T11:00:00.000Z';
  const location = `backups/${name}`;
  await app.store.begin({ id: 'crashed', trigger_type: 'schedule', location, created_at: at });
  const left = [
    name,
    `${name}.0123abcd.part/copy.db`,
    `${name}.0123abcd.part/copy.db-journal`,
    `${name}.upload`,
    `${name}.upload.4567abcd.part/copy.db`,
    `${name}.check`,
  ];
  const others = ['notes.txt', 'tinybase-20290101T110000Z-0123456789ab.db', 'x.part'];
  for (const file of [...left, ...others]) {
    mkdirSync(dirname(app.folder.file(`backups/${file}`)), { recursive: true });
    writeFileSync(app.folder.file(`backups/${file}`), '');
  }
  await app.backups.recover();
  while ((await app.store.find('crashed'))?.status === 'running') await Bun.sleep(1);
  expect(await app.store.find('crashed')).toMatchObject({ status: 'failed' });
  const kept = done.location.slice('backups/'.length);
  while (existsSync(app.folder.file(location))) await Bun.sleep(1);
  expect(app.files()).toEqual([...others, kept].sort());
});

test('a database that was restored from a backup keeps that backup, in which it is noted as running', async () => {
  const first = openBackupApp();
  const { id, location, sha256, size_bytes } = await first.make();
  first.close();
  const { folder } = first;
  for (const end of ['', '-wal', '-shm']) rmSync(folder.file(`tinybase.db${end}`), { force: true });
  copyFileSync(folder.file(location), folder.file('tinybase.db'));
  using second = openBackupApp({ folder });
  expect(await second.all()).toMatchObject([{ id, status: 'running' }]);
  await second.backups.recover();
  while ((await second.store.find(id))?.status === 'running') await Bun.sleep(1);
  expect(await second.all()).toMatchObject([{ id, status: 'done', sha256, size_bytes }]);
  expect(await second.backups.check(SYSTEM, id)).toMatchObject({ check_result: 'ok' });
});

test('one of which a start cannot note that it is whole stays noted as running, and is deleted with its file', async () => {
  using app = openBackupApp();
  const { id, location, sha256 } = await app.make();
  app.connection.db.run("UPDATE backup SET status = 'running', sha256 = NULL");
  const { finish } = app.store;
  app.store.finish = () => Promise.reject(new Error('the disk is full'));
  await app.backups.recover();
  while (app.lines.length === 0) await Bun.sleep(1);
  expect(app.lines).toEqual(['An interrupted backup is looked at after the next start']);
  expect(await app.store.find(id)).toMatchObject({ status: 'running' });
  app.store.finish = finish;
  await app.backups.recover();
  while ((await app.store.find(id))?.status === 'running') await Bun.sleep(1);
  expect(await app.store.find(id)).toMatchObject({ status: 'done', sha256 });
  app.connection.db.run("UPDATE backup SET status = 'running'");
  await app.backups.remove(SYSTEM, id);
  expect(existsSync(app.folder.file(location))).toBe(false);
});
