import { computed, type Ref, shallowReactive } from 'vue';
import { ApiError, api } from '../../api/client.ts';
import { reasonFor } from '../../api/error-words.ts';
import type { FunctionSchedule, SchedulePage } from '../../api/types.ts';
import { createOpenLists } from '../../composables/open-lists.ts';
import { useToasts } from '../../stores/toasts.ts';

/** Schedules that have left the list and whose requests have not left the page. */
const hidden = shallowReactive(new Set<string>());
const lists = createOpenLists();

/** A schedule goes after six seconds, with Undo until then. */
export function useScheduleDelete(
  page: Readonly<Ref<SchedulePage | undefined>>,
  reload: () => Promise<unknown>,
) {
  const toasts = useToasts();
  lists.join(reload);
  const rows = computed(() => (page.value?.items ?? []).filter(({ id }) => !hidden.has(id)));
  const total = computed(() => {
    const { items = [], total: all = 0 } = page.value ?? {};
    return all - (items.length - rows.value.length);
  });

  function deleteSoon({ id, name }: FunctionSchedule): void {
    hidden.add(id);
    toasts.show(`Schedule ${name} deleted`, {
      undo: () => void hidden.delete(id),
      gone: () => send(id, name),
    });
  }

  async function send(id: string, name: string): Promise<void> {
    try {
      await api.delete(`/api/admin/schedules/${id}`, { keepalive: true });
    } catch (caught) {
      // What is gone already is gone.
      if (!(caught instanceof ApiError && caught.status === 404)) {
        toasts.error(`${name} was not deleted: ${reasonFor(caught)}`);
      }
    }
    // Only then: else it would come back until the list is loaded again.
    await lists.reload();
    hidden.delete(id);
  }

  return { rows, total, deleteSoon };
}
