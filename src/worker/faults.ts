import type { TSchema } from '@sinclair/typebox';
import { type ValueError, ValueErrorType } from '@sinclair/typebox/errors';
import { findNearest } from '../lib/nearest.ts';
import { type InputFault, MAX_FAULTS } from '../protocol/messages.ts';

type Describe = (schema: TSchema, error: ValueError) => string;

/** Stable names and words for what TypeBox finds, in the manner of Pydantic. */
const KINDS: Partial<Record<ValueErrorType, readonly [type: string, describe: Describe]>> = {
  [ValueErrorType.ObjectRequiredProperty]: ['missing', () => 'is required'],
  [ValueErrorType.ObjectAdditionalProperties]: ['extra_forbidden', describeExtra],
  [ValueErrorType.ObjectMinProperties]: [
    'too_short',
    (s) => `must have at least ${s.minProperties} keys`,
  ],
  [ValueErrorType.ObjectMaxProperties]: [
    'too_long',
    (s) => `must have at most ${s.maxProperties} keys`,
  ],
  [ValueErrorType.Object]: ['dict_type', () => 'must be an object'],
  [ValueErrorType.Array]: ['list_type', () => 'must be a list'],
  [ValueErrorType.ArrayMinItems]: ['too_short', (s) => `must have at least ${s.minItems} items`],
  [ValueErrorType.ArrayMaxItems]: ['too_long', (s) => `must have at most ${s.maxItems} items`],
  [ValueErrorType.ArrayUniqueItems]: ['unique_items', () => 'must not hold an item twice'],
  [ValueErrorType.Tuple]: ['tuple_type', () => 'must be a list'],
  [ValueErrorType.TupleLength]: ['tuple_type', (s) => `must have ${s.maxItems} items`],
  [ValueErrorType.String]: ['string_type', () => 'must be text'],
  [ValueErrorType.StringMinLength]: [
    'string_too_short',
    (s) => `must have at least ${s.minLength} characters`,
  ],
  [ValueErrorType.StringMaxLength]: [
    'string_too_long',
    (s) => `must have at most ${s.maxLength} characters`,
  ],
  [ValueErrorType.StringPattern]: [
    'string_pattern_mismatch',
    (s) => `must match the pattern ${s.pattern}`,
  ],
  [ValueErrorType.StringFormat]: ['value_error', (s) => `must be a valid ${s.format}`],
  [ValueErrorType.Integer]: ['int_type', () => 'must be a whole number'],
  [ValueErrorType.Number]: ['float_type', () => 'must be a number'],
  [ValueErrorType.IntegerMinimum]: ['greater_than_equal', (s) => `must be ${s.minimum} or more`],
  [ValueErrorType.NumberMinimum]: ['greater_than_equal', (s) => `must be ${s.minimum} or more`],
  [ValueErrorType.IntegerMaximum]: ['less_than_equal', (s) => `must be ${s.maximum} or less`],
  [ValueErrorType.NumberMaximum]: ['less_than_equal', (s) => `must be ${s.maximum} or less`],
  [ValueErrorType.IntegerExclusiveMinimum]: [
    'greater_than',
    (s) => `must be more than ${s.exclusiveMinimum}`,
  ],
  [ValueErrorType.NumberExclusiveMinimum]: [
    'greater_than',
    (s) => `must be more than ${s.exclusiveMinimum}`,
  ],
  [ValueErrorType.IntegerExclusiveMaximum]: [
    'less_than',
    (s) => `must be less than ${s.exclusiveMaximum}`,
  ],
  [ValueErrorType.NumberExclusiveMaximum]: [
    'less_than',
    (s) => `must be less than ${s.exclusiveMaximum}`,
  ],
  [ValueErrorType.IntegerMultipleOf]: [
    'multiple_of',
    (s) => `must be a multiple of ${s.multipleOf}`,
  ],
  [ValueErrorType.NumberMultipleOf]: [
    'multiple_of',
    (s) => `must be a multiple of ${s.multipleOf}`,
  ],
  [ValueErrorType.Boolean]: ['bool_type', () => 'must be true or false'],
  [ValueErrorType.Null]: ['none_required', () => 'must be null'],
  [ValueErrorType.Literal]: ['literal_error', (s) => `must be ${JSON.stringify(s.const)}`],
  [ValueErrorType.Union]: ['value_error', describeUnion],
  [ValueErrorType.Never]: ['value_error', () => 'must not be here'],
};

/** Every fault, in the words of the API; `value` tells list positions from keys. */
export function toFaults(errors: Iterable<ValueError>, value: unknown): InputFault[] {
  const faults: InputFault[] = [];
  const seen = new Set<string>();
  for (const error of errors) {
    // TypeBox says "required" and "wrong type" for the same absent key; the first is the better one.
    if (seen.has(error.path)) continue;
    seen.add(error.path);
    const [type, describe] = KINDS[error.type] ?? ['value_error', () => error.message];
    const isLiterals = error.type === ValueErrorType.Union && literalsOf(error.schema);
    faults.push({
      loc: ['body', ...toPath(error.path, value)],
      msg: describe(error.schema, error),
      type: isLiterals ? 'literal_error' : type,
    });
    if (faults.length === MAX_FAULTS) break;
  }
  return faults;
}

function toPath(pointer: string, value: unknown): (string | number)[] {
  const path: (string | number)[] = [];
  let at: unknown = value;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(at) ? Number(key) : key);
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined;
  }
  return path;
}

function describeExtra(schema: TSchema, error: ValueError): string {
  const key = error.path.slice(error.path.lastIndexOf('/') + 1);
  const nearest = findNearest(key, Object.keys(schema.properties ?? {}));
  return nearest ? `is not known; did you mean ${nearest}?` : 'is not known';
}

function literalsOf(schema: TSchema): unknown[] | undefined {
  const variants = (schema.anyOf ?? []) as TSchema[];
  return variants.length > 0 && variants.every((variant) => variant.const !== undefined)
    ? variants.map((variant) => variant.const)
    : undefined;
}

function describeUnion(schema: TSchema): string {
  const literals = literalsOf(schema);
  return literals
    ? `must be one of ${literals.map((literal) => JSON.stringify(literal)).join(', ')}`
    : 'fits none of the allowed forms';
}
