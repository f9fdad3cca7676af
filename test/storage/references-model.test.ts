import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { WriteOp } from '../../src/features/records/store.ts';
import { newId } from '../../src/lib/ids.ts';
import { tableOf } from '../../src/storage/sqlite/record-table.ts';
import { openTable, type StoreHarness } from './contract/harness.ts';
import { openStore } from './open-store.ts';

const NAMES = ['a', 'b', 'c'] as const;
const ON_DELETE = ['restrict', 'cascade', 'set_null'] as const;

interface Reference {
  readonly from: string;
  readonly field: string;
  readonly to: string;
  readonly onDelete: (typeof ON_DELETE)[number];
}

interface Row {
  readonly table: string;
  readonly id: string;
  readonly data: Readonly<Record<string, string>>;
  readonly rev: number;
}

type Step =
  | {
      readonly op: 'insert';
      readonly table: string;
      readonly id: string;
      readonly data: Row['data'];
    }
  | {
      readonly op: 'update';
      readonly table: string;
      readonly id: string;
      readonly data: Row['data'];
    }
  | { readonly op: 'delete'; readonly table: string; readonly id: string };

/** What references mean, said as plainly as can be: rows by id. */
class Model {
  rows: ReadonlyMap<string, Row> = new Map();
  readonly references: readonly Reference[];
  constructor(references: readonly Reference[]) {
    this.references = references;
  }

  /** Does the step, or answers why not and changes nothing. */
  run(step: Step): string {
    const found = this.rows.get(step.id);
    const stored = found?.table === step.table ? found : undefined;
    if (step.op !== 'insert' && !stored) return 'outside';
    if (step.op === 'delete') return this.#delete(step.id);
    const isDangling = this.#referencesOf(step.table).some(({ field, to }) => {
      const target = step.data[field];
      if (target === undefined || (target === step.id && to === step.table)) return false;
      return this.rows.get(target)?.table !== to;
    });
    if (step.op === 'insert' && stored) return 'id_taken';
    if (isDangling) return 'dangling';
    const { table, id, data } = step;
    this.rows = new Map([...this.rows, [id, { table, id, data, rev: (stored?.rev ?? 0) + 1 }]]);
    return 'done';
  }

  #referencesOf(table: string) {
    return this.references.filter(({ from }) => from === table);
  }

  /** The rows that hold the id of one of these, and by which fields. */
  #referring(ids: ReadonlySet<string>, onDelete: Reference['onDelete']) {
    return [...this.rows.values()].flatMap((row) => {
      const fields = this.#referencesOf(row.table)
        .filter((reference) => reference.onDelete === onDelete)
        .map(({ field }) => field)
        .filter((field) => ids.has(row.data[field] ?? ''));
      return fields.length > 0 ? [{ row, fields }] : [];
    });
  }

  #delete(id: string): string {
    let doomed = new Set([id]);
    for (;;) {
      const more = this.#referring(doomed, 'cascade').map(({ row }) => row.id);
      const next = new Set([...doomed, ...more]);
      if (next.size === doomed.size) break;
      doomed = next;
    }
    if (this.#referring(doomed, 'restrict').some(({ row }) => !doomed.has(row.id)))
      return 'referenced';
    const rows = new Map(this.rows);
    for (const { row, fields } of this.#referring(doomed, 'set_null')) {
      const data = Object.fromEntries(
        Object.entries(row.data).filter(([key]) => !fields.includes(key)),
      );
      rows.set(row.id, { ...row, data, rev: row.rev + 1 });
    }
    for (const gone of doomed) rows.delete(gone);
    this.rows = rows;
    return 'done';
  }
}

const reference = fc.record({
  to: fc.constantFrom(...NAMES),
  onDelete: fc.constantFrom(...ON_DELETE),
});
const graph = fc
  .tuple(...NAMES.map(() => fc.array(reference, { maxLength: 3, size: 'max' })))
  .map((perTable): readonly Reference[] =>
    NAMES.flatMap((from, index) =>
      (perTable[index] ?? []).map((one, n) => ({ from, field: `r${n}`, ...one })),
    ),
  );

/** Numbers stand for rows that were made before, most of which exist. */
const wish = fc.record({
  op: fc.constantFrom('insert', 'insert', 'insert', 'update', 'delete'),
  table: fc.constantFrom(...NAMES),
  pick: fc.nat({ max: 9 }),
  targets: fc.array(fc.option(fc.nat({ max: 30 }), { nil: undefined }), {
    minLength: 3,
    maxLength: 3,
  }),
  isSelf: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  isGhost: fc.integer({ min: 0, max: 19 }).map((n) => n === 0),
});
type Wish = typeof wish extends fc.Arbitrary<infer T> ? T : never;
const job = fc.oneof(
  { weight: 4, arbitrary: wish.map((one) => [one]) },
  { weight: 1, arbitrary: fc.array(wish, { minLength: 2, maxLength: 5 }) },
);

async function runAlone({ records }: Pick<StoreHarness, 'records'>, step: WriteOp) {
  switch (step.op) {
    case 'insert':
      return records.insert(step.collectionId, step.record);
    case 'update':
      return records.update(step.scope, step.id, step.change);
    case 'delete':
      return records.delete(step.scope, step.id);
    default:
      return step satisfies never;
  }
}

test('records that refer to each other end as in a plain model, whatever is written; none dangles', async () => {
  await fc.assert(
    fc.asyncProperty(
      graph,
      fc.array(job, { minLength: 10, maxLength: 40, size: 'max' }),
      async (references, jobs) => {
        using harness = openStore();
        const tables = new Map(
          await Promise.all(
            NAMES.map(async (name) => {
              const fields = references
                .filter(({ from }) => from === name)
                .map(({ field, to, onDelete }) => ({
                  name: field,
                  type: 'reference',
                  collection: to,
                  on_delete: onDelete,
                }));
              return [name, await openTable(harness, fields, name)] as const;
            }),
          ),
        );
        const model = new Model(references);
        const made: Row[] = [];

        function toStep({ op, table, pick, targets, isSelf, isGhost }: Wish, at: number): Step {
          // Those of the same job are not in the model yet; ghosts may be gone or never have come.
          const known = made.filter(
            ({ id }, index) => isGhost || index >= made.length - at || model.rows.has(id),
          );
          const near = known.filter((row) => row.table === table);
          const old = near[near.length - 1 - (pick % Math.max(1, near.length))];
          const id = op === 'insert' || !old ? newId() : old.id;
          const data: Record<string, string> = {};
          for (const [index, { field, to }] of references
            .filter(({ from }) => from === table)
            .entries()) {
            const rows = known.filter((row) => row.table === to);
            const nth = targets[index];
            if (nth === undefined) continue;
            const target = isSelf && to === table ? id : rows[nth % Math.max(1, rows.length)]?.id;
            if (target !== undefined) data[field] = target;
          }
          if (op === 'delete') return { op, table, id };
          if (op === 'update') return { op, table, id, data };
          made.push({ table, id, data, rev: 1 });
          return { op: 'insert', table, id, data };
        }

        function toOp(step: Step): WriteOp {
          const opened = tables.get(step.table as 'a');
          if (!opened) throw new Error(`no table ${step.table}`);
          const { collection, all } = opened;
          switch (step.op) {
            case 'insert':
              return {
                op: 'insert',
                collectionId: collection.id,
                record: { id: step.id, ownerId: null, data: () => step.data },
              };
            case 'update':
              return { op: 'update', scope: all, id: step.id, change: { merge: () => step.data } };
            default:
              return { op: 'delete', scope: all, id: step.id };
          }
        }

        for (const wishes of jobs) {
          const steps = wishes.map(toStep);
          const before = model.rows;
          const kinds = steps.map((step) => model.run(step));
          const index = kinds.findIndex((kind) => kind !== 'done');
          if (index >= 0) model.rows = before;
          const [first, ...more] = steps.map(toOp);
          if (first && more.length === 0)
            expect((await runAlone(harness, first)).kind).toBe(kinds[0] as 'done');
          else {
            const outcome = await harness.records.apply(steps.map(toOp));
            expect(
              outcome.kind === 'done'
                ? { kind: 'done' }
                : { index: outcome.index, kind: outcome.outcome.kind },
            ).toEqual(index < 0 ? { kind: 'done' } : { index, kind: kinds[index] as 'outside' });
          }
        }

        const stored: Row[] = [];
        for (const [table, opened] of tables)
          for (const { id, data, rev } of await opened.list())
            stored.push({ table, id, data: JSON.parse(data), rev });
        const byId = (a: Row, b: Row) => (a.id < b.id ? -1 : 1);
        expect(stored.toSorted(byId)).toEqual([...model.rows.values()].toSorted(byId));
        for (const opened of tables.values())
          expect(await harness.records.count(opened.all)).toBe((await opened.list()).length);
        for (const { from, field, to } of references) {
          const [source, target] = [tables.get(from as 'a'), tables.get(to as 'a')];
          if (!source || !target) throw new Error('no such table');
          const dangling = harness.db
            .query(
              `SELECT id FROM ${tableOf(source.collection.id)} WHERE f_${field} IS NOT NULL
             AND f_${field} NOT IN (SELECT id FROM ${tableOf(target.collection.id)})`,
            )
            .all();
          expect(dangling).toEqual([]);
        }
        expect(harness.db.query('PRAGMA integrity_check').all()).toEqual([
          { integrity_check: 'ok' },
        ]);
      },
    ),
    { numRuns: 100 },
  );
}, 600_000);
