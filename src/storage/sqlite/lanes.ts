import type { SQLQueryBindings } from 'bun:sqlite';
import { LRUCache } from 'lru-cache';
import type { Awaitable } from '../../lib/awaitable.ts';
import type { Connection } from './connection.ts';
import { reading } from './errors.ts';
import { createReaderPool, type ReaderPool } from './reader-pool.ts';

/** Below so many rows even a scan with a sort takes the loop less than a few milliseconds. */
const SMALL_TABLE_ROWS = 5_000;
/** Skipping rows costs like reading them. */
const FAR_OFFSET = 10_000;
/** A page as exports read it; being handed so many rows takes the loop half as long as finding them. */
const LONG_PAGE_ROWS = 500;
const SCAN_THREADS = 2;
const PAGE_THREADS = 1;
const MAX_PLANS = 2_000;
/** Of all their statements together; filters may be long. */
const MAX_PLAN_CHARACTERS = 2_000_000;

export interface Read {
  readonly sql: string;
  readonly args: readonly SQLQueryBindings[];
  /** Of the table that is read; a row of very much text counts for many. */
  readonly rows: number;
  /** How many rows may be answered, and how many are skipped before them. */
  readonly limit: number;
  readonly offset: number;
  /** Tests that indexes would have to answer, over all parts; undefined when none can. */
  readonly tests: number | undefined;
  /** Told when there was no index for it. */
  readonly onLack?: (lack: Lack) => void;
}

/** What no index could do: find the rows, or bring them in their order. */
export type Lack = 'filter' | 'sort';

/**
 * Two lanes for reads, because bun:sqlite is synchronous: what an index answers runs in the event
 * loop, at once; what has to look at much of a big table runs in a thread, so that nobody waits for it.
 *
 * A list stays in the loop when each row that SQLite looks at is a row of the answer. Its plan says so
 * when it sorts nothing by hand and when every test of the filter and of the cursor stands in the
 * brackets of a SEARCH: `SEARCH r USING INDEX r_n (f_n=? AND rowid<?)`. A test that is missing there is
 * made row by row, and a million rows may pass before a page is full: also behind a SEARCH, because an
 * index finds as much as it likes. A SCAN is fine where there is nothing to test, since it then ends
 * with the page. Tests that no index can make, as of what lies within texts, never stay.
 *
 * Long pages that an index serves have a thread of their own: their end is near, so they must not wait
 * for scans.
 */
export interface Lanes {
  /** True when a table of so many rows is walked over in a thread. */
  isBig(rows: number): boolean;
  /** A page of a list. */
  read<Row>(read: Read): Awaitable<readonly Row[]>;
  /** What walks over all that it finds, whatever the plan: a count. */
  readAll<Row>(read: Pick<Read, 'sql' | 'args' | 'rows'>): Awaitable<readonly Row[]>;
  /** Forgets the plans: an index came or went. */
  forget(): void;
  close(): void;
}

interface Plan {
  readonly isSortedByHand: boolean;
  readonly answeredTests: number;
}

export function createLanes({
  db,
  path,
  checkForeignWrites,
}: Pick<Connection, 'db' | 'path' | 'checkForeignWrites'>): Lanes {
  // Another connection would see another database.
  const hasThreads = path !== ':memory:';
  const scans = createReaderPool(path, SCAN_THREADS);
  const pages = createReaderPool(path, PAGE_THREADS);
  const plans = new LRUCache<string, Plan>({
    max: MAX_PLANS,
    maxSize: MAX_PLAN_CHARACTERS,
    sizeCalculation: (_plan, sql) => sql.length,
  });

  /**
   * A thread may have read what another one has just written. Whoever asked has to know of that before
   * they see the rows, or the fault: the rules may have changed with it.
   */
  function inThread<Row>(pool: ReaderPool, { sql, args }: Pick<Read, 'sql' | 'args'>) {
    return pool.read<Row>(sql, args).finally(checkForeignWrites);
  }

  /** Asked once for each statement shape; see https://sqlite.org/eqp.html */
  function planOf(sql: string, args: readonly SQLQueryBindings[]): Plan {
    let plan = plans.get(sql);
    if (plan === undefined) {
      const query = db.prepare<{ detail: string }, SQLQueryBindings[]>(`EXPLAIN QUERY PLAN ${sql}`);
      const steps = query.all(...args).map(({ detail }) => detail);
      query.finalize();
      plan = {
        isSortedByHand: steps.some((step) => step.startsWith('USE TEMP B-TREE')),
        answeredTests: steps.reduce((sum, step) => sum + answeredIn(step), 0),
      };
      plans.set(sql, plan);
    }
    return plan;
  }

  function findLack({ sql, args, tests }: Read): Lack | undefined {
    const { isSortedByHand, answeredTests } = reading(() => planOf(sql, args));
    if (answeredTests !== tests) return 'filter';
    return isSortedByHand ? 'sort' : undefined;
  }

  function inLoop<Row>(sql: string, args: readonly SQLQueryBindings[]): readonly Row[] {
    return reading(() => db.query<Row, SQLQueryBindings[]>(sql).all(...args));
  }

  function isBig(rows: number): boolean {
    return hasThreads && rows > SMALL_TABLE_ROWS;
  }

  return {
    isBig,
    read<Row>(read: Read) {
      const { sql, args, rows, limit, offset, onLack } = read;
      if (!isBig(rows)) return inLoop<Row>(sql, args);
      const lack = findLack(read);
      if (lack) onLack?.(lack);
      if (lack || offset > FAR_OFFSET) return inThread<Row>(scans, read);
      return limit < LONG_PAGE_ROWS ? inLoop<Row>(sql, args) : inThread<Row>(pages, read);
    },
    readAll: <Row>({ sql, args, rows }: Pick<Read, 'sql' | 'args' | 'rows'>) =>
      isBig(rows) ? inThread<Row>(scans, { sql, args }) : inLoop<Row>(sql, args),
    forget: () => plans.clear(),
    close() {
      scans.close();
      pages.close();
    },
  };
}

const SEARCH = /^SEARCH .* \((.+)\)$/;

/** How many tests an index makes in this step of a plan. */
function answeredIn(step: string): number {
  const tests = SEARCH.exec(step)?.[1]?.split(' AND ') ?? [];
  // ANY(column) is no test: SQLite tries each value in turn.
  return tests.filter((test) => !test.startsWith('ANY(')).length;
}
