import { type TSchema, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { Fault } from '../../core/errors.ts';
import { isPlainObject } from '../../lib/json-value.ts';
import { findNearest } from '../../lib/nearest.ts';
import { compileField } from './compile.ts';
import {
  describeValue,
  type FieldDefinition,
  type FieldKind,
  type Loc,
  type NamedField,
  refuse,
} from './fields/field-type.ts';
import { FIELD_TYPES, TYPE_NAMES } from './fields/index.ts';
import { type CollectionSchema, NAME_PATTERN } from './schema.ts';

const MAX_FIELDS = 200;
const MAX_INDEXES = 64;
const MAX_LEVELS = 20;
const MAX_TYPE_LENGTH = 200;
/** What every record has of its own. */
const TAKEN_FIELDS = new Set(['id', 'owner_id', 'collection_id', 'created_at', 'updated_at']);
const NAME = new RegExp(NAME_PATTERN);

const flag = Type.Boolean({ description: 'true or false' });
const note = Type.String({ maxLength: 2000, description: 'a text of at most 2000 characters' });

/** Options of a field of any type. */
const COMMON: Readonly<Record<string, TSchema>> = {
  description: note,
  required: flag,
  nullable: flag,
  default: Type.Unknown(),
};
/** Options of types that a column can stand for. */
const SCALAR: Readonly<Record<string, TSchema>> = { unique: flag, index: flag };
const ITEM: Readonly<Record<string, TSchema>> = { description: note, nullable: flag };

/** A rename rides on the new definition: `{"name": "new", "was": "old"}`. */
export interface Rename {
  /** Of the field in the list. */
  readonly index: number;
  readonly name: string;
  readonly was: string;
}

export interface ParsedSchema {
  readonly schema: CollectionSchema;
  readonly renames: readonly Rename[];
}

/** Checks the definition of a collection's fields and brings it into stored form; adds every fault found. */
export function parseSchema(input: unknown, loc: Loc, faults: Fault[]): ParsedSchema {
  const renames: Rename[] = [];
  const empty: ParsedSchema = { schema: { fields: [] }, renames };
  if (!isPlainObject(input)) {
    refuse(
      faults,
      loc,
      'dict_type',
      `must be an object such as {"fields": []}, got ${describeValue(input)}`,
    );
    return empty;
  }
  for (const key of Object.keys(input))
    if (key !== 'fields')
      refuse(faults, [...loc, key], 'extra_forbidden', 'is not known here; a schema holds fields');
  if (!Array.isArray(input.fields)) {
    refuse(faults, [...loc, 'fields'], 'list_type', 'must be a list of fields');
    return empty;
  }
  const fields = parseFields(input.fields, [...loc, 'fields'], faults, 1, renames);
  const indexes = fields.filter((field) => field.unique || field.index).length;
  if (indexes > MAX_INDEXES)
    refuse(
      faults,
      [...loc, 'fields'],
      'too_long',
      `must have at most ${MAX_INDEXES} indexes, got ${indexes}`,
    );
  return { schema: { fields }, renames };
}

function parseFields(
  inputs: readonly unknown[],
  loc: Loc,
  faults: Fault[],
  level: number,
  renames?: Rename[],
): readonly NamedField[] {
  if (inputs.length > MAX_FIELDS) {
    refuse(faults, loc, 'too_long', `must have at most ${MAX_FIELDS} fields, got ${inputs.length}`);
    return [];
  }
  const seen = new Set<string>();
  const fields: NamedField[] = [];
  for (const [index, input] of inputs.entries()) {
    const at = [...loc, index];
    if (!isPlainObject(input)) {
      refuse(
        faults,
        at,
        'dict_type',
        `must be a field such as {"name": "title", "type": "string"}, got ${describeValue(input)}`,
      );
      continue;
    }
    const name = parseName(input.name, [...at, 'name'], faults, level);
    if (name && seen.has(name))
      refuse(faults, [...at, 'name'], 'duplicate', `${name} is there twice`);
    if (name) seen.add(name);
    const { was, ...rest } = input;
    if (was !== undefined && name) {
      if (!renames)
        refuse(
          faults,
          [...at, 'was'],
          'extra_forbidden',
          'only fields of the collection itself can be renamed',
        );
      else if (typeof was !== 'string' || !NAME.test(was))
        refuse(faults, [...at, 'was'], 'string_type', 'must be the name that the field had');
      else renames.push({ index, name, was });
    }
    const field = parseField(rest, at, faults, level, false);
    if (name && field) fields.push({ name, ...field });
  }
  return fields;
}

function parseName(name: unknown, loc: Loc, faults: Fault[], level: number): string | undefined {
  if (name === undefined) return refuse(faults, loc, 'missing', 'is required');
  if (typeof name !== 'string' || !NAME.test(name))
    return refuse(
      faults,
      loc,
      'string_pattern_mismatch',
      `must be 1 to 63 characters of a-z, 0-9 and _, beginning with a letter; got ${describeValue(name)}`,
    );
  if (level === 1 && TAKEN_FIELDS.has(name))
    return refuse(
      faults,
      loc,
      'taken',
      `${name} is a part of every record already; choose another name`,
    );
  return name;
}

function parseField(
  input: Readonly<Record<string, unknown>>,
  loc: Loc,
  faults: Fault[],
  level: number,
  isItem: boolean,
): FieldDefinition | undefined {
  if (level > MAX_LEVELS)
    return refuse(faults, loc, 'too_deep', `must not nest deeper than ${MAX_LEVELS} levels`);
  const resolved = parseType(input.type, [...loc, 'type'], faults);
  if (!resolved) return undefined;
  const { kind, items } = resolved;
  const {
    name: _name,
    type: _type,
    ...options
  } = items === undefined ? input : { items, ...input };
  if (items !== undefined && input.items !== undefined)
    return refuse(
      faults,
      [...loc, 'items'],
      'conflict',
      `the type ${String(input.type)} says already what its items are`,
    );
  const type = FIELD_TYPES[kind];
  const allowed: Readonly<Record<string, TSchema>> = {
    ...(isItem ? ITEM : COMMON),
    // Columns stand for fields of the record itself, not for what is inside them.
    ...(level === 1 && type.column !== 'none' && SCALAR),
    ...(type.constraints as Readonly<Record<string, TSchema>>),
  };
  const before = faults.length;
  const good = new Map<string, unknown>();
  for (const [option, value] of Object.entries(options)) {
    // Not what an object inherits: an option may be called `constructor`.
    const schema = Object.hasOwn(allowed, option) ? allowed[option] : undefined;
    if (!schema)
      refuse(
        faults,
        [...loc, option],
        'extra_forbidden',
        explainMisfit(option, kind, Object.keys(allowed), isItem),
      );
    else if (!Value.Check(schema, value))
      refuse(
        faults,
        [...loc, option],
        'value_error',
        `must be ${schema.description}, got ${describeValue(value)}`,
      );
    else good.set(option, value);
  }
  const nested = parseNested(good.get('items'), good.get('properties'), loc, faults, level);
  if (faults.length > before) return undefined;
  const field = { type: kind, ...options, ...nested } as FieldDefinition;
  const conflict = type.findConflict?.(field);
  if (conflict) return refuse(faults, [...loc, conflict[0]], 'value_error', conflict[1]);
  return parseDependent(field, loc, faults);
}

function parseNested(
  items: unknown,
  properties: unknown,
  loc: Loc,
  faults: Fault[],
  level: number,
): Partial<FieldDefinition> {
  const nested: { items?: FieldDefinition; properties?: readonly NamedField[] } = {};
  if (isPlainObject(items)) {
    if (items.name !== undefined)
      refuse(faults, [...loc, 'items', 'name'], 'extra_forbidden', 'an item has no name');
    const item = parseField(items, [...loc, 'items'], faults, level + 1, true);
    if (item) nested.items = item;
  }
  if (Array.isArray(properties))
    nested.properties = parseFields(properties, [...loc, 'properties'], faults, level + 1);
  return nested;
}

/** Rules between options: what is required is not null, and what stands by must be a value of the type. */
function parseDependent(
  field: FieldDefinition,
  loc: Loc,
  faults: Fault[],
): FieldDefinition | undefined {
  if (field.required && field.nullable)
    return refuse(faults, [...loc, 'nullable'], 'conflict', 'a required field cannot be nullable');
  if (!Object.hasOwn(field, 'default')) return field;
  const before = faults.length;
  if (field.default === null)
    refuse(
      faults,
      [...loc, 'default'],
      'null_forbidden',
      'must not be null; leave the default out instead',
    );
  else compileField(field)(field.default, [...loc, 'default'], faults);
  return faults.length > before ? undefined : field;
}

interface ResolvedType {
  readonly kind: FieldKind;
  /** From `list[T]`. */
  readonly items?: { readonly type: string };
}

function parseType(type: unknown, loc: Loc, faults: Fault[]): ResolvedType | undefined {
  if (type === undefined) return refuse(faults, loc, 'missing', 'is required');
  if (typeof type !== 'string')
    return refuse(
      faults,
      loc,
      'string_type',
      `must be the name of a type, got ${describeValue(type)}`,
    );
  if (type.length > MAX_TYPE_LENGTH)
    return refuse(
      faults,
      loc,
      'string_too_long',
      `must be the name of a type, of at most ${MAX_TYPE_LENGTH} characters`,
    );
  const kind = TYPE_NAMES.get(type);
  if (kind) return { kind };
  const list = /^(?:list|array)\[(.+)\]$/s.exec(type);
  if (list?.[1])
    return parseType(list[1], loc, faults) && { kind: 'list', items: { type: list[1] } };
  const nearest = findNearest(type, [...TYPE_NAMES.keys()]);
  return refuse(
    faults,
    loc,
    'enum',
    `${describeValue(type)} is not a type${nearest ? `, did you mean ${nearest}` : ''}; types are ${Object.keys(FIELD_TYPES).join(', ')} and list[T]`,
  );
}

function explainMisfit(
  option: string,
  kind: FieldKind,
  allowed: readonly string[],
  isItem: boolean,
): string {
  const isKnown =
    Object.hasOwn(COMMON, option) ||
    Object.hasOwn(SCALAR, option) ||
    Object.values(FIELD_TYPES).some((type) => Object.hasOwn(type.constraints, option));
  const takes = `${isItem ? 'an item of type' : 'type'} ${kind} takes ${allowed.join(', ')}`;
  if (isKnown) return `does not fit here: ${takes}`;
  const nearest = findNearest(option, allowed);
  return `is not known${nearest ? `; did you mean ${nearest}?` : ''} (${takes})`;
}
