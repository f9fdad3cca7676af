import { computed, ref } from 'vue';

interface SelectionSource {
  readonly keys: () => readonly string[];
  readonly selected: () => ReadonlySet<string> | undefined;
  readonly onChange: (selected: ReadonlySet<string>) => void;
}

const NONE: ReadonlySet<string> = new Set();

/** Ticks in a table: one, a range with Shift, or all that it shows. */
export function useTableSelection({ keys, selected, onChange }: SelectionSource) {
  const anchor = ref<number>();
  const chosen = computed(() => selected() ?? NONE);
  const isAllChosen = computed(
    () => keys().length > 0 && keys().every((key) => chosen.value.has(key)),
  );
  const isSomeChosen = computed(() => keys().some((key) => chosen.value.has(key)));

  function toggleAll(): void {
    const next = new Set(chosen.value);
    for (const key of keys()) {
      if (isAllChosen.value) next.delete(key);
      else next.add(key);
    }
    onChange(next);
  }

  function toggle(index: number, isRange: boolean): void {
    const key = keys()[index];
    if (key === undefined) return;
    const isOn = !chosen.value.has(key);
    const from = isRange && anchor.value !== undefined ? anchor.value : index;
    const next = new Set(chosen.value);
    for (const each of keys().slice(Math.min(from, index), Math.max(from, index) + 1)) {
      if (isOn || isRange) next.add(each);
      else next.delete(each);
    }
    anchor.value = index;
    onChange(next);
  }

  return { chosen, isAllChosen, isSomeChosen, toggle, toggleAll };
}
