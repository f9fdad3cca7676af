import { api, request } from '../../../api/client.ts';
import type { RecordData, RecordItem, RecordList } from '../../../api/types.ts';

/** A record and the revision it had when it was read. */
export interface Held {
  readonly record: RecordItem;
  readonly etag: string | undefined;
}

function pathOf(collection: string, id = ''): string {
  const base = `/api/collections/${encodeURIComponent(collection)}/records`;
  return id === '' ? base : `${base}/${encodeURIComponent(id)}`;
}

export interface RecordsQuery {
  readonly limit: number;
  readonly offset?: number;
  readonly cursor?: string;
  readonly sort: string;
  readonly filter: string;
  /** Names of references, with commas. */
  readonly expand: string;
  /** Names of fields, with commas; all unless given. */
  readonly fields?: string;
  /** False: nobody looks at the total. */
  readonly count?: false;
}

export function listRecords(
  collection: string,
  query: RecordsQuery,
  signal: AbortSignal,
): Promise<RecordList> {
  return api.get<RecordList>(pathOf(collection), { ...query }, { signal });
}

export function readRecord(collection: string, id: string, signal?: AbortSignal): Promise<Held> {
  return hold('GET', pathOf(collection, id), { signal });
}

export function createRecord(
  collection: string,
  body: RecordData,
  ownerId: string | undefined,
): Promise<Held> {
  return hold('POST', pathOf(collection), { body, query: { owner_id: ownerId } });
}

export function patchRecord(
  collection: string,
  id: string,
  body: RecordData,
  etag: string | undefined,
): Promise<Held> {
  return hold('PATCH', pathOf(collection, id), { body, headers: ifMatch(etag) });
}

export function deleteRecord(
  collection: string,
  id: string,
  { etag, keepalive = false }: { etag?: string | undefined; keepalive?: boolean } = {},
): Promise<void> {
  return api.delete(pathOf(collection, id), { headers: ifMatch(etag), keepalive });
}

export type ExportFormat = 'csv' | 'json' | 'ndjson';

/** A link: the browser writes the file while it comes. */
export function exportHref(
  collection: string,
  format: ExportFormat,
  filter: string,
  fields = '',
): string {
  const query = new URLSearchParams({
    format,
    ...(filter !== '' && { filter }),
    ...(fields !== '' && { fields }),
  });
  return `${pathOf(collection)}/export?${query}`;
}

function ifMatch(etag: string | undefined): Record<string, string> {
  return etag === undefined ? {} : { 'if-match': etag };
}

async function hold(...[method, path, options]: Parameters<typeof request>): Promise<Held> {
  const answer = await request<RecordItem>(method, path, options);
  return { record: answer.data, etag: answer.headers.get('etag') ?? undefined };
}
