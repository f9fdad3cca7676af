import { readonly, ref } from 'vue';

export type Politeness = 'polite' | 'assertive';

const polite = ref('');
const assertive = ref('');

/** Says a text to screen readers; the same text twice is said twice. */
export function announce(text: string, politeness: Politeness = 'polite'): void {
  const region = politeness === 'polite' ? polite : assertive;
  region.value = region.value === text ? `${text}\u00a0` : text;
}

/** For the one component that holds the two regions. */
export function useLive() {
  return { polite: readonly(polite), assertive: readonly(assertive), announce };
}
