import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Clock } from '../../../src/core/clock.ts';
import { AppError, type Fault } from '../../../src/core/errors.ts';
import { compileField, compileSchema } from '../../../src/features/collections/compile.ts';
import type { NamedField } from '../../../src/features/collections/schema.ts';
import {
  arbitraryRecord,
  arbitrarySchema,
  compileRandom,
  type LooseData,
} from '../../support/random-schema.ts';
import { thrownBy } from '../records/data-app.ts';
import { openThings } from './things.ts';

type Data = Readonly<Record<string, unknown>>;

const schema = arbitrarySchema({ hasUnique: true });

/** Fields of before and of another schema, mixed; some of the new ones were old ones by another name. */
function nextOf(before: readonly NamedField[]) {
  return fc
    .tuple(
      fc.subarray([...before]),
      schema,
      fc.subarray(['required', 'min', 'max', 'min_length', 'max_length', 'enum', 'pattern']),
      fc.infiniteStream(fc.boolean()),
    )
    .map(([kept, others, loosened, coins]) => {
      const names = new Set(kept.map(({ name }) => name));
      const coin = () => coins.next().value === true;
      const fresh = others.filter(({ name }) => !names.has(name));
      const free = before.filter(
        ({ name }) => !names.has(name) && !fresh.some((field) => field.name === name),
      );
      return [
        ...kept.map((field) => {
          const loose = coin() ? without(field, loosened) : field;
          return coin() ? { ...loose, ...TIGHTER[field.type] } : loose;
        }),
        ...fresh.map((field) => {
          const was = before.some(({ name }) => name === field.name) ? undefined : free.pop()?.name;
          return was !== undefined && coin() ? { ...field, was } : field;
        }),
      ];
    });
}

/** What some values of the type may not fit. */
const TIGHTER: Readonly<Partial<Record<NamedField['type'], Partial<NamedField>>>> = {
  string: { max_length: 2 },
  integer: { max: 0 },
  float: { min: 0 },
  date: { max: '2020-01-01' },
  datetime: { min: '2020-01-01T00:00:00.000Z' },
  list: { max_items: 1 },
  dict: { additional: false },
  json: { max_bytes: 3 },
  url: { max_length: 12 },
};

function without(field: NamedField, options: readonly string[]): NamedField {
  const rest = Object.entries(field).filter(([option]) => !options.includes(option));
  return Object.fromEntries(rest) as unknown as NamedField;
}

const scenario = schema.chain((before) =>
  fc.record({
    before: fc.constant(before),
    rows: fc.array(arbitraryRecord(before), { maxLength: 5 }),
    after: nextOf(before),
    force: fc.boolean(),
  }),
);

test('a plan says what the change does; what is stored fits afterwards, what fitted is untouched, and only force loses anything', async () => {
  const seen = { done: 0, refused: 0, rewritten: 0, forced: 0 };
  await fc.assert(
    fc.asyncProperty(scenario, async ({ before, rows, after, force }) => {
      using things = await openThings(before.map((field) => ({ ...field })));
      // A value that must be unique may be taken.
      for (const row of rows) await thrownBy(() => things.create(row));
      const fields = after.map((field) => ({ ...field }));
      const snapshot = things.snapshot();
      const planning = things.app.collections.plan('things', { schema: { fields } }, force);
      const bad = await thrownBy(() => planning);
      if (bad instanceof AppError && bad.code === 'invalid_input') return;
      const plan = await planning;
      expect(things.snapshot()).toEqual(snapshot);
      const old = things.data();
      const oldRevisions = things.revisions();
      const error = await thrownBy(() => things.change(fields, force));
      expect({ possible: plan.possible, error: String(error ?? 'none') }).toEqual({
        possible: error === undefined,
        error: error === undefined ? 'none' : expect.any(String),
      });
      if (error !== undefined) {
        expect(error).toMatchObject({ code: 'conflict' });
        expect(things.snapshot()).toEqual(snapshot);
        seen.refused++;
        return;
      }
      seen.done++;
      if (plan.needs_force) seen.forced++;
      const now = things.data();
      const changed = things.app.collections.find('things')?.collection;
      const live = changed?.schema.fields ?? [];
      // What the change fills in has the time of the change.
      const clock = { now: () => Date.parse(changed?.updated_at ?? '') };
      const { parseWhole } = compileRandom(live);
      for (const data of now) {
        const faults: Fault[] = [];
        expect(parseWhole(data, [], faults)).toEqual(data);
        expect(faults).toEqual([]);
      }
      expect(now).toHaveLength(old.length);
      const touched = things.revisions().filter((rev, row) => rev !== oldRevisions[row]);
      expect(touched).toHaveLength(plan.rewritten);
      seen.rewritten += touched.length;
      const wasOf = new Map(
        fields.flatMap(({ name, was }: { name: string; was?: string }) => [[was ?? name, name]]),
      );
      if (plan.needs_force) expect(force).toBe(true);
      for (const [row, data] of old.entries()) {
        const is: LooseData = now[row];
        for (const [name, value] of Object.entries(data)) {
          const newName = wasOf.get(name);
          if (!plan.needs_force)
            expect(Object.keys(is)).toContain(newName ?? 'a field that is gone');
          const field = live.find((one) => one.name === newName);
          if (field && fits(field, value))
            expect([value, stored(field, value, clock)]).toContainEqual(is[field.name]);
        }
      }
    }),
    { numRuns: 600 },
  );
  // The generator must not have missed what it is for.
  expect(Object.entries(seen).filter(([, count]) => count < 6)).toEqual([]);
}, 600_000);

function fits(field: NamedField, value: unknown): boolean {
  const faults: Fault[] = [];
  compileField(field)(value, [], faults);
  return faults.length === 0;
}

function stored(field: NamedField, value: unknown, clock: Clock): unknown {
  const whole: Data = compileSchema([field], clock).parseNew({ [field.name]: value }, [], []);
  return whole[field.name];
}
