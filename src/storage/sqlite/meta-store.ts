import type { Connection } from './connection.ts';

/** Small facts about this very database, such as who serves it. */
export interface MetaStore {
  get(key: string): string | undefined;
  set(key: string, value: string): Promise<void>;
}

export function createMetaStore({ db, write }: Pick<Connection, 'db' | 'write'>): MetaStore {
  return {
    get: (key) =>
      db.query<{ value: string }, [string]>('SELECT value FROM meta WHERE key = ?').get(key)?.value,
    set: (key, value) =>
      write(
        () => {
          db.query(
            'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
          ).run(key, value);
        },
        { isAtomic: true },
      ),
  };
}
