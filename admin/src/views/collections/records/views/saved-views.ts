import { useLocalStorage } from '@vueuse/core';
import { computed } from 'vue';
import { formatSort, type TableSort } from '../../../../components/ui/table.ts';
import type { ColumnChoice } from '../record-columns.ts';

/** A way to look at a collection that somebody gave a name; kept in this browser. */
export interface SavedView {
  readonly name: string;
  readonly filter: string;
  readonly sort: readonly TableSort[];
  readonly columns: ColumnChoice;
}

const MOST_NAME = 60;

/** What is stored may be of another time, or of another hand. */
export function readViews(stored: unknown): readonly SavedView[] {
  return Array.isArray(stored) ? stored.filter(isView) : [];
}

function isView(value: unknown): value is SavedView {
  if (typeof value !== 'object' || value === null) return false;
  const { name, filter, sort, columns } = value as Partial<Record<keyof SavedView, unknown>>;
  return (
    typeof name === 'string' &&
    name !== '' &&
    typeof filter === 'string' &&
    Array.isArray(sort) &&
    typeof columns === 'object' &&
    columns !== null &&
    'order' in columns &&
    Array.isArray(columns.order)
  );
}

/** A view of the same name is replaced where it stands. */
export function putView(views: readonly SavedView[], view: SavedView): readonly SavedView[] {
  const isThere = views.some(({ name }) => name === view.name);
  return isThere ? views.map((each) => (each.name === view.name ? view : each)) : [...views, view];
}

/** Why a view cannot be called so, or undefined. */
export function nameFault(
  name: string,
  views: readonly SavedView[],
  before?: string,
): string | undefined {
  const wanted = name.trim();
  if (wanted === '') return 'A name is needed, such as Out of print.';
  if ([...wanted].length > MOST_NAME) return `At most ${MOST_NAME} characters.`;
  const isTaken = before !== undefined && wanted !== before;
  return isTaken && views.some((view) => view.name === wanted)
    ? `There is a view ${wanted} already.`
    : undefined;
}

/** Whether a list looks as the view says; columns may have been moved since. */
export function isShowing(
  { filter, sort }: SavedView,
  now: { readonly filter: string; readonly sort: readonly TableSort[] },
): boolean {
  return filter === now.filter && formatSort(sort) === formatSort(now.sort);
}

/** The views of one collection. */
export function useSavedViews(collection: () => string) {
  const stored = useLocalStorage<readonly SavedView[]>(() => `tb.views.${collection()}`, []);
  const views = computed(() => readViews(stored.value));

  return {
    views,
    put(view: SavedView): void {
      stored.value = putView(views.value, view);
    },
    rename(from: string, to: string): void {
      stored.value = views.value.map((view) =>
        view.name === from ? { ...view, name: to.trim() } : view,
      );
    },
    remove(name: string): void {
      stored.value = views.value.filter((view) => view.name !== name);
    },
    /** Puts all of them back as they were. */
    restore(before: readonly SavedView[]): void {
      stored.value = before;
    },
  };
}

export type SavedViews = ReturnType<typeof useSavedViews>;
