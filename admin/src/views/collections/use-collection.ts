import { computed, onScopeDispose, watch } from 'vue';
import { ApiError, api } from '../../api/client.ts';
import type { Collection } from '../../api/types.ts';
import { useAsync } from '../../composables/use-async.ts';
import { useCollections } from '../../stores/collections.ts';
import { useConnection } from '../../stores/connection.ts';
import { loadCounts } from './load-counts.ts';

/** One collection, asked for anew when the page opens; what the store knows shows at once. */
export function useCollection(name: () => string) {
  const collections = useCollections();
  const connection = useConnection();
  const request = useAsync(async (signal, wanted: string) => {
    try {
      const found = await api.get<Collection>(`/api/collections/${wanted}`, undefined, { signal });
      collections.put(found);
      return found;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) collections.remove(wanted);
      throw error;
    }
  });
  const collection = computed(() => collections.find(name()));
  const records = computed(() => collections.counts[name()]);
  /** Shown only while there is nothing better to show. */
  const error = computed(() => (collection.value ? undefined : request.error.value));

  watch(
    name,
    (wanted) => {
      void request.run(wanted);
      // The count only makes sentences more exact.
      void loadCounts().catch(() => undefined);
    },
    { immediate: true },
  );
  onScopeDispose(connection.onBack(() => void request.retry()));

  return { collection, records, error, isLoading: request.isLoading, retry: request.retry };
}
