import { useLocalStorage } from '@vueuse/core';
import { computed } from 'vue';
import type { Field } from '../../../api/types.ts';
import type { TableWidths } from '../../../components/ui/table.ts';
import { type ColumnChoice, chooseColumns, NO_CHOICE, shownColumns } from './record-columns.ts';

/** Which columns show, in which order and how wide; kept for each collection in this browser. */
export function useRecordColumns(collection: () => string, fields: () => readonly Field[]) {
  const choice = useLocalStorage<ColumnChoice>(() => `tb.columns.${collection()}`, NO_CHOICE, {
    mergeDefaults: true,
  });
  const columns = computed(() => chooseColumns(fields(), choice.value));
  const shown = computed(() => shownColumns(columns.value));
  const hasChoice = computed(() => JSON.stringify(choice.value) !== JSON.stringify(NO_CHOICE));

  function change(part: Partial<ColumnChoice>): void {
    choice.value = { ...choice.value, ...part };
  }

  return {
    choice,
    columns,
    shown,
    hasChoice,
    show: (key: string, isShown: boolean) =>
      change({ visible: { ...choice.value.visible, [key]: isShown } }),
    showAll: () =>
      change({ visible: Object.fromEntries(columns.value.map(({ key }) => [key, true])) }),
    setOrder: (order: readonly string[]) => change({ order }),
    setWidths: (widths: TableWidths) => change({ widths }),
    /** All of it at once, as a view has it. */
    set: (next: ColumnChoice) => {
      choice.value = { ...NO_CHOICE, ...next };
    },
    reset: () => {
      choice.value = NO_CHOICE;
    },
  };
}
