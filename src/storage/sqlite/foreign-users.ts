import type { Database } from 'bun:sqlite';
import { AppError } from '../../core/errors.ts';
import type { ForeignUsers } from '../../features/users/store.ts';
import { openForeignDatabase, quote, unreadable } from './foreign-database.ts';

/** Of TinyBase and of its predecessor, whose models are named in the singular; then of what is like them. */
const TABLES = ['user', 'users'];
/** Names that others have for our columns. */
const ALIASES: Readonly<Record<string, string>> = {
  hashed_password: 'password_hash',
  is_verified: 'email_verified',
};

export interface OpenForeignOptions {
  /** The database that is written to, or `:memory:`. */
  readonly ownPath: string;
  /** All others are left alone. */
  readonly columns: readonly string[];
}

/** The accounts of another SQLite database, read only; undefined when the file is none. */
export function openForeignUsers(
  path: string,
  { ownPath, columns }: OpenForeignOptions,
): ForeignUsers | undefined {
  const foreign = openForeignDatabase(path, ownPath);
  if (foreign === undefined) return undefined;
  const { db, close } = foreign;
  try {
    const { table, found } = findTable(db, path, columns);
    const list = [...found].map(([name, own]) => `${quote(name)} AS ${own}`).join(', ');
    return {
      total: count(db, table),
      *rows() {
        const sql = `SELECT ${list} FROM ${quote(table)}`;
        try {
          yield* db.query<Record<string, unknown>, []>(sql).iterate();
        } catch (error) {
          throw unreadable(path, error);
        }
      },
      close,
    };
  } catch (error) {
    close();
    throw error instanceof AppError ? error : unreadable(path, error);
  }
}

/** A real table only: a view could hold any query. */
function findTable(db: Database, path: string, columns: readonly string[]) {
  const wanted = new Set(columns);
  for (const table of TABLES) {
    const exists = db
      .query<unknown, [string]>("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?")
      .get(table);
    if (exists === null) continue;
    const names = db
      .query<{ name: string }, [string]>('SELECT name FROM pragma_table_info(?)')
      .all(table);
    const found = new Map<string, string>();
    for (const { name } of names) {
      const own = ALIASES[name] ?? name;
      if (wanted.has(own) && ![...found.values()].includes(own)) found.set(name, own);
    }
    if ([...found.values()].includes('email')) return { table, found };
  }
  throw new AppError(
    'invalid_input',
    `${path} is an SQLite database without a table user that has a column email.`,
  );
}

function count(db: Database, table: string): number {
  return db.query<{ n: number }, []>(`SELECT count(*) AS n FROM ${quote(table)}`).get()?.n ?? 0;
}
