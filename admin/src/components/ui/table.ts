import type { TileType } from './tile-types.ts';

export interface TableColumn {
  readonly key: string;
  readonly label: string;
  /** The head shows the type's tile and the label in mono. */
  readonly type?: TileType;
  readonly isMono?: boolean;
  /** Its cell is the row's header and link; the first column's unless one says so. */
  readonly isRowHead?: boolean;
  /** Numbers: right-aligned and tabular. */
  readonly isNumber?: boolean;
  readonly isSortable?: boolean;
  /** 3 goes below 900 px of table, 2 below 700. */
  readonly priority?: 1 | 2 | 3;
  /** Takes the width that is left and is clipped. */
  readonly isFill?: boolean;
  /** The head is only for screen readers. */
  readonly isHeadHidden?: boolean;
  /** Not in the two-line rows of a phone. */
  readonly isDesktopOnly?: boolean;
  /** On a phone the value carries its label. */
  readonly hasLabelOnPhone?: boolean;
}

export interface TableSort {
  readonly key: string;
  readonly isDown: boolean;
}

/** One cell, by the key of its row and that of its column. */
export interface CellPlace {
  readonly row: string;
  readonly column: string;
}

/** Widths in px by the key of a column. */
export type TableWidths = Readonly<Record<string, number>>;

const SPARE_ROWS = 8;
/** Rows come in so many at a time: few, so that no frame has much to draw. */
const STEP = 4;

/** The rows to keep in the document: those in sight and some around. */
export function visibleRange(
  count: number,
  rowHeight: number,
  top: number,
  height: number,
): { readonly start: number; readonly end: number } {
  const first = Math.floor(top / rowHeight);
  const last = Math.ceil((top + Math.max(height, rowHeight)) / rowHeight);
  const start = Math.floor((first - SPARE_ROWS) / STEP) * STEP;
  const end = Math.ceil((last + SPARE_ROWS) / STEP) * STEP;
  return {
    start: Math.max(0, Math.min(start, Math.max(0, count - 1))),
    end: Math.min(count, Math.max(end, 1)),
  };
}

/** A cell of a row, or one that stands for those of columns that are out of sight. */
export type TableCell =
  | { readonly column: TableColumn; readonly at: number }
  | { readonly span: number; readonly key: string };

const SPARE_PX = 400;

/** The columns to keep in the document, by their widths: those in sight and some around. */
export function visibleColumns(
  widths: readonly number[],
  left: number,
  width: number,
): { readonly start: number; readonly end: number } {
  let edge = 0;
  let start = 0;
  let end = 0;
  for (const each of widths) {
    if (edge + each < left - SPARE_PX) start += 1;
    if (edge < left + width + SPARE_PX) end += 1;
    edge += each;
  }
  return { start, end };
}

/** `-price,title` ↔ sorts, as the API and the route's query write them. */
export function parseSort(text: string): TableSort[] {
  return text
    .split(',')
    .filter((part) => part !== '')
    .map((part) => ({ key: part.replace(/^-/, ''), isDown: part.startsWith('-') }));
}

export function formatSort(sort: readonly TableSort[]): string {
  return sort.map(({ key, isDown }) => (isDown ? `-${key}` : key)).join(',');
}

/** A press on a head: down, up, none; with shift it is added to the others. */
export function nextSort(
  sort: readonly TableSort[],
  key: string,
  isAdded: boolean,
): readonly TableSort[] {
  const old = sort.find((each) => each.key === key);
  const next: TableSort[] = old && !old.isDown ? [] : [{ key, isDown: old === undefined }];
  if (!isAdded) return next;
  if (!old) return [...sort, ...next];
  return sort.flatMap((each) => (each.key === key ? next : [each]));
}
