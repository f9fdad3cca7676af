import { computed, ref, watch } from 'vue';
import { countOf } from '../../../components/ui/times.ts';
import type { Targets } from './bulk/bulk-targets.ts';
import type { OpenRecord } from './use-open-record.ts';
import { MOST_WITH_UNDO } from './use-record-deletes.ts';
import type { Records } from './use-records.ts';

/** Which records are ticked: some, or all that the filter finds. */
export function useSelection(name: () => string, { rows, filter, total, deletes, go }: Records) {
  const chosen = ref<ReadonlySet<string>>(new Set());
  const isAll = ref(false);
  const isPageTicked = computed(
    () => rows.value.length > 0 && rows.value.every(({ id }) => chosen.value.has(id)),
  );
  const count = computed(() => (isAll.value ? (total.value ?? 0) : chosen.value.size));
  /** How many more the filter finds than are ticked. */
  const offered = computed(() =>
    isPageTicked.value && !isAll.value && (total.value ?? 0) > chosen.value.size
      ? total.value
      : undefined,
  );
  const targets = computed<Targets>(() =>
    isAll.value
      ? { kind: 'matching', filter: filter.value, count: count.value }
      : { kind: 'ids', ids: [...chosen.value] },
  );

  watch([name, filter], () => clear());

  function clear(): void {
    chosen.value = new Set();
    isAll.value = false;
  }

  function set(next: ReadonlySet<string>): void {
    chosen.value = next;
    isAll.value = false;
  }

  function drop(ids: readonly string[]): void {
    const gone = new Set(ids);
    set(new Set([...chosen.value].filter((id) => !gone.has(id))));
  }

  /** Few go at once and can be brought back; of more, false says that it must be asked first. */
  async function removeFew(opened: Pick<OpenRecord, 'draft' | 'mayLeave'>): Promise<boolean> {
    if (isAll.value || chosen.value.size > MOST_WITH_UNDO) return false;
    const ids = [...chosen.value];
    if (!(await closeOpen(opened, ids))) return true;
    deletes.deleteSoon(
      ids.map((id) => ({ id })),
      countOf(ids.length, 'record'),
    );
    drop(ids);
    return true;
  }

  /** The one in the drawer goes too: false when its changes are to be kept. */
  async function closeOpen(
    { draft, mayLeave }: Pick<OpenRecord, 'draft' | 'mayLeave'>,
    ids: readonly string[] | undefined,
  ): Promise<boolean> {
    const { value: id } = draft.id;
    if (id === undefined || (ids && !ids.includes(id))) return true;
    if (!(await mayLeave())) return false;
    await go({ open: undefined, peek: undefined }, true);
    return true;
  }

  return { chosen, isAll, count, offered, targets, clear, set, drop, removeFew, closeOpen };
}
