import type { Filter, SortKey, SortTerm } from '../../features/records/store.ts';
import { columnName } from './record-table.ts';

export type Bindings = readonly (string | number | null)[];

/** A filter as a condition and the values bound to it; values never become part of the text. */
export function toWhere(filter: Filter): readonly [sql: string, args: Bindings] {
  switch (filter.op) {
    case 'all':
      return ['1', []];
    case 'owner':
      return ['owner_id = ?', [filter.id]];
    default:
      return filter satisfies never;
  }
}

/** Nulls stand last both ways; rows that are equal keep the order in which they were made. */
export function toOrderBy(sort: readonly SortTerm[]): string {
  const terms = sort.map(({ key, isDescending }) => {
    const direction = isDescending ? 'DESC' : 'ASC';
    return hasNulls(key)
      ? `${sortColumn(key)} ${direction} NULLS LAST`
      : `${sortColumn(key)} ${direction}`;
  });
  const tieBreak = sort[0]?.isDescending ? 'seq DESC' : 'seq ASC';
  return terms.some((term) => term.startsWith('seq '))
    ? terms.join(', ')
    : [...terms, tieBreak].join(', ');
}

function hasNulls(key: SortKey): boolean {
  return key.kind === 'field' || key.name === 'owner_id';
}

function sortColumn(key: SortKey): string {
  if (key.kind === 'field') return columnName(key.name);
  // created_at is given in the commit and never goes back, so the rowid has its order for nothing.
  return key.name === 'created_at' ? 'seq' : key.name;
}
