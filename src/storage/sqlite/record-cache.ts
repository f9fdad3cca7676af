import { LRUCache } from 'lru-cache';
import type { Filter, Scope, StoredRecord } from '../../features/records/store.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { Connection } from './connection.ts';

const MAX_CHARACTERS = 16_000_000;
/** A longer one would push out too many others. */
const MAX_RECORD_CHARACTERS = 50_000;
/** What an entry takes beside its data. */
const ENTRY_CHARACTERS = 400;

interface Entry {
  readonly collectionId: string;
  readonly record: StoredRecord;
}

/** Records as they were read by their ids lately. SQLite takes a file lock for each of them, and looks twice. */
export interface RecordCache {
  /** The record of this id within the scope; `read` asks the database for it. */
  find(scope: Scope, id: string, read: () => StoredRecord | undefined): StoredRecord | undefined;
}

export function createRecordCache(
  connection: Pick<Connection, 'db' | 'checkForeignWrites' | 'onForeignWrite'>,
  changes: Pick<ChangeFeed, 'on'>,
): RecordCache {
  const { db } = connection;
  // By the id alone: a caller may give one to records of two collections, of which the last read is kept.
  const entries = new LRUCache<string, Entry>({
    maxSize: MAX_CHARACTERS,
    maxEntrySize: MAX_RECORD_CHARACTERS,
    sizeCalculation: ({ record }) => record.data.length + ENTRY_CHARACTERS,
  });
  changes.on(({ op, id }) => {
    if (op !== 'create') entries.delete(id);
  });
  connection.onForeignWrite(() => entries.clear());

  return {
    find({ collectionId, filter }, id, read) {
      // What is written in a transaction may be taken back.
      if (db.inTransaction) return read();
      // Not only requests read: a schedule may be the first to look after another program wrote.
      connection.checkForeignWrites();
      const known = entries.get(id);
      if (known?.collectionId === collectionId) {
        const isWithin = matches(filter, known.record);
        if (isWithin !== undefined) return isWithin ? known.record : undefined;
      }
      const record = read();
      if (record) entries.set(id, { collectionId, record });
      return record;
    },
  };
}

/** Undefined where only the database can tell. */
function matches(filter: Filter, { owner_id }: StoredRecord): boolean | undefined {
  if (filter.op === 'all') return true;
  return filter.op === 'owner' ? owner_id === filter.id : undefined;
}
