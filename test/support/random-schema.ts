import fc from 'fast-check';
import type { Fault } from '../../src/core/errors.ts';
import {
  type CompiledSchema,
  compileFilling,
  compileSchema,
} from '../../src/features/collections/compile.ts';
import { parseSchema } from '../../src/features/collections/definition.ts';
import type { FieldDefinition, NamedField } from '../../src/features/collections/schema.ts';
import type { JsonValue } from '../../src/lib/json-value.ts';
import { arbitraryJson, arbitraryValue, PATTERNS } from './random-value.ts';

export { arbitraryJson, arbitraryText, arbitraryValue } from './random-value.ts';

export interface SchemaOptions {
  readonly maxFields?: number;
  /** How deep dicts and lists hold others; 0 for scalar fields alone. */
  readonly levels?: number;
  /** Make some scalar fields unique; then a record may be refused beside others. */
  readonly hasUnique?: boolean;
  /** Collections that references may lead to; without any there is no reference. */
  readonly targets?: readonly string[];
}

type Definition = FieldDefinition;

/** What a client sends, before the server has looked at it. */
export type LooseData = Record<string, unknown>;

export const RANDOM_NOW = Date.UTC(2024, 1, 29, 12, 30, 15, 250);
const clock = { now: () => RANDOM_NOW };

/** Names that are words of SQL, of JavaScript or of the tables of records. */
const NAMES = 'a b c title constructor to_string select order group seq rev data key x1'.split(' ');

/** The fields of a collection in stored form, every type and constraint among them; always a valid schema. */
export function arbitrarySchema(options: SchemaOptions = {}): fc.Arbitrary<readonly NamedField[]> {
  const { maxFields = 5, levels = 2, hasUnique = false, targets = [] } = options;
  const flag = fc.boolean();
  const own = fc
    .tuple(arbitraryType(levels, targets), fc.record({ index: flag, unique: flag }))
    .map(([definition, { index, unique }]) =>
      isScalar(definition)
        ? {
            ...definition,
            ...(index && { index }),
            ...(hasUnique && unique && { unique }),
          }
        : definition,
    );
  return arbitraryFields(own, maxFields).map((fields) => toStoredForm(fields, targets));
}

/** The data of a create that the schema accepts: holes, nulls and every spelling that is allowed. */
export function arbitraryRecord(fields: readonly NamedField[]): fc.Arbitrary<LooseData> {
  const { parseNew } = compileRandom(fields);
  return objectOf(fields).filter((data) => {
    const faults: Fault[] = [];
    parseNew(data, [], faults);
    return faults.length === 0;
  });
}

/** Data for a create: mostly good, with nulls, wrong values, unknown fields and lone surrogates in it. */
export function arbitraryData(fields: readonly NamedField[]): fc.Arbitrary<LooseData> {
  const wrong = fc.oneof(arbitraryJson, fc.constantFrom(...WRONG));
  const values = fields.map((field) => [
    field.name,
    fc.oneof(
      { weight: 20, arbitrary: arbitraryValue(field) },
      { weight: 2, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: wrong },
    ),
  ]);
  const good = fc.record(Object.fromEntries(values), { requiredKeys: [] });
  const unknown = fc.constantFrom('zzz', '__proto__', 'toString', 'id').map((key) => {
    // Assigning would set the prototype; a body that was parsed has it as a key.
    return JSON.parse(`{${JSON.stringify(key)}:1}`) as LooseData;
  });
  return fc.oneof(
    { weight: 20, arbitrary: good },
    { weight: 1, arbitrary: fc.tuple(good, unknown).map(([data, more]) => ({ ...data, ...more })) },
  );
}

/** The schema as the server would use it, at a time that stands still. */
export function compileRandom(fields: readonly NamedField[]): CompiledSchema {
  return compileSchema(fields, clock);
}

/** Values that many types refuse, some of them only just. */
const WRONG: readonly unknown[] = [
  '\ud800',
  'a\udc00',
  ['\ud800'],
  { '\ud800': 1 },
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 53,
  0.5,
  1e308,
  '',
  ' ',
  [],
  {},
  '2023-02-29',
  '0000-01-01',
  '2016-12-31T23:59:60Z',
  '2024-01-01 00:00:00Z',
  '2024-01-01T00:00:00',
  '0001-01-01T00:00:00+00:01',
  '9999-12-31T23:59:59.999-00:01',
  'a@b',
  'a@@b.c',
  'javascript:alert(1)',
  'http://',
  'http://a b',
  '00000000-0000-0000-0000-00000000000g',
];

function toStoredForm(
  fields: readonly Definition[],
  targets: readonly string[],
): readonly NamedField[] {
  const faults: Fault[] = [];
  const hasCollection = (name: string) => targets.includes(name);
  const { schema } = parseSchema({ fields }, [], faults, { clock, hasCollection });
  if (faults.length > 0)
    throw new Error(`the generator made a bad schema: ${JSON.stringify({ fields, faults })}`);
  return schema.fields;
}

function isScalar({ type }: Definition): boolean {
  return type !== 'list' && type !== 'dict' && type !== 'json';
}

/** Named fields with flags and defaults around what `type` makes. */
function arbitraryFields(
  type: fc.Arbitrary<Definition>,
  maxFields: number,
): fc.Arbitrary<readonly Definition[]> {
  const flags = fc.constantFrom({}, {}, { required: true }, { nullable: false });
  const field = fc
    .tuple(fc.constantFrom(...NAMES), type, flags, fc.nat(3))
    .chain(([name, definition, flag, chance]) => {
      const isCleared = definition.on_delete === 'set_null';
      const plain = { name, ...definition, ...(isCleared ? {} : flag) };
      if (chance > 0 || definition.type === 'reference') return fc.constant(plain);
      return arbitraryDefault(plain).map((value): Definition => ({ ...plain, default: value }));
    });
  return fc.uniqueArray(field, { selector: ({ name }) => name, maxLength: maxFields });
}

function arbitraryDefault(field: Definition): fc.Arbitrary<JsonValue> {
  const check = compileFilling(field, clock);
  const value = arbitraryValue(field).filter((one) => {
    const faults: Fault[] = [];
    check(one, [], faults);
    return faults.length === 0;
  });
  const isTime = field.type === 'date' || field.type === 'datetime';
  return isTime && field.max === undefined && field.min === undefined
    ? fc.oneof(value, fc.constant('now'))
    : value;
}

/** A type with constraints of its own, without name and flags. */
function arbitraryType(levels: number, targets: readonly string[]): fc.Arbitrary<Definition> {
  const scalar = fc.oneof(...SCALARS, ...(targets.length > 0 ? [referenceTo(targets)] : []));
  if (levels === 0) return scalar;
  return fc.oneof({ weight: 4, arbitrary: scalar }, { weight: 3, arbitrary: holder(levels) });
}

const type = (definition: Definition) => fc.constant(definition);

/** Two values in order, either of which may be missing. */
function between<T extends string | number>(one: fc.Arbitrary<T>): fc.Arbitrary<Bounds<T>> {
  const missing = fc.constantFrom('min', 'max', 'none', 'both');
  return fc.tuple(one, one, missing).map(([a, b, without]): Bounds<T> => {
    const [first, last]: readonly [T, T] = a < b ? [a, b] : [b, a];
    const min = without === 'min' || without === 'both' ? {} : { min: first };
    const max = without === 'max' || without === 'both' ? {} : { max: last };
    return { ...min, ...max };
  });
}
interface Bounds<T> {
  readonly min?: T;
  readonly max?: T;
}

const day = fc
  .integer({ min: -719_000, max: 2_900_000 })
  .map((days) => new Date(days * 86_400_000).toISOString());

const SCALARS: readonly fc.Arbitrary<Definition>[] = [
  type({ type: 'string' }),
  between(fc.nat(6)).map(({ min, max }) => ({
    type: 'string',
    ...(min !== undefined && { min_length: min }),
    ...(max !== undefined && { max_length: max }),
  })),
  fc
    .uniqueArray(fc.string({ unit: 'grapheme', maxLength: 4 }), { minLength: 1, maxLength: 3 })
    .map((values) => ({ type: 'string', enum: values })),
  fc.constantFrom(...PATTERNS.keys()).map((pattern) => ({ type: 'string', pattern })),
  between(fc.integer({ min: -20, max: 20 })).map((bounds) => ({ type: 'integer', ...bounds })),
  fc
    .uniqueArray(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 3 })
    .map((values) => ({ type: 'integer', enum: values })),
  type({ type: 'integer' }),
  type({ type: 'float' }),
  between(fc.double({ min: -1e3, max: 1e3, noNaN: true }).map((n) => n + 0)).map((bounds) => ({
    type: 'float',
    ...bounds,
  })),
  type({ type: 'boolean' }),
  type({ type: 'date' }),
  between(day.map((text) => text.slice(0, 10))).map((bounds) => ({ type: 'date', ...bounds })),
  type({ type: 'datetime' }),
  between(day).map((bounds) => ({ type: 'datetime', ...bounds })),
  fc.constantFrom({}, { max_length: 20 }).map((rest) => ({ type: 'email', ...rest })),
  fc.constantFrom({}, { max_length: 24 }).map((rest) => ({ type: 'url', ...rest })),
  fc.constantFrom({}, { max_length: 36 }).map((rest) => ({ type: 'uuid', ...rest })),
];

function referenceTo(targets: readonly string[]): fc.Arbitrary<Definition> {
  return fc.record({
    type: fc.constant('reference' as const),
    collection: fc.constantFrom(...targets),
    on_delete: fc.constantFrom('restrict' as const, 'cascade' as const, 'set_null' as const),
  });
}

/** Types that hold other values. */
function holder(levels: number): fc.Arbitrary<Definition> {
  const inner = arbitraryType(levels - 1, []);
  const list = fc.tuple(inner, fc.boolean(), fc.boolean(), fc.nat(1));
  return fc.oneof(
    type({ type: 'list' }),
    type({ type: 'dict' }),
    fc.constantFrom({}, { max_bytes: 30 }).map((rest): Definition => ({ type: 'json', ...rest })),
    list.map(
      ([item, nullable, unique, min]): Definition => ({
        type: 'list',
        items: { ...item, ...(nullable && { nullable }) },
        ...(unique && { unique_items: true }),
        ...(min > 0 && { min_items: min, max_items: 3 }),
      }),
    ),
    fc.tuple(arbitraryFields(inner, 3), fc.boolean()).map(
      ([properties, additional]): Definition => ({
        type: 'dict',
        properties: properties as readonly NamedField[],
        additional,
      }),
    ),
  );
}

/** An object for named fields, with what may be missing missing at times. */
function objectOf(fields: readonly NamedField[]): fc.Arbitrary<LooseData> {
  return arbitraryValue({
    type: 'dict',
    properties: fields,
    additional: false,
  }) as fc.Arbitrary<LooseData>;
}
