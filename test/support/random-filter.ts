import fc from 'fast-check';
import type {
  FieldDefinition,
  NamedField,
  RecordData,
} from '../../src/features/collections/schema.ts';
import type { Filter, FilterKey, Scalar } from '../../src/features/records/store.ts';
import type { JsonValue } from '../../src/lib/json-value.ts';

/** A filter in the language and what it means. */
export interface FilterSample {
  readonly text: string;
  readonly filter: Filter;
}

/** A tree that is printed and meant at once; `binds` says which brackets it needs. */
interface Part extends FilterSample {
  readonly binds: 'tight' | 'and' | 'or';
}

interface Target {
  readonly name: string;
  readonly key: FilterKey;
  readonly values: fc.Arbitrary<Exclude<Scalar, null>>;
  readonly does: 'everything' | 'order' | 'equality' | 'list' | 'nothing' | 'anything';
}

const LETTERS = [
  'a',
  'A',
  'k',
  'K',
  '\u212a',
  's',
  'ſ',
  'ß',
  'ẞ',
  'Σ',
  'ς',
  'i',
  'İ',
  'ı',
  'é',
  'É',
];
const SIGNS = [
  '%',
  '_',
  '*',
  '?',
  '[',
  ']',
  '^',
  '-',
  "'",
  '"',
  '\\',
  ' ',
  '\n',
  '\0',
  '😀',
  '\uffee',
];
/** Few and short, so that values and literals meet, and with all that a pattern could stumble over. */
const texts = fc
  .array(fc.constantFrom(...LETTERS, ...SIGNS), { maxLength: 4 })
  .map((letters) => letters.join(''));
const integers = fc.constantFrom(
  0,
  1,
  -1,
  2,
  5,
  10,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
);
const floats = fc.oneof(integers, fc.constantFrom(0.1, 0.5, -0.25, 1e-7, 1.5e300, -1e21, 5e-324));
const days = fc.constantFrom('2024-01-01', '2024-02-29', '2024-12-31', '2025-01-01', '0001-01-01');
const times = fc.constantFrom(
  '2024-01-01T00:00:00.000Z',
  '2024-02-29T12:30:00.000Z',
  '2024-12-31T23:59:59.999Z',
  '2025-01-01T00:00:00.001Z',
);
const uuids = fc.constantFrom(
  '0190a8b4-7c1e-7d3a-9f52-1c2d3e4f5a6b',
  '0190a8b4-7c1e-7d3a-9f52-1c2d3e4f5a6c',
  'ffffffff-7c1e-4d3a-9f52-1c2d3e4f5a6b',
);
const emails = fc.constantFrom('ann@example.com', 'bob@example.com', 'änne@example.org');
const urls = fc.constantFrom('https://example.com/', 'https://example.com/A?b=%5F', 'http://a.b');
const scalars = fc.oneof(texts, integers, floats, fc.boolean());
const KEYS = ['a', 'b-c', '0', '__proto__', 'constructor', 'A_1'] as const;

/** Values as they are stored, few enough to meet again. */
function valuesOf(field: FieldDefinition): fc.Arbitrary<Exclude<Scalar, null>> | undefined {
  switch (field.type) {
    case 'string':
      return texts;
    case 'integer':
      return integers;
    case 'float':
      return floats;
    case 'boolean':
      return fc.boolean();
    case 'date':
      return days;
    case 'datetime':
      return times;
    case 'email':
      return emails;
    case 'url':
      return urls;
    case 'uuid':
    case 'reference':
      return uuids;
    case 'list':
    case 'dict':
    case 'json':
      return undefined;
    default:
      return field.type satisfies never;
  }
}

function anyJson(depth: number): fc.Arbitrary<JsonValue> {
  if (depth === 0) return fc.oneof(scalars, fc.constant(null));
  return fc.oneof(
    { weight: 3, arbitrary: fc.oneof(scalars, fc.constant(null)) },
    { weight: 1, arbitrary: fc.array(anyJson(depth - 1), { maxLength: 3 }) },
    { weight: 2, arbitrary: fc.dictionary(fc.constantFrom(...KEYS), anyJson(depth - 1)) },
  );
}

function storedValue(field: FieldDefinition, depth: number): fc.Arbitrary<JsonValue> {
  const scalar = valuesOf(field);
  if (scalar) return scalar;
  if (field.type === 'list') {
    const item = field.items ? storedValue(field.items, depth - 1) : anyJson(1);
    return fc.array(field.items?.nullable ? fc.option(item) : item, { maxLength: 3 });
  }
  if (field.type === 'json') return anyJson(2).filter((value) => value !== null);
  const { properties = [], additional = properties.length === 0 } = field;
  const named = arbitraryData(properties);
  if (!additional) return named;
  const others = KEYS.filter((key) => !properties.some(({ name }) => name === key));
  return fc
    .tuple(fc.dictionary(fc.constantFrom(...others), anyJson(1)), named)
    .map(([open, own]) => ({ ...open, ...own }));
}

/** Data of records in stored form, with fields missing now and then. */
export function arbitraryData(fields: readonly NamedField[]): fc.Arbitrary<RecordData> {
  const values = Object.fromEntries(fields.map((field) => [field.name, storedValue(field, 2)]));
  const required = fields.filter((field) => field.required).map((field) => field.name);
  return fc.record(values, { requiredKeys: required });
}

/** Filters of every kind that the fields allow: the text to be parsed, and what it must mean. */
export function arbitraryFilter(fields: readonly NamedField[]): fc.Arbitrary<FilterSample> {
  const comparisons = fc.oneof(...targetsOf(fields).map(arbitraryComparison));
  const { tree } = fc.letrec<{ tree: Part }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { weight: 4, arbitrary: comparisons },
      { weight: 2, arbitrary: joined('and', tie('tree')) },
      { weight: 2, arbitrary: joined('or', tie('tree')) },
      { weight: 1, arbitrary: fc.tuple(tie('tree'), gaps(1)).map(negated) },
    ),
  }));
  return fc.tuple(tree, gaps(2)).map(([{ text, filter }, [before = '', after = '']]) => ({
    text: before + text + after,
    filter,
  }));
}

function targetsOf(fields: readonly NamedField[]): readonly Target[] {
  const system = (
    [
      ['id', uuids, 'equality'],
      ['owner_id', uuids, 'equality'],
      ['created_at', times, 'order'],
      ['updated_at', times, 'order'],
    ] as const
  ).map(([name, values, does]): Target => ({ name, key: { kind: 'system', name }, values, does }));
  return [...system, ...fields.flatMap((field) => targetsIn(field, []))];
}

function targetsIn(field: NamedField, parents: readonly string[]): readonly Target[] {
  const [first = field.name, ...keys] = [...parents, field.name];
  const name = [first, ...keys].join('.');
  const path: FilterKey = { kind: 'path', path: [first, ...keys] };
  const values = valuesOf(field);
  if (values) {
    const key: FilterKey = keys.length === 0 ? { kind: 'field', name: first } : path;
    return [{ name, key, values, does: doesOf(field) }];
  }
  const whole: Target = { name, key: path, values: scalars, does: 'nothing' };
  if (field.type === 'list') {
    const item = field.items?.type === 'json' ? undefined : field.items;
    const items = item ? valuesOf(item) : scalars;
    return [items ? { ...whole, values: items, does: 'list' } : whole];
  }
  const { properties = [], additional = properties.length === 0 } = field;
  const declared = properties.flatMap((property) => targetsIn(property, [first, ...keys]));
  const isOpen = field.type === 'json' || additional;
  const open = isOpen ? KEYS.filter((key) => !properties.some((one) => one.name === key)) : [];
  return [
    field.type === 'json' ? { ...whole, does: 'list' } : whole,
    ...declared,
    ...open.flatMap((key): Target[] => [
      {
        name: `${name}.${key}`,
        key: { kind: 'path', path: [first, ...keys, key] },
        values: scalars,
        does: 'anything',
      },
      {
        name: `${name}.${key}.a`,
        key: { kind: 'path', path: [first, ...keys, key, 'a'] },
        values: scalars,
        does: 'anything',
      },
    ]),
  ];
}

function doesOf({ type }: FieldDefinition): Target['does'] {
  if (type === 'string' || type === 'email' || type === 'url') return 'everything';
  return type === 'boolean' || type === 'uuid' || type === 'reference' ? 'equality' : 'order';
}

function arbitraryComparison({ name, key, values, does }: Target): fc.Arbitrary<Part> {
  const isAny = does === 'anything';
  const isScalar = does !== 'list' && does !== 'nothing';
  const equal = fc
    .tuple(isScalar ? fc.option(values) : fc.constant(null), fc.boolean())
    .map(([value, isNot]): readonly [string, fc.Arbitrary<string>, Filter] => [
      isNot ? '!=' : '=',
      printed(value),
      isNot ? { op: 'not', filter: { op: 'equals', key, value } } : { op: 'equals', key, value },
    ]);
  const kinds: fc.Arbitrary<readonly [string, fc.Arbitrary<string>, Filter]>[] = [equal];
  if (does === 'everything' || does === 'order' || isAny)
    kinds.push(
      fc
        .tuple(
          fc.constantFrom('<', '<=', '>', '>='),
          values.filter((value) => typeof value !== 'boolean'),
        )
        .map(([relation, value]) => [
          relation,
          printed(value),
          { op: 'compare', key, relation, value },
        ]),
    );
  if (does === 'everything' || isAny)
    kinds.push(
      fc
        .tuple(isAny ? texts : piecesOf(values), fc.boolean())
        .map(([text, isNot]) => [
          isNot ? '!~' : '~',
          printed(text),
          isNot
            ? { op: 'not', filter: { op: 'contains', key, text } }
            : { op: 'contains', key, text },
        ]),
    );
  if (does === 'list' || isAny)
    kinds.push(
      fc.option(values).map((value) => ['?=', printed(value), { op: 'holds', key, value }]),
    );
  if (isScalar)
    kinds.push(
      fc
        .tuple(fc.array(values, { maxLength: 2 }), fc.boolean())
        .filter(([list, hasNull]) => hasNull || list.length > 0)
        .map(([list, hasNull]) => [
          ' in',
          printedList(hasNull ? [...list, null] : list),
          inList(key, list, hasNull),
        ]),
    );
  return fc.oneof(...kinds).chain(([operator, literal, filter]) =>
    fc.tuple(literal, gaps(2)).map(
      ([written, [left = '', right = '']]): Part => ({
        text: `${name}${left}${operator}${right}${written}`,
        filter,
        binds: 'tight',
      }),
    ),
  );
}

/** Parts of values, some in another case. */
function piecesOf(values: Target['values']): fc.Arbitrary<string> {
  return fc
    .tuple(values, fc.nat(6), fc.nat(4), fc.boolean())
    .map(([value, from, length, isUpper]) => {
      const piece = [...String(value)].slice(from, from + length).join('');
      return isUpper ? piece.toUpperCase() : piece;
    });
}

function inList(
  key: FilterKey,
  values: readonly Exclude<Scalar, null>[],
  hasNull: boolean,
): Filter {
  const isNull: Filter = { op: 'equals', key, value: null };
  if (values.length === 0) return isNull;
  const isOne: Filter = { op: 'in', key, values };
  return hasNull ? { op: 'or', filters: [isOne, isNull] } : isOne;
}

/** A literal in one of its spellings. */
function printed(value: Scalar): fc.Arbitrary<string> {
  if (typeof value !== 'string') return fc.constant(String(value));
  const escaped = value.replaceAll('\\', '\\\\');
  return fc.constantFrom(
    `'${escaped.replaceAll("'", "\\'")}'`,
    `"${escaped.replaceAll('"', '\\"')}"`,
  );
}

function printedList(values: readonly Scalar[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.tuple(...values.map(printed)), gaps(2))
    .map(([list, [before = '', after = '']]) => `(${before}${list.join(`${after},${before}`)})`);
}

function joined(op: 'and' | 'or', part: fc.Arbitrary<Part>): fc.Arbitrary<Part> {
  return fc.tuple(fc.array(part, { minLength: 2, maxLength: 3 }), gaps(2)).map(
    ([parts, [left = '', right = '']]): Part => ({
      text: parts
        .map(({ text, binds }) =>
          binds === 'tight' || (binds === 'and' && op === 'or') ? text : `(${text})`,
        )
        .join(`${left}${op === 'and' ? '&&' : '||'}${right}`),
      filter: { op, filters: parts.map(({ filter }) => filter) },
      binds: op,
    }),
  );
}

function negated([{ text, filter, binds }, [gap = '']]: [Part, readonly string[]]): Part {
  return {
    text: binds === 'tight' ? `!${gap}${text}` : `!${gap}(${text})`,
    filter: filter.op === 'not' ? filter.filter : { op: 'not', filter },
    binds: 'tight',
  };
}

function gaps(count: number): fc.Arbitrary<string[]> {
  return fc.array(fc.constantFrom('', '', ' ', ' \t\r\n '), { minLength: count, maxLength: count });
}
