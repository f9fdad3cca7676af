import type { Collection, CollectionOptions } from '../../api/types.ts';
import type { TableSort } from '../../components/ui/table.ts';

/** One line of the list of collections. */
export interface ListRow {
  readonly name: string;
  readonly label: string;
  readonly records: number | undefined;
  readonly fields: number;
  readonly options: CollectionOptions;
  readonly created: string;
  readonly updated: string;
}

export function listRows(
  collections: readonly Collection[],
  counts: Readonly<Record<string, number>>,
): ListRow[] {
  return collections.map((collection) => ({
    name: collection.name,
    label: collection.label,
    records: counts[collection.name],
    fields: collection.schema.fields.length,
    options: collection.options,
    created: collection.created_at,
    updated: collection.updated_at,
  }));
}

export function sortRows(rows: readonly ListRow[], sort: readonly TableSort[]): ListRow[] {
  return [...rows].sort((a, b) => {
    for (const { key, isDown } of sort) {
      const order = compare(a[key as keyof ListRow], b[key as keyof ListRow]);
      if (order !== 0) return isDown ? -order : order;
    }
    return compare(a.name, b.name);
  });
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' || typeof b === 'number') return Number(a ?? -1) - Number(b ?? -1);
  return String(a).localeCompare(String(b), 'en');
}
