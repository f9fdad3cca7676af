import type { Database } from 'bun:sqlite';
import type { Collection } from '../../features/collections/schema.ts';
import { isUniqueViolation } from './errors.ts';
import { createTable } from './record-table.ts';

export interface CollectionRow {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly schema: string;
  readonly options: string;
  readonly created_at: string;
  readonly updated_at: string;
}

export function readCollections(db: Database): readonly Collection[] {
  return db.query<CollectionRow, []>('SELECT * FROM collection').all().map(toCollection);
}

export function toCollection(row: CollectionRow): Collection {
  return { ...row, schema: JSON.parse(row.schema), options: JSON.parse(row.options) };
}

function toCollectionRow(collection: Collection) {
  return {
    ...collection,
    schema: JSON.stringify(collection.schema),
    options: JSON.stringify(collection.options),
  };
}

/** Adds a collection with its table; false when the name is taken. */
export function insertCollection(db: Database, collection: Collection): boolean {
  try {
    db.query(
      'INSERT INTO collection (id, name, label, schema, options, created_at, updated_at) VALUES ($id, $name, $label, $schema, $options, $created_at, $updated_at)',
    ).run(toCollectionRow(collection));
  } catch (error) {
    if (isUniqueViolation(error)) return false;
    throw error;
  }
  createTable(db, collection);
  return true;
}

/** False when the definition is not the one that was seen any more. */
export function updateCollection(db: Database, after: Collection, seen: string): boolean {
  const { id, name, label, schema, options, updated_at } = toCollectionRow(after);
  const { changes } = db
    .query(
      'UPDATE collection SET name = $name, label = $label, schema = $schema, options = $options, updated_at = $updated_at WHERE id = $id AND updated_at = $seen',
    )
    .run({ id, name, label, schema, options, updated_at, seen });
  return changes > 0;
}
