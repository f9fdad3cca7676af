import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { AuditFilter, AuditStore } from '../../src/features/audit/store.ts';
import { createAuditStore } from '../../src/storage/sqlite/audit-store.ts';
import { type Connection, openConnection } from '../../src/storage/sqlite/connection.ts';
import { createLanes, type Lanes } from '../../src/storage/sqlite/lanes.ts';
import { temporaryFolder } from '../features/records/data-app.ts';
import { auditItem } from './contract/audit-store.ts';

/** Enough for the slow lane. */
const ROWS = 6_000;
const PAGE = { limit: 10, offset: 0 };
const timeOf = (n: number) =>
  new Date(Date.parse('2030-01-01T00:00:00.000Z') + n * 60_000).toISOString();

let folder: ReturnType<typeof temporaryFolder>;
let connection: Connection;
let lanes: Lanes;
let audit: AuditStore;
/** Lists that ran in the event loop in spite of the size. */
let inLoop: string[] = [];

beforeAll(async () => {
  folder = temporaryFolder();
  connection = openConnection({ path: folder.file('x.db') });
  lanes = createLanes(connection);
  audit = createAuditStore(connection, lanes);
  const add = (n: number) =>
    audit.add(
      auditItem(String(n), {
        created_at: timeOf(n),
        action: n % 100 === 0 ? 'collection.delete' : 'user.update',
        subject_type: n % 100 === 0 ? 'collection' : 'user',
        actor_id: `actor ${n % 7}`,
        subject_id: `subject ${n % 300}`,
      }),
    );
  await Promise.all(Array.from({ length: ROWS }, (_, n) => add(n)));
  const { db } = connection;
  const { query } = db;
  db.query = ((sql: string) => {
    if (sql.includes('FROM audit')) inLoop.push(sql);
    return query.call(db, sql);
  }) as typeof query;
});

afterAll(() => {
  lanes.close();
  connection.close();
  folder[Symbol.dispose]();
});

const CASES: readonly (readonly [what: string, filter: AuditFilter, isPageInLoop: boolean])[] = [
  ['everything', {}, true],
  ['an action', { action: 'collection.delete' }, true],
  ['a subject', { action: 'collection' }, true],
  ['a type of subject', { subject_type: 'user' }, true],
  ['an actor', { actor_id: 'actor 3' }, true],
  ['what was done to one', { subject_id: 'subject 7' }, true],
  ['two filters, of which one index serves one', { action: 'user', actor_id: 'actor 3' }, false],
  ['a name', { search: 'ann' }, false],
  ['a time', { created_after: timeOf(10), created_before: timeOf(500) }, false],
];
for (const [what, filter, isPageInLoop] of CASES)
  test(`nobody stalls: in a long log, ${what} is ${isPageInLoop ? 'found by an index' : 'looked for in a thread'}`, async () => {
    inLoop = [];
    const { items, total } = await audit.list(filter, PAGE);
    expect(items).toHaveLength(Math.min(10, total));
    expect(total).toBeGreaterThan(0);
    // Never the count, which walks over all that it finds.
    expect(inLoop.map((sql) => /count\(\*\)/.test(sql))).toEqual(isPageInLoop ? [false] : []);
  });
