import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import { api } from '../api/client.ts';
import type { AdminFunction, AdminFunctionPage, LoadError } from '../api/types.ts';

/** All functions and the files that do not load: for the navigation, the palette and their pages. */
export const useFunctions = defineStore('functions', () => {
  const items = shallowRef<readonly AdminFunction[]>([]);
  const loadErrors = shallowRef<readonly LoadError[]>([]);
  const isLoaded = ref(false);
  const error = shallowRef<unknown>();
  let loading: Promise<void> | undefined;
  let last = '';

  function load(): Promise<void> {
    loading ??= fetchAll().finally(() => {
      loading = undefined;
    });
    return loading;
  }

  async function fetchAll(): Promise<void> {
    try {
      const found: AdminFunction[] = [];
      let errors: readonly LoadError[] = [];
      for (;;) {
        const query = { limit: 1000, offset: found.length };
        const list = await api.get<AdminFunctionPage>('/api/admin/functions', query);
        found.push(...list.items);
        errors = list.load_errors;
        if (list.items.length === 0 || found.length >= list.total) break;
      }
      keep(found, errors);
      isLoaded.value = true;
      error.value = undefined;
    } catch (caught) {
      error.value = caught;
    }
  }

  /** What is as it was is not set again: asked every few seconds, nothing is drawn anew for it. */
  function keep(found: readonly AdminFunction[], errors: readonly LoadError[]): void {
    const text = JSON.stringify([found, errors]);
    if (text === last) return;
    last = text;
    items.value = found;
    loadErrors.value = errors;
  }

  function find(name: string): AdminFunction | undefined {
    return items.value.find((item) => item.name === name);
  }

  function reset(): void {
    keep([], []);
    isLoaded.value = false;
    error.value = undefined;
  }

  return { items, loadErrors, isLoaded, error, load, find, reset };
});
