import { Type } from '@sinclair/typebox';
import { findNonJson, type JsonValue, toCanonicalJson } from '../../../lib/json-value.ts';
import {
  type Check,
  describeValue,
  type FieldDefinition,
  type FieldType,
  isTooMany,
  refuse,
} from './field-type.ts';

const count = Type.Integer({ minimum: 0, description: 'a whole number from 0' });

export const list: FieldType = {
  aliases: ['array'],
  column: 'none',
  constraints: {
    items: Type.Object({}, { description: 'a field without a name, such as {"type": "string"}' }),
    min_items: count,
    max_items: count,
    unique_items: Type.Boolean({ description: 'true or false' }),
  },
  findConflict({ min_items = 0, max_items = Number.POSITIVE_INFINITY, unique_items, items }) {
    if (min_items > max_items)
      return ['min_items', `must not be above max_items, which is ${max_items}`];
    const different = unique_items && items ? countValues(items) : Number.POSITIVE_INFINITY;
    return min_items > different
      ? ['min_items', `must not be above ${different}: so many different items are there`]
      : undefined;
  },
  compile(field, compiler): Check {
    const { min_items = 0, max_items = Number.POSITIVE_INFINITY, unique_items = false } = field;
    const item = field.items ? compiler.check(field.items) : anything;
    return (value, loc, faults) => {
      if (!Array.isArray(value))
        return refuse(faults, loc, 'list_type', `must be a list, got ${describeValue(value)}`);
      if (value.length < min_items)
        return refuse(
          faults,
          loc,
          'too_short',
          `must have at least ${min_items} items, got ${value.length}`,
        );
      if (value.length > max_items)
        return refuse(
          faults,
          loc,
          'too_long',
          `must have at most ${max_items} items, got ${value.length}`,
        );
      const before = faults.length;
      const items: (JsonValue | undefined)[] = [];
      for (const [index, entry] of value.entries()) {
        if (faults.length > before && isTooMany(faults, loc)) break;
        items.push(item(entry, [...loc, index], faults));
      }
      if (faults.length > before) return undefined;
      if (unique_items) refuseDoubles(items as JsonValue[], loc, faults);
      return faults.length > before ? undefined : (items as JsonValue[]);
    };
  },
  jsonSchema({ items, min_items, max_items, unique_items }, compiler) {
    return {
      type: 'array',
      items: items ? compiler.jsonSchema(items) : {},
      ...(min_items !== undefined && { minItems: min_items }),
      ...(max_items !== undefined && { maxItems: max_items }),
      ...(unique_items && { uniqueItems: true }),
    };
  },
};

/** How many different values an item can have at most. */
function countValues({ type, enum: values, nullable }: FieldDefinition): number {
  const named = type === 'boolean' ? 2 : (values?.length ?? Number.POSITIVE_INFINITY);
  return nullable ? named + 1 : named;
}

const anything: Check = (value, loc, faults) => {
  const found = findNonJson(value);
  return found
    ? refuse(faults, [...loc, ...found.path], 'json_type', found.reason)
    : (value as JsonValue);
};

function refuseDoubles(
  items: readonly JsonValue[],
  loc: readonly (string | number)[],
  faults: Parameters<Check>[2],
): void {
  const before = faults.length;
  // Apart, so that no text is taken for the object that it spells.
  const scalars = new Map<unknown, number>();
  const others = new Map<unknown, number>();
  for (const [index, item] of items.entries()) {
    const isScalar = typeof item !== 'object' || item === null;
    const seen = isScalar ? scalars : others;
    const key = isScalar ? item : toCanonicalJson(item);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, index);
    else if (faults.length > before && isTooMany(faults, loc)) return;
    else refuse(faults, [...loc, index], 'unique_items', `must differ from item ${first}`);
  }
}
