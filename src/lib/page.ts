/** Which part of a list is asked for. */
export interface PageWindow {
  readonly limit: number;
  readonly offset: number;
}

/** What a store has found: the part that was asked for, and how many there are in all. */
export interface Listing<Item> {
  readonly items: readonly Item[];
  readonly total: number;
}

interface Page<Item> {
  items: Item[];
  total: number;
  page: number;
  page_size: number;
}

/** Pages are counted from 1. */
export function pageNumber({ limit, offset }: PageWindow): number {
  return Math.floor(offset / limit) + 1;
}

/** A part of a list as the API answers it. */
export function toPage<Item>({ items, total }: Listing<Item>, window: PageWindow): Page<Item> {
  return { items: [...items], total, page: pageNumber(window), page_size: window.limit };
}

/** The part of a list that is all in memory. */
export function cutPage<Item>(all: readonly Item[], window: PageWindow): Page<Item> {
  const { limit, offset } = window;
  return toPage({ items: all.slice(offset, offset + limit), total: all.length }, window);
}
