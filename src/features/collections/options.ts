import type { Fault } from '../../core/errors.ts';
import { isPlainObject } from '../../lib/json-value.ts';
import { findNearest } from '../../lib/nearest.ts';
import type { Rename } from './definition.ts';
import { describeValue, type Loc, type NamedField, refuse } from './fields/field-type.ts';
import { checkKeptIndexes, parseIndexes } from './indexes.ts';
import {
  ACCESS_LEVELS,
  type Access,
  type AccessRules,
  type CollectionOptions,
  type CompositeIndex,
  DEFAULT_ACCESS,
  OPERATIONS,
  type Operation,
} from './schema.ts';

export interface OptionsContext {
  /** What holds where the input says nothing; for a new collection, nothing has been said. */
  readonly current?: CollectionOptions;
  /** The collection's fields as they will be; undefined when they have faults of their own. */
  readonly fields: readonly NamedField[] | undefined;
  /** What the same change renames, which kept indexes follow. */
  readonly renames: readonly Pick<Rename, 'name' | 'was'>[];
}

const OPTIONS = ['access', 'indexes'];

/** Checks `options`; what it leaves out stays as it is. */
export function parseOptions(
  input: unknown,
  loc: Loc,
  faults: Fault[],
  { current = { access: DEFAULT_ACCESS }, fields, renames }: OptionsContext,
): CollectionOptions {
  if (!isPlainObject(input)) {
    refuse(
      faults,
      loc,
      'dict_type',
      `must be an object such as {"access": {}}, got ${describeValue(input)}`,
    );
    return current;
  }
  for (const key of Object.keys(input))
    if (!OPTIONS.includes(key))
      refuse(
        faults,
        [...loc, key],
        'extra_forbidden',
        'is not known here; options hold access and indexes',
      );
  const access =
    input.access === undefined
      ? current.access
      : parseAccess(input.access, [...loc, 'access'], faults, current.access);
  const at = [...loc, 'indexes'];
  if (input.indexes !== undefined)
    return toOptions(access, parseIndexes(input.indexes, at, faults, fields));
  const kept = renameInIndexes(current.indexes ?? [], renames);
  checkKeptIndexes(kept, at, faults, fields);
  return toOptions(access, kept);
}

function toOptions(access: AccessRules, indexes: readonly CompositeIndex[]): CollectionOptions {
  return { access, ...(indexes.length > 0 && { indexes }) };
}

function renameInIndexes(
  indexes: readonly CompositeIndex[],
  renames: OptionsContext['renames'],
): readonly CompositeIndex[] {
  const newNames = new Map(renames.map(({ name, was }) => [was, name]));
  return indexes.map((index) => ({
    ...index,
    fields: index.fields.map((name) => newNames.get(name) ?? name),
  }));
}

function parseAccess(input: unknown, loc: Loc, faults: Fault[], current: AccessRules): AccessRules {
  if (!isPlainObject(input)) {
    refuse(
      faults,
      loc,
      'dict_type',
      `must be an object such as {"list": "public"}, got ${describeValue(input)}`,
    );
    return current;
  }
  const rules: Record<Operation, Access> = { ...current };
  for (const [name, level] of Object.entries(input)) {
    const at = [...loc, name];
    if (!isOneOf(OPERATIONS, name)) {
      const nearest = findNearest(name, OPERATIONS);
      refuse(
        faults,
        at,
        'extra_forbidden',
        `is not an operation${nearest ? `, did you mean ${nearest}` : ''}; operations are ${OPERATIONS.join(', ')}`,
      );
    } else if (!isOneOf(ACCESS_LEVELS, level))
      refuse(
        faults,
        at,
        'enum',
        `must be one of ${ACCESS_LEVELS.join(', ')}; got ${describeValue(level)}`,
      );
    else rules[name] = level;
  }
  return rules;
}

function isOneOf<T extends string>(values: readonly T[], value: unknown): value is T {
  return values.includes(value as T);
}
