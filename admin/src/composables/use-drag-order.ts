import { onScopeDispose, type Ref } from 'vue';

/** Rows of a list that are moved by a handle: `start` on its pointerdown, `move` at each step. */
export function useDragOrder(
  list: Readonly<Ref<HTMLElement | null>>,
  move: (from: number, to: number) => void,
) {
  let at = -1;

  function onMove(event: PointerEvent): void {
    const rows = [...(list.value?.children ?? [])];
    const to = rows.findIndex((row) => {
      const box = row.getBoundingClientRect();
      return event.clientY >= box.top && event.clientY < box.bottom;
    });
    if (to === -1 || to === at) return;
    move(at, to);
    at = to;
  }

  function stop(): void {
    window.removeEventListener('pointermove', onMove);
    window.removeEventListener('pointerup', stop);
    window.removeEventListener('pointercancel', stop);
  }

  function start(index: number, event: PointerEvent): void {
    if (event.button !== 0) return;
    stop();
    at = index;
    window.addEventListener('pointermove', onMove);
    window.addEventListener('pointerup', stop);
    window.addEventListener('pointercancel', stop);
  }

  onScopeDispose(stop);
  return { start };
}
