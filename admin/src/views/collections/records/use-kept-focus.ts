import { nextTick, type Ref, watch } from 'vue';

const INPUTS = 'input, select, textarea, .seg button, .cm-content';

/**
 * Inputs start afresh after a save, and the buttons beside them go when pressed: whoever was there
 * stays at that field. `source` changes with whatever draws the form anew.
 */
export function useKeptFocus(form: Ref<HTMLElement | null>, source: () => unknown): void {
  watch(source, async () => {
    const was = document.activeElement;
    const field = was?.closest<HTMLElement>('[data-field]')?.dataset.field;
    if (!was || field === undefined || !form.value?.contains(was)) return;
    const at = inputsOf(form.value, field).findIndex((each) => each === was);
    await nextTick();
    if (was.isConnected || !form.value) return;
    const inputs = inputsOf(form.value, field);
    (inputs[at] ?? inputs[0])?.focus({ preventScroll: true });
  });
}

function inputsOf(form: HTMLElement, field: string): HTMLElement[] {
  return [...form.querySelectorAll<HTMLElement>(`[data-field="${field}"] :is(${INPUTS})`)];
}
