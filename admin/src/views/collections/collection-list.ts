import type { Collection, CollectionOptions } from '../../api/types.ts';
import type { TableSort } from '../../components/ui/table.ts';
import { countOf, toNumber } from '../../components/ui/times.ts';

/** When a collection was written to, as the server tells it. */
export interface Activity {
  readonly last_write_at: string | null;
  /** Records made on each of the last days, today last. */
  readonly created_per_day: readonly number[];
}

/** One line of the list of collections. */
export interface ListRow {
  readonly name: string;
  readonly label: string;
  readonly records: number | undefined;
  readonly fields: number;
  readonly options: CollectionOptions;
  readonly days: readonly number[] | undefined;
  /** Empty where nothing was written yet, or nobody could say. */
  readonly written: string;
}

export function listRows(
  collections: readonly Collection[],
  counts: Readonly<Record<string, number>>,
  activity: Readonly<Record<string, Activity>> = {},
): ListRow[] {
  return collections.map((collection) => ({
    name: collection.name,
    label: collection.label,
    records: counts[collection.name],
    fields: collection.schema.fields.length,
    options: collection.options,
    days: activity[collection.name]?.created_per_day,
    written: activity[collection.name]?.last_write_at ?? '',
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

/** The line of a small chart: the highest day reaches the top. */
export function sparkPoints(days: readonly number[], width: number, height: number): string {
  const most = Math.max(1, ...days);
  const step = width / Math.max(1, days.length - 1);
  return days
    .map(
      (count, at) => `${(at * step).toFixed(1)},${(height - (count / most) * height).toFixed(1)}`,
    )
    .join(' ');
}

export function sparkWords(days: readonly number[]): string {
  const made = days.reduce((sum, count) => sum + count, 0);
  if (made === 0) return `Nothing new in ${days.length} days`;
  return `${countOf(made, 'new record')} in ${days.length} days, ${toNumber(days.at(-1) ?? 0)} of them today`;
}
