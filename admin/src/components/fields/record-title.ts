import type { Field, Json, RecordItem } from '../../api/types.ts';
import { clipText } from './values.ts';

/** Types whose values are words, in the order in which they are taken for a title. */
const TITLES: readonly Field['type'][] = ['string', 'email', 'url'];

/** The fields that a record may be called by. */
export function titleFields(fields: readonly Field[]): Field[] {
  return TITLES.flatMap((type) => fields.filter((field) => field.type === type));
}

/** What a record is called: its first text, else the end of its id. */
export function titleOf(record: Pick<RecordItem, 'id' | 'data'>, fields: readonly Field[]): string {
  for (const field of titleFields(fields)) {
    const value: Json | undefined = record.data[field.name];
    if (typeof value !== 'string') continue;
    const text = value.slice(0, 200).trim();
    if (text !== '') return clipText(text.replaceAll(/\s+/g, ' '), 80);
  }
  return shortId(record.id);
}

/** Ids of one minute begin alike: the end tells them apart. */
export function shortId(id: string): string {
  return id.length > 13 ? `${id.slice(0, 8)}…${id.slice(-4)}` : id;
}
