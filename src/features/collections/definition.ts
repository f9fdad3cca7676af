import type { Clock } from '../../core/clock.ts';
import type { Fault } from '../../core/errors.ts';
import { isPlainObject } from '../../lib/json-value.ts';
import { checkOptions, type Place, settleOptions } from './field-options.ts';
import {
  describeValue,
  type FieldDefinition,
  type Loc,
  type NamedField,
  refuse,
} from './fields/field-type.ts';
import { countFieldIndexes, MAX_INDEXES } from './indexes.ts';
import { type CollectionSchema, NAME_PATTERN } from './schema.ts';
import { parseTypeName } from './type-name.ts';

const MAX_FIELDS = 200;
const MAX_LEVELS = 20;
/** What every record has of its own. */
const TAKEN_FIELDS = new Set(['id', 'owner_id', 'collection_id', 'created_at', 'updated_at']);
const NAME = new RegExp(NAME_PATTERN);

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

/** What the rest of the server has to say about a definition. */
export interface SchemaContext {
  /** A collection that a reference may lead to: the one being defined and `users` among them. */
  readonly hasCollection: (name: string) => boolean;
  readonly clock: Clock;
}

/** What is carried along while a definition is read. */
interface Reading {
  readonly context: SchemaContext;
  readonly faults: Fault[];
  readonly renames: Rename[];
}

/** Checks the definition of a collection's fields and brings it into stored form; adds every fault found. */
export function parseSchema(
  input: unknown,
  loc: Loc,
  faults: Fault[],
  context: SchemaContext,
): ParsedSchema {
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
  const fields = parseFields(input.fields, [...loc, 'fields'], 1, { context, faults, renames });
  const indexes = countFieldIndexes(fields);
  if (indexes > MAX_INDEXES)
    refuse(
      faults,
      [...loc, 'fields'],
      'too_long',
      `must have at most ${MAX_INDEXES} indexes, got ${indexes}; every reference has one`,
    );
  return { schema: { fields }, renames };
}

function parseFields(
  inputs: readonly unknown[],
  loc: Loc,
  level: number,
  reading: Reading,
): readonly NamedField[] {
  const { faults } = reading;
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
    const { name: _name, was, ...rest } = input;
    const name = parseName(input.name, [...at, 'name'], faults, level);
    if (name && seen.has(name))
      refuse(faults, [...at, 'name'], 'duplicate', `${name} is there twice`);
    if (name) seen.add(name);
    if (was !== undefined && name) {
      if (level > 1)
        refuse(
          faults,
          [...at, 'was'],
          'extra_forbidden',
          'only fields of the collection itself can be renamed',
        );
      else if (typeof was !== 'string' || !NAME.test(was))
        refuse(faults, [...at, 'was'], 'string_type', 'must be the name that the field had');
      else reading.renames.push({ index, name, was });
    }
    const field = parseField(rest, at, level === 1 ? 'record' : 'dict', level, reading);
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
  place: Place,
  level: number,
  reading: Reading,
): FieldDefinition | undefined {
  const { faults, context } = reading;
  if (level > MAX_LEVELS)
    return refuse(faults, loc, 'too_deep', `must not nest deeper than ${MAX_LEVELS} levels`);
  const resolved = parseTypeName(input.type, [...loc, 'type'], faults);
  if (!resolved) return undefined;
  const { kind, items } = resolved;
  if (kind === 'reference' && place !== 'record')
    return refuse(
      faults,
      [...loc, 'type'],
      'value_error',
      'must not be reference here: only a field of the record itself can be one',
    );
  const { type: _type, ...options } = items === undefined ? input : { items, ...input };
  if (items !== undefined && input.items !== undefined)
    return refuse(
      faults,
      [...loc, 'items'],
      'conflict',
      `the type ${String(input.type)} says already what its items are`,
    );
  const before = faults.length;
  checkOptions(options, kind, place, loc, faults);
  if (kind === 'reference') checkTarget(options.collection, [...loc, 'collection'], reading);
  const nested = parseNested(kind, options, loc, level, reading);
  if (faults.length > before) return undefined;
  // Every option was checked against the type's own list.
  const field = { type: kind, ...options, ...nested } as FieldDefinition;
  return settleOptions(field, loc, faults, context.clock);
}

function checkTarget(target: unknown, loc: Loc, { faults, context }: Reading): void {
  if (target === undefined)
    refuse(faults, loc, 'missing', 'is required: the collection that it refers to, or users');
  else if (typeof target === 'string' && !context.hasCollection(target))
    refuse(
      faults,
      loc,
      'value_error',
      `there is no collection ${describeValue(target)}; create it first`,
    );
}

function parseNested(
  kind: FieldDefinition['type'],
  { items, properties }: Readonly<Record<string, unknown>>,
  loc: Loc,
  level: number,
  reading: Reading,
): Partial<FieldDefinition> {
  const nested: { items?: FieldDefinition; properties?: readonly NamedField[] } = {};
  if (kind === 'list' && isPlainObject(items)) {
    const { name, ...rest } = items;
    if (name !== undefined)
      refuse(reading.faults, [...loc, 'items', 'name'], 'extra_forbidden', 'an item has no name');
    const item = parseField(rest, [...loc, 'items'], 'list', level + 1, reading);
    if (item) nested.items = item;
  }
  if (kind === 'dict' && Array.isArray(properties))
    nested.properties = parseFields(properties, [...loc, 'properties'], level + 1, reading);
  return nested;
}
