import type { RecordItem } from '../../../../api/types.ts';
import { quote } from '../filter/rows.ts';
import { listRecords } from '../record-api.ts';

/** Which records: chosen ones, or all that a filter finds. */
export type Targets =
  | { readonly kind: 'ids'; readonly ids: readonly string[] }
  | { readonly kind: 'matching'; readonly filter: string; readonly count: number };

/** A filter has at most 100 values. */
const IDS_AT_ONCE = 100;
const MATCHING_AT_ONCE = 200;

export function countTargets(targets: Targets): number {
  return targets.kind === 'ids' ? targets.ids.length : targets.count;
}

export function idsFilter(ids: readonly string[]): string {
  return `id in (${ids.map(quote).join(', ')})`;
}

/** The records as they are now, page by page; never more than were counted. */
export async function* readTargets(
  collection: string,
  targets: Targets,
  signal: AbortSignal,
  fields?: string,
): AsyncGenerator<readonly RecordItem[]> {
  if (targets.kind === 'ids') {
    for (let at = 0; at < targets.ids.length; at += IDS_AT_ONCE) {
      const ids = targets.ids.slice(at, at + IDS_AT_ONCE);
      yield await readPage(
        collection,
        { filter: idsFilter(ids), limit: ids.length, fields },
        signal,
      );
    }
    return;
  }
  let left = targets.count;
  let cursor: string | undefined;
  while (left > 0) {
    const limit = Math.min(MATCHING_AT_ONCE, left);
    const query = { filter: targets.filter, limit, fields, cursor };
    const { items, next } = await readList(collection, query, signal);
    left -= items.length;
    yield items;
    if (next === null || items.length === 0) return;
    cursor = next;
  }
}

interface Query {
  readonly filter: string;
  readonly limit: number;
  readonly fields: string | undefined;
  readonly cursor?: string | undefined;
}

async function readPage(collection: string, query: Query, signal: AbortSignal) {
  return (await readList(collection, query, signal)).items;
}

async function readList(
  collection: string,
  { cursor, fields, ...query }: Query,
  signal: AbortSignal,
) {
  const found = await listRecords(
    collection,
    {
      ...query,
      // A place that no change of a field moves.
      sort: 'id',
      expand: '',
      count: false,
      ...(cursor !== undefined && { cursor }),
      ...(fields !== undefined && { fields }),
    },
    signal,
  );
  return { items: found.items, next: found.next_cursor };
}
