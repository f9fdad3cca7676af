import { useElementSize, useScroll } from '@vueuse/core';
import { computed, nextTick, type Ref, ref, watch } from 'vue';
import { type CellPlace, visibleRange } from './table.ts';

const VIRTUAL_FROM = 200;

interface FocusSource {
  readonly box: Readonly<Ref<HTMLElement | null>>;
  readonly body: Readonly<Ref<HTMLElement | null>>;
  readonly keys: () => readonly string[];
  readonly openKey: () => string | undefined;
  readonly isCompact: () => boolean | undefined;
  readonly isPhone: () => boolean;
}

/**
 * Which rows are in the document, and which of them or of their cells has the focus. From 200 rows
 * on only those in sight are there.
 */
export function useTableFocus({ box, body, keys, openKey, isCompact, isPhone }: FocusSource) {
  const isVirtual = computed(() => keys().length >= VIRTUAL_FROM && !isPhone());
  const { y } = useScroll(box);
  const { height } = useElementSize(box);
  const rowHeight = ref(0);
  const range = computed(() =>
    isVirtual.value
      ? visibleRange(keys().length, rowHeight.value || 36, y.value, height.value)
      : { start: 0, end: keys().length },
  );

  // Rows are as high as the theme, the density and the font make them.
  watch(
    [isVirtual, isCompact, body, height],
    async () => {
      await nextTick();
      const first = body.value?.querySelector<HTMLElement>('tr[data-index]');
      if (first) rowHeight.value = first.offsetHeight;
    },
    { flush: 'post', immediate: true },
  );

  /** The row that had the focus last: it may have been scrolled out of the document since. */
  let lastFocused = -1;

  function onFocusIn(event: FocusEvent): void {
    lastFocused = indexOf(event.target);
  }

  function indexOf(target: EventTarget | null): number {
    const row = target instanceof Element ? target.closest('tr[data-index]') : null;
    return row instanceof HTMLElement ? Number(row.dataset.index) : -1;
  }

  /** The row that has the focus, or -1. */
  function focusedIndex(): number {
    const inside = body.value?.contains(document.activeElement) ? document.activeElement : null;
    const at = indexOf(inside);
    return at === -1 && document.activeElement === box.value ? lastFocused : at;
  }

  /** The cell that has the focus itself, or holds what has it. */
  function cellOf(target: EventTarget | null): CellPlace | undefined {
    const cell = target instanceof Element ? target.closest('[data-column]') : null;
    const row = keys()[indexOf(cell)];
    const column = cell instanceof HTMLElement ? cell.dataset.column : undefined;
    return row === undefined || column === undefined ? undefined : { row, column };
  }

  // A focused row that leaves the document hands the focus to the box around it.
  watch(range, ({ start, end }, before) => {
    const wasShown = lastFocused >= before.start && lastFocused < before.end;
    const isShown = lastFocused >= start && lastFocused < end;
    if (wasShown && !isShown && body.value?.contains(document.activeElement)) {
      box.value?.focus({ preventScroll: true });
    }
  });

  function findRow(index: number): HTMLElement | null {
    return body.value?.querySelector<HTMLElement>(`tr[data-index="${index}"]`) ?? null;
  }

  async function showRow(index: number): Promise<HTMLElement | null> {
    if (isVirtual.value && !findRow(index) && box.value) {
      box.value.scrollTop = Math.max(0, index * rowHeight.value - height.value / 2);
      y.value = box.value.scrollTop;
      await nextTick();
    }
    return findRow(index);
  }

  async function focusRow(index: number): Promise<void> {
    const row = await showRow(index);
    (row?.querySelector<HTMLElement>('th a, th button') ?? row)?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  async function focusCell({ row, column }: CellPlace): Promise<void> {
    await nextTick();
    const found = await showRow(keys().indexOf(row));
    const cells = [...(found?.querySelectorAll<HTMLElement>('[data-column]') ?? [])];
    const cell = cells.find((each) => each.dataset.column === column);
    const target = cell?.matches('th') ? cell.querySelector<HTMLElement>('a, button') : cell;
    // A column that is out of sight has no cell: its row has the focus then.
    (target ?? cell ?? found?.querySelector<HTMLElement>('th a, th button'))?.focus({
      preventScroll: true,
    });
    cell?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  /** Moves the focus by rows; from outside the table to the open row or the first. */
  async function move(step: number): Promise<void> {
    const at = focusedIndex();
    const cell = cellOf(document.activeElement);
    const open = openKey();
    const start = open === undefined ? -1 : keys().indexOf(open);
    const next = at === -1 ? (start === -1 ? 0 : start + step) : at + step;
    const to = Math.max(0, Math.min(keys().length - 1, next));
    const row = keys()[to];
    const isInCell = cell !== undefined && document.activeElement?.matches('td[data-column]');
    if (isInCell && row !== undefined) await focusCell({ row, column: cell.column });
    else await focusRow(to);
  }

  /** Moves the focus along the cells of a row; false at its ends. */
  function moveInRow(step: number): boolean {
    const row = findRow(focusedIndex());
    const cells = [...(row?.querySelectorAll<HTMLElement>('[data-column]') ?? [])];
    const active = document.activeElement;
    const at = cells.findIndex((cell) => cell === active || cell.contains(active));
    const next = cells[at + step];
    if (at === -1 || !next) return false;
    const target = next.matches('th') ? next.querySelector<HTMLElement>('a, button') : next;
    (target ?? next).focus({ preventScroll: true });
    next.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    return true;
  }

  return {
    isVirtual,
    rowHeight,
    range,
    onFocusIn,
    focusedIndex,
    cellOf,
    focusRow,
    focusCell,
    move,
    moveInRow,
  };
}
