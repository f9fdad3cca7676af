import type { Database } from 'bun:sqlite';
import type { Collection } from '../../features/collections/schema.ts';
import type {
  ChangeOutcome,
  ChangePlanner,
  CollectionChange,
  CollectionRules,
  PlannerLookups,
} from '../../features/collections/store.ts';
import { readCollections, updateCollection } from './collection-rows.ts';
import { findStoredDoubles, keepFutureValues } from './doubles.ts';
import { addMissing, dropObsolete, tableOf } from './record-table.ts';
import { TakenBack } from './transaction.ts';

const SCAN_ROWS = 1_000;

/**
 * Does a change of a collection, or finds out what it would do, as one step: to be called inside a
 * transaction, which is taken back with TakenBack when something stands in the way.
 */
export function changeCollection(
  db: Database,
  change: CollectionChange,
  { planChange }: Pick<CollectionRules, 'planChange'>,
  report: (rowsDone: number) => void,
): ChangeOutcome {
  const { before, after, isDryRun } = change;
  const all = readCollections(db);
  const stored = all.find(({ id }) => id === before.id);
  if (stored?.updated_at !== before.updated_at) return { kind: 'stale' };
  if (all.some(({ id, name }) => name === after.name && id !== after.id))
    return { kind: 'name_taken' };
  const others = all.filter(({ id }) => id !== after.id);
  const planner = planChange(change, { others, hasTarget: createTargets(db, after, others) });
  for (const unique of planner.uniques)
    if (unique.stored) planner.addDoubles(unique.fields, findStoredDoubles(db, after.id, unique));
  const tableChange = { before, after, isRewritten: planner.looksAtRecords };
  if (!isDryRun) {
    updateCollection(db, after, before.updated_at);
    for (const other of others) {
      const following = planner.follow(other);
      if (following) updateCollection(db, following, other.updated_at);
    }
    dropObsolete(db, tableChange);
  }
  if (planner.looksAtRecords) lookAtRecords(db, change, planner, report);
  const { plan, obstacles } = planner.finish();
  if (isDryRun) return { kind: 'planned', plan };
  if (!plan.possible) throw new TakenBack<ChangeOutcome>({ kind: 'refused', plan, obstacles });
  addMissing(db, tableChange);
  return { kind: 'done', plan };
}

/** Shows every record to the planner; writes as long as nothing stands in the way. */
function lookAtRecords(
  db: Database,
  { after, isDryRun }: CollectionChange,
  planner: ChangePlanner,
  report: (rowsDone: number) => void,
): void {
  const table = tableOf(after.id);
  const page = db.query<{ seq: number; id: string; data: string }, [number, number]>(
    `SELECT seq, id, data FROM ${table} WHERE seq > ? ORDER BY seq LIMIT ?`,
  );
  const write = db.query(`UPDATE ${table} SET data = ?, rev = rev + 1 WHERE seq = ?`);
  const future = planner.uniques
    .filter(({ stored }) => !stored)
    .map((unique) => ({ ...unique, values: keepFutureValues(db, unique) }));
  let rowsDone = 0;
  let seq = 0;
  for (;;) {
    const rows = page.all(seq, SCAN_ROWS);
    for (const row of rows) {
      const data = JSON.parse(row.data);
      const next = planner.look(row.id, data);
      for (const { values } of future) values.add(row.id, next ?? data);
      if (next && !isDryRun && planner.isPossible()) write.run(JSON.stringify(next), row.seq);
    }
    rowsDone += rows.length;
    report(rowsDone);
    const last = rows.at(-1);
    if (!last || rows.length < SCAN_ROWS) break;
    seq = last.seq;
  }
  for (const { fields, values } of future) {
    planner.addDoubles(fields, values.findDoubles());
    values.drop();
  }
}

function createTargets(
  db: Database,
  after: Collection,
  others: readonly Collection[],
): PlannerLookups['hasTarget'] {
  const ids = new Map([...others, after].map(({ name, id }) => [name, id]));
  return (collection, id) => {
    const targetId = ids.get(collection);
    if (collection !== 'users' && targetId === undefined) return false;
    const table = targetId === undefined ? 'user' : tableOf(targetId);
    return db.query<unknown, [string]>(`SELECT 1 FROM ${table} WHERE id = ?`).get(id) !== null;
  };
}
