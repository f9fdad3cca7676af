import { expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { SYSTEM } from '../../../src/core/actor.ts';
import { AppError } from '../../../src/core/errors.ts';
import { refusal } from '../records/data-app.ts';
import { openBackupApp } from './backup-app.ts';

const NIGHTLY = '30 2 * * *';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

test('a backup is made when the cron says so, in UTC, and once for each time', async () => {
  using app = openBackupApp({ cron: NIGHTLY });
  const next = async () => (await app.backups.list(SYSTEM, { limit: 1, offset: 0 })).next_run_at;
  expect(await next()).toBe('2030-01-02T02:30:00.000Z');
  await app.tick();
  expect(await app.all()).toEqual([]);
  app.clock.ms = Date.UTC(2030, 0, 2, 2, 29, 59);
  await app.tick();
  expect(await app.all()).toEqual([]);
  app.clock.ms += 5_000;
  await app.tick();
  await app.tick();
  expect(await app.all()).toMatchObject([{ trigger_type: 'schedule', status: 'done' }]);
  expect(await next()).toBe('2030-01-03T02:30:00.000Z');
});

test('what was due while the server was stopped is made once after its start', async () => {
  const first = openBackupApp({ cron: NIGHTLY });
  first.clock.ms = Date.UTC(2030, 0, 2, 2, 30);
  await first.tick();
  first.close();
  using second = openBackupApp({
    cron: NIGHTLY,
    folder: first.folder,
    ms: Date.UTC(2030, 0, 9, 8),
  });
  await second.tick();
  await second.tick();
  expect((await second.all()).map(({ created_at }) => created_at)).toEqual([
    '2030-01-09T08:00:00.000Z',
    '2030-01-02T02:30:00.000Z',
  ]);
});

test('one that a crash has cut off is noted as failed and not made a second time', async () => {
  const first = openBackupApp({ cron: NIGHTLY });
  await first.store.begin({
    id: 'cut off',
    trigger_type: 'schedule',
    location: 'backups/tinybase-20300102T023000Z-0123456789ab.db',
    created_at: '2030-01-02T02:30:00.100Z',
  });
  first.close();
  using second = openBackupApp({
    cron: NIGHTLY,
    folder: first.folder,
    ms: Date.UTC(2030, 0, 2, 2, 31),
  });
  await second.backups.recover();
  await second.tick();
  expect(await second.all()).toMatchObject([{ id: 'cut off', status: 'failed' }]);
  second.clock.ms += DAY_MS;
  await second.tick();
  expect(await second.all()).toMatchObject([{ status: 'done' }, { id: 'cut off' }]);
});

test('one whose beginning cannot be noted, as while a long import writes, is made a moment later', async () => {
  using app = openBackupApp({ cron: NIGHTLY });
  app.clock.ms = Date.UTC(2030, 0, 2, 2, 30);
  const { begin } = app.store;
  app.store.begin = () => Promise.reject(new AppError('unavailable', 'held'));
  expect((await refusal(() => app.tick())).message).toBe('held');
  app.store.begin = begin;
  await app.tick();
  expect(await app.all()).toMatchObject([{ trigger_type: 'schedule', status: 'done' }]);
});

test('the newest of the schedule are kept; what was made by hand stays', async () => {
  using app = openBackupApp({ cron: NIGHTLY, keep: 2 });
  const byHand = await app.make();
  for (let day = 0; day < 4; day++) {
    app.clock.ms += DAY_MS;
    await app.tick();
  }
  const all = await app.all();
  expect(all.map(({ trigger_type }) => trigger_type)).toEqual(['schedule', 'schedule', 'manual']);
  expect(app.files()).toEqual(all.map(({ location }) => location.slice('backups/'.length)).sort());
  expect(all.at(-1)?.id).toBe(byHand.id);
});

test('failed ones neither count as kept nor push a good one out', async () => {
  using app = openBackupApp({ cron: NIGHTLY, keep: 1 });
  app.clock.ms += DAY_MS;
  await app.tick();
  const { renameSync, rmSync } = await import('node:fs');
  renameSync(app.folder.file('backups'), app.folder.file('aside'));
  writeFileSync(app.folder.file('backups'), 'in the way');
  app.clock.ms += DAY_MS;
  await app.tick();
  rmSync(app.folder.file('backups'));
  renameSync(app.folder.file('aside'), app.folder.file('backups'));
  expect(await app.all()).toMatchObject([{ status: 'failed' }, { status: 'done' }]);
  expect(app.files()).toHaveLength(1);
});

test('a clock that jumps back does not hold backups up', async () => {
  using app = openBackupApp({ cron: NIGHTLY, ms: Date.UTC(2040, 0, 1) });
  app.clock.ms += DAY_MS;
  await app.tick();
  app.clock.ms = Date.UTC(2030, 0, 1, 12);
  await app.tick();
  expect(await app.all()).toHaveLength(1);
  expect((await app.backups.list(SYSTEM, { limit: 1, offset: 0 })).next_run_at).toBe(
    '2030-01-02T02:30:00.000Z',
  );
});

test('without a cron nothing is ever due', async () => {
  using app = openBackupApp();
  app.clock.ms += 1_000 * DAY_MS;
  await app.tick();
  expect(await app.all()).toEqual([]);
  expect((await app.backups.list(SYSTEM, { limit: 1, offset: 0 })).next_run_at).toBeNull();
});
