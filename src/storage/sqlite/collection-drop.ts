import type { Database } from 'bun:sqlite';
import type { DropOutcome } from '../../features/collections/store.ts';
import { readCollections } from './collection-rows.ts';
import { dropTable, tableOf } from './record-table.ts';

/** Deletes a collection with its records, or says what stands in the way: to be called inside a transaction. */
export function dropCollection(db: Database, id: string, evenWithRecords: boolean): DropOutcome {
  const all = readCollections(db);
  const collection = all.find((one) => one.id === id);
  if (!collection) return { kind: 'missing' };
  const by = all
    .filter((other) => other.id !== id)
    .flatMap(({ name, schema }) =>
      schema.fields
        .filter((field) => field.type === 'reference' && field.collection === collection.name)
        .map((field) => ({ collection: name, field: field.name })),
    );
  if (by.length > 0) return { kind: 'referenced', by };
  const { count } = db
    .query<{ count: number }, []>(`SELECT count(*) AS count FROM ${tableOf(id)}`)
    .get() ?? { count: 0 };
  if (count > 0 && !evenWithRecords) return { kind: 'not_empty', count };
  db.query('DELETE FROM collection WHERE id = ?').run(id);
  db.query('DELETE FROM collection_rename WHERE collection_id = ?').run(id);
  dropTable(db, collection);
  return { kind: 'deleted', count };
}
