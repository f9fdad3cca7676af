import { computed, nextTick, ref, useId, watch } from 'vue';

/** The options under an input: the arrow keys go round, and the chosen one is always in sight. */
export function useOptions(count: () => number) {
  const id = useId();
  const chosen = ref(-1);
  const chosenId = computed(() => (chosen.value === -1 ? undefined : `${id}-${chosen.value}`));

  watch(chosenId, async (next) => {
    await nextTick();
    if (next !== undefined) document.getElementById(next)?.scrollIntoView({ block: 'nearest' });
  });

  function move(step: 1 | -1): void {
    const last = count() - 1;
    const next = chosen.value + step;
    // Up from nothing chosen is the last one, as is up from the first.
    if (last >= 0) chosen.value = next < 0 ? last : next > last ? 0 : next;
  }

  return { id, chosen, chosenId, move };
}
