import type { Fault } from '../../core/errors.ts';
import { isPlainObject } from '../../lib/json-value.ts';
import { findNearest } from '../../lib/nearest.ts';
import { describeValue, type Loc, refuse } from './fields/field-type.ts';
import {
  ACCESS_LEVELS,
  type Access,
  type AccessRules,
  type CollectionOptions,
  DEFAULT_ACCESS,
  OPERATIONS,
  type Operation,
} from './schema.ts';

/** Checks `options`; an operation without a level keeps the one in `current`. */
export function parseOptions(
  input: unknown,
  loc: Loc,
  faults: Fault[],
  current: AccessRules = DEFAULT_ACCESS,
): CollectionOptions {
  const options: CollectionOptions = { access: current };
  if (!isPlainObject(input)) {
    refuse(
      faults,
      loc,
      'dict_type',
      `must be an object such as {"access": {}}, got ${describeValue(input)}`,
    );
    return options;
  }
  for (const key of Object.keys(input))
    if (key !== 'access')
      refuse(faults, [...loc, key], 'extra_forbidden', 'is not known here; options hold access');
  const { access } = input;
  if (access === undefined) return options;
  if (!isPlainObject(access)) {
    refuse(
      faults,
      [...loc, 'access'],
      'dict_type',
      `must be an object such as {"list": "public"}, got ${describeValue(access)}`,
    );
    return options;
  }
  const rules: Record<Operation, Access> = { ...current };
  for (const [name, level] of Object.entries(access)) {
    const at = [...loc, 'access', name];
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
  return { access: rules };
}

function isOneOf<T extends string>(values: readonly T[], value: unknown): value is T {
  return values.includes(value as T);
}
