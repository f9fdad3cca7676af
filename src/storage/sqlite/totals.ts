import type { Database } from 'bun:sqlite';
import { LRUCache } from 'lru-cache';
import type { Scope } from '../../features/records/store.ts';
import type { Awaitable } from '../../lib/awaitable.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { Lanes } from './lanes.ts';
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
  whole(collectionId: string): number;
  part(scope: Scope): Awaitable<number>;
  /** Forgets what is known of one collection, or of all: somebody else wrote. */
  forget(collectionId?: string): void;
}

export interface TotalsDeps {
  readonly db: Database;
  readonly lanes: Lanes;
  readonly changes: ChangeFeed;
}

export function createTotals({ db, lanes, changes }: TotalsDeps): Totals {
  const known = new Map<string, Known>();
  const parts = new LRUCache<string, { total: number; version: number }>({ max: MAX_CACHED });
  let nextVersion = 0;

  function wholeOf(collectionId: string): Known {
    let entry = known.get(collectionId);
    if (!entry) {
      entry = { total: countRows(collectionId), version: ++nextVersion };
      known.set(collectionId, entry);
    }
    return entry;
  }

  function countRows(collectionId: string): number {
    const sql = `SELECT count(*) AS n FROM ${tableOf(collectionId)}`;
    return db.query<{ n: number }, []>(sql).get()?.n ?? 0;
  }

  changes.on(({ collectionId, op }) => {
    const entry = known.get(collectionId);
    if (!entry) return;
    entry.version = ++nextVersion;
    if (op === 'create') entry.total++;
    else if (op === 'delete') entry.total--;
  });

  return {
    whole: (collectionId) => wholeOf(collectionId).total,

    part({ collectionId, filter }) {
      const { total: rows, version } = wholeOf(collectionId);
      if (filter.op === 'all') return rows;
      const [where, args] = toWhere(filter);
      const key = JSON.stringify([collectionId, where, args]);
      const found = parts.get(key);
      if (found?.version === version) return found.total;
      const sql = `SELECT count(*) AS n FROM ${tableOf(collectionId)} WHERE ${where}`;
      const keep = ([row]: readonly { readonly n: number }[]): number => {
        const total = row?.n ?? 0;
        parts.set(key, { total, version });
        return total;
      };
      const counted = lanes.read<{ n: number }>({ sql, args, rows, looksAtAll: true });
      return counted instanceof Promise ? counted.then(keep) : keep(counted);
    },

    forget(collectionId) {
      if (collectionId === undefined) known.clear();
      else known.delete(collectionId);
    },
  };
}
