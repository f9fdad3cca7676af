import { type FieldSight, narrow } from './access.ts';
import type { StoredRecord } from './store.ts';

/** A record, as its reader may see it, and the JSON text that shows it. */
export interface Answered {
  readonly record: StoredRecord;
  readonly text: string;
}

/** A record as JSON text. Its data is JSON already and is put in as it is; so is what was expanded. */
export function toText(collectionId: string, record: StoredRecord, expanded?: string): string {
  return `${textBefore(collectionId, record)}${record.data}${textAfter(record, expanded)}`;
}

function textBefore(collectionId: string, { id, owner_id }: StoredRecord): string {
  const owner = owner_id === null ? 'null' : `"${owner_id}"`;
  return `{"id":"${id}","collection_id":"${collectionId}","owner_id":${owner},"data":`;
}

function textAfter({ created_at, updated_at }: StoredRecord, expanded: string | undefined): string {
  const more = expanded === undefined ? '' : `,"expanded":${expanded}`;
  return `${more},"created_at":"${created_at}","updated_at":"${updated_at}"}`;
}

/** The record without what its reader may not see. */
export function toSeen(record: StoredRecord, sight: FieldSight): StoredRecord {
  return sight.isPlain ? record : { ...record, data: sight.project(record.data, record.owner_id) };
}

/** The record with the chosen fields alone, each of which its reader may see; all that they may when none was. */
export function toShown(
  record: StoredRecord,
  sight: FieldSight,
  fields: readonly string[] | undefined,
): StoredRecord {
  return fields === undefined
    ? toSeen(record, sight)
    : { ...record, data: narrow(record.data, fields) };
}

interface ListFacts {
  /** Null when nobody asked for it. */
  readonly total: number | null;
  /** Counted from 1; null behind a cursor. */
  readonly page: number | null;
  readonly limit: number;
  readonly nextCursor: string | null;
}

/** A page of records as JSON text, with what was expanded of each. */
export function toListText(
  collectionId: string,
  records: readonly StoredRecord[],
  expanded: readonly string[] | undefined,
  { total, page, limit, nextCursor }: ListFacts,
): string {
  // Joined once: each further step would copy all of the data.
  const parts = ['{"items":['];
  for (const [index, record] of records.entries())
    parts.push(
      index === 0 ? '' : ',',
      textBefore(collectionId, record),
      record.data,
      textAfter(record, expanded?.[index]),
    );
  // A cursor is made of characters that JSON need not escape, but it is another file's business.
  parts.push(
    `],"total":${total},"page":${page},"page_size":${limit},"next_cursor":${JSON.stringify(nextCursor)}}`,
  );
  return parts.join('');
}

/** The strong validator of a record: its revision. */
export function toEtag(record: StoredRecord): string {
  return `"${record.rev}"`;
}

/** The revisions that an If-Match header allows; undefined when it allows any. */
export function parseIfMatch(header: string | null): readonly number[] | undefined {
  if (header === null || header.trim() === '*') return undefined;
  // A weak tag is what compression makes of ours; it names the revision all the same. Anything else
  // that is not one of our tags matches no revision.
  return header
    .split(',')
    .map((tag) => Number(/^(?:W\/)?"([1-9]\d{0,15})"$/.exec(tag.trim())?.[1] ?? Number.NaN));
}
