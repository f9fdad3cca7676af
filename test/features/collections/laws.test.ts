import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { SYSTEM } from '../../../src/core/actor.ts';
import type { Fault } from '../../../src/core/errors.ts';
import { parseSchema } from '../../../src/features/collections/definition.ts';
import { findNonJson } from '../../../src/lib/json-value.ts';
import {
  arbitraryData,
  arbitraryRecord,
  arbitrarySchema,
  compileRandom,
  RANDOM_NOW,
} from '../../support/random-schema.ts';
import { createOpenCollection, type LooseField, openDataApp } from '../records/data-app.ts';
import { fits } from './json-schema-check.ts';
import { CONTEXT } from './schema-context.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`laws.test.ts: SEED=${seed}`);

const schemaAndData = arbitrarySchema({ targets: ['users'] }).chain((fields) =>
  fc.tuple(fc.constant(fields), fc.array(arbitraryData(fields), { minLength: 2, maxLength: 4 })),
);
const schemaAndRecords = arbitrarySchema({ targets: ['users'] }).chain((fields) =>
  fc.tuple(fc.constant(fields), fc.array(arbitraryRecord(fields), { minLength: 2, maxLength: 4 })),
);

/** The fields as an admin might send them. */
function compileOf(...definitions: readonly LooseField[]) {
  const faults: Fault[] = [];
  const { schema } = parseSchema({ fields: definitions }, [], faults, CONTEXT);
  expect(faults).toEqual([]);
  return compileRandom(schema.fields);
}

test('a schema in stored form is read again as it is', () => {
  fc.assert(
    fc.property(arbitrarySchema({ targets: ['users'], hasUnique: true }), (fields) => {
      const faults: Fault[] = [];
      const { schema } = parseSchema(JSON.parse(JSON.stringify({ fields })), [], faults, CONTEXT);
      expect(faults).toEqual([]);
      expect(JSON.stringify(schema.fields)).toBe(JSON.stringify(fields));
    }),
    { numRuns: 1_000, seed },
  );
});

test('what a create accepts, a whole check of the stored text accepts again and leaves as it is', () => {
  let accepted = 0;
  fc.assert(
    fc.property(schemaAndData, ([fields, list]) => {
      const compiled = compileRandom(fields);
      for (const data of list) {
        const faults: Fault[] = [];
        const parsed = compiled.parseNew(data, [], faults);
        if (faults.length > 0) continue;
        accepted++;
        const stored = JSON.stringify(parsed);
        const again = compiled.parseWhole(JSON.parse(stored), [], faults);
        expect(faults).toEqual([]);
        expect(JSON.stringify(again)).toBe(stored);
      }
    }),
    { numRuns: 1_500, seed },
  );
  expect(accepted).toBeGreaterThan(1_000);
});

test('a record in stored form fits the schema that documents show for it', () => {
  fc.assert(
    fc.property(schemaAndRecords, ([fields, list]) => {
      const { parseNew, recordSchema } = compileRandom(fields);
      for (const data of list) {
        const stored = JSON.parse(JSON.stringify(parseNew(data, [], [])));
        expect(fits(recordSchema, stored)).toBe(true);
      }
    }),
    { numRuns: 1_000, seed },
  );
});

test('the schema of a create accepts exactly what the validator accepts', () => {
  const seen = { good: 0, bad: 0 };
  fc.assert(
    fc.property(schemaAndData, ([fields, list]) => {
      const { parseNew, createSchema } = compileRandom(fields);
      for (const data of list) {
        const faults: Fault[] = [];
        parseNew(data, [], faults);
        if (!isSayable(data, faults)) continue;
        const isGood = faults.length === 0;
        seen[isGood ? 'good' : 'bad']++;
        expect({ data, isGood: fits(createSchema, data) }).toEqual({ data, isGood });
      }
    }),
    { numRuns: 1_500, seed },
  );
  expect(Math.min(seen.good, seen.bad)).toBeGreaterThan(500);
});

/**
 * JSON Schema speaks of JSON alone, so of no lone surrogate, and compares the items of a list as they
 * were sent, while the validator compares what is stored: two spellings of a moment are the same.
 */
function isSayable(data: unknown, faults: readonly Fault[]): boolean {
  const isOfItems = faults.length > 0 && faults.every(({ type }) => type === 'unique_items');
  return !isOfItems && findNonJson(data) === undefined;
}

test('what goes into a real store comes out the same, and so after an empty change', async () => {
  using app = openDataApp({ clock: { now: () => RANDOM_NOW } });
  let made = 0;
  let compared = 0;
  const withoutTargets = arbitrarySchema().chain((fields) =>
    fc.tuple(
      fc.constant(fields),
      fc.array(arbitraryRecord(fields), { minLength: 1, maxLength: 3 }),
    ),
  );
  await fc.assert(
    fc.asyncProperty(withoutTargets, async ([fields, list]) => {
      const { parseNew } = compileRandom(fields);
      const collection = `c${made++}`;
      await createOpenCollection(app, collection, fields as unknown as LooseField[]);
      for (const data of list) {
        const parsed = JSON.stringify(parseNew(data, [], []));
        const { record } = await app.records.create(SYSTEM, collection, data);
        const read = app.records.get(SYSTEM, collection, record.id);
        expect(read.record.data).toBe(parsed);
        expect(JSON.stringify(JSON.parse(read.text).data)).toBe(parsed);
        const changed = await app.records.update(SYSTEM, collection, record.id, {});
        expect(changed.record.data).toBe(parsed);
        compared++;
      }
      await app.collections.delete(SYSTEM, collection, collection);
    }),
    { numRuns: 1_000, seed },
  );
  expect(compared).toBeGreaterThan(1_000);
}, 600_000);

describe('the schemas in documents, case by case', () => {
  const dict = (...properties: LooseField[]) => ({ name: 'a', type: 'dict', properties });

  test.each([
    ['null in an optional field', compileOf({ name: 'a', type: 'int' }), { a: null }, true],
    [
      'null where it is excluded',
      compileOf({ name: 'a', type: 'int', nullable: false }),
      { a: null },
      false,
    ],
    [
      'a required field with a default left out',
      compileOf({ name: 'a', type: 'int', required: true, default: 1 }),
      {},
      true,
    ],
    ['a required field left out', compileOf({ name: 'a', type: 'int', required: true }), {}, false],
    [
      'null in an optional field of a dict',
      compileOf(dict({ name: 'p', type: 'int' })),
      { a: { p: null } },
      true,
    ],
    [
      'a required field of a dict with a default left out',
      compileOf(dict({ name: 'p', type: 'int', required: true, default: 1 })),
      { a: {} },
      true,
    ],
    [
      'null as a nullable item',
      compileOf({ name: 'a', type: 'list', items: { type: 'int', nullable: true } }),
      { a: [null] },
      true,
    ],
    ['null as an item', compileOf({ name: 'a', type: 'list[int]' }), { a: [null] }, false],
    ['a whole number beyond 2^53', compileOf({ name: 'a', type: 'int' }), { a: 2 ** 53 }, false],
    ['an unknown field', compileOf({ name: 'a', type: 'int' }), { b: 1 }, false],
    [
      'an unknown field of a closed dict',
      compileOf(dict({ name: 'p', type: 'int' })),
      { a: { q: 1 } },
      false,
    ],
  ])('%s: the create schema and the validator agree', (_name, compiled, data, isGood) => {
    const faults: Fault[] = [];
    compiled.parseNew(data, [], faults);
    expect(faults.length === 0).toBe(isGood);
    expect(fits(compiled.createSchema, data)).toBe(isGood);
  });

  test('a nullable item is null in the record schema too', () => {
    const { recordSchema } = compileOf({
      name: 'a',
      type: 'list',
      items: { type: 'int', nullable: true },
    });
    expect(fits(recordSchema, { a: [null, 1] })).toBe(true);
  });

  test('a change requires nothing and takes null where a value may be taken away', () => {
    const { updateSchema } = compileOf(
      { name: 'a', type: 'int', required: true },
      { name: 'b', type: 'int' },
    );
    expect(
      [{}, { b: null }, { a: null }, { c: 1 }].map((patch) => fits(updateSchema, patch)),
    ).toEqual([true, true, false, false]);
  });
});
