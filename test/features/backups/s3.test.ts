import { afterAll, beforeEach, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { SYSTEM } from '../../../src/core/actor.ts';
import { S3_KEYS, startFakeS3 } from '../../support/fake-s3.ts';
import { refusal } from '../records/data-app.ts';
import { type BackupAppOptions, openBackupApp } from './backup-app.ts';

let s3 = startFakeS3();
afterAll(() => s3[Symbol.dispose]());
// A bucket for each test: what one gave up is deleted later, when nobody waits for it.
beforeEach(() => {
  s3[Symbol.dispose]();
  s3 = startFakeS3();
});

function open({ stallMs = 30_000, ...options }: BackupAppOptions & { stallMs?: number } = {}) {
  return openBackupApp({
    ...options,
    s3: {
      bucket: 'safe',
      endpoint: s3.url,
      accessKey: S3_KEYS.access,
      secretKey: S3_KEYS.secret,
      stallMs,
    },
  });
}

/** Fills the database with so much that an upload has several parts. */
function fill(app: ReturnType<typeof open>): void {
  const insert = app.connection.db.query('INSERT INTO meta (key, value) VALUES (?, ?)');
  for (let at = 0; at < 20; at++) insert.run(`filling ${at}`, 'x'.repeat(1_000_000));
}

test('a backup goes to the bucket, and nothing of it stays on the disk', async () => {
  using app = open();
  const backup = await app.make();
  expect(backup).toMatchObject({ status: 'done', error: null });
  expect(backup.location).toMatch(/^s3:\/\/safe\/tinybase-20300101T120000Z-[0-9a-f]{12}\.db$/);
  const bytes = s3.objects.get(backup.location.slice('s3://'.length)) ?? new Uint8Array();
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(String(backup.sha256));
  expect(app.files()).toEqual([]);
  expect((await app.backups.list(SYSTEM, { limit: 1, offset: 0 })).destination).toBe('s3://safe');
});

test('a large one goes in parts and comes back as it was', async () => {
  using app = open();
  fill(app);
  const backup = await app.make();
  expect(backup.error).toBeNull();
  expect(s3.requests.filter((request) => request.startsWith('PUT')).length).toBeGreaterThan(2);
  expect((await app.backups.check(SYSTEM, backup.id)).check_result).toBe('ok');
  expect(app.files()).toEqual([]);
  const hash = createHash('sha256');
  for await (const chunk of (await app.backups.download(SYSTEM, backup.id)).chunks)
    hash.update(chunk);
  expect(hash.digest('hex')).toBe(String(backup.sha256));
});

test('a check notices what was changed in the bucket, or removed from it', async () => {
  using app = open();
  const backup = await app.make();
  const key = backup.location.slice('s3://'.length);
  const bytes = s3.objects.get(key) ?? new Uint8Array();
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0xff;
  const check = async () => (await app.backups.check(SYSTEM, backup.id)).check_result;
  expect(await check()).not.toBe('ok');
  s3.objects.delete(key);
  expect(await check()).toContain('is gone');
});

test('a bucket that refuses or breaks makes a failed backup that says so, without the secret', async () => {
  using app = open();
  s3.mode = 'refuses';
  const refused = await app.make();
  expect(refused.status).toBe('failed');
  expect(refused.error).toContain('AccessDenied');
  s3.mode = 'breaks';
  const broken = await app.make();
  expect(broken.status).toBe('failed');
  expect(broken.error).toContain('s3://safe refused');
  expect(JSON.stringify(await app.all())).not.toContain(S3_KEYS.secret);
  expect(app.files()).toEqual([]);
});

test('a bucket that hangs is given up', async () => {
  using app = open({ stallMs: 300 });
  s3.mode = 'hangs';
  expect((await app.make()).error).toContain('took nothing');
  fill(app);
  s3.mode = 'hangs in the middle';
  expect((await app.make()).error).toContain('took nothing');
  expect(s3.objects.size).toBe(0);
  expect(app.files()).toEqual([]);
});

test('attack: the token of the machine is never sent to the bucket', async () => {
  using app = open();
  process.env.AWS_SESSION_TOKEN = 'of the machine';
  try {
    expect((await app.make()).error).toContain('AWS_SESSION_TOKEN is set');
  } finally {
    delete process.env.AWS_SESSION_TOKEN;
  }
  expect(s3.requests).toEqual([]);
});

test('the server stops although the bucket hangs', async () => {
  using app = open();
  s3.mode = 'hangs';
  const { id } = await app.backups.create(SYSTEM);
  while (s3.requests.length === 0) await Bun.sleep(1);
  await app.backups.stop();
  expect(await app.store.find(id)).toMatchObject({ status: 'failed' });
  expect(app.files()).toEqual([]);
});

test('retention and deleting remove from the bucket what is noted, and nothing else', async () => {
  using app = open({ cron: '@daily', keep: 1 });
  s3.objects.set('safe/photo.jpg', new Uint8Array(3));
  s3.objects.set('safe/tinybase-20290101T000000Z-0123456789ab.db', new Uint8Array(3));
  for (let day = 0; day < 3; day++) {
    app.clock.ms += 24 * 3_600_000;
    await app.tick();
  }
  const [last, ...older] = await app.all();
  expect(older).toEqual([]);
  expect([...s3.objects.keys()].sort()).toEqual(
    [
      'safe/photo.jpg',
      'safe/tinybase-20290101T000000Z-0123456789ab.db',
      String(last?.location.slice('s3://'.length)),
    ].sort(),
  );
  await app.backups.remove(SYSTEM, String(last?.id));
  expect(s3.objects.size).toBe(2);
});

test('a backup in a bucket that is configured no longer says so', async () => {
  const first = open();
  const { id } = await first.make();
  first.close();
  using second = openBackupApp({ folder: first.folder });
  const error = await refusal(() => second.backups.check(SYSTEM, id));
  expect(error.message).toContain('backup.s3_bucket is not set');
});
