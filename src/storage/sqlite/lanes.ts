import type { SQLQueryBindings } from 'bun:sqlite';
import { LRUCache } from 'lru-cache';
import type { Awaitable } from '../../lib/awaitable.ts';
import type { Connection } from './connection.ts';
import { reading } from './errors.ts';
import { createReaderPool } from './reader-pool.ts';

/** Below so many rows even a scan with a sort takes the loop less than a few milliseconds. */
const SMALL_TABLE_ROWS = 5_000;
/** Skipping rows costs like reading them. */
const FAR_OFFSET = 10_000;
const MAX_PLANS = 2_000;

export interface Read {
  readonly sql: string;
  readonly args: readonly SQLQueryBindings[];
  /** Of the table that is read. */
  readonly rows: number;
  readonly offset?: number;
  /** True for a count: it walks over all that it finds, whatever the plan. */
  readonly looksAtAll?: boolean;
}

/**
 * Two lanes for reads, because bun:sqlite is synchronous: what an index answers runs in the event
 * loop, at once; what has to look at much of a big table runs in a thread, so that nobody waits for it.
 */
export interface Lanes {
  read<Row>(read: Read): Awaitable<readonly Row[]>;
  /** Forgets the plans: an index came or went. */
  forget(): void;
  close(): void;
}

export function createLanes({ db, path }: Pick<Connection, 'db' | 'path'>): Lanes {
  const pool = path === ':memory:' ? undefined : createReaderPool(path);
  const plans = new LRUCache<string, boolean>({ max: MAX_PLANS });

  /** Asked once for each statement shape; see https://sqlite.org/eqp.html */
  function sortsByHand(sql: string, args: readonly SQLQueryBindings[]): boolean {
    let known = plans.get(sql);
    if (known === undefined) {
      const steps = db.prepare<{ detail: string }, SQLQueryBindings[]>(`EXPLAIN QUERY PLAN ${sql}`);
      known = steps.all(...args).some(({ detail }) => detail.startsWith('USE TEMP B-TREE'));
      steps.finalize();
      plans.set(sql, known);
    }
    return known;
  }

  return {
    read<Row>({ sql, args, rows, offset = 0, looksAtAll = false }: Read) {
      const isBig = pool !== undefined && rows > SMALL_TABLE_ROWS;
      if (isBig && (looksAtAll || offset > FAR_OFFSET || reading(() => sortsByHand(sql, args))))
        return pool.read<Row>(sql, args);
      return reading(() => db.query<Row, SQLQueryBindings[]>(sql).all(...args));
    },
    forget: () => plans.clear(),
    close: () => pool?.close(),
  };
}
