import type { Json } from '../../../api/types.ts';
import { isSame } from '../../../components/fields/values.ts';
import { joined } from '../access.ts';
import { type Definition, nameOf } from './definition.ts';
import { type DraftField, isReordered, keptOf, originOf } from './draft.ts';

/** safe: nothing stored is touched or lost; decision: the server may refuse; destroys: values go. */
export type PlanKind = 'safe' | 'decision' | 'destroys';

export interface PlanItem {
  readonly kind: PlanKind;
  readonly verb: string;
  readonly name: string;
  /** After the name: "to", then `to` in mono; or words such as "required". */
  readonly rest?: string;
  readonly to?: string;
  readonly text: string;
  readonly key: string;
}

/** What saving will do, as far as the draft itself tells; `records` is how many are stored. */
export function buildPlan(
  draft: readonly DraftField[],
  base: readonly Definition[],
  records: number | undefined,
): PlanItem[] {
  const isEmpty = records === 0;
  const items: PlanItem[] = [];
  const kept = keptOf(draft);
  for (const row of kept) {
    const origin = originOf(row, draft, base);
    const found = origin ? changesOf(row, origin) : [added(row, records)];
    items.push(...found.map((item) => (isEmpty ? calm(item) : item)));
  }
  const used = new Set(kept.map((row) => nameOf(originOf(row, draft, base) ?? {})));
  for (const row of draft) {
    if (!row.isRemoved || used.has(row.was ?? '')) continue;
    items.push({
      kind: isEmpty ? 'safe' : 'destroys',
      verb: 'Remove',
      name: row.was ?? '',
      key: row.key,
      text: isEmpty
        ? 'There are no records, so no value is lost.'
        : 'Its values are deleted, after you were asked. Only a backup brings them back.',
    });
  }
  if (isReordered(draft, base))
    items.push({
      kind: 'safe',
      verb: 'Reorder',
      name: '',
      rest: 'the fields',
      key: 'order',
      text: 'Only where they stand in forms and lists.',
    });
  return items;
}

function calm(item: PlanItem): PlanItem {
  if (item.kind === 'safe') return item;
  return { ...item, kind: 'safe', text: 'There are no records, so nothing stored has to change.' };
}

function added(row: DraftField, records: number | undefined): PlanItem {
  const { field } = row;
  const isMissing = field.required === true && field.default === undefined;
  const text =
    field.default !== undefined
      ? `Stored records get the default ${JSON.stringify(field.default)}.`
      : isMissing
        ? `${amount(records)} would have no value, so this will be refused. Give it a default, or make it optional.`
        : 'Optional, so nothing stored has to change.';
  return {
    kind: isMissing ? 'decision' : 'safe',
    verb: 'Add',
    name: nameOf(field),
    ...(nameOf(field) === '' && { rest: 'a field' }),
    key: row.key,
    text,
  };
}

function amount(records: number | undefined): string {
  if (records === undefined) return 'The stored records';
  return records === 1
    ? 'The 1 stored record'
    : `The ${records.toLocaleString('en')} stored records`;
}

const ON_SAVE = 'Checked when you save';

function changesOf(row: DraftField, origin: Definition): PlanItem[] {
  const { field, key } = row;
  const name = nameOf(field);
  const items: PlanItem[] = [];
  const add = (item: Omit<PlanItem, 'name' | 'key'>) => items.push({ name, key, ...item });

  if (nameOf(origin) !== name)
    items.push({
      kind: 'safe',
      verb: 'Rename',
      name: nameOf(origin),
      rest: 'to',
      to: name,
      key,
      text: 'The values move with it. Clients that send the old name get a 422.',
    });
  if (origin.type !== field.type) {
    const isWider = origin.type === 'integer' && field.type === 'float';
    add({
      kind: isWider ? 'safe' : 'decision',
      verb: 'Make',
      rest: `${field.type === 'integer' ? 'an' : 'a'} ${String(field.type)}`,
      text: isWider
        ? 'Every whole number is a float already.'
        : `It was ${String(origin.type)}. ${ON_SAVE}: values that do not fit are deleted only after you were asked.`,
    });
  }
  if (field.required === true && origin.required !== true)
    add({
      kind: 'decision',
      verb: 'Make',
      rest: 'required',
      text: `${ON_SAVE}: refused while a record has no value.`,
    });
  if (field.unique === true && origin.unique !== true)
    add({
      kind: 'decision',
      verb: 'Make',
      rest: 'unique',
      text: `${ON_SAVE}: refused while two records hold the same value.`,
    });
  if (origin.type === field.type) {
    const narrower = narrowings(origin, field);
    if (narrower.length > 0)
      add({
        kind: 'decision',
        verb: narrower.includes(WORDS.properties ?? '') ? 'Change' : 'Narrow',
        text: `Changes ${joined(narrower)}. ${ON_SAVE}: values that do not fit are deleted only after you were asked.`,
      });
  }
  const eased = easings(origin, field);
  if (eased.length > 0)
    add({
      kind: 'safe',
      verb: 'Change',
      text: `Changes ${joined(eased)}. No stored value has to change.`,
    });
  return items;
}

const WORDS: Readonly<Record<string, string>> = {
  min: 'the least',
  max: 'the most',
  min_length: 'the shortest length',
  max_length: 'the longest length',
  min_items: 'the fewest items',
  max_items: 'the most items',
  pattern: 'the pattern',
  enum: 'the allowed values',
  items: 'what an item is',
  unique_items: 'whether doubles are allowed',
  properties: 'the properties',
  additional: 'whether other keys are allowed',
  default: 'the default',
  description: 'the note',
  nullable: 'whether it may be null',
  required: 'that it is required',
  unique: 'that it is unique',
  index: 'the index',
};
const SILENT = ['default', 'description', 'nullable', 'index'];
const APART = ['name', 'type', 'required', 'unique'];

function changedOptions(origin: Definition, field: Definition): string[] {
  const options = new Set([...Object.keys(origin), ...Object.keys(field)]);
  return [...options].filter((option) => !isSame(origin[option], field[option]));
}

/** Constraints under which a stored value may be wrong now; the server's rule, told beforehand. */
function narrowings(origin: Definition, field: Definition): string[] {
  return changedOptions(origin, field)
    .filter((option) => !APART.includes(option) && !SILENT.includes(option))
    .filter((option) => !isWider(option, origin[option], field[option]))
    .map(wordOf);
}

function easings(origin: Definition, field: Definition): string[] {
  const isSameType = origin.type === field.type;
  return changedOptions(origin, field)
    .filter((option) => {
      if (option === 'name' || option === 'type') return false;
      if (option === 'required' || option === 'unique') return field[option] !== true;
      if (SILENT.includes(option)) return true;
      return isSameType && isWider(option, origin[option], field[option]);
    })
    .map(wordOf);
}

function isWider(option: string, was: Json | undefined, is: Json | undefined): boolean {
  if (is === undefined) return option !== 'properties' && option !== 'additional';
  if (option === 'unique_items') return is === false;
  if (was === undefined) return false;
  if (option.startsWith('max')) return Number(is) >= Number(was);
  if (option.startsWith('min')) return Number(is) <= Number(was);
  if (option === 'enum' && Array.isArray(was) && Array.isArray(is))
    return was.every((value) => is.includes(value));
  return false;
}

function wordOf(option: string): string {
  return WORDS[option] ?? option;
}

export interface Refusal {
  /** What the server says, without the list of records. */
  readonly text: string;
  readonly offenders: readonly { readonly id: string; readonly msg: string }[];
  readonly hasMore: boolean;
  /** Saving with force can get past it. */
  readonly canForce: boolean;
}

const OFFENDER =
  /([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) \((.*?)\)(?=, [0-9a-f]{8}-|, …|\. Change those)/gs;

/** The sentence of a 409 taken apart, so that the records can be opened. */
export function readRefusal(detail: string): Refusal {
  const offenders = [...detail.matchAll(OFFENDER)].map(([, id = '', msg = '']) => ({ id, msg }));
  // Deleting values gives nobody the value that is missing: then all of it stays refused.
  const isMissing = offenders.some(({ msg }) => msg.includes('is required and has no value'));
  const canForce = detail.includes('?force=true') && !isMissing;
  const [lead] = detail.split(/: [0-9a-f]{8}-/);
  if (offenders.length === 0 || lead === undefined)
    return { text: detail, offenders: [], hasMore: false, canForce };
  return {
    text: `${lead}. ${
      canForce
        ? 'Change those records first, or save and delete the values that do not fit.'
        : 'Change those records first; deleting values cannot help here.'
    }`,
    offenders,
    hasMore: detail.includes(', …'),
    canForce,
  };
}
