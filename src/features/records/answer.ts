import type { StoredRecord } from './store.ts';

/** A record as JSON text. Its data is JSON already and is put in as it is. */
export function toText(collectionId: string, record: StoredRecord): string {
  const owner = record.owner_id === null ? 'null' : `"${record.owner_id}"`;
  return `{"id":"${record.id}","collection_id":"${collectionId}","owner_id":${owner},"data":${record.data},"created_at":"${record.created_at}","updated_at":"${record.updated_at}"}`;
}

/** A page of records as JSON text. */
export function toListText(
  collectionId: string,
  records: readonly StoredRecord[],
  {
    total,
    limit,
    offset,
  }: { readonly total: number; readonly limit: number; readonly offset: number },
): string {
  const items = records.map((record) => toText(collectionId, record)).join(',');
  return `{"items":[${items}],"total":${total},"page":${Math.floor(offset / limit) + 1},"page_size":${limit}}`;
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
