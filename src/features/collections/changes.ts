import type { Fault } from '../../core/errors.ts';
import type { JsonValue } from '../../lib/json-value.ts';
import { createCounter, isIdle, note, planSteps, renameTarget, type Step } from './change-steps.ts';
import {
  describeDrop,
  describeIndex,
  describeMerged,
  describeStep,
  describeWhole,
} from './change-words.ts';
import type { Collection, RecordData } from './schema.ts';
import type { ChangePlanner, CollectionChange, Offenders, PlannerLookups } from './store.ts';
import { findIndexChanges, findUniques } from './unique-fields.ts';

/**
 * What a changed definition asks of the stored records. Nothing is lost silently: a value that would go
 * makes its record an offender unless the change is forced; a required field without value always does.
 */
export function planChange(change: CollectionChange, lookups: PlannerLookups): ChangePlanner {
  const { before, after, force } = change;
  const { steps, drops } = planSteps(change);
  const active = steps.filter((step) => !isIdle(step));
  const stepByName = new Map(steps.map((step) => [step.field.name, step]));
  const misfits = createCounter();
  const doubles: (Offenders & { readonly fields: readonly string[] })[] = [];
  let total = 0;
  let rewritten = 0;
  let isPossible = true;

  function look(id: string, data: RecordData): RecordData | undefined {
    const words: string[] = [];
    const values = new Map<string, JsonValue | undefined>();
    let isChanged = false;
    let isBlocked = false;
    total++;
    for (const { field, holders } of drops) {
      if (!Object.hasOwn(data, field.name)) continue;
      isChanged = true;
      const msg = `${field.name} holds a value that would be deleted`;
      note(holders, id, msg);
      if (!force) words.push(msg);
    }
    for (const step of active) {
      const stored = step.old && ownValue(data, step.old.name);
      const { value, fault } = stored === undefined ? fill(step, id) : revise(step, id, stored);
      values.set(step.field.name, value);
      if (fault !== undefined) {
        words.push(fault);
        if (step.field.required) isBlocked = true;
      }
      if (value !== stored || (step.isRenamed && stored !== undefined)) isChanged = true;
    }
    if (words.length > 0) {
      isPossible = false;
      note(misfits, id, words.join('; '));
    }
    if (!isChanged) return undefined;
    if (!isBlocked) rewritten++;
    return Object.fromEntries(
      steps.flatMap(({ field: { name } }) => {
        const value = values.has(name) ? values.get(name) : ownValue(data, name);
        return value === undefined ? [] : [[name, value] as const];
      }),
    );
  }

  function revise(step: Step, id: string, stored: JsonValue): Revised {
    const { field, convert, check, target, isRenamed } = step;
    const faults: Fault[] = [];
    if (isRenamed) note(step.moved, id, '');
    if (!check) return { value: stored };
    const value = check(convert ? convert(stored) : stored, [field.name], faults);
    if (value !== undefined && target !== undefined && !lookups.hasTarget(target, String(value)))
      faults.push({
        loc: [field.name],
        msg: `must be the id of a ${target === 'users' ? 'user' : `record of ${target}`}, and ${String(value)} is none`,
        type: 'reference',
      });
    if (value !== undefined && faults.length === 0) {
      if (isAlike(value, stored)) return { value: stored };
      note(step.converted, id, '');
      return { value };
    }
    const msg = faults.map(({ loc, msg }) => `${loc.join('.')} ${msg}`).join('; ');
    note(step.misfits, id, msg);
    return force && !field.required ? { value: undefined } : { value: undefined, fault: msg };
  }

  return {
    looksAtRecords: drops.length > 0 || active.length > 0,
    uniques: findUniques(change, stepByName),
    look,
    addDoubles(fields, found) {
      if (found.count === 0) return;
      isPossible = false;
      doubles.push({ fields, ...found });
    },
    isPossible: () => isPossible,
    follow: (other) => followRename(other, before, after),

    finish() {
      const doublesOf = (fields: readonly string[]) =>
        doubles.find((one) => one.fields.join() === fields.join());
      const indexes = findIndexChanges(change);
      const isNew = new Set(
        indexes.filter(({ kind }) => kind === 'add_index').map(({ fields }) => fields.join()),
      );
      const changes = [
        ...describeWhole(
          change,
          lookups.others
            .filter((other) => followRename(other, before, after))
            .map(({ name }) => name)
            .sort(),
        ),
        ...steps.flatMap(describeStep),
        ...drops.map(describeDrop),
        ...indexes.map((index) =>
          describeIndex(index, index.kind === 'add_index' ? doublesOf(index.fields) : undefined),
        ),
        ...doubles
          .filter(({ fields }) => !isNew.has(fields.join()))
          .map((found) => describeMerged(found.fields, found)),
      ];
      return {
        plan: {
          changes,
          rewritten,
          total,
          needs_force: changes.some(({ effect }) => effect === 'destroys'),
          possible: isPossible,
        },
        obstacles: { misfits, doubles },
      };
    },
  };
}

interface Revised {
  readonly value: JsonValue | undefined;
  readonly fault?: string;
}

/** A record that has no value for the field. */
function fill(step: Step, id: string): Revised {
  const { field, fill: value, isNewlyRequired } = step;
  if (value !== undefined) {
    note(step.filled, id, '');
    return { value };
  }
  if (!isNewlyRequired) return { value };
  const fault = `${field.name} is required and has no value`;
  note(step.missing, id, fault);
  return { value, fault };
}

/** The other collection with its references under the new name of this one. */
export function followRename(
  other: Collection,
  before: Collection,
  after: Collection,
): Collection | undefined {
  if (other.id === after.id || before.name === after.name) return undefined;
  const fields = other.schema.fields.map((field) => renameTarget(field, before.name, after.name));
  if (fields.every((field, index) => field === other.schema.fields[index])) return undefined;
  return { ...other, schema: { fields }, updated_at: laterThan(other.updated_at, after) };
}

/** It must move, for whoever tells definitions apart by it. */
function laterThan(time: string, { updated_at }: Collection): string {
  return updated_at > time ? updated_at : new Date(Date.parse(time) + 1).toISOString();
}

/** A field may be called `constructor`: what an object inherits is no value. */
function ownValue(data: RecordData, name: string): JsonValue | undefined {
  return Object.hasOwn(data, name) ? data[name] : undefined;
}

function isAlike(a: JsonValue, b: JsonValue): boolean {
  if (a === b) return true;
  return typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b);
}
