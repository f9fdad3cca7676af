import { useLocalStorage } from '@vueuse/core';
import { defineStore } from 'pinia';
import { watch } from 'vue';

export const THEMES = ['light', 'dark', 'system'] as const;
export type Theme = (typeof THEMES)[number];
type Density = 'normal' | 'compact';

/** Sets the theme before anything is drawn; the store takes over from there. */
export function applyTheme(theme: string | null = readTheme()): void {
  const root = document.documentElement;
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
  else delete root.dataset.theme;
}

function readTheme(): string | null {
  try {
    return localStorage.getItem('tb.theme');
  } catch {
    return null;
  }
}

export const usePreferences = defineStore('preferences', () => {
  const theme = useLocalStorage<Theme>('tb.theme', 'system');
  const density = useLocalStorage<Density>('tb.density', 'normal');
  const hasLetterKeys = useLocalStorage('tb.letter-keys', true);
  const isSideFolded = useLocalStorage('tb.side-folded', false);

  watch(theme, (next) => applyTheme(next), { flush: 'sync' });

  return { theme, density, hasLetterKeys, isSideFolded };
});
