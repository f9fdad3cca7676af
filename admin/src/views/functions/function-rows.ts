import type { AdminFunction, FunctionMetrics } from '../../api/types.ts';
import type { TableSort } from '../../components/ui/table.ts';

type Figures = Omit<FunctionMetrics['items'][number], 'function_name' | 'is_loaded'>;

/** A function beside how it did in the last 24 hours. */
export interface FunctionRow extends AdminFunction, Figures {}

const NO_FIGURES: Figures = {
  calls: 0,
  failures: 0,
  failure_rate: null,
  p50_ms: null,
  p95_ms: null,
  last_called_at: null,
};

export function toRows(
  items: readonly AdminFunction[],
  metrics: FunctionMetrics | undefined,
): FunctionRow[] {
  const known = new Map((metrics?.items ?? []).map((each) => [each.function_name, each]));
  return items.map((item) => {
    const {
      function_name: _name,
      is_loaded: _loaded,
      ...figures
    } = known.get(item.name) ?? {
      function_name: '',
      is_loaded: true,
      ...NO_FIGURES,
    };
    return { ...item, ...figures };
  });
}

/** By one column; what has no figure stands last, up or down. */
export function sortFunctions(
  rows: readonly FunctionRow[],
  [first]: readonly TableSort[],
): FunctionRow[] {
  if (!first) return [...rows];
  const sign = first.isDown ? -1 : 1;
  const key = first.key as keyof FunctionRow;
  return rows.toSorted((a, b) => {
    const one = a[key] ?? null;
    const other = b[key] ?? null;
    if (one === other) return a.name < b.name ? -1 : 1;
    if (one === null) return 1;
    if (other === null) return -1;
    return one < other ? -sign : sign;
  });
}
