import { ref, watch } from 'vue';
import { wordsFor } from '../api/error-words.ts';

/** What a dialog does when it is confirmed: once at a time, and why it failed is shown in it. */
export function useDeed(isOpen: () => boolean, deed: () => Promise<void>) {
  const isBusy = ref(false);
  const fault = ref<string>();
  watch(isOpen, () => {
    fault.value = undefined;
  });

  async function run(): Promise<void> {
    if (isBusy.value) return;
    isBusy.value = true;
    fault.value = undefined;
    try {
      await deed();
    } catch (caught) {
      const words = wordsFor(caught);
      fault.value = `${words.title}. ${words.text}`;
    } finally {
      isBusy.value = false;
    }
  }

  return { isBusy, fault, run };
}
