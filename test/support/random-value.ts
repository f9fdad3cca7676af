import fc from 'fast-check';
import type { FieldDefinition, NamedField } from '../../src/features/collections/schema.ts';
import { countCodePoints } from '../../src/lib/code-points.ts';
import { type JsonValue, toCanonicalJson } from '../../src/lib/json-value.ts';

/** Patterns that random schemas use, and texts that match them. */
export const PATTERNS: ReadonlyMap<string, readonly string[]> = new Map([
  ['^[a-z]*$', ['', 'a', 'abc', 'zzz']],
  ['b+', ['b', 'abba', '\nb\n', 'äbö']],
  ['^[0-9]{2,3}$', ['00', '123']],
]);

/** Texts that go wrong somewhere: quotes, wildcards, folding, composition, controls, beyond the BMP. */
const TEXTS = [
  '',
  ' ',
  "'",
  '"',
  '%',
  '_',
  '\\',
  '\u0000',
  '\n',
  'a',
  'A',
  'ß',
  'ẞ',
  'İ',
  'ı',
  'ς',
  'Σ',
  'é',
  'e\u0301',
  '😀',
  '\u{10ffff}',
  '\uffff',
  '0',
  'null',
];

export const arbitraryText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...TEXTS),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.string({ unit: fc.constantFrom(...'abAB %_'), maxLength: 6 }),
);

const key = fc.oneof(
  arbitraryText,
  fc.constantFrom('__proto__', 'constructor', 'toString', '0', '-1', 'a', 'b', 'a.b', 'a"b'),
);
const number = fc.oneof(
  fc.constantFrom(0, -0, 1e308, -1e308, 5e-324, 2 ** 53, -1, 0.1),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -9, max: 9 }),
);

/** Anything JSON can say, with keys that an object inherits; made as JSON.parse makes it. */
export const arbitraryJson: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, true, false),
    number,
    arbitraryText,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 3 }).map(toObject),
  ),
})).value;

/** `__proto__` becomes a key here as it does in JSON.parse. */
function toObject(entries: readonly (readonly [string, JsonValue])[]): JsonValue {
  return Object.fromEntries(entries);
}

/** A value that the field accepts, never null at the top; nearly always, where items must differ. */
export function arbitraryValue(field: FieldDefinition): fc.Arbitrary<JsonValue> {
  const { max_length = Number.POSITIVE_INFINITY } = field;
  const isShort = (text: string) => countCodePoints(text) <= max_length;
  switch (field.type) {
    case 'string':
      return arbitraryString(field);
    case 'integer':
    case 'float':
      return arbitraryNumber(field);
    case 'boolean':
      return fc.boolean();
    case 'date':
      return arbitraryMoment(field).map((ms) => toIso(ms).slice(0, 10));
    case 'datetime':
      return arbitraryMoment(field).chain(arbitrarySpelling);
    case 'email':
      return fc.oneof(fc.constantFrom('a@b.c'), arbitraryEmail).filter(isShort);
    case 'url':
      return arbitraryUrl.filter(isShort);
    case 'uuid':
    case 'reference':
      return fc.tuple(fc.uuid(), fc.boolean()).map(([id, isUp]) => (isUp ? id.toUpperCase() : id));
    case 'list':
      return arbitraryList(field);
    case 'dict':
      return arbitraryDict(field);
    case 'json':
      return arbitraryJson.filter(
        (value) =>
          value !== null && Buffer.byteLength(JSON.stringify(value)) <= (field.max_bytes ?? 1e9),
      );
    default:
      return field.type satisfies never;
  }
}

function arbitraryString(field: FieldDefinition): fc.Arbitrary<string> {
  const { min_length: minLength = 0, max_length: maxLength = Math.max(minLength, 8) } = field;
  const values = field.enum ?? (field.pattern && PATTERNS.get(field.pattern));
  if (values) return fc.constantFrom(...values.map(String));
  const fits = TEXTS.filter(
    (text) => countCodePoints(text) >= minLength && countCodePoints(text) <= maxLength,
  );
  return fc.oneof(
    ...(fits.length > 0 ? [fc.constantFrom(...fits)] : []),
    fc.string({ unit: 'binary', minLength, maxLength }),
    fc.string({ unit: fc.constantFrom(...'abAB %_'), minLength, maxLength }),
  );
}

function arbitraryNumber({ type, min, max, enum: values }: FieldDefinition): fc.Arbitrary<number> {
  if (values) return fc.constantFrom(...values.map(Number));
  const isWhole = type === 'integer';
  const limit = isWhole ? Number.MAX_SAFE_INTEGER : Number.MAX_VALUE;
  const bounds = { min: Number(min ?? -limit), max: Number(max ?? limit) };
  const special = [0, -0, 1, -1, ...(isWhole ? [] : [0.1, 1e308, -1e308, 5e-324])].filter(
    (value) => value >= bounds.min && value <= bounds.max,
  );
  return fc.oneof(
    ...(special.length > 0 ? [fc.constantFrom(...special)] : []),
    isWhole ? fc.integer(bounds) : fc.double({ ...bounds, noNaN: true }),
    fc.constantFrom(bounds.min, bounds.max),
  );
}

const toIso = (ms: number) => new Date(ms).toISOString();

/** Milliseconds within the field's bounds; whole days for a date. */
function arbitraryMoment({ type, min, max }: FieldDefinition): fc.Arbitrary<number> {
  const isDay = type === 'date';
  const step = isDay ? 86_400_000 : 1;
  const first = Date.parse(String(min ?? '0001-01-01T00:00:00.000Z'));
  const latest = Date.parse(String(max ?? '9999-12-31T23:59:59.999Z'));
  const last = isDay ? Math.floor(latest / step) * step : latest;
  const between = fc.integer({ min: first / step, max: last / step }).map((count) => count * step);
  const nearby = fc.constantFrom(0, 951_782_400_000, 1_709_164_800_000);
  return fc.oneof(
    between,
    fc.constantFrom(first, last),
    nearby.map((ms) => Math.min(Math.max(ms, first), last)),
  );
}

/** One of the ways in which RFC 3339 can write a moment. */
function arbitrarySpelling(ms: number): fc.Arbitrary<string> {
  const zone = fc.oneof(
    fc.constantFrom('Z', 'z', '+00:00', '-00:00'),
    fc.integer({ min: -1439, max: 1439 }),
  );
  return fc
    .tuple(zone, fc.boolean(), fc.constantFrom('', '9', '0000001'))
    .map(([place, isLow, more]) => {
      const minutes = typeof place === 'number' ? place : 0;
      const local = new Date(ms + minutes * 60_000);
      // RFC 3339 has four digits for the year.
      if (local.getUTCFullYear() < 0 || local.getUTCFullYear() > 9999) return toIso(ms);
      const clock = (count: number) => String(count).padStart(2, '0');
      const ahead = Math.abs(minutes);
      const offset =
        typeof place === 'string'
          ? place
          : `${minutes < 0 ? '-' : '+'}${clock(Math.floor(ahead / 60))}:${clock(ahead % 60)}`;
      const text = `${local.toISOString().slice(0, -1)}${more}${offset}`;
      return isLow ? text.replace('T', 't') : text;
    });
}

const word = fc.string({ unit: fc.constantFrom(...'abcXYZ019-äß'), minLength: 1, maxLength: 5 });
const arbitraryEmail = fc
  .tuple(word, word, fc.constantFrom('c', 'De', 'co.uk'))
  .map(([local, domain, end]) => `${local}@${domain}.${end}`);
const arbitraryUrl = fc
  .tuple(
    fc.constantFrom('http', 'https', 'HTTPS'),
    fc.constantFrom('a', 'example.com', 'EXAMPLE.com:8080', '[::1]', 'ä.de', '127.0.0.1', 'u:p@h'),
    fc.constantFrom('', '/', '/a%20b', '?q=ä#x', '/\'"', '/../b'),
  )
  .map(([scheme, host, path]) => `${scheme}://${host}${path}`);

function arbitraryList(field: FieldDefinition): fc.Arbitrary<JsonValue> {
  const { items, min_items: minLength = 0, max_items: maxLength = Math.max(minLength, 3) } = field;
  const value = items ? arbitraryValue(items) : arbitraryJson;
  const item = items?.nullable ? fc.option(value, { freq: 4 }) : value;
  const lengths = { minLength, maxLength };
  return field.unique_items
    ? fc.uniqueArray(item, { ...lengths, selector: (one) => toCanonicalJson(one).toLowerCase() })
    : fc.array(item, lengths);
}

function arbitraryDict({ properties = [], additional }: FieldDefinition): fc.Arbitrary<JsonValue> {
  const isOpen = additional ?? properties.length === 0;
  const own = fc
    .tuple(...properties.map((field) => arbitraryEntry(field)))
    .map((entries) => toObject(entries.filter((entry) => entry !== undefined)));
  if (!isOpen) return own;
  const names = new Set(properties.map(({ name }) => name));
  const other = fc.tuple(
    key.filter((name) => !names.has(name)),
    arbitraryJson,
  );
  return fc
    .tuple(own, fc.array(other, { maxLength: 2 }))
    .map(([named, others]) => ({ ...(toObject(others) as object), ...(named as object) }));
}

/** A name and its value, or nothing where the field may be left out. */
function arbitraryEntry(field: NamedField): fc.Arbitrary<readonly [string, JsonValue] | undefined> {
  const named = arbitraryValue(field).map((value) => [field.name, value] as const);
  const mayBeNull = !field.required && (field.nullable ?? true);
  const mayBeAbsent = !field.required || field.default !== undefined;
  return fc.oneof(
    { weight: 8, arbitrary: named },
    ...(mayBeAbsent ? [{ weight: 2, arbitrary: fc.constant(undefined) }] : []),
    ...(mayBeNull ? [{ weight: 1, arbitrary: fc.constant([field.name, null] as const) }] : []),
  );
}
