import type { LocationQuery } from 'vue-router';
import { formatSort, parseSort, type TableSort } from '../../../components/ui/table.ts';

export const SIZES = [25, 50, 100, 200] as const;
const USUAL_SIZE = 50;
/** The drawer of a record that does not exist yet. */
export const NEW = 'new';

/** What of the list lives in the route: a view can be sent to a colleague. */
export interface ListQuery {
  /** Counted from 1. */
  readonly page: number;
  readonly size: number;
  readonly sort: readonly TableSort[];
  /** In the language of the API; empty for all. */
  readonly filter: string;
  readonly open: string | undefined;
  /** A record of another collection, above the open one: `authors.ID`, or `authors.new`. */
  readonly peek: string | undefined;
}

export function readListQuery(query: LocationQuery): ListQuery {
  const page = Number(first(query.page));
  const size = Number(first(query.size));
  return {
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
    size: SIZES.find((each) => each === size) ?? USUAL_SIZE,
    sort: parseSort(first(query.sort) ?? ''),
    filter: first(query.filter) ?? '',
    open: first(query.open) || undefined,
    peek: first(query.peek) || undefined,
  };
}

/** Only what is not as usual stands in the address. */
export function writeListQuery({
  page,
  size,
  sort,
  filter,
  open,
  peek,
}: ListQuery): Record<string, string> {
  return {
    ...(filter !== '' && { filter }),
    ...(sort.length > 0 && { sort: formatSort(sort) }),
    ...(page > 1 && { page: String(page) }),
    ...(size !== USUAL_SIZE && { size: String(size) }),
    ...(open !== undefined && { open }),
    ...(open !== undefined && peek !== undefined && { peek }),
  };
}

function first(value: LocationQuery[string] | undefined): string | undefined {
  return (Array.isArray(value) ? value[0] : value) ?? undefined;
}

/** "1–50 of 312" */
export function rangeText(page: number, size: number, count: number): string {
  if (count === 0) return '0';
  const from = (page - 1) * size + 1;
  return `${from.toLocaleString('en')}–${(from + count - 1).toLocaleString('en')}`;
}
