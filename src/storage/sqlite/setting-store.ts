import type { ChangedSetting, SettingStore } from '../../features/settings/store.ts';
import type { Connection } from './connection.ts';

interface SettingRow {
  readonly key: string;
  /** JSON. */
  readonly value: string;
}

export function createSettingStore(connection: Connection): SettingStore {
  const { db } = connection;
  const all = db.query<SettingRow, []>('SELECT key, value FROM setting ORDER BY key');
  const one = db.query<Pick<SettingRow, 'value'>, [string]>(
    'SELECT value FROM setting WHERE key = ?',
  );
  const put = db.query<unknown, [string, string, string]>(
    `INSERT INTO setting (key, value, updated_at) VALUES (?, ?, ?)
     ON CONFLICT (key) DO UPDATE
       SET value = excluded.value, updated_at = max(updated_at, excluded.updated_at)`,
  );
  const remove = db.query<unknown, [string]>('DELETE FROM setting WHERE key = ?');
  let values: Readonly<Record<string, unknown>> | undefined;
  const forget = () => {
    values = undefined;
  };
  connection.onForeignWrite(forget);

  function set(key: string, value: unknown, at: string): readonly ChangedSetting[] {
    const before = one.get(key)?.value;
    const after = value === null ? undefined : JSON.stringify(value);
    if (before === after) return [];
    if (after === undefined) remove.run(key);
    else put.run(key, after, at);
    return [{ key, was: before === undefined ? null : JSON.parse(before) }];
  }

  return {
    read() {
      connection.checkForeignWrites();
      values ??= Object.fromEntries(all.all().map(({ key, value }) => [key, JSON.parse(value)]));
      return values;
    },
    change: (changes, at) =>
      connection.write(() => {
        connection.afterCommit(forget);
        return [...changes].flatMap(([key, value]) => set(key, value, at));
      }),
  };
}
