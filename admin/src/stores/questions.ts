import { defineStore } from 'pinia';
import { shallowRef } from 'vue';

/** A yes-or-no that must be answered before going on; App shows it as ConfirmDialog. */
export interface Question {
  readonly title: string;
  readonly text?: string | undefined;
  readonly confirmLabel: string;
  readonly cancelLabel?: string | undefined;
  readonly isDangerous?: boolean | undefined;
  /** The text that must be typed first. */
  readonly typed?: string | undefined;
}

export const useQuestions = defineStore('questions', () => {
  const current = shallowRef<Question>();
  let settle: ((isConfirmed: boolean) => void) | undefined;

  function ask(question: Question): Promise<boolean> {
    settle?.(false);
    current.value = question;
    return new Promise((resolve) => {
      settle = resolve;
    });
  }

  function answer(isConfirmed: boolean): void {
    current.value = undefined;
    settle?.(isConfirmed);
    settle = undefined;
  }

  return { current, ask, answer };
});
