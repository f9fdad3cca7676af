import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { FunctionCall } from '../../src/features/functions/schema.ts';
import type { CallFilter, FunctionCallStore } from '../../src/features/functions/store.ts';
import { type Connection, openConnection } from '../../src/storage/sqlite/connection.ts';
import { createFunctionCallStore } from '../../src/storage/sqlite/function-call-store.ts';
import { createLanes, type Lanes } from '../../src/storage/sqlite/lanes.ts';
import { createStatsStore } from '../../src/storage/sqlite/stats-store.ts';
import { temporaryFolder } from '../features/records/data-app.ts';

/** Enough for the slow lane. */
const ROWS = 6_000;
const PAGE = { limit: 10, offset: 0 };
const START_MS = Date.parse('2030-01-01T00:00:00.000Z');
const timeOf = (n: number) => new Date(START_MS + n * 60_000).toISOString();

function call(n: number): FunctionCall {
  const isFailed = n % 100 === 0;
  return {
    id: `call ${n}`,
    function_name: `f${n % 5}`,
    status: isFailed ? 'failed' : 'succeeded',
    trigger_type: n % 10 === 0 ? 'schedule' : 'manual',
    trigger_id: n % 10 === 0 ? `plan ${n % 30}` : null,
    requested_by_user_id: `user ${n % 7}`,
    started_at: timeOf(n),
    finished_at: timeOf(n),
    duration_ms: n % 50,
    error_message: isFailed ? 'broken' : null,
    error_type: isFailed ? 'Error' : null,
    created_at: timeOf(n),
  };
}

type Asked = { readonly sql: string; readonly args: readonly unknown[] };

let folder: ReturnType<typeof temporaryFolder>;
let connection: Connection;
let lanes: Lanes;
let store: FunctionCallStore;
/** What was asked of the lanes, and what ran in the event loop in spite of the size. */
let asked: Asked[] = [];
let inLoop: string[] = [];

beforeAll(async () => {
  folder = temporaryFolder();
  connection = openConnection({ path: folder.file('x.db') });
  lanes = createLanes(connection);
  const watched: Lanes = {
    ...lanes,
    read(read) {
      asked.push(read);
      return lanes.read(read);
    },
    readAll(read) {
      asked.push(read);
      return lanes.readAll(read);
    },
  };
  store = createFunctionCallStore(connection, watched);
  await store.save(Array.from({ length: ROWS }, (_, n) => call(n)));
  const { db } = connection;
  const { query } = db;
  db.query = ((sql: string) => {
    if (sql.includes('FROM function_call')) inLoop.push(sql);
    return query.call(db, sql);
  }) as typeof query;
});

afterAll(() => {
  lanes.close();
  connection.close();
  folder[Symbol.dispose]();
});

async function watch(run: () => unknown) {
  asked = [];
  inLoop = [];
  await run();
  const plans = asked.map(({ sql, args }) => planOf(sql, args as (string | number)[]));
  return { plans, inLoop };
}

/** Names without the table's. */
function planOf(sql: string, args: readonly (string | number)[]): string[] {
  const query = connection.db.prepare<{ detail: string }, (string | number)[]>(
    `EXPLAIN QUERY PLAN ${sql}`,
  );
  try {
    return query.all(...args).map(({ detail }) => detail.replaceAll('function_call', 'c'));
  } finally {
    query.finalize();
  }
}

type Case = readonly [
  filter: CallFilter,
  /** Of the count, then of the page. */
  plans: readonly (readonly string[])[],
  isPageInLoop: boolean,
];

const SORTED = 'USE TEMP B-TREE FOR ORDER BY';
const CASES: readonly Case[] = [
  [{}, [['SCAN c USING COVERING INDEX sqlite_autoindex_c_1'], ['SCAN c']], true],
  [
    { function_name: 'f1' },
    [
      ['SEARCH c USING COVERING INDEX c_name (function_name=?)'],
      ['SEARCH c USING INDEX c_name (function_name=?)'],
    ],
    true,
  ],
  [
    { status: 'failed' },
    [
      ['SEARCH c USING COVERING INDEX c_unsuccessful (status=?)'],
      ['SEARCH c USING INDEX c_unsuccessful (status=?)'],
    ],
    true,
  ],
  [
    { error_type: 'Error' },
    [
      ['SEARCH c USING COVERING INDEX c_error (error_type=?)'],
      ['SEARCH c USING INDEX c_error (error_type=?)'],
    ],
    true,
  ],
  [
    { trigger_id: 'plan 10' },
    [
      ['SEARCH c USING COVERING INDEX c_trigger (trigger_id=?)'],
      ['SEARCH c USING INDEX c_trigger (trigger_id=?)'],
    ],
    true,
  ],
  [{ status: 'succeeded' }, [['SCAN c USING COVERING INDEX c_started'], ['SCAN c']], false],
  [{ trigger_type: 'manual' }, [['SCAN c'], ['SCAN c']], false],
  [{ user_id: 'user 3' }, [['SCAN c'], ['SCAN c']], false],
  [
    { started_after: timeOf(ROWS - 20) },
    [
      ['SEARCH c USING COVERING INDEX c_started (started_at>?)'],
      ['SEARCH c USING INDEX c_started (started_at>?)', SORTED],
    ],
    false,
  ],
  // Of so many the newest fill a page sooner than they are sorted.
  [
    { started_after: timeOf(0) },
    [['SEARCH c USING COVERING INDEX c_started (started_at>?)'], ['SCAN c']],
    false,
  ],
  [
    { function_name: 'f1', user_id: 'user 3' },
    [
      ['SEARCH c USING INDEX c_name (function_name=?)'],
      ['SEARCH c USING INDEX c_name (function_name=?)'],
    ],
    false,
  ],
];

describe('a long history is never walked over in the event loop', () => {
  for (const [filter, plans, isPageInLoop] of CASES)
    test(JSON.stringify(filter), async () => {
      const seen = await watch(() => store.list(filter, PAGE));
      expect(seen.plans).toEqual(plans.map((plan) => [...plan]));
      // The rough count of rows is made of two ends of the table.
      const pages = seen.inLoop.filter((sql) => !sql.includes('max(seq)'));
      expect(pages).toHaveLength(isPageInLoop ? 1 : 0);
    });

  test('a page far down', async () => {
    const seen = await watch(() => store.list({}, { limit: 10, offset: ROWS - 10 }));
    expect(seen.plans).toHaveLength(2);
    const { items, total } = await store.list({}, { limit: 10, offset: ROWS - 10 });
    expect([items.length, total]).toEqual([10, ROWS]);
  });

  test('a page behind the last one reads no rows', async () => {
    const seen = await watch(() => store.list({}, { limit: 10, offset: ROWS }));
    expect(seen.plans).toHaveLength(1);
  });

  test('the figures: the index by time has all they need', async () => {
    const { plans, inLoop } = await watch(() => store.figures(timeOf(0)));
    expect(plans[0]).toContain('SEARCH c USING COVERING INDEX c_started (started_at>?)');
    expect(plans.flat().filter((step) => /^SCAN c\b/.test(step))).toEqual([]);
    expect(inLoop.filter((sql) => !sql.includes('max(seq)'))).toEqual([]);
  });

  test('calls over time: of a function or all, the index by time has all they need', async () => {
    const size = { start: START_MS / 1_000, length: 60 };
    const since = { started_after: timeOf(0) };
    for (const filter of [
      {},
      { function_name: 'f1' },
      { function_name: 'f1', status: 'succeeded' },
    ] as const) {
      const { plans, inLoop } = await watch(() => store.buckets({ ...since, ...filter }, size));
      expect(plans.map(([first]) => first)).toEqual([
        'SEARCH c USING COVERING INDEX c_started (started_at>?)',
      ]);
      expect(inLoop.filter((sql) => !sql.includes('max(seq)'))).toEqual([]);
    }
    const { plans } = await watch(() => store.buckets({ ...since, error_type: 'Error' }, size));
    expect(plans[0]?.[0]).toBe('SEARCH c USING INDEX c_error (error_type=?)');
    expect(planOf('SELECT min(started_at) AS at FROM function_call', [])).toEqual([
      'SEARCH c USING COVERING INDEX c_started',
    ]);
  });

  test('the overview: the index by time, and the one of failures', async () => {
    const watched: Lanes = {
      ...lanes,
      readAll(read) {
        asked.push(read);
        return lanes.readAll(read);
      },
    };
    const stats = createStatsStore(connection, watched);
    const { plans, inLoop } = await watch(() => stats.calls(timeOf(0), 60));
    expect(plans.map((plan) => plan.filter((step) => /^\w+ c\b/.test(step)))).toEqual([
      ['SEARCH c USING COVERING INDEX c_started (started_at>?)'],
      ['SEARCH c USING INDEX c_unsuccessful (status=?)'],
      ['SEARCH c USING COVERING INDEX c_started (started_at>?)'],
    ]);
    expect(inLoop.filter((sql) => !sql.includes('max(seq)'))).toEqual([]);
  });
});

test('figures of a long history are made once for all who ask at the same time', async () => {
  const { plans } = await watch(() =>
    Promise.all([1, 2, 3].map(() => store.figures(timeOf(ROWS / 2)))),
  );
  expect(plans).toHaveLength(1);
  const [first] = await store.figures(timeOf(ROWS / 2));
  expect(first).toMatchObject({ calls: ROWS / 2 / 5, last_called_at: timeOf(ROWS - 5) });
});

test('what a crash left running, and what is old, is found by an index', () => {
  const argsOf = (sql: string) => (sql.match(/\?/g) ?? []).map(() => '1');
  const prepared = (start: string) => {
    const found: string[] = [];
    const { db } = connection;
    const { query } = db;
    db.query = ((sql: string) => {
      found.push(sql);
      return query.call(db, sql);
    }) as typeof query;
    createFunctionCallStore(connection, lanes);
    db.query = query;
    return found.filter((sql) => sql.startsWith(start));
  };
  expect(prepared('UPDATE').map((sql) => planOf(sql, argsOf(sql)))).toEqual([
    ['SEARCH c USING INDEX c_unsuccessful (status=?)'],
  ]);
  for (const sql of prepared('DELETE'))
    expect(planOf(sql, argsOf(sql)).filter((step) => step.startsWith('SCAN'))).toEqual([]);
});
