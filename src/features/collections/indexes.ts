import type { Fault } from '../../core/errors.ts';
import { isPlainObject } from '../../lib/json-value.ts';
import { suggest } from '../../lib/nearest.ts';
import { describeValue, type Loc, type NamedField, refuse } from './fields/field-type.ts';
import { type CompositeIndex, columnOf } from './schema.ts';

export const MAX_INDEXES = 64;
const MIN_INDEX_FIELDS = 2;
const MAX_INDEX_FIELDS = 8;

/** How many indexes the fields ask for by themselves. */
export function countFieldIndexes(fields: readonly NamedField[]): number {
  return fields.filter((field) => field.unique || field.index || field.type === 'reference').length;
}

/** Checks `options.indexes` against the fields; these are undefined when they have faults of their own. */
export function parseIndexes(
  input: unknown,
  loc: Loc,
  faults: Fault[],
  fields: readonly NamedField[] | undefined,
): readonly CompositeIndex[] {
  if (!Array.isArray(input))
    return (
      refuse(
        faults,
        loc,
        'list_type',
        `must be a list such as [{"fields": ["city", "name"]}], got ${describeValue(input)}`,
      ) ?? []
    );
  if (input.length > MAX_INDEXES)
    return (
      refuse(
        faults,
        loc,
        'too_long',
        `must have at most ${MAX_INDEXES} indexes, got ${input.length}`,
      ) ?? []
    );
  const seen = new Map<string, number>();
  const indexes: CompositeIndex[] = [];
  for (const [position, entry] of input.entries()) {
    const at = [...loc, position];
    const index = parseIndex(entry, at, faults, fields);
    if (!index) continue;
    const key = index.fields.join();
    const first = seen.get(key);
    if (first === undefined) seen.set(key, position);
    else refuse(faults, at, 'duplicate', `is over the same fields as index ${first}`);
    indexes.push(index);
  }
  refuseTooMany(indexes, fields, loc, faults);
  return indexes;
}

/** Indexes that a change does not speak of must still fit its fields. */
export function checkKeptIndexes(
  indexes: readonly CompositeIndex[],
  loc: Loc,
  faults: Fault[],
  fields: readonly NamedField[] | undefined,
): void {
  for (const index of indexes)
    for (const name of index.fields) {
      const reason = fields && findMisfit(name, fields);
      if (reason)
        refuse(
          faults,
          loc,
          'conflict',
          `the index over ${index.fields.join(', ')} is in the way: ${reason}. Send options.indexes without it too`,
        );
    }
  refuseTooMany(indexes, fields, loc, faults);
}

function refuseTooMany(
  indexes: readonly CompositeIndex[],
  fields: readonly NamedField[] = [],
  loc: Loc,
  faults: Fault[],
): void {
  const ofFields = countFieldIndexes(fields);
  // Without any of its own, the fields alone are too many, and that was said there.
  if (indexes.length > 0 && ofFields + indexes.length > MAX_INDEXES)
    refuse(
      faults,
      loc,
      'too_long',
      `must leave at most ${MAX_INDEXES} indexes in all: ${ofFields} of single fields and ${indexes.length} here`,
    );
}

function parseIndex(
  input: unknown,
  loc: Loc,
  faults: Fault[],
  fields: readonly NamedField[] | undefined,
): CompositeIndex | undefined {
  if (!isPlainObject(input))
    return refuse(
      faults,
      loc,
      'dict_type',
      `must be an index such as {"fields": ["city", "name"]}, got ${describeValue(input)}`,
    );
  const before = faults.length;
  for (const key of Object.keys(input))
    if (key !== 'fields' && key !== 'unique')
      refuse(
        faults,
        [...loc, key],
        'extra_forbidden',
        'is not known here; an index holds fields and unique',
      );
  const { unique = false } = input;
  if (typeof unique !== 'boolean')
    refuse(
      faults,
      [...loc, 'unique'],
      'bool_type',
      `must be true or false, got ${describeValue(unique)}`,
    );
  const names = parseNames(input.fields, [...loc, 'fields'], faults, fields);
  return faults.length > before ? undefined : { fields: names, unique: unique === true };
}

function parseNames(
  input: unknown,
  loc: Loc,
  faults: Fault[],
  fields: readonly NamedField[] | undefined,
): readonly string[] {
  if (!Array.isArray(input) || input.length < MIN_INDEX_FIELDS || input.length > MAX_INDEX_FIELDS) {
    refuse(
      faults,
      loc,
      'value_error',
      `must be a list of ${MIN_INDEX_FIELDS} to ${MAX_INDEX_FIELDS} different fields; for a single one, say index or unique at the field`,
    );
    return [];
  }
  for (const [position, name] of input.entries()) {
    const at = [...loc, position];
    if (typeof name !== 'string')
      refuse(faults, at, 'string_type', `must be the name of a field, got ${describeValue(name)}`);
    else if (input.indexOf(name) < position)
      refuse(faults, at, 'duplicate', `${describeValue(name)} is there twice`);
    else {
      const reason = fields && findMisfit(name, fields);
      if (reason) refuse(faults, at, 'value_error', reason);
    }
  }
  return input;
}

function findMisfit(name: string, fields: readonly NamedField[]): string | undefined {
  const field = fields.find((one) => one.name === name);
  if (!field) {
    const names = fields.map((one) => one.name);
    return `there is no field ${describeValue(name)}${suggest(name, names)}`;
  }
  return columnOf(field) === 'none'
    ? `a field of type ${field.type} cannot be indexed, and ${name} is one`
    : undefined;
}
