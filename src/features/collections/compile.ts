import type { Clock } from '../../core/clock.ts';
import type { Fault } from '../../core/errors.ts';
import type { JsonValue } from '../../lib/json-value.ts';
import { suggest } from '../../lib/nearest.ts';
import {
  type Check,
  type Compiler,
  type FieldDefinition,
  isTooMany,
  type JsonSchema,
  type Loc,
  type NamedField,
  refuse,
} from './fields/field-type.ts';
import { FIELD_TYPES } from './fields/index.ts';
import { NOW } from './fields/temporal.ts';
import type { RawData, RecordData } from './schema.ts';

/** A collection's fields, compiled once when they change. */
export interface CompiledSchema {
  readonly fields: readonly NamedField[];
  readonly fieldByName: ReadonlyMap<string, NamedField>;
  /** Checks the whole data of a new record and fills defaults in. */
  parseNew(data: RawData, loc: Loc, faults: Fault[]): RecordData;
  /** Checks the named fields of a change alone; null stands for "no value". */
  parsePatch(patch: RawData, loc: Loc, faults: Fault[]): RawData;
  /** Checks a whole record after a change: no defaults. */
  parseWhole(data: RawData, loc: Loc, faults: Fault[]): RecordData;
  readonly recordSchema: JsonSchema;
  readonly createSchema: JsonSchema;
  readonly updateSchema: JsonSchema;
}

/**
 * What values are looked at for, which decides about null and about what was left out: a new record,
 * where defaults are filled in, a change, or what is in the database.
 */
type Purpose =
  | { readonly kind: 'create'; readonly clock: Clock }
  | { readonly kind: 'update' }
  | { readonly kind: 'stored' };

function compilerFor(purpose: Purpose): Compiler {
  return {
    check: (field) => checkItem(field, purpose),
    object: (fields, isOpen) => checkObject(fields, isOpen, purpose),
    jsonSchema: (field) => nullable(describe(field, purpose), field.nullable === true),
    objectSchema: (fields, isOpen) => describeObject(fields, isOpen, purpose),
  };
}

/** Suggesting a name costs a comparison with every field. */
const MAX_SUGGESTIONS = 10;

/** Null is a value where the definition says so, and by default wherever none is required. */
function isNullable(field: FieldDefinition): boolean {
  return !field.required && (field.nullable ?? true);
}

/** The check of one field's values; null is the caller's business. */
export function compileField(field: FieldDefinition): Check {
  return compileFor(field, { kind: 'update' });
}

/** The same as in a new record: what is left out inside the value is filled in. */
export function compileFilling(field: FieldDefinition, clock: Clock): Check {
  return compileFor(field, { kind: 'create', clock });
}

function compileFor(field: FieldDefinition, purpose: Purpose): Check {
  return FIELD_TYPES[field.type].compile(field, compilerFor(purpose));
}

/** What fills an absent value: the default in stored form, with what it fills in itself. */
export function compileDefault(
  field: FieldDefinition,
  clock: Clock,
): (() => JsonValue | undefined) | undefined {
  const { default: value } = field;
  if (value === undefined) return undefined;
  const { atMoment } = FIELD_TYPES[field.type];
  if (value === NOW && atMoment) return () => atMoment(clock.now());
  const check = compileFilling(field, clock);
  if (usesNow(field)) return () => check(value, [], []);
  const filled = check(value, [], []);
  return () => filled;
}

/** Something in the field is filled in with the time. */
function usesNow({ type, default: value, items, properties = [] }: FieldDefinition): boolean {
  if (value === NOW && FIELD_TYPES[type].atMoment) return true;
  return (items !== undefined && usesNow(items)) || properties.some(usesNow);
}

export function compileSchema(fields: readonly NamedField[], clock: Clock): CompiledSchema {
  // One moment for all of a record, so that its dates agree.
  let moment = 0;
  const create: Purpose = { kind: 'create', clock: { now: () => moment } };
  const update: Purpose = { kind: 'update' };
  const forNew = compileFields(fields, create);
  const forChange = compileFields(fields, update);
  return {
    fields,
    fieldByName: new Map(fields.map((field) => [field.name, field])),
    parseNew(data, loc, faults) {
      moment = clock.now();
      return parseObject(forNew, data, loc, faults);
    },
    parseWhole: (data, loc, faults) => parseObject(forChange, data, loc, faults),
    parsePatch: (patch, loc, faults) => parsePatch(forChange, patch, loc, faults),
    recordSchema: describeObject(fields, false, { kind: 'stored' }),
    createSchema: describeObject(fields, false, create),
    updateSchema: { ...describeObject(fields, false, update), required: undefined },
  };
}

interface CompiledField {
  readonly field: NamedField;
  readonly check: Check;
  /** What an absent value becomes. */
  readonly fill: (() => JsonValue | undefined) | undefined;
}
type CompiledFields = ReadonlyMap<string, CompiledField>;

function compileFields(fields: readonly NamedField[], purpose: Purpose): CompiledFields {
  return new Map(
    fields.map((field) => [
      field.name,
      {
        field,
        check: compileFor(field, purpose),
        fill: purpose.kind === 'create' ? compileDefault(field, purpose.clock) : undefined,
      },
    ]),
  );
}

function parseObject(
  compiled: CompiledFields,
  data: RawData,
  loc: Loc,
  faults: Fault[],
): RecordData {
  refuseUnknown(compiled, data, loc, faults);
  const result: Record<string, JsonValue> = {};
  for (const [name, { field, check, fill }] of compiled) {
    const given = Object.hasOwn(data, name) ? data[name] : undefined;
    if (given === null) parseNull(field, [...loc, name], faults);
    else {
      const value = given === undefined ? fill?.() : check(given, [...loc, name], faults);
      if (value !== undefined) result[name] = value;
      else if (given === undefined && field.required)
        refuse(faults, [...loc, name], 'missing', 'is required');
    }
  }
  return result;
}

function parsePatch(compiled: CompiledFields, patch: RawData, loc: Loc, faults: Fault[]): RawData {
  refuseUnknown(compiled, patch, loc, faults);
  const checked: Record<string, unknown> = {};
  for (const [name, { field, check }] of compiled) {
    if (!Object.hasOwn(patch, name)) continue;
    const at = [...loc, name];
    checked[name] =
      patch[name] === null ? parseNull(field, at, faults) : check(patch[name], at, faults);
  }
  return checked;
}

function refuseUnknown(compiled: CompiledFields, data: RawData, loc: Loc, faults: Fault[]): void {
  let count = 0;
  for (const name of Object.keys(data)) {
    if (compiled.has(name)) continue;
    if (isTooMany(faults, loc)) return;
    const hint = ++count > MAX_SUGGESTIONS ? '' : suggest(name, compiled.keys());
    refuse(faults, [...loc, name], 'extra_forbidden', `is not a field of this collection${hint}`);
  }
}

function parseNull(field: FieldDefinition, loc: Loc, faults: Fault[]): null | undefined {
  if (isNullable(field)) return null;
  return field.required
    ? refuse(faults, loc, 'missing', 'is required and must not be null')
    : refuse(faults, loc, 'null_forbidden', 'must not be null; leave the field out instead');
}

/** An item of a list: null only where it was allowed by name. */
function checkItem(field: FieldDefinition, purpose: Purpose): Check {
  const check = compileFor(field, purpose);
  return (value, loc, faults) => {
    if (value !== null) return check(value, loc, faults);
    return field.nullable ? null : refuse(faults, loc, 'null_forbidden', 'must not be null');
  };
}

/** A nested object: named properties are checked, others kept when it is open. */
function checkObject(fields: readonly NamedField[], isOpen: boolean, purpose: Purpose): Check {
  const compiled = compileFields(fields, purpose);
  return (value, loc, faults) => {
    const data = value as RawData;
    const before = faults.length;
    const isNamed = ([name]: [string, unknown]) => compiled.has(name);
    const named = isOpen ? Object.fromEntries(Object.entries(data).filter(isNamed)) : data;
    const result = parseObject(compiled, named, loc, faults);
    if (faults.length > before) return undefined;
    if (!isOpen) return result;
    // Spreading copies an own key `__proto__` as data; assigning it would not.
    const others = Object.fromEntries(Object.entries(data).filter((entry) => !isNamed(entry)));
    return { ...result, ...others } as JsonValue;
  };
}

function describe(field: FieldDefinition, purpose: Purpose): JsonSchema {
  const isNow = field.default === NOW && FIELD_TYPES[field.type].atMoment !== undefined;
  const description = [
    field.description,
    isNow && 'The time of creation where it is left out.',
    field.read && `Who may read it: ${field.read}.`,
    field.write && `Who may write it: ${field.write}.`,
  ].filter(Boolean);
  return {
    ...FIELD_TYPES[field.type].jsonSchema(field, compilerFor(purpose)),
    ...(description.length > 0 && { description: description.join(' ') }),
    ...(field.default !== undefined && !isNow && { default: field.default }),
  };
}

function describeObject(
  fields: readonly NamedField[],
  isOpen: boolean,
  purpose: Purpose,
): JsonSchema {
  const required = fields
    .filter((field) => field.required && !mayBeAbsent(field, purpose))
    .map((field) => field.name);
  const mayBeNull = (field: NamedField) => purpose.kind !== 'stored' && isNullable(field);
  return {
    type: 'object',
    properties: Object.fromEntries(
      fields.map((field) => [field.name, nullable(describe(field, purpose), mayBeNull(field))]),
    ),
    ...(required.length > 0 && { required }),
    additionalProperties: isOpen,
  };
}

/** A required field is left out of a create that its default fills, and of answers to those who may not read it. */
function mayBeAbsent(field: NamedField, { kind }: Purpose): boolean {
  if (kind === 'create') return field.default !== undefined;
  return kind === 'stored' && field.read !== undefined;
}

function nullable(schema: JsonSchema, isNullable: boolean): JsonSchema {
  return isNullable ? { anyOf: [schema, { type: 'null' }] } : schema;
}
