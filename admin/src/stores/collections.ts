import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { ApiError, api } from '../api/client.ts';
import type { Collection, CollectionList } from '../api/types.ts';

/** All collections: for the navigation, the palette and every page that needs a schema. */
export const useCollections = defineStore('collections', () => {
  const items = shallowRef<readonly Collection[]>([]);
  /** Records per collection, where a page has counted them. */
  const counts = ref<Record<string, number>>({});
  const isLoaded = ref(false);
  const error = shallowRef<unknown>();
  const names = computed(() => items.value.map((item) => item.name));
  let loading: Promise<void> | undefined;
  /** Grows with every change that is made here: what was read before it may lack it. */
  let changes = 0;
  const changesOf = new Map<string, number>();

  function noteChange(...names: readonly string[]): void {
    changes++;
    for (const name of names) changesOf.set(name, changes);
  }

  function load(): Promise<void> {
    loading ??= fetchAll().finally(() => {
      loading = undefined;
    });
    return loading;
  }

  async function fetchAll(): Promise<void> {
    try {
      let found: Collection[];
      let begunAt: number;
      do {
        begunAt = changes;
        found = await fetchPages();
      } while (begunAt !== changes);
      items.value = found.sort((a, b) => (a.name < b.name ? -1 : 1));
      isLoaded.value = true;
      error.value = undefined;
    } catch (caught) {
      error.value = caught;
    }
  }

  async function fetchPages(): Promise<Collection[]> {
    const found: Collection[] = [];
    for (;;) {
      const query = { limit: 1000, offset: found.length };
      const list = await api.get<CollectionList>('/api/collections', query);
      found.push(...list.items);
      if (list.items.length === 0 || found.length >= list.total) return found;
    }
  }

  function find(name: string): Collection | undefined {
    return items.value.find((item) => item.name === name);
  }

  /** Asks for one anew; an answer that is older than a change made here counts for nothing. */
  async function read(name: string, signal: AbortSignal): Promise<void> {
    const begunAt = changesOf.get(name);
    const isOld = () => begunAt !== changesOf.get(name);
    try {
      const found = await api.get<Collection>(`/api/collections/${name}`, undefined, { signal });
      if (!isOld()) put(found);
    } catch (error) {
      if (isOld()) return;
      if (error instanceof ApiError && error.status === 404) remove(name);
      throw error;
    }
  }

  /** After a create or a change: the list follows without another request. */
  function put(collection: Collection, oldName = collection.name): void {
    noteChange(collection.name, oldName);
    items.value = [...items.value.filter((item) => item.name !== oldName), collection].sort(
      (a, b) => (a.name < b.name ? -1 : 1),
    );
  }

  function remove(name: string): void {
    noteChange(name);
    items.value = items.value.filter((item) => item.name !== name);
  }

  function setCount(name: string, count: number): void {
    counts.value = { ...counts.value, [name]: count };
  }

  function reset(): void {
    changes++;
    items.value = [];
    counts.value = {};
    isLoaded.value = false;
    error.value = undefined;
  }

  return { items, counts, isLoaded, error, names, load, find, read, put, remove, setCount, reset };
});
