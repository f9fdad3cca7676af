import type { Field, Json } from '../../../api/types.ts';
import { isSame } from '../../../components/fields/values.ts';
import type { Path, SchemaFault } from './check.ts';
import { type Definition, nameOf, toDefinition } from './definition.ts';

/** One row of the schema editor. */
export interface DraftField {
  /** Stays the same while the row lives. */
  readonly key: string;
  /** Name of the stored field it was; none for a new one. */
  readonly was?: string | undefined;
  readonly isRemoved: boolean;
  readonly field: Definition;
}

export type Mark = 'same' | 'new' | 'renamed' | 'changed' | 'removed';

let made = 0;
export function newKey(): string {
  made += 1;
  return `${Date.now().toString(36)}-${made}`;
}

export function toDraft(fields: readonly Definition[]): DraftField[] {
  return fields.map((field) => ({ key: newKey(), was: nameOf(field), isRemoved: false, field }));
}

export function toNewDraft(fields: readonly Definition[]): DraftField[] {
  return fields.map((field) => ({ key: newKey(), isRemoved: false, field }));
}

export function definitionsOf(fields: readonly Field[]): Definition[] {
  return fields.map(toDefinition);
}

export function keptOf(draft: readonly DraftField[]): DraftField[] {
  return draft.filter((row) => !row.isRemoved);
}

/** What is sent: kept fields in order; a rename says which name it had. */
export function toFields(draft: readonly DraftField[]): { [option: string]: Json }[] {
  return keptOf(draft).map(({ field, was }) => {
    const { name, type, ...rest } = field;
    return {
      ...(name === undefined ? {} : { name }),
      ...(was === undefined || was === name ? {} : { was }),
      ...(type === undefined ? {} : { type }),
      ...rest,
    };
  });
}

/** JSON of the whole schema back into rows: fields keep their rows by `was` or by name. */
export function fromFields(
  fields: readonly Definition[],
  draft: readonly DraftField[],
  base: readonly Definition[],
): DraftField[] {
  const stored = new Set(base.map(nameOf));
  const claimed = new Set(
    fields.map(({ was }) => was).filter((was): was is string => typeof was === 'string'),
  );
  const keys = new Map(draft.map((row) => [row.was ?? `new ${nameOf(row.field)}`, row.key]));
  const kept = fields.map(({ was, ...field }): DraftField => {
    const name = nameOf(field);
    const isStored = stored.has(name) && !claimed.has(name);
    const origin = typeof was === 'string' && stored.has(was) ? was : isStored ? name : undefined;
    const key = keys.get(origin ?? `new ${name}`) ?? newKey();
    keys.delete(origin ?? `new ${name}`);
    return { key, was: origin, isRemoved: false, field };
  });
  const used = new Set(kept.map((row) => row.was));
  const removed = base
    .filter((field) => !used.has(nameOf(field)))
    .map(
      (field): DraftField => ({
        key: keys.get(nameOf(field)) ?? newKey(),
        was: nameOf(field),
        isRemoved: true,
        field,
      }),
    );
  return [...kept, ...removed];
}

/** The stored field a row stands for: also the one whose name a new row took after its removal. */
export function originOf(
  row: DraftField,
  draft: readonly DraftField[],
  base: readonly Definition[],
): Definition | undefined {
  const name = row.was ?? nameOf(row.field);
  const isTaken =
    row.was === undefined && keptOf(draft).some((other) => other !== row && other.was === name);
  return isTaken ? undefined : base.find((field) => nameOf(field) === name);
}

export function markOf(
  row: DraftField,
  draft: readonly DraftField[],
  base: readonly Definition[],
): Mark {
  if (row.isRemoved) return 'removed';
  const origin = originOf(row, draft, base);
  if (!origin) return 'new';
  if (nameOf(origin) !== nameOf(row.field)) return 'renamed';
  return isSame(origin, row.field) ? 'same' : 'changed';
}

/** The words beside a row that is not as it is stored. */
export function markWords(
  row: DraftField,
  draft: readonly DraftField[],
  base: readonly Definition[],
): string {
  const mark = markOf(row, draft, base);
  if (mark === 'same') return '';
  if (mark === 'new' || mark === 'removed') return mark;
  const origin = originOf(row, draft, base) ?? {};
  if (mark === 'renamed') return `was ${nameOf(origin)}`;
  if (origin.type !== row.field.type) return `was ${String(origin.type)}`;
  if ((origin.required === true) !== (row.field.required === true))
    return origin.required === true ? 'was required' : 'was optional';
  return 'changed';
}

/** Whether the kept fields stand in another order than the stored ones. */
export function isReordered(draft: readonly DraftField[], base: readonly Definition[]): boolean {
  const order = keptOf(draft).flatMap((row) => row.was ?? []);
  const kept = new Set(order);
  const before = base.map(nameOf).filter((name) => kept.has(name));
  return order.join() !== before.join();
}

export function changeCount(draft: readonly DraftField[], base: readonly Definition[]): number {
  const changed = draft.filter((row) => {
    if (!row.isRemoved) return markOf(row, draft, base) !== 'same';
    // Its name lives on in a new row: that one is the change.
    return !draft.some(
      (other) => !other.isRemoved && other.was === undefined && nameOf(other.field) === row.was,
    );
  }).length;
  return changed + (isReordered(draft, base) ? 1 : 0);
}

export function move(draft: readonly DraftField[], key: string, to: number): DraftField[] {
  const from = draft.findIndex((row) => row.key === key);
  const row = draft[from];
  if (!row || to < 0 || to >= draft.length || to === from) return [...draft];
  const next = draft.filter((each) => each !== row);
  next.splice(to, 0, row);
  return next;
}

/** A name for a copy that nobody has yet. */
export function freeName(name: string, taken: readonly string[]): string {
  for (let number = 2; ; number += 1) {
    const tried = `${name.slice(0, 58)}_${number}`;
    if (!taken.includes(tried)) return tried;
  }
}

/**
 * Mine over theirs: what I did not touch follows theirs, what they added stays, what they removed
 * and I changed comes back as a new field.
 */
export function rebase(
  draft: readonly DraftField[],
  base: readonly Definition[],
  theirs: readonly Definition[],
): DraftField[] {
  const theirByName = new Map(theirs.map((field) => [nameOf(field), field]));
  const rows = draft.flatMap((row): DraftField[] => {
    if (row.was === undefined) {
      const stored = theirByName.has(nameOf(row.field)) ? nameOf(row.field) : undefined;
      return [{ ...row, was: stored }];
    }
    const now = theirByName.get(row.was);
    if (row.isRemoved) return now ? [{ ...row, field: now }] : [];
    const isUntouched = markOf(row, draft, base) === 'same';
    if (now) return [isUntouched ? { ...row, field: now } : row];
    return isUntouched ? [] : [{ ...row, was: undefined }];
  });
  const known = new Set(rows.map((row) => row.was));
  return [...rows, ...toDraft(theirs.filter((field) => !known.has(nameOf(field))))];
}

/** One field that stands otherwise in another version of the schema; before or after is missing. */
export interface FieldDifference {
  readonly name: string;
  readonly before?: Definition | undefined;
  readonly after?: Definition | undefined;
}

/** What somebody else made of the fields, by name: who renamed one took it away and added one. */
export function differencesOf(
  before: readonly Definition[],
  after: readonly Definition[],
): FieldDifference[] {
  const names = new Set([...before, ...after].map(nameOf));
  const at = (fields: readonly Definition[], name: string) =>
    fields.find((field) => nameOf(field) === name);
  return [...names]
    .map((name) => ({ name, before: at(before, name), after: at(after, name) }))
    .filter((each) => !each.before || !each.after || !isSame(each.before, each.after));
}

/** A new name that a renamed field still holds would take over that field's values. */
export function checkNames(draft: readonly DraftField[]): SchemaFault[] {
  const kept = keptOf(draft);
  return kept.flatMap((row, index) => {
    const name = nameOf(row.field);
    const holder = kept.find(
      (other) => other !== row && other.was === name && nameOf(other.field) !== name,
    );
    if (!holder || row.was !== undefined) return [];
    return {
      loc: ['fields', index, 'name'],
      msg: `${name} was the name of ${nameOf(holder.field)} until this save. Save that first.`,
    };
  });
}

/** A fault of a 422, as the client hands it on. */
interface ServerFault {
  readonly loc: Path;
  readonly msg: string;
}

/** The faults of a 422, from where the schema begins; others are left out. */
export function schemaFaults(faults: readonly ServerFault[]): SchemaFault[] {
  return faults.flatMap(({ loc, msg }) =>
    loc[0] === 'body' && loc[1] === 'schema'
      ? [{ loc: loc.slice(2), msg: msg.charAt(0).toUpperCase() + msg.slice(1) }]
      : [],
  );
}

/** Faults by row and place in it: `{key: {"items.min": "…"}}`. */
export function faultsByRow(
  faults: readonly SchemaFault[],
  draft: readonly DraftField[],
): Record<string, Record<string, string>> {
  const kept = keptOf(draft);
  const found: Record<string, Record<string, string>> = {};
  for (const { loc, msg } of faults) {
    const [, at, ...rest] = loc;
    const row = typeof at === 'number' ? kept[at] : kept.find((each) => nameOf(each.field) === at);
    if (!row) continue;
    const place = rest.join('.');
    const own = found[row.key] ?? {};
    own[place] ??= msg;
    found[row.key] = own;
  }
  return found;
}

/** Faults that belong to no row. */
export function otherFaults(
  faults: readonly SchemaFault[],
  draft: readonly DraftField[],
): SchemaFault[] {
  const rows = keptOf(draft);
  return faults.filter(({ loc: [, at] }: { loc: Path }) =>
    typeof at === 'number' ? rows[at] === undefined : !rows.some(({ field }) => field.name === at),
  );
}

/** The part of a fault map below a place: `items`, `properties.2`. */
export function below(faults: Readonly<Record<string, string>>, place: string) {
  const found: Record<string, string> = {};
  for (const [key, msg] of Object.entries(faults))
    if (key.startsWith(`${place}.`)) found[key.slice(place.length + 1)] = msg;
  return found;
}
