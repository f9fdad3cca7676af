import { useShortcuts } from '../../../composables/use-shortcuts.ts';
import type { OpenRecord } from './use-open-record.ts';
import type { usePeek } from './use-peek.ts';

interface KeyTargets {
  readonly opened: OpenRecord;
  readonly peek: ReturnType<typeof usePeek>;
  readonly move: (step: 1 | -1) => void;
  readonly hasRows: () => boolean;
  readonly openFilter: () => void;
  /** Takes the ticks away; false when there are none. */
  readonly clearSelection: () => boolean;
}

/** The keys of the records page. */
export function useRecordKeys(targets: KeyTargets): void {
  const { opened, peek, move } = targets;
  useShortcuts({
    n: () => void opened.create(),
    '/': targets.openFilter,
    j: () => (opened.isOpen.value ? void opened.step(1) : move(1)),
    k: () => (opened.isOpen.value ? void opened.step(-1) : move(-1)),
    ArrowDown: (event) => onArrow(event, 1),
    ArrowUp: (event) => onArrow(event, -1),
    e: () => void opened.edit(),
    Escape: () => {
      // An open popover closes itself.
      if (document.querySelector(':popover-open')) return false;
      if (peek.shown.value) void peek.close();
      else if (opened.isOpen.value) void opened.close();
      else return targets.clearSelection();
      return true;
    },
  });

  /** Arrows go into the table only from nowhere: elsewhere they scroll or move in what has the focus. */
  function onArrow(event: KeyboardEvent, by: 1 | -1): boolean {
    const isNowhere = event.target === document.body || (event.target as HTMLElement).id === 'main';
    if (!isNowhere || !targets.hasRows()) return false;
    move(by);
    return true;
  }
}
