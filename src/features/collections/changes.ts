import type { Fault } from '../../core/errors.ts';
import type { JsonValue } from '../../lib/json-value.ts';
import { type CompiledSchema, compileField, storedDefault } from './compile.ts';
import type { NamedField } from './fields/field-type.ts';
import type { RecordData } from './schema.ts';
import type { Revision } from './store.ts';

export interface ChangePlan {
  readonly revise?: (data: RecordData) => Revision;
}

export interface PlanOptions {
  readonly before: readonly NamedField[];
  readonly after: CompiledSchema;
  readonly renames: ReadonlyMap<string, string>;
  /** Delete the values of dropped fields and those that do not fit any more. */
  readonly force: boolean;
}

/**
 * What a new set of fields asks of every stored record. Nothing is lost silently: a value that would go
 * makes its record an offender unless `force` is set; a required field without value always does.
 */
export function planChange({ before, after, renames, force }: PlanOptions): ChangePlan {
  const oldByName = new Map(before.map((field) => [field.name, field]));
  const oldNameOf = (field: NamedField) => renames.get(field.name) ?? field.name;
  const kept = new Set(after.fields.map(oldNameOf));
  const dropped = before.filter((field) => !kept.has(field.name));
  const touched = after.fields.filter((field) => {
    const old = oldByName.get(oldNameOf(field));
    return !old || renames.has(field.name) || !isSameOrWider(old, field);
  });
  const fills = touched.filter(
    (field) => field.default !== undefined && !oldByName.has(oldNameOf(field)),
  );
  const needsScan =
    dropped.length > 0 ||
    fills.length > 0 ||
    touched.some((field) => oldByName.has(oldNameOf(field)) || field.required);
  if (!needsScan) return {};
  const checks = touched.map((field) => ({
    field,
    check: compileField(field),
    fallback: fills.includes(field) ? storedDefault(field) : undefined,
  }));

  return {
    revise(data) {
      const next = Object.fromEntries(
        after.fields.flatMap((field) => {
          const value = ownValue(data, oldNameOf(field));
          return value === undefined ? [] : [[field.name, value] as const];
        }),
      );
      const faults: Fault[] = [];
      for (const { name } of dropped)
        if (Object.hasOwn(data, name) && !force)
          faults.push({ loc: [name], msg: 'holds a value that would be deleted', type: 'dropped' });
      for (const { field, check, fallback } of checks) {
        const { name } = field;
        const found: Fault[] = [];
        const value = ownValue(next, name);
        const checked = value === undefined ? fallback : check(value, [name], found);
        if (checked !== undefined) next[name] = checked;
        else if (found.length === 0 && field.required)
          faults.push({ loc: [name], msg: 'is required and has no value', type: 'missing' });
        else if (force && !field.required) delete next[name];
        else faults.push(...found);
      }
      if (faults.length > 0) return { kind: 'offends', msg: faults.map(toWords).join('; ') };
      return JSON.stringify(next) === JSON.stringify(data)
        ? { kind: 'same' }
        : { kind: 'changed', data: next };
    },
  };
}

/** A field may be called `constructor`: what an object inherits is no value. */
function ownValue(data: RecordData, name: string): JsonValue | undefined {
  return Object.hasOwn(data, name) ? data[name] : undefined;
}

function toWords({ loc, msg }: Fault): string {
  return `${loc.join('.')} ${msg}`;
}

/** Options that say nothing about which values are good. */
const SILENT = new Set(['name', 'description', 'default', 'unique', 'index', 'nullable']);

/** True when every value that was good before is good now, so that stored records need no look. */
function isSameOrWider(old: NamedField, now: NamedField): boolean {
  if (old.type !== now.type) return false;
  if (now.required && !old.required) return false;
  const options = new Set([...Object.keys(old), ...Object.keys(now)]);
  for (const option of options) {
    if (SILENT.has(option) || option === 'required') continue;
    const was = old[option as keyof NamedField];
    const is = now[option as keyof NamedField];
    if (JSON.stringify(was) !== JSON.stringify(is) && !isWider(option, was, is)) return false;
  }
  return true;
}

function isWider(option: string, was: unknown, is: unknown): boolean {
  if (is === undefined) return option !== 'properties' && option !== 'additional';
  if (was === undefined) return false;
  if (option.startsWith('max')) return (is as number) >= (was as number);
  if (option.startsWith('min')) return (is as number) <= (was as number);
  if (option === 'enum')
    return (was as readonly unknown[]).every((value) => (is as readonly unknown[]).includes(value));
  return false;
}
