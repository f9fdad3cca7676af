import type { Database } from 'bun:sqlite';

/** One number that SQLite knows about a file, such as `user_version`. */
export function readPragma(db: Database, name: string): number {
  const row = db.query<Record<string, number>, []>(`PRAGMA ${name}`).get();
  return Object.values(row ?? {})[0] ?? 0;
}

/** What SQLite finds wrong with the pages, trees and indexes of a file; empty when it is whole. */
export function findBrokenPages(
  db: Database,
  check: 'quick_check' | 'integrity_check',
  limit: number,
): readonly string[] {
  const rows = db.query<Record<string, string>, []>(`PRAGMA ${check}(${limit})`).all();
  const lines = rows.map((row) => Object.values(row)[0] ?? '');
  return lines.length === 1 && lines[0] === 'ok' ? [] : lines;
}

/** Rows of system tables that refer to rows that are not there. */
export function findBrokenForeignKeys(
  db: Database,
  limit: number,
): readonly { readonly table: string; readonly parent: string; readonly rowid: number | null }[] {
  return db
    .query<{ table: string; parent: string; rowid: number | null }, [number]>(
      'SELECT "table", parent, rowid FROM pragma_foreign_key_check LIMIT ?',
    )
    .all(limit);
}
