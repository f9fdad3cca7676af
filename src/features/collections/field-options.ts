import { type TSchema, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { Clock } from '../../core/clock.ts';
import type { Fault } from '../../core/errors.ts';
import { suggest } from '../../lib/nearest.ts';
import { compileFilling } from './compile.ts';
import {
  ACCESS_LEVELS,
  describeValue,
  type FieldDefinition,
  type FieldKind,
  type Loc,
  refuse,
} from './fields/field-type.ts';
import { FIELD_TYPES } from './fields/index.ts';
import { NOW } from './fields/temporal.ts';

/** Where a field stands: in the record itself, in a dict, or as the item of a list. */
export type Place = 'record' | 'dict' | 'list';
type Options = Readonly<Record<string, TSchema>>;

const flag = Type.Boolean({ description: 'true or false' });
const note = Type.String({ maxLength: 2000, description: 'a text of at most 2000 characters' });
const access = Type.Union(
  ACCESS_LEVELS.map((level) => Type.Literal(level)),
  { description: `one of ${ACCESS_LEVELS.join(', ')}` },
);

const ITEM: Options = { description: note, nullable: flag };
/** Options of a field of any type. */
const COMMON: Options = { ...ITEM, required: flag, default: Type.Unknown() };
/** Options of a record's own fields: access is decided for these. */
const OWN: Options = { read: access, write: access };
/** Options of types that a column can stand for; a column holds no part of a value. */
const SCALAR: Options = { unique: flag, index: flag };

/** Adds a fault for every option that the type does not take here or that has no good value. */
export function checkOptions(
  options: Readonly<Record<string, unknown>>,
  kind: FieldKind,
  place: Place,
  loc: Loc,
  faults: Fault[],
): void {
  const allowed = optionsOf(kind, place);
  for (const [option, value] of Object.entries(options)) {
    // Not what an object inherits: an option may be called `constructor`.
    const schema = Object.hasOwn(allowed, option) ? allowed[option] : undefined;
    if (!schema)
      refuse(
        faults,
        [...loc, option],
        'extra_forbidden',
        explainMisfit(option, kind, place, Object.keys(allowed)),
      );
    else if (!Value.Check(schema, value))
      refuse(
        faults,
        [...loc, option],
        'value_error',
        `must be ${schema.description}, got ${describeValue(value)}`,
      );
  }
}

function optionsOf(kind: FieldKind, place: Place): Options {
  const { column, constraints } = FIELD_TYPES[kind];
  return {
    ...(place === 'list' ? ITEM : COMMON),
    ...(place === 'record' && OWN),
    ...(place === 'record' && column !== 'none' && SCALAR),
    ...(constraints as Options),
  };
}

function explainMisfit(
  option: string,
  kind: FieldKind,
  place: Place,
  allowed: readonly string[],
): string {
  const isKnown = [COMMON, OWN, SCALAR, ...Object.values(FIELD_TYPES).map(getConstraints)].some(
    (options) => Object.hasOwn(options, option),
  );
  const takes = `${place === 'list' ? 'an item of type' : 'type'} ${kind} takes ${allowed.join(', ')}`;
  if (isKnown && place !== 'record' && Object.hasOwn(optionsOf(kind, 'record'), option))
    return `does not fit here, but only a field of the record itself: ${takes}`;
  if (isKnown) return `does not fit here: ${takes}`;
  return `is not known${suggest(option, allowed)} (${takes})`;
}

function getConstraints({ constraints }: (typeof FIELD_TYPES)[FieldKind]): object {
  return constraints;
}

/**
 * The field in stored form, when its options go together: no value may be asked for that another option
 * excludes, and what stands by must be a value of the field.
 */
export function settleOptions(
  field: FieldDefinition,
  loc: Loc,
  faults: Fault[],
  clock: Clock,
): FieldDefinition | undefined {
  const type = FIELD_TYPES[field.type];
  const conflict = type.findConflict?.(field);
  if (conflict) return refuse(faults, [...loc, conflict[0]], 'value_error', conflict[1]);
  if (field.required && field.nullable)
    return refuse(faults, [...loc, 'nullable'], 'conflict', 'a required field cannot be nullable');
  const settled = type.toCanonical?.(field) ?? field;
  return Object.hasOwn(field, 'default')
    ? settleDefault(settled, [...loc, 'default'], faults, clock)
    : settled;
}

function settleDefault(
  field: FieldDefinition,
  loc: Loc,
  faults: Fault[],
  clock: Clock,
): FieldDefinition | undefined {
  const { column, atMoment } = FIELD_TYPES[field.type];
  if (field.default === null)
    return refuse(faults, loc, 'null_forbidden', 'must not be null; leave the default out instead');
  const isNow = field.default === NOW && atMoment !== undefined;
  const before = faults.length;
  const value = isNow ? atMoment(clock.now()) : field.default;
  const checked = compileFilling(field, clock)(value, loc, faults);
  if (faults.length > before || checked === undefined) return undefined;
  // What a list or dict fills in itself is not the definition's, and may be the time.
  return isNow || column === 'none' ? field : { ...field, default: checked };
}
