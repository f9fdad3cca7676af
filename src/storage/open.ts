import { openSqlite, type SqliteOptions } from './sqlite/open.ts';

export type Storage = ReturnType<typeof openSqlite>;

/** Opens every store. The only place that will ever choose between kinds of databases. */
export function openStorage(options: SqliteOptions): Storage {
  return openSqlite(options);
}
