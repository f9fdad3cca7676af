import { Kind, OptionalKind, type Static, type TSchema, Type } from '@sinclair/typebox';
import { type Fault, invalidInput } from '../core/errors.ts';
import { createValidator, describeUnknownKey, quote } from './faults.ts';

/** The typed values of a URL's query; throws every fault at once. */
export type QueryReader = (url: string) => Record<string, unknown>;

/** How a parameter's text becomes its value. */
type Coerce = (text: string) => unknown;

interface Group {
  readonly pattern: RegExp;
  readonly coerce: Coerce;
}

const WHOLE = /^-?\d{1,16}$/;
const DECIMAL = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
const NONE = Type.Object({});

/**
 * Reads queries by a schema, strictly: a parameter nobody knows and one given twice are faults.
 * `patternProperties` of the schema adds groups of names, such as `filter[title]`.
 */
export function createQueryReader(schema: TSchema = NONE): QueryReader {
  const plain = toPlainSchema(schema);
  const properties: Record<string, TSchema> = plain.properties ?? {};
  const names = Object.keys(properties);
  const coerces = new Map(names.map((name) => [name, toCoerce(properties[name] as TSchema)]));
  const groups: Group[] = Object.entries(schema.patternProperties ?? {}).map(
    ([pattern, value]) => ({
      pattern: new RegExp(pattern),
      coerce: toCoerce(value as TSchema),
    }),
  );
  const defaults = findDefaults(properties);
  const validator = createValidator(plain);
  const isAnyNeeded = (plain.required ?? []).length > 0;

  return (url) => {
    const start = url.indexOf('?');
    if (start === -1 && !isAnyNeeded) return { ...defaults };
    const values: Record<string, unknown> = { ...defaults };
    const faults: Fault[] = [];
    const seen = new Set<string>();
    for (const [name, text] of parsePairs(start === -1 ? '' : url.slice(start + 1), faults)) {
      const fail = (type: string, msg: string) => faults.push({ loc: ['query', name], msg, type });
      const coerce = coerces.get(name) ?? groups.find(({ pattern }) => pattern.test(name))?.coerce;
      if (coerce === undefined) {
        const { type, msg } = describeUnknownKey(name, names, 'query');
        fail(type, msg);
      } else if (seen.has(name)) fail('repeated', 'must be given only once');
      else
        Object.defineProperty(values, name, {
          value: coerce(text),
          enumerable: true,
          writable: true,
          configurable: true,
        });
      seen.add(name);
    }
    for (const fault of validator.findFaults(values, 'query'))
      if (!faults.some(({ loc }) => loc[1] === fault.loc[1])) faults.push(fault);
    if (faults.length > 0) throw invalidInput(faults);
    return values;
  };
}

const readers = new WeakMap<TSchema, QueryReader>();

/** The query of a URL by a schema, for a handler that reads it itself. */
export function readQuery<T extends TSchema>(url: string, schema: T): Static<T> {
  let reader = readers.get(schema);
  if (reader === undefined) {
    reader = createQueryReader(schema);
    readers.set(schema, reader);
  }
  return reader(url) as Static<T>;
}

function* parsePairs(search: string, faults: Fault[]): Generator<readonly [string, string]> {
  const hash = search.indexOf('#');
  for (const pair of (hash === -1 ? search : search.slice(0, hash)).split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    try {
      const name = decode(equals === -1 ? pair : pair.slice(0, equals));
      yield [name, equals === -1 ? '' : decode(pair.slice(equals + 1))];
    } catch (error) {
      if (!(error instanceof URIError)) throw error;
      const msg = `is not percent-encoded UTF-8: ${quote(pair)}`;
      faults.push({ loc: ['query'], msg, type: 'value_error' });
    }
  }
}

function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  return spaced.includes('%') ? decodeURIComponent(spaced) : spaced;
}

function findDefaults(properties: Readonly<Record<string, TSchema>>): Record<string, unknown> {
  const defaults: Record<string, unknown> = {};
  for (const [name, { default: value }] of Object.entries(properties))
    if (value !== undefined) defaults[name] = value;
  return defaults;
}

function toCoerce(schema: TSchema): Coerce {
  switch (schema.type) {
    case 'integer':
      return (text) => (WHOLE.test(text) ? toSafeInteger(text) : text);
    case 'number':
      return (text) => (DECIMAL.test(text) ? Number(text) : text);
    case 'boolean':
      return (text) => (text === 'true' ? true : text === 'false' ? false : text);
    default:
      return (text) => text;
  }
}

/** Text that a double cannot hold exactly stays text, and so is a fault. */
function toSafeInteger(text: string): number | string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}

/**
 * Elysia's own types say "text or number" so that its parser may coerce; here the text is coerced
 * before the check, so only the number is meant. Type.Integer() of TypeBox passes as it is.
 */
export function toPlainSchema(schema: TSchema): TSchema {
  if (schema.type === 'object' && schema.properties !== undefined) {
    const properties = Object.entries(schema.properties as Record<string, TSchema>);
    return Type.Object(
      Object.fromEntries(properties.map(([name, value]) => [name, toPlainSchema(value)])),
    );
  }
  const isOptional = OptionalKind in schema;
  const plain = toPlainValue(schema);
  return isOptional ? Type.Optional(plain) : plain;
}

function toPlainValue(schema: TSchema): TSchema {
  if (schema[Kind] === 'UnionEnum') {
    // Elysia makes the first choice the default unasked; what was left out must stay left out.
    const { description } = schema;
    return Type.Union(
      (schema.enum as string[]).map((choice) => Type.Literal(choice)),
      description === undefined ? {} : { description },
    );
  }
  const variants: TSchema[] = schema.anyOf ?? [];
  const textual = variants.find(({ type, format }) => type === 'string' && FORMATS.has(format));
  const typed = variants.find(({ type }) => type !== 'string');
  if (variants.length !== 2 || textual === undefined || typed === undefined) return schema;
  return { ...typed, ...(schema.default === undefined ? {} : { default: schema.default }) };
}

const FORMATS = new Set(['integer', 'numeric', 'boolean']);
