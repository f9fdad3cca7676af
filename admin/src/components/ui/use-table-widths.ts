import type { TableColumn, TableWidths } from './table.ts';

const STEP = 16;
export const NARROWEST = 56;
export const WIDEST = 900;

interface WidthsSource {
  readonly widths: () => TableWidths | undefined;
  /** Widths are of tables, not of the rows of two lines on a phone. */
  readonly isPhone: () => boolean;
  readonly onChange: (widths: TableWidths) => void;
}

/** Columns that are made wider and narrower: by drag, by arrow keys, and back to fit. */
export function useTableWidths({ widths, isPhone, onChange }: WidthsSource) {
  function widthOf(column: TableColumn): Record<string, string> | undefined {
    const width = widths()?.[column.key];
    if (width === undefined || isPhone()) return undefined;
    return { width: `${width}px`, minWidth: `${width}px`, maxWidth: `${width}px` };
  }

  function setWidth(column: TableColumn, width: number | undefined): void {
    const { [column.key]: _old, ...others } = widths() ?? {};
    const next = Math.round(Math.max(NARROWEST, Math.min(WIDEST, width ?? 0)));
    onChange(width === undefined ? others : { ...others, [column.key]: next });
  }

  function onHandleKey(column: TableColumn, event: KeyboardEvent): void {
    const step = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (step === undefined && event.key !== 'Enter') return;
    event.preventDefault();
    event.stopPropagation();
    const head = (event.currentTarget as HTMLElement).parentElement;
    setWidth(column, step === undefined ? undefined : (head?.offsetWidth ?? 0) + step);
  }

  function startResize(column: TableColumn, event: PointerEvent): void {
    if (event.button !== 0) return;
    const handle = event.currentTarget as HTMLElement;
    const width = handle.parentElement?.offsetWidth ?? 0;
    const from = event.clientX;
    handle.setPointerCapture(event.pointerId);
    const onMove = (moved: PointerEvent) => {
      if (moved.clientX !== from) setWidth(column, width + moved.clientX - from);
    };
    handle.addEventListener('pointermove', onMove);
    const stop = () => handle.removeEventListener('pointermove', onMove);
    handle.addEventListener('pointerup', stop, { once: true });
    handle.addEventListener('pointercancel', stop, { once: true });
  }

  return { widthOf, setWidth, onHandleKey, startResize };
}
