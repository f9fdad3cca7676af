import type { Field, FieldRules, Json } from '../../api/types.ts';
import { toNumber } from '../ui/times.ts';
import { clipText, isSame, preview } from './values.ts';

/** Small words after a label: "required, unique, up to 2,000 characters". */
export function noteOf(field: FieldRules): string {
  const words: string[] = [];
  if (field.required) words.push('required');
  if (field.unique) words.push('unique');
  if (field.type === 'string')
    words.push(...between(field.min_length, field.max_length, ' characters'));
  if (field.type === 'list') {
    words.push(...between(field.min_items, field.max_items, ' items'));
    if (field.unique_items) words.push('all different');
  }
  if (field.type === 'integer' || field.type === 'float') {
    words.push(...bounds(toBound(field.min), toBound(field.max)));
  }
  if (field.type === 'date' || field.type === 'datetime') {
    if (field.min !== undefined) words.push(`from ${field.min}`);
    if (field.max !== undefined) words.push(`until ${field.max}`);
  }
  if (field.type === 'json') words.push(...between(undefined, field.max_bytes, ' bytes'));
  if (field.type === 'reference') words.push(`of ${field.collection}`);
  return words.join(', ');
}

function toBound(bound: number | string | undefined): number | undefined {
  return typeof bound === 'number' ? bound : undefined;
}

function between(min: number | undefined, max: number | undefined, unit: string): string[] {
  if (min !== undefined && max !== undefined) {
    if (min === max) return [`${toNumber(min)}${unit}`];
    return [`${toNumber(min)} to ${toNumber(max)}${unit}`];
  }
  if (min !== undefined) return [`at least ${toNumber(min)}${unit}`];
  return max === undefined ? [] : [`up to ${toNumber(max)}${unit}`];
}

/** Values are written as they are stored, counts are grouped: a year is no amount. */
function bounds(min: number | undefined, max: number | undefined): string[] {
  if (min !== undefined && max !== undefined) return [`${min} to ${max}`];
  if (min !== undefined) return [`at least ${min}`];
  return max === undefined ? [] : [`at most ${max}`];
}

/** What an input without a value shows: the default on a new record, else that it is null. */
export function placeholderOf(field: FieldRules, value: Json | undefined, isNew: boolean): string {
  if (value === '') return '""';
  if (value === null) return 'null';
  if (value !== undefined) return '';
  if (isNew) return field.default === undefined ? '' : preview(field.default, 60);
  return 'null';
}

/** The stored value of a changed field in a few words: `was 16.50`, `1 added`. */
export function wasText(was: Json | undefined, now: Json | undefined): string {
  if (was === undefined || was === null) return 'was null';
  if (Array.isArray(was)) {
    if (!Array.isArray(now)) return `was ${was.length === 1 ? '1 item' : `${was.length} items`}`;
    const added = now.length - was.length;
    const shared = Math.min(was.length, now.length);
    const isKept = was.slice(0, shared).every((item, index) => isSame(item, now[index]));
    if (isKept && added > 0) return `${added} added`;
    if (added < 0) return `${-added} removed`;
    return added > 0 ? `${added} added, others changed` : 'items changed';
  }
  if (typeof was === 'object') return 'changed';
  if (was === '') return 'was ""';
  return `was ${clipText(typeof was === 'string' ? was.replaceAll(/\s+/g, ' ') : String(was), 28)}`;
}

/** Whether an input of this field fits into half the width. */
function isShort(field: FieldRules): boolean {
  if (['integer', 'float', 'boolean', 'date'].includes(field.type)) return true;
  return field.type === 'string' && (field.enum !== undefined || (field.max_length ?? 99) <= 20);
}

/** Fields in rows: two short ones stand side by side. */
export function inRows(fields: readonly Field[]): Field[][] {
  const rows: Field[][] = [];
  for (const field of fields) {
    const last = rows.at(-1);
    const partner = last?.length === 1 ? last[0] : undefined;
    if (last && partner && isShort(partner) && isShort(field)) last.push(field);
    else rows.push([field]);
  }
  return rows;
}
