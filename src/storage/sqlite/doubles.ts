import type { Database, SQLQueryBindings } from 'bun:sqlite';
import type { RecordData } from '../../features/collections/schema.ts';
import type { Offenders, UniqueFields } from '../../features/collections/store.ts';
import { columnName, tableOf } from './record-table.ts';

const SHOWN_OFFENDERS = 10;
const SHOWN_LENGTH = 60;

/** Records whose values for the fields other records have as well; one that lacks a value has none. */
export function findStoredDoubles(
  db: Database,
  collectionId: string,
  { fields, stored = fields }: UniqueFields,
): Offenders {
  return findDoubles(db, tableOf(collectionId), stored.map(columnName), fields);
}

/** Keeps the values that records will have, in a table of this connection alone, to look for doubles. */
export interface FutureValues {
  add(id: string, data: RecordData): void;
  findDoubles(): Offenders;
  drop(): void;
}

export function keepFutureValues(db: Database, { fields }: UniqueFields): FutureValues {
  const table = `temp.future_${fields.join('$')}`;
  const columns = fields.map(columnName);
  db.run(`CREATE TABLE ${table} (seq INTEGER PRIMARY KEY, id TEXT, ${columns.join(', ')})`);
  const insert = db.prepare<unknown, SQLQueryBindings[]>(
    `INSERT INTO ${table} (id, ${columns.join(', ')}) VALUES (?${', ?'.repeat(columns.length)})`,
  );
  return {
    add(id, data) {
      const values = fields.map((field) => (Object.hasOwn(data, field) ? data[field] : undefined));
      if (!values.includes(undefined)) insert.run(id, ...(values as SQLQueryBindings[]));
    },
    findDoubles: () => findDoubles(db, table, columns, fields),
    drop() {
      insert.finalize();
      db.run(`DROP TABLE ${table}`);
    },
  };
}

function findDoubles(
  db: Database,
  table: string,
  columns: readonly string[],
  fields: readonly string[],
): Offenders {
  const list = columns.join(', ');
  const hasAll = columns.map((column) => `${column} IS NOT NULL`).join(' AND ');
  const doubles = `FROM ${table} WHERE (${list}) IN (SELECT ${list} FROM ${table} WHERE ${hasAll} GROUP BY ${list} HAVING count(*) > 1)`;
  const counting = db.prepare<{ n: number }, []>(`SELECT count(*) AS n ${doubles}`);
  const count = counting.get()?.n ?? 0;
  // An open statement would hold the table when it is dropped.
  counting.finalize();
  if (count === 0) return { count, first: [] };
  const naming = db.prepare<Record<string, unknown>, [number]>(
    `SELECT id, ${list} ${doubles} ORDER BY seq LIMIT ?`,
  );
  const rows = naming.all(SHOWN_OFFENDERS);
  naming.finalize();
  return {
    count,
    first: rows.map((row) => ({
      id: String(row.id),
      msg: fields
        .map((field, index) => `${field} is ${shorten(row[columns[index] ?? ''])}`)
        .join(', '),
    })),
  };
}

function shorten(value: unknown): string {
  return String(value).slice(0, SHOWN_LENGTH).toWellFormed();
}
