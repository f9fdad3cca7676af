import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { SYSTEM } from '../../../src/core/actor.ts';
import { AppError } from '../../../src/core/errors.ts';
import type { NamedField, RecordData } from '../../../src/features/collections/schema.ts';
import type { MigrationStep } from '../../../src/features/migrations/schema.ts';
import { newId } from '../../../src/lib/ids.ts';
import { makeTemporaryFolder } from '../../support/binary.ts';
import { arbitraryRecord, arbitrarySchema, compileRandom } from '../../support/random-schema.ts';
import { type Machine, openMachine } from './machine.ts';

const NAMES = ['red', 'green'] as const;
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`values.test.ts: SEED=${seed}`);

const fields = arbitrarySchema({ maxFields: 4, levels: 1, targets: [], hasUnique: false });
/** Few, so that names are given up, taken again and exchanged. */
const arbitraryFieldName = fc.constantFrom('a', 'b', 'c', 'd');

/** What a request may make of fields: each goes, stays, gets another name or another definition. */
const arbitraryChange = fc.array(
  fc.record({
    name: arbitraryFieldName,
    was: fc.option(fc.nat(3), { nil: undefined }),
    definition: fc.option(fields, { nil: undefined }),
  }),
  { minLength: 1, maxLength: 4 },
);
type Change = typeof arbitraryChange extends fc.Arbitrary<infer T> ? T : never;

function changed(before: readonly NamedField[], change: Change) {
  const old = new Map(before.map((field) => [field.name, field]));
  const sources = new Set<string>();
  const targets = new Map<string, object>();
  for (const { name, was, definition } of change) {
    const source = (was === undefined ? undefined : before[was]) ?? old.get(name);
    const [other] = definition ?? [];
    if (targets.has(name)) continue;
    if (!source || sources.has(source.name)) {
      if (other) targets.set(name, { ...other, name });
      continue;
    }
    sources.add(source.name);
    const next = { ...(other ?? source), name };
    targets.set(name, source.name === name ? next : { ...next, was: source.name });
  }
  return [...targets.values()];
}

async function tryUpdate({ collections }: Machine, name: string, body: object): Promise<void> {
  try {
    await collections.update(SYSTEM, name, body, true);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
}

type Rows = ReadonlyMap<string, { readonly id: string; readonly data: RecordData }[]>;

/** By the name of the collection. */
async function readRows({ storage, collections }: Machine): Promise<Rows> {
  const rows = new Map();
  for (const { collection } of collections.all()) {
    const scope = { collectionId: collection.id, filter: { op: 'all' } } as const;
    const page = await storage.records.list(scope, { sort: [], limit: 1_000 });
    rows.set(
      collection.name,
      page.records.map(({ id, data }) => ({ id, data: JSON.parse(data) })),
    );
  }
  return rows;
}

async function fill({ storage, collections }: Machine, g: fc.GeneratorValue): Promise<void> {
  for (const { collection } of collections.all()) {
    const { parseNew } = compileRandom(collection.schema.fields);
    const raw = g(arbitraryRecord, collection.schema.fields);
    const data = parseNew(raw, [], []);
    await storage.records.insert(collection.id, { id: newId(), ownerId: null, data: () => data });
  }
}

/** What has to be there still: the old value, or undefined where another form of it will do. */
function follow(rows: Rows, steps: readonly MigrationStep[]): Rows {
  const expected = new Map(rows);
  for (const step of steps) {
    const own = expected.get(step.name) ?? [];
    if (step.step === 'create_collection') expected.set(step.name, []);
    if (step.step === 'drop_collection') expected.delete(step.name);
    if (step.step !== 'change_collection') continue;
    const { rename_fields = [], change_fields = [], drop_fields = [] } = step;
    const news = new Map(rename_fields.map(({ from, to }) => [from, to]));
    const looser = new Set(change_fields.map(({ name }) => name));
    if (drop_fields.length > 0) expect(step.delete_values).toBe(true);
    // Allowed to delete, it must have nothing else that might.
    if (step.delete_values) expect(change_fields).toEqual([]);
    expected.delete(step.name);
    expected.set(
      step.rename_to ?? step.name,
      own.map(({ id, data }) => ({
        id,
        data: Object.fromEntries(
          Object.entries(data)
            .filter(([name]) => !drop_fields.includes(name))
            .map(([name, value]) => {
              const next = news.get(name) ?? name;
              return [next, looser.has(next) ? (undefined as never) : value];
            }),
        ),
      })),
    );
  }
  return expected;
}

function expectKept(actual: Rows, expected: Rows): void {
  expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [name, rows] of expected)
    for (const { id, data } of rows) {
      const found = actual.get(name)?.find((row) => row.id === id)?.data ?? {};
      for (const [field, value] of Object.entries(data))
        if (value === undefined) expect(found).toHaveProperty(field);
        else expect(found[field]).toEqual(value);
    }
}

describe('records on the way', () => {
  test('an upgrade keeps every value but those of fields and collections that its file drops, or does nothing', async () => {
    const figures = { applied: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(
        fields,
        fc.array(fc.tuple(fc.constantFrom(...NAMES), arbitraryChange), {
          minLength: 1,
          maxLength: 5,
        }),
        fc.gen(),
        async (first, changes, g) => {
          const folder = makeTemporaryFolder();
          using here = openMachine(folder);
          using there = openMachine(folder);
          const renamed = first.map((field, index) => ({ ...field, name: 'abcd'[index] ?? 'd' }));
          for (const name of NAMES)
            await here.collections.create(SYSTEM, { name, schema: { fields: renamed } });
          await here.migrations.write(SYSTEM, { message: '', isDryRun: false });
          await there.migrations.upgrade(SYSTEM, { isDryRun: false });
          for (const [name, change] of changes) {
            const known = here.collections.find(name)?.collection.schema.fields ?? [];
            await tryUpdate(here, name, { schema: { fields: changed(known, change) } });
          }
          await here.migrations.write(SYSTEM, { message: '', isDryRun: false });
          await fill(there, g);
          const before = await readRows(there);
          const [pending] = there.migrations.status().pending;
          if (!pending) return;
          try {
            await there.migrations.upgrade(SYSTEM, { isDryRun: false });
          } catch (error) {
            if (!(error instanceof AppError)) throw error;
            figures.refused++;
            expect(await readRows(there)).toEqual(before);
            return;
          }
          figures.applied++;
          expect(there.state()).toEqual(here.state());
          expectKept(await readRows(there), follow(before, pending.up));
        },
      ),
      { numRuns: 50, seed },
    );
    expect(figures.refused).toBeGreaterThan(0);
    expect(figures.applied).toBeGreaterThan(0);
  });
});
