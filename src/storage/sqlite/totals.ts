import type { Database } from 'bun:sqlite';
import { LRUCache } from 'lru-cache';
import type { Scope } from '../../features/records/store.ts';
import type { Awaitable } from '../../lib/awaitable.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { Lanes } from './lanes.ts';
import { tableOf } from './record-table.ts';
import { toWhere } from './sql.ts';

/** Of the keys of what is remembered; filters may be long. */
const MAX_CACHED_CHARACTERS = 4_000_000;
/** What an entry takes beside its key. */
const ENTRY_CHARACTERS = 100;
/** A record of so much text is walked over like one; in a bigger one SQLite reads longer. */
const USUAL_BYTES = 1_000;
/** How old the total of a part may be that is counted in a thread, while others write. */
const MAX_AGE_MS = 500;

interface Known {
  total: number;
  /** Roughly, of all records' data; undefined where there were so many records that it did not matter. */
  bytes: number | undefined;
  /** Grows with each change, so that totals of a part can tell that they are old. */
  version: number;
  /** The version from which on every change was heard of. */
  readonly firstVersion: number;
}

/** A total of a part, or one that is being counted. */
interface Part {
  /** Of the collection, before it was counted. */
  readonly version: number;
  readonly total: Awaitable<number>;
  /** Infinity while it is being counted. */
  readonly goodUntil: number;
}

/** How many records there are. The whole of a collection is a counter; a part is counted by looking. */
export interface Totals {
  whole(collectionId: string): number;
  /** What walking over the whole of a collection costs, in records of a usual size. */
  size(collectionId: string): number;
  /**
   * A part is counted once per change, and while a big collection keeps changing at most every 500 ms;
   * `isExact` asks for the count of this moment. Who asks for the same meanwhile shares the answer.
   */
  part(scope: Scope, isExact?: boolean): Awaitable<number>;
  /** Forgets what is known of one collection, or of all: somebody else wrote. */
  forget(collectionId?: string): void;
}

export interface TotalsDeps {
  readonly db: Database;
  readonly lanes: Lanes;
  readonly changes: ChangeFeed;
  /** Milliseconds from any start, never going back. */
  readonly now?: () => number;
}

export function createTotals({
  db,
  lanes,
  changes,
  now = () => performance.now(),
}: TotalsDeps): Totals {
  const known = new Map<string, Known>();
  const parts = new LRUCache<string, Part>({
    maxSize: MAX_CACHED_CHARACTERS,
    sizeCalculation: (_part, key) => key.length + ENTRY_CHARACTERS,
  });
  let nextVersion = 0;

  function wholeOf(collectionId: string): Known {
    let entry = known.get(collectionId);
    if (!entry) {
      const version = ++nextVersion;
      const total = countRows(collectionId);
      const bytes = lanes.isBig(total) ? undefined : countBytes(collectionId);
      entry = { total, bytes, version, firstVersion: version };
      known.set(collectionId, entry);
    }
    return entry;
  }

  function countRows(collectionId: string): number {
    const sql = `SELECT count(*) AS n FROM ${tableOf(collectionId)}`;
    return db.query<{ n: number }, []>(sql).get()?.n ?? 0;
  }

  /** Of texts that are long SQLite reads no more than their length. */
  function countBytes(collectionId: string): number {
    const sql = `SELECT sum(octet_length(data)) AS n FROM ${tableOf(collectionId)}`;
    return db.query<{ n: number | null }, []>(sql).get()?.n ?? 0;
  }

  function sizeOf({ total, bytes = 0 }: Known): number {
    return Math.max(total, Math.ceil(bytes / USUAL_BYTES));
  }

  changes.on(({ collectionId, op, before = '', after = '' }) => {
    const entry = known.get(collectionId);
    if (!entry) return;
    entry.version = ++nextVersion;
    if (op === 'create') entry.total++;
    else if (op === 'delete') entry.total--;
    if (entry.bytes !== undefined) entry.bytes += after.length - before.length;
    else if (!lanes.isBig(entry.total)) known.delete(collectionId);
  });

  function countInThread(key: string, version: number, counting: Promise<number>): Promise<number> {
    const begun: Part = { version, total: counting, goodUntil: Number.POSITIVE_INFINITY };
    parts.set(key, begun);
    counting.then(
      (total) => {
        if (parts.peek(key) === begun)
          parts.set(key, { version, total, goodUntil: now() + MAX_AGE_MS });
      },
      () => {
        if (parts.peek(key) === begun) parts.delete(key);
      },
    );
    return counting;
  }

  return {
    whole: (collectionId) => wholeOf(collectionId).total,
    size: (collectionId) => sizeOf(wholeOf(collectionId)),

    part({ collectionId, filter }, isExact = false) {
      const whole = wholeOf(collectionId);
      if (filter.op === 'all') return whole.total;
      const { version, firstVersion } = whole;
      const rows = sizeOf(whole);
      const [where, args] = toWhere(filter);
      const key = JSON.stringify([collectionId, where, args]);
      const found = parts.get(key);
      if (found?.version === version) return found.total;
      const mayBeOld = !isExact && lanes.isBig(rows) && (found?.version ?? 0) >= firstVersion;
      if (found && mayBeOld && now() < found.goodUntil) return found.total;
      const sql = `SELECT count(*) AS n FROM ${tableOf(collectionId)} WHERE ${where}`;
      const counted = lanes.readAll<{ n: number }>({ sql, args, rows });
      if (counted instanceof Promise) return countInThread(key, version, counted.then(toTotal));
      const total = toTotal(counted);
      parts.set(key, { version, total, goodUntil: 0 });
      return total;
    },

    forget(collectionId) {
      if (collectionId === undefined) known.clear();
      else known.delete(collectionId);
    },
  };
}

function toTotal([row]: readonly { readonly n: number }[]): number {
  return row?.n ?? 0;
}
