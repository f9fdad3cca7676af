import { computed, onScopeDispose, watch } from 'vue';
import { useAsync } from '../../composables/use-async.ts';
import { useCollections } from '../../stores/collections.ts';
import { useConnection } from '../../stores/connection.ts';
import { loadCounts } from './load-counts.ts';

/** One collection, asked for anew when the page opens; what the store knows shows at once. */
export function useCollection(name: () => string) {
  const collections = useCollections();
  const connection = useConnection();
  const request = useAsync((signal, wanted: string) => collections.read(wanted, signal));
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
