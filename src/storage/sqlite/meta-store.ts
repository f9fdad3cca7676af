import type { Connection } from './connection.ts';

/** Small facts about this very database, such as who serves it. */
export interface MetaStore {
  get(key: string): string | undefined;
  set(key: string, value: string): Promise<void>;
  /** Sets it unless it is set already; answers the value that counts. */
  keep(key: string, value: string): Promise<string>;
}

export function createMetaStore({ db, write }: Pick<Connection, 'db' | 'write'>): MetaStore {
  const get = (key: string) =>
    db.query<{ value: string }, [string]>('SELECT value FROM meta WHERE key = ?').get(key)?.value;
  return {
    get,
    set: (key, value) =>
      write(
        () => {
          db.query(
            'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
          ).run(key, value);
        },
        { isAtomic: true },
      ),
    keep: (key, value) =>
      write(
        () => {
          db.query('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING').run(
            key,
            value,
          );
          return get(key) ?? value;
        },
        { isAtomic: true },
      ),
  };
}
