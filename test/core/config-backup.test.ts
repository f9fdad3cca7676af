import { expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../src/core/config.ts';
import { makeFolder } from '../cli/temporary-folder.ts';
import { refusal } from '../features/records/data-app.ts';

function load(toml: string) {
  const dir = makeFolder();
  writeFileSync(join(dir, 'tinybase.toml'), toml);
  return loadConfig({ dir });
}

test('backups to a folder or a bucket are settings that work, without a warning', () => {
  const { config, warnings } = load(
    '[backup]\npath = "/b"\ncron = "30 2 * * *"\nkeep = 3\ns3_bucket = "b"\ns3_access_key = "a"\ns3_secret_key = "s"\ns3_endpoint = "https://s3.example.com"\n',
  );
  expect(config.backup).toMatchObject({ path: '/b', cron: '30 2 * * *', keep: 3, s3_bucket: 'b' });
  expect(warnings).toEqual([]);
});

test('a cron that is none, and a bucket without its keys, stop the start', async () => {
  const refused = async (toml: string) => (await refusal(() => load(toml))).message;
  expect(await refused('[backup]\ncron = "nightly"')).toContain(
    'backup.cron (tinybase.toml:2) must be',
  );
  expect(await refused('[backup]\ncron = "0 0 30 2 *"')).toContain('backup.cron');
  const bucket = await refused('[backup]\ns3_bucket = "b"');
  expect(bucket).toContain('backup.s3_access_key is missing beside backup.s3_bucket');
  expect(bucket).toContain('backup.s3_secret_key is missing');
  const secret = await refused('[backup]\ns3_secret_key = "very secret"');
  expect(secret).toContain('backup.s3_bucket is missing');
  expect(secret).not.toContain('very secret');
});
