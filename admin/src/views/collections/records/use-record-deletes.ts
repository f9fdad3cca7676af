import { shallowReactive } from 'vue';
import { ApiError, OfflineError } from '../../../api/client.ts';
import { countOf } from '../../../components/ui/times.ts';
import { createOpenLists } from '../../../composables/open-lists.ts';
import { useToasts } from '../../../stores/toasts.ts';
import { deleteRecord } from './record-api.ts';

export interface Doomed {
  readonly id: string;
  /** Only this revision is deleted, where it is known. */
  readonly etag?: string | undefined;
}

/**
 * Records that have left the table and whose requests have not left the page, with their collection:
 * they stay hidden also when the list is loaded again.
 */
const hidden = shallowReactive(new Map<string, string>());
const lists = createOpenLists();
/** Above this there is no way back, so it is asked for. */
export const MOST_WITH_UNDO = 20;

/** Few records go after six seconds, with Undo until then. */
export function useRecordDeletes(collection: () => string, reload: () => Promise<unknown>) {
  const toasts = useToasts();
  lists.join(reload);

  function deleteSoon(items: readonly Doomed[], label: string): void {
    const name = collection();
    for (const { id } of items) hidden.set(id, name);
    toasts.show(`${label} deleted`, {
      undo: () => {
        for (const { id } of items) hidden.delete(id);
      },
      gone: () => send(name, items),
    });
  }

  async function send(name: string, items: readonly Doomed[]): Promise<void> {
    const faults = await Promise.all(items.map((item) => deleteOne(name, item, true)));
    const failed = faults.filter((fault) => fault !== undefined);
    if (failed.length > 0)
      toasts.error(`${countOf(failed.length, 'record')} not deleted: ${failed[0]}`);
    // Only then: else they would come back until the list is loaded again.
    await lists.reload();
    for (const { id } of items) hidden.delete(id);
  }

  /** What went wrong, or undefined; one that is gone already is gone. */
  async function deleteOne(
    name: string,
    { id, etag }: Doomed,
    keepalive = false,
  ): Promise<string | undefined> {
    try {
      await deleteRecord(name, id, { etag, keepalive });
      return undefined;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      if (error instanceof ApiError && error.status === 412) {
        return 'it was changed meanwhile by somebody else.';
      }
      if (error instanceof ApiError) return error.detail;
      if (error instanceof OfflineError) return 'the server does not answer.';
      throw error;
    }
  }

  function hiddenIn(name: string): number {
    return [...hidden.values()].filter((each) => each === name).length;
  }

  return { hidden, hiddenIn, deleteSoon };
}
