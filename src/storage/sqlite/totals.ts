import type { Database } from 'bun:sqlite';
import { LRUCache } from 'lru-cache';
import type { Scope } from '../../features/records/store.ts';
import type { ChangeFeed } from './change-feed.ts';
import { tableOf } from './record-table.ts';
import { toWhere } from './sql.ts';

const MAX_CACHED = 10_000;

interface Known {
  total: number;
  /** Grows with each change, so that totals of a part can tell that they are old. */
  version: number;
}

/** How many records there are. The whole of a collection is a counter; a part is counted once per change. */
export interface Totals {
  count(scope: Scope): number;
  /** Forgets what is known of one collection, or of all: somebody else wrote. */
  forget(collectionId?: string): void;
}

export function createTotals(db: Database, changes: ChangeFeed): Totals {
  const known = new Map<string, Known>();
  const parts = new LRUCache<string, { total: number; version: number }>({ max: MAX_CACHED });
  let nextVersion = 0;

  function wholeOf(collectionId: string): Known {
    let entry = known.get(collectionId);
    if (!entry) {
      entry = { total: countRows(collectionId, '1', []), version: ++nextVersion };
      known.set(collectionId, entry);
    }
    return entry;
  }

  function countRows(
    collectionId: string,
    where: string,
    args: readonly (string | number | null)[],
  ): number {
    const sql = `SELECT count(*) AS n FROM ${tableOf(collectionId)} WHERE ${where}`;
    return db.query<{ n: number }, (string | number | null)[]>(sql).get(...args)?.n ?? 0;
  }

  changes.on(({ collectionId, op }) => {
    const entry = known.get(collectionId);
    if (!entry) return;
    entry.version = ++nextVersion;
    if (op === 'create') entry.total++;
    else if (op === 'delete') entry.total--;
  });

  return {
    count({ collectionId, filter }) {
      const whole = wholeOf(collectionId);
      if (filter.op === 'all') return whole.total;
      const [where, args] = toWhere(filter);
      const key = JSON.stringify([collectionId, where, args]);
      const part = parts.get(key);
      if (part && part.version === whole.version) return part.total;
      const total = countRows(collectionId, where, args);
      parts.set(key, { total, version: whole.version });
      return total;
    },
    forget(collectionId) {
      if (collectionId === undefined) known.clear();
      else known.delete(collectionId);
    },
  };
}
