import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { SYSTEM } from '../../../src/core/actor.ts';
import type { Fault } from '../../../src/core/errors.ts';
import { compileSchema } from '../../../src/features/collections/compile.ts';
import { parseSchema } from '../../../src/features/collections/definition.ts';
import { createOpenCollection, type LooseField, openDataApp } from '../records/data-app.ts';
import { fits } from './json-schema-check.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`laws.test.ts: SEED=${seed}`);

type Generated = readonly [definition: LooseField, value: fc.Arbitrary<unknown>];

const text = fc.string({ unit: 'grapheme', maxLength: 8 });
const name = fc.constantFrom('a', 'b', 'c', 'constructor', 'select', 'seq', 'x1');
const key = fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'toString', '0', 'a'));
const anything = fc.jsonValue({ maxDepth: 3, stringUnit: 'grapheme' });
const bounds = (max: number) =>
  fc.tuple(fc.nat(max), fc.nat(max)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

const scalar: fc.Arbitrary<Generated> = fc.oneof(
  fc.constant<Generated>([{ type: 'str' }, text]),
  bounds(6).map(
    ([min, max]): Generated => [{ type: 'string', min_length: min, max_length: max }, text],
  ),
  fc
    .uniqueArray(text, { minLength: 1, maxLength: 3 })
    .map((values): Generated => [{ type: 'text', enum: values }, fc.constantFrom(...values)]),
  fc.constant<Generated>([
    { type: 'string', pattern: '^[a-z]*$' },
    fc.constantFrom('', 'abc', 'A'),
  ]),
  fc.constant<Generated>([{ type: 'int' }, fc.maxSafeInteger()]),
  bounds(9).map(
    ([min, max]): Generated => [{ type: 'integer', min, max }, fc.integer({ min: -1, max: 10 })],
  ),
  fc.constant<Generated>([{ type: 'number' }, fc.double({ noNaN: true, noDefaultInfinity: true })]),
  fc.constant<Generated>([{ type: 'bool' }, fc.boolean()]),
);

function nested(level: number): fc.Arbitrary<Generated> {
  if (level === 0) return scalar;
  const inner = nested(level - 1);
  return fc.oneof(
    { weight: 3, arbitrary: scalar },
    {
      weight: 1,
      arbitrary: fc.constant<Generated>([{ type: 'list' }, fc.array(anything, { maxLength: 3 })]),
    },
    {
      weight: 1,
      arbitrary: fc.constant<Generated>([
        { type: 'dict' },
        fc.dictionary(key, anything, { maxKeys: 3 }),
      ]),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(inner, fc.boolean(), fc.boolean()).map(
        ([[items, value], nullable, unique]): Generated => [
          {
            type: 'list',
            items: { ...items, ...(nullable && { nullable }) },
            ...(unique && { unique_items: true }),
          },
          fc.array(nullable ? fc.option(value) : value, { maxLength: 3 }),
        ],
      ),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fields(level - 1), fc.boolean())
        .map(
          ([[properties, value], additional]): Generated => [
            { type: 'dict', properties, additional },
            additional
              ? fc
                  .tuple(value, fc.dictionary(key, anything, { maxKeys: 2 }))
                  .map(([own, more]) => ({ ...more, ...own }))
              : value,
          ],
        ),
    },
  );
}

/** Fields and data for them: mostly good, with holes, nulls and a wrong value now and then. */
function fields(
  level: number,
): fc.Arbitrary<readonly [readonly LooseField[], fc.Arbitrary<Record<string, unknown>>]> {
  const one = fc.tuple(
    name,
    nested(level),
    fc.constantFrom({}, {}, { required: true }, { nullable: false }),
    fc.boolean(),
    fc.gen(),
  );
  return fc.uniqueArray(one, { selector: ([id]) => id, maxLength: 4 }).map((made) => [
    made.map(([id, [definition, value], flags, hasDefault, pick]) => ({
      name: id,
      ...definition,
      ...flags,
      ...(hasDefault && { default: pick(() => value) }),
    })),
    fc.record(
      Object.fromEntries(
        made.map(([id, [, value]]) => [
          id,
          fc.oneof(
            { weight: 14, arbitrary: value },
            { weight: 2, arbitrary: fc.constant(null) },
            { weight: 1, arbitrary: anything },
          ),
        ]),
      ),
      { requiredKeys: [] },
    ),
  ]);
}

const schemaAndData = fields(2).chain(([definitions, data]) =>
  fc.tuple(fc.constant(definitions), fc.array(data, { minLength: 2, maxLength: 4 })),
);

/** The definitions without those that generation made impossible (a default outside the bounds). */
function compileSome(definitions: readonly LooseField[]) {
  const good = definitions.filter((definition) => {
    const faults: Fault[] = [];
    parseSchema({ fields: [definition] }, [], faults);
    return faults.length === 0;
  });
  const { schema } = parseSchema({ fields: good }, [], []);
  return { fields: schema.fields, compiled: compileSchema(schema.fields) };
}

test('what a create accepts, a whole check of the stored text accepts again and leaves as it is', () => {
  let accepted = 0;
  fc.assert(
    fc.property(schemaAndData, ([definitions, list]) => {
      const { compiled } = compileSome(definitions);
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
  expect(accepted).toBeGreaterThan(500);
});

test('a record in stored form fits the schema that documents show for it', () => {
  fc.assert(
    fc.property(schemaAndData, ([definitions, list]) => {
      const { compiled } = compileSome(definitions);
      for (const data of list) {
        const faults: Fault[] = [];
        const parsed = compiled.parseNew(data, [], faults);
        if (faults.length === 0)
          expect(fits(compiled.recordSchema, JSON.parse(JSON.stringify(parsed)))).toBe(true);
      }
    }),
    { numRuns: 1_000, seed },
  );
});

test('the schema of a create accepts exactly what the validator accepts', () => {
  fc.assert(
    fc.property(schemaAndData, ([definitions, list]) => {
      const { compiled } = compileSome(definitions);
      for (const data of list) {
        const faults: Fault[] = [];
        compiled.parseNew(data, [], faults);
        expect(fits(compiled.createSchema, data)).toBe(faults.length === 0);
      }
    }),
    { numRuns: 1_000, seed },
  );
});

test('what goes into a real store comes out the same, and so after an empty change', async () => {
  using app = openDataApp();
  let made = 0;
  await fc.assert(
    fc.asyncProperty(schemaAndData, async ([definitions, list]) => {
      const { fields: good, compiled } = compileSome(definitions);
      const collection = `c${made++}`;
      await createOpenCollection(app, collection, good as unknown as LooseField[]);
      for (const data of list) {
        const faults: Fault[] = [];
        const parsed = JSON.stringify(compiled.parseNew(data, [], faults));
        if (faults.length > 0) continue;
        const { record } = await app.records.create(SYSTEM, collection, data);
        const read = app.records.get(SYSTEM, collection, record.id);
        expect(read.record.data).toBe(parsed);
        expect(JSON.stringify(JSON.parse(read.text).data)).toBe(parsed);
        const changed = await app.records.update(SYSTEM, collection, record.id, {});
        expect(changed.record.data).toBe(parsed);
      }
      await app.collections.delete(collection, collection);
    }),
    { numRuns: 150, seed },
  );
});

describe('the schemas in documents, case by case', () => {
  const compileOf = (...definitions: LooseField[]) => compileSome(definitions).compiled;
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
