import { Kind, type TSchema } from '@sinclair/typebox';
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler';
import { type ValueError, ValueErrorType } from '@sinclair/typebox/errors';
import type { Fault } from '../core/errors.ts';
import { findNearest } from '../lib/nearest.ts';

/** Where the input stood. */
export type FaultRoot = 'body' | 'query' | 'path' | 'header';

export interface Validator {
  /** Everything that is wrong with a value, bounded; empty when it is fine. */
  findFaults(value: unknown, root: FaultRoot): readonly Fault[];
}

/** A body of ten thousand wrong items is answered with the first of its faults. */
const MAX_FAULTS = 100;
const MAX_QUOTED = 60;

/** Compiles on first use: most routes of a server are never called. */
export function createValidator(schema: TSchema): Validator {
  let check: TypeCheck<TSchema> | undefined;
  return {
    findFaults(value, root) {
      check ??= TypeCompiler.Compile(schema);
      return check.Check(value) ? [] : toFaults(check.Errors(value), value, root);
    },
  };
}

/** Faults of TypeBox's errors: one for each place, the first that was found there. */
export function toFaults(
  errors: Iterable<ValueError>,
  value: unknown,
  root: FaultRoot,
): readonly Fault[] {
  const faults = new Map<string, Fault>();
  collect(errors, value, root, faults);
  return [...faults.values()];
}

function collect(
  errors: Iterable<ValueError>,
  value: unknown,
  root: FaultRoot,
  faults: Map<string, Fault>,
): void {
  for (const error of errors) {
    if (faults.size >= MAX_FAULTS) return;
    if (faults.has(error.path)) continue;
    const variant = error.type === ValueErrorType.Union ? findMeantVariant(error) : undefined;
    if (variant !== undefined) {
      collect(variant, value, root, faults);
      continue;
    }
    const { msg, type } = describe(error, value, root);
    faults.set(error.path, { loc: [root, ...toLoc(error.path, value)], msg, type });
  }
}

/** The one form of several that the caller meant: the not-null one, or that with a fitting constant. */
function findMeantVariant(error: ValueError): readonly ValueError[] | undefined {
  const variants: TSchema[] = error.schema.anyOf ?? [];
  const errors = error.errors.map((iterator) => takeSome(iterator));
  const candidates = variants.flatMap((variant, index) => {
    const found = errors[index] ?? [];
    const isHopeless =
      variant[Kind] === 'Null' ||
      variant[Kind] === 'Literal' ||
      found.some(({ type, path }) => type === ValueErrorType.Literal || path === error.path);
    return isHopeless ? [] : [found];
  });
  if (candidates.length === 1) return candidates[0];
  const others = variants.flatMap((variant, index) =>
    variant[Kind] === 'Null' ? [] : [errors[index] ?? []],
  );
  return others.length === 1 ? others[0] : undefined;
}

function takeSome(errors: Iterable<ValueError>): ValueError[] {
  const taken: ValueError[] = [];
  for (const error of errors) if (taken.push(error) >= MAX_FAULTS) break;
  return taken;
}

function toLoc(path: string, value: unknown): (string | number)[] {
  let current: unknown = value;
  return path
    .split('/')
    .slice(1)
    .map((part) => {
      const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
      const key = Array.isArray(current) ? Number(name) : name;
      current =
        typeof current === 'object' && current !== null ? Reflect.get(current, key) : undefined;
      return key;
    });
}

type Description = Pick<Fault, 'msg' | 'type'>;
type Describe = (error: ValueError, root: FaultRoot) => Description;

const bound =
  (type: string, words: string, option: string): Describe =>
  ({ schema, value }) => ({ type, msg: `must be ${words} ${schema[option]}, got ${quote(value)}` });
const count =
  (
    type: string,
    words: string,
    unit: string,
    option: string,
    size: (value: unknown) => number,
  ): Describe =>
  ({ schema, value }) => ({
    type,
    msg: `must have ${words} ${schema[option]} ${plural(unit, schema[option])}, got ${size(value)}`,
  });
const kind =
  (type: string, words: string): Describe =>
  ({ value }) => ({ type, msg: `must be ${words}, got ${quote(value)}` });

const lengthOf = (value: unknown) => (value as string | readonly unknown[]).length;
const keysOf = (value: unknown) => Object.keys(value as object).length;

const DESCRIBE: Partial<Record<ValueErrorType, Describe>> = {
  [ValueErrorType.ObjectRequiredProperty]: () => ({ type: 'missing', msg: 'is required' }),
  [ValueErrorType.StringMinLength]: count(
    'string_too_short',
    'at least',
    'character',
    'minLength',
    lengthOf,
  ),
  [ValueErrorType.StringMaxLength]: count(
    'string_too_long',
    'at most',
    'character',
    'maxLength',
    lengthOf,
  ),
  [ValueErrorType.StringPattern]: ({ schema, value }) => ({
    type: 'string_pattern_mismatch',
    msg: `must match ${schema.pattern}, got ${quote(value)}`,
  }),
  [ValueErrorType.StringFormat]: ({ schema, value }) => ({
    type: 'value_error',
    msg: `must be a valid ${schema.format}, got ${quote(value)}`,
  }),
  [ValueErrorType.String]: kind('string_type', 'a string'),
  [ValueErrorType.Integer]: kind('int_type', 'an integer'),
  [ValueErrorType.Number]: kind('float_type', 'a number'),
  [ValueErrorType.Boolean]: kind('bool_type', 'true or false'),
  [ValueErrorType.Null]: kind('none_required', 'null'),
  [ValueErrorType.Object]: kind('object_type', 'an object'),
  [ValueErrorType.Array]: kind('list_type', 'a list'),
  [ValueErrorType.IntegerMinimum]: bound('greater_than_equal', 'at least', 'minimum'),
  [ValueErrorType.NumberMinimum]: bound('greater_than_equal', 'at least', 'minimum'),
  [ValueErrorType.IntegerMaximum]: bound('less_than_equal', 'at most', 'maximum'),
  [ValueErrorType.NumberMaximum]: bound('less_than_equal', 'at most', 'maximum'),
  [ValueErrorType.IntegerExclusiveMinimum]: bound('greater_than', 'more than', 'exclusiveMinimum'),
  [ValueErrorType.NumberExclusiveMinimum]: bound('greater_than', 'more than', 'exclusiveMinimum'),
  [ValueErrorType.IntegerExclusiveMaximum]: bound('less_than', 'less than', 'exclusiveMaximum'),
  [ValueErrorType.NumberExclusiveMaximum]: bound('less_than', 'less than', 'exclusiveMaximum'),
  [ValueErrorType.IntegerMultipleOf]: bound('multiple_of', 'a multiple of', 'multipleOf'),
  [ValueErrorType.NumberMultipleOf]: bound('multiple_of', 'a multiple of', 'multipleOf'),
  [ValueErrorType.ArrayMinItems]: count('too_short', 'at least', 'item', 'minItems', lengthOf),
  [ValueErrorType.ArrayMaxItems]: count('too_long', 'at most', 'item', 'maxItems', lengthOf),
  [ValueErrorType.ArrayUniqueItems]: () => ({
    type: 'unique_items',
    msg: 'must not hold an item twice',
  }),
  [ValueErrorType.ObjectMinProperties]: count(
    'too_short',
    'at least',
    'key',
    'minProperties',
    keysOf,
  ),
  [ValueErrorType.ObjectMaxProperties]: count(
    'too_long',
    'at most',
    'key',
    'maxProperties',
    keysOf,
  ),
  [ValueErrorType.Literal]: ({ schema, value }) => describeChoice([schema.const], value),
  [ValueErrorType.Union]: ({ schema, value }) => describeUnion(schema, value),
  [ValueErrorType.Kind]: ({ schema, value }) => describeUnion(schema, value),
};

function describe(error: ValueError, value: unknown, root: FaultRoot): Description {
  if (error.type === ValueErrorType.ObjectAdditionalProperties)
    return describeUnknownKey(
      String(toLoc(error.path, value).at(-1)),
      knownKeys(error.schema),
      root,
    );
  if (error.value === undefined) return { type: 'missing', msg: 'is required' };
  const found = DESCRIBE[error.type]?.(error, root);
  if (found === undefined) return { type: 'value_error', msg: error.message };
  return typeof error.schema.error === 'string' ? { ...found, msg: error.schema.error } : found;
}

function knownKeys(schema: TSchema): readonly string[] {
  return Object.keys(schema.properties ?? {});
}

/** The fault of a key or parameter that nobody knows, with the one that was probably meant. */
export function describeUnknownKey(
  name: string,
  known: readonly string[],
  root: FaultRoot,
): Description {
  const nearest = findNearest(name, known);
  const what = root === 'query' ? 'parameter' : 'key';
  let hint = `; no ${what} is allowed here`;
  if (nearest !== undefined) hint = `; did you mean ${nearest}?`;
  else if (known.length > 0) hint = `; known: ${known.slice(0, 30).join(', ')}`;
  return { type: 'extra_forbidden', msg: `is not a known ${what}${hint}` };
}

function describeUnion(schema: TSchema, value: unknown): Description {
  const variants: TSchema[] = schema.anyOf ?? [];
  const choices: unknown[] =
    schema.enum ?? variants.filter((variant) => 'const' in variant).map((variant) => variant.const);
  if (choices.length > 0 && (schema.enum !== undefined || choices.length === variants.length))
    return describeChoice(choices, value);
  const forms = [
    ...new Set(variants.map((variant) => variant.title ?? variant.type ?? variant.const)),
  ];
  return { type: 'value_error', msg: `must be one of: ${forms.join(', ')}; got ${quote(value)}` };
}

function describeChoice(choices: readonly unknown[], value: unknown): Description {
  const words = choices.map((choice) => JSON.stringify(choice)).join(', ');
  const nearest = typeof value === 'string' ? findNearest(value, choices.map(String)) : undefined;
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  const start = choices.length === 1 ? 'must be' : 'must be one of';
  return { type: 'enum', msg: `${start} ${words}, got ${quote(value)}${hint}` };
}

/** A value as a message shows it: short, and never more than its kind for a structure. */
export function quote(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
}

function plural(unit: string, amount: number): string {
  return amount === 1 ? unit : `${unit}s`;
}
