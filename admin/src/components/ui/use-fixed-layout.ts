import { useElementSize, useScroll } from '@vueuse/core';
import { computed, nextTick, type Ref, shallowRef, watch } from 'vue';
import { type TableCell, type TableColumn, type TableWidths, visibleColumns } from './table.ts';

interface FixedLayoutSource {
  readonly box: Readonly<Ref<HTMLElement | null>>;
  readonly table: Readonly<Ref<HTMLTableElement | null>>;
  /** Only a table of which a part is in the document needs it. */
  readonly isOn: () => boolean;
  readonly columns: () => readonly TableColumn[];
  /** Up to its row header every row has its cells. */
  readonly headAt: () => number;
  /** Widths that somebody chose. */
  readonly widths: () => TableWidths | undefined;
  /** A column that is there wherever the table was scrolled. */
  readonly needed: () => string | undefined;
  /** What the columns are measured by. */
  readonly content: () => unknown;
}

/**
 * The columns of a table that draws its rows while it is scrolled: as wide as its first rows need, and
 * then fixed. They would jump with each row that comes, and the browser would measure every cell again.
 * Of those that are out of sight only the heads are in the document.
 */
export function useFixedLayout(source: FixedLayoutSource) {
  const { box, table, isOn, columns, widths } = source;
  const { x } = useScroll(box);
  const { width: boxWidth } = useElementSize(box);
  const measured = shallowRef<{ readonly all: readonly number[]; readonly first: number }>();

  async function measure(): Promise<void> {
    measured.value = undefined;
    if (!isOn()) return;
    await nextTick();
    // Drawing all cells is a task of its own, measuring them is another.
    await new Promise(requestAnimationFrame);
    const heads = [...(table.value?.querySelectorAll<HTMLElement>('thead th') ?? [])];
    if (heads.length === 0 || !table.value?.querySelector('tr[data-index]')) return;
    const all = heads.map((head) => head.getBoundingClientRect().width);
    measured.value = { all, first: heads.findIndex((head) => !head.classList.contains('pick')) };
  }

  watch([isOn, columns, source.content], measure, { flush: 'post', immediate: true });
  // One that is to fit again is measured again.
  watch(widths, (now = {}, before = {}) => {
    if (Object.keys(before).some((key) => now[key] === undefined)) void measure();
  });

  /** In px, of every column that the table has; undefined while the browser decides. */
  const fixed = computed(() => {
    const found = measured.value;
    return found?.all.map((width, at) => {
      const key = columns()[at - found.first]?.key;
      return (key === undefined ? undefined : widths()?.[key]) ?? width;
    });
  });
  const sum = computed(() => fixed.value?.reduce((total, width) => total + width, 0));
  const inSight = computed(() => {
    const first = measured.value?.first ?? 0;
    const own = fixed.value?.slice(first, first + columns().length);
    return own && visibleColumns(own, x.value, boxWidth.value);
  });
  // As numbers, so that a step that changes neither draws nothing.
  const start = computed(() => inSight.value?.start ?? 0);
  const end = computed(() => inSight.value?.end ?? columns().length);
  const cells = computed((): readonly TableCell[] => {
    const list: TableCell[] = [];
    let hidden = 0;
    columns().forEach((column, at) => {
      const isInSight = at >= start.value && at < end.value;
      if (!isInSight && at > source.headAt() && column.key !== source.needed()) {
        hidden += 1;
        return;
      }
      if (hidden > 0) list.push({ span: hidden, key: `before ${column.key}` });
      hidden = 0;
      list.push({ column, at });
    });
    if (hidden > 0) list.push({ span: hidden, key: 'rest' });
    return list;
  });
  return { fixed, sum, cells };
}
