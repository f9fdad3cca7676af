import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { openConnection } from '../../src/storage/sqlite/connection.ts';
import { createSettingStore } from '../../src/storage/sqlite/setting-store.ts';
import { temporaryFolder } from '../features/records/data-app.ts';
import { settingStoreContract } from './contract/setting-store.ts';

const AT = '2030-01-01T00:00:00.000Z';

settingStoreContract('SQLite', () => createSettingStore(openConnection({ path: ':memory:' })));

test('what another process writes is read without being told', async () => {
  using folder = temporaryFolder();
  const path = folder.file('x.db');
  const [here, there] = [openConnection({ path }), openConnection({ path })];
  const [ours, theirs] = [createSettingStore(here), createSettingStore(there)];
  await ours.change(new Map([['name', 'Shop']]), AT);
  expect(ours.read()).toEqual({ name: 'Shop' });
  await theirs.change(new Map([['name', 'Harbour']]), AT);
  // The check is skipped when there was one just before.
  await Bun.sleep(1);
  expect(ours.read()).toEqual({ name: 'Harbour' });
  here.close();
  there.close();
});

test('an attacker or a mistake by hand cannot leave a value in the file that no reader understands', () => {
  using folder = temporaryFolder();
  const path = folder.file('x.db');
  openConnection({ path }).close();
  using db = new Database(path);
  expect(() =>
    db.run("INSERT INTO setting (key, value, updated_at) VALUES ('registration', 'open', '')"),
  ).toThrow('CHECK');
});

test('the time of a change never goes back with the clock', async () => {
  const connection = openConnection({ path: ':memory:' });
  const store = createSettingStore(connection);
  await store.change(new Map([['a', 1]]), AT);
  await store.change(new Map([['a', 2]]), '2020-01-01T00:00:00.000Z');
  expect(connection.db.query('SELECT updated_at FROM setting').get()).toEqual({ updated_at: AT });
});
