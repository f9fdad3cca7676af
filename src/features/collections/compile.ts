import type { Fault } from '../../core/errors.ts';
import type { JsonValue } from '../../lib/json-value.ts';
import { findNearest } from '../../lib/nearest.ts';
import {
  type Check,
  type Compiler,
  type FieldDefinition,
  type JsonSchema,
  type Loc,
  type NamedField,
  refuse,
} from './fields/field-type.ts';
import { FIELD_TYPES } from './fields/index.ts';
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

/** Null is a value where the definition says so, and by default wherever none is required. */
export function isNullable(field: FieldDefinition): boolean {
  return field.nullable ?? !field.required;
}

interface CompiledField {
  readonly field: NamedField;
  readonly check: Check;
}

const compiler: Compiler = { check: checkItem, object, jsonSchema, objectSchema };

/** The check of one field's values; null is the caller's business. */
export function compileField(field: FieldDefinition): Check {
  return FIELD_TYPES[field.type].compile(field, compiler);
}

export function compileSchema(fields: readonly NamedField[]): CompiledSchema {
  const compiled = fields.map((field): CompiledField => ({ field, check: compileField(field) }));
  const byName = new Map(compiled.map((entry) => [entry.field.name, entry]));
  return {
    fields,
    fieldByName: new Map(fields.map((field) => [field.name, field])),
    parseNew: (data, loc, faults) =>
      parseObject(compiled, byName, data, loc, faults, { fillDefaults: true }),
    parseWhole: (data, loc, faults) =>
      parseObject(compiled, byName, data, loc, faults, { fillDefaults: false }),
    parsePatch(patch, loc, faults) {
      refuseUnknown(byName, patch, loc, faults);
      const checked: Record<string, unknown> = {};
      for (const [name, value] of Object.entries(patch)) {
        const entry = byName.get(name);
        if (entry)
          checked[name] =
            value === null
              ? parseNull(entry.field, [...loc, name], faults)
              : entry.check(value, [...loc, name], faults);
      }
      return checked;
    },
    recordSchema: objectSchema(fields, false),
    createSchema: withoutDefaultsRequired(fields),
    updateSchema: { ...objectSchema(fields, false, nullableSchema), required: undefined },
  };
}

function parseObject(
  compiled: readonly CompiledField[],
  byName: ReadonlyMap<string, CompiledField>,
  data: RawData,
  loc: Loc,
  faults: Fault[],
  { fillDefaults }: { readonly fillDefaults: boolean },
): RecordData {
  refuseUnknown(byName, data, loc, faults);
  const result: Record<string, JsonValue> = {};
  for (const { field, check } of compiled) {
    const given = Object.hasOwn(data, field.name) ? data[field.name] : undefined;
    if (given === undefined) {
      if (fillDefaults && field.default !== undefined) result[field.name] = field.default;
      else if (field.required) refuse(faults, [...loc, field.name], 'missing', 'is required');
      continue;
    }
    if (given === null) {
      parseNull(field, [...loc, field.name], faults);
      continue;
    }
    const value = check(given, [...loc, field.name], faults);
    if (value !== undefined) result[field.name] = value;
  }
  return result;
}

function refuseUnknown(
  byName: ReadonlyMap<string, unknown>,
  data: RawData,
  loc: Loc,
  faults: Fault[],
): void {
  for (const name in data) {
    if (byName.has(name)) continue;
    const nearest = findNearest(name, [...byName.keys()]);
    refuse(
      faults,
      [...loc, name],
      'extra_forbidden',
      `is not a field of this collection${nearest ? `; did you mean ${nearest}?` : ''}`,
    );
  }
}

function parseNull(field: FieldDefinition, loc: Loc, faults: Fault[]): null | undefined {
  if (!field.required && isNullable(field)) return null;
  return field.required
    ? refuse(faults, loc, 'missing', 'is required and must not be null')
    : refuse(faults, loc, 'null_forbidden', 'must not be null; leave the field out instead');
}

/** An item of a list: null only where it was allowed by name. */
function checkItem(field: FieldDefinition): Check {
  const check = compileField(field);
  return (value, loc, faults) => {
    if (value !== null) return check(value, loc, faults);
    return field.nullable ? null : refuse(faults, loc, 'null_forbidden', 'must not be null');
  };
}

/** A nested object: named properties are checked, others kept when it is open. */
function object(fields: readonly NamedField[], additional: boolean): Check {
  const compiled = fields.map((field): CompiledField => ({ field, check: compileField(field) }));
  const byName = new Map(compiled.map((entry) => [entry.field.name, entry]));
  return (value, loc, faults) => {
    const data = value as RawData;
    const before = faults.length;
    const known = additional
      ? Object.fromEntries(Object.entries(data).filter(([name]) => byName.has(name)))
      : data;
    const result = parseObject(compiled, byName, known, loc, faults, { fillDefaults: true });
    if (faults.length > before) return undefined;
    if (!additional) return result;
    // Spreading copies an own key `__proto__` as data; assigning it would not.
    const others = Object.fromEntries(Object.entries(data).filter(([name]) => !byName.has(name)));
    return { ...result, ...others } as JsonValue;
  };
}

function jsonSchema(field: FieldDefinition): JsonSchema {
  return {
    ...FIELD_TYPES[field.type].jsonSchema(field, compiler),
    ...(field.description !== undefined && { description: field.description }),
    ...(field.default !== undefined && { default: field.default }),
  };
}

function objectSchema(
  fields: readonly NamedField[],
  additional: boolean,
  property: (field: NamedField) => JsonSchema = jsonSchema,
): JsonSchema {
  const required = fields.filter((field) => field.required).map((field) => field.name);
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map((field) => [field.name, property(field)])),
    ...(required.length > 0 && { required }),
    additionalProperties: additional,
  };
}

/** What may be sent: null where it is allowed, nothing required that has a default. */
function withoutDefaultsRequired(fields: readonly NamedField[]): JsonSchema {
  const required = fields
    .filter((field) => field.required && field.default === undefined)
    .map((field) => field.name);
  const schema = { ...objectSchema(fields, false, nullableSchema) };
  return { ...schema, required: required.length > 0 ? required : undefined };
}

function nullableSchema(field: NamedField): JsonSchema {
  const schema = jsonSchema(field);
  return !field.required && isNullable(field) ? { anyOf: [schema, { type: 'null' }] } : schema;
}
