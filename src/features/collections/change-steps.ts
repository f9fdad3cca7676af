import type { Clock } from '../../core/clock.ts';
import type { JsonValue } from '../../lib/json-value.ts';
import { compileDefault, compileField, compileFilling } from './compile.ts';
import { type Convert, findConversion } from './conversions.ts';
import type { Check, NamedField } from './fields/field-type.ts';
import type { CollectionChange, Offender } from './store.ts';
import { isSameOrWider } from './widening.ts';

const SHOWN_OFFENDERS = 10;

/** How many records something concerns, and the first of them. */
export interface Counter {
  count: number;
  readonly first: Offender[];
}

export function createCounter(): Counter {
  return { count: 0, first: [] };
}

export function note(counter: Counter, id: string, msg: string): void {
  counter.count++;
  if (counter.first.length < SHOWN_OFFENDERS) counter.first.push({ id, msg });
}

/** What becomes of one field's values, and of how many. */
export interface Step {
  readonly field: NamedField;
  /** The field as it was; undefined for a new one. */
  readonly old: NamedField | undefined;
  readonly isRenamed: boolean;
  readonly convert: Convert | undefined;
  /** Undefined where every stored value is known to fit. */
  readonly check: Check | undefined;
  /** The collection whose records the values must name. */
  readonly target: string | undefined;
  /** What records without a value get. */
  readonly fill: JsonValue | undefined;
  /** Records without a value were good before. */
  readonly isNewlyRequired: boolean;
  readonly moved: Counter;
  readonly filled: Counter;
  readonly converted: Counter;
  readonly misfits: Counter;
  readonly missing: Counter;
}

export interface Drop {
  readonly field: NamedField;
  readonly holders: Counter;
}

export interface Steps {
  readonly steps: readonly Step[];
  readonly drops: readonly Drop[];
}

/** Compares the fields before and after, one by one. */
export function planSteps({ before, after, renames }: CollectionChange): Steps {
  // One moment for all records: that of the change.
  const moment = Date.parse(after.updated_at);
  const clock: Clock = { now: () => moment };
  const oldFields = new Map(
    before.schema.fields.map((field) => [field.name, renameTarget(field, before.name, after.name)]),
  );
  const steps = after.schema.fields.map((field) =>
    planStep(field, oldFields.get(renames.get(field.name) ?? field.name), clock),
  );
  const kept = new Set(steps.map(({ old }) => old?.name));
  return {
    steps,
    drops: [...oldFields.values()]
      .filter(({ name }) => !kept.has(name))
      .map((field) => ({ field, holders: createCounter() })),
  };
}

function planStep(field: NamedField, old: NamedField | undefined, clock: Clock): Step {
  const isNewlyRequired = field.required === true && old?.required !== true;
  const hasToFit = old !== undefined && !isSameOrWider(old, field);
  const leadsElsewhere =
    field.type === 'reference' && old !== undefined && old.collection !== field.collection;
  return {
    field,
    old,
    isRenamed: old !== undefined && old.name !== field.name,
    convert: old && findConversion(old.type, field.type),
    check: hasToFit ? checkFor(field, old, clock) : undefined,
    target: leadsElsewhere ? field.collection : undefined,
    fill: !old || isNewlyRequired ? compileDefault(field, clock)?.() : undefined,
    isNewlyRequired,
    moved: createCounter(),
    filled: createCounter(),
    converted: createCounter(),
    misfits: createCounter(),
    missing: createCounter(),
  };
}

/** What lies inside the value is filled in where that has changed, as in a new field. */
function checkFor(field: NamedField, old: NamedField, clock: Clock): Check {
  const inside = ({ items, properties }: NamedField) => JSON.stringify([items, properties]);
  return inside(field) === inside(old) ? compileField(field) : compileFilling(field, clock);
}

/** True when the step leaves every record's value where and what it is. */
export function isIdle({ isRenamed, check, fill, isNewlyRequired }: Step): boolean {
  return !isRenamed && !check && fill === undefined && !isNewlyRequired;
}

/** True when values come out as they went in, all of them. */
export function keepsValues({ check, fill }: Step): boolean {
  return !check && fill === undefined;
}

/** The field, leading to the collection's new name if it led to the old one. */
export function renameTarget(field: NamedField, from: string, to: string): NamedField {
  return field.type === 'reference' && field.collection === from && from !== to
    ? { ...field, collection: to }
    : field;
}
