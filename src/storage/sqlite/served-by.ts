import { Database } from 'bun:sqlite';
import { existsSync } from 'node:fs';
import { readPragma } from './database-facts.ts';
import { isBusy } from './errors.ts';
import { SERVED_BY, type ServerIdentity, serverLockOf } from './server-lock.ts';

/**
 * Whether a server holds the right to serve this database; undefined when none ever did. The lock is
 * not taken, only run into.
 */
export function isServed(databasePath: string): boolean | undefined {
  const path = serverLockOf(databasePath);
  if (!existsSync(path)) return undefined;
  using lock = new Database(path, { readonly: true });
  try {
    readPragma(lock, 'schema_version');
    return false;
  } catch (error) {
    return isBusy(error);
  }
}

/**
 * Who took a database last, from beside it: without a lock and without a write. Undefined when there is
 * no such note, or no way to read it now.
 */
export function readServedBy(path: string): ServerIdentity | undefined {
  if (path === ':memory:' || !existsSync(path)) return undefined;
  try {
    using db = new Database(path, { readonly: true });
    const row = db
      .query<{ value: string }, [string]>('SELECT value FROM meta WHERE key = ?')
      .get(SERVED_BY);
    return row === null ? undefined : JSON.parse(row.value);
  } catch {
    return undefined;
  }
}
