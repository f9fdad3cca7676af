import { computed, type Ref, shallowRef, watch } from 'vue';
import { api } from '../../../api/client.ts';
import type { DeploymentChanges, DeploymentPage } from '../../../api/types.ts';
import { useAsync } from '../../../composables/use-async.ts';
import { usePoll } from '../../../composables/use-poll.ts';

export const PAGE_SIZE = 20;
const PATH = '/api/admin/functions/deployments';
const POLL_MS = 5_000;

/** The versions of a page, and what each changed of the one before it. */
export function useDeployments(page: Readonly<Ref<number>>) {
  const load = useAsync((signal) => {
    const query = { limit: PAGE_SIZE, offset: (page.value - 1) * PAGE_SIZE };
    return api.get<DeploymentPage>(PATH, query, { signal });
  });
  const { data, run } = load;
  watch(page, () => void run(), { immediate: true });
  usePoll(() => run(), POLL_MS);

  const changes = shallowRef<Readonly<Record<string, DeploymentChanges>>>({});
  const changesError = shallowRef<unknown>();
  let isReading = false;

  /** One after the other; a version never changes, so each is read once. */
  async function readChanges(): Promise<void> {
    if (isReading) return;
    isReading = true;
    try {
      changesError.value = undefined;
      for (const { id } of data.value?.items ?? []) {
        if (changes.value[id]) continue;
        const found = await api.get<DeploymentChanges>(`${PATH}/${id}/changes`, {
          since: 'before',
        });
        changes.value = { ...changes.value, [id]: found };
      }
    } catch (caught) {
      changesError.value = caught;
    } finally {
      isReading = false;
    }
  }
  watch(data, () => void readChanges());

  return {
    items: computed(() => data.value?.items ?? []),
    total: computed(() => data.value?.total ?? 0),
    load,
    changes,
    changesError,
  };
}
