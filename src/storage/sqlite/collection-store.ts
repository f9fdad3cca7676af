import type { Collection } from '../../features/collections/schema.ts';
import type { CollectionChange, CollectionStore } from '../../features/collections/store.ts';
import { insertCollection, readCollections } from './collection-rows.ts';
import type { Connection } from './connection.ts';
import { tableOf } from './record-table.ts';
import type { Writer } from './writer.ts';

/** So many rows are looked at, or indexed, within a few milliseconds. */
const SMALL_TABLE_ROWS = 5_000;

export interface CollectionStoreDeps {
  readonly connection: Connection;
  readonly writer: Writer;
  /** Told when a collection came, or its records went as a whole. */
  readonly onTableChanged: (collectionId: string) => void;
}

export function createCollectionStore({
  connection,
  writer,
  onTableChanged,
}: CollectionStoreDeps): CollectionStore {
  const { db } = connection;
  const listeners: (() => void)[] = [];
  const tell = () => {
    for (const listener of listeners) listener();
  };
  connection.onForeignWrite(tell);

  function tellAfterCommit(collectionId: string): void {
    connection.afterCommit(() => {
      onTableChanged(collectionId);
      tell();
    });
  }

  /** True when the change is done in an instant, whatever it finds. */
  function isSmall({ before, after }: CollectionChange): boolean {
    const touchesTable =
      JSON.stringify(before.schema) !== JSON.stringify(after.schema) ||
      JSON.stringify(before.options.indexes) !== JSON.stringify(after.options.indexes);
    return !touchesTable || isSmallTable(before.id);
  }

  function isSmallTable(id: string): boolean {
    const table = tableOf(id);
    // Another process may have dropped it.
    if (db.query('SELECT 1 FROM sqlite_schema WHERE name = ?').get(table) === null) return true;
    return db.query(`SELECT 1 FROM ${table} LIMIT 1 OFFSET ${SMALL_TABLE_ROWS}`).get() === null;
  }

  function insert(collection: Collection): boolean {
    if (!insertCollection(db, collection)) return false;
    tellAfterCommit(collection.id);
    return true;
  }

  return {
    onChange: (listener) => void listeners.push(listener),
    all: () => readCollections(db),
    insert: (collection) => connection.write(() => insert(collection), { isAlone: true }),
    update: (change) =>
      writer.run({ kind: 'change_collection', change }, { isSmall: isSmall(change) }),
    delete: (id, evenWithRecords) =>
      writer.run({ kind: 'drop_collection', id, evenWithRecords }, { isSmall: isSmallTable(id) }),
  };
}
