import { computed, ref, shallowReactive } from 'vue';
import { ApiError, OfflineError } from '../../../api/client.ts';
import { countOf } from '../../../components/ui/times.ts';
import { useQuestions } from '../../../stores/questions.ts';
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
const MOST_WITH_UNDO = 20;

/** Up to 20 go after six seconds, with Undo until then; more are asked for and go at once. */
export function useRecordDeletes(collection: () => string, onGone: () => Promise<unknown>) {
  const toasts = useToasts();
  const questions = useQuestions();
  const progress = ref<{ done: number; total: number }>();
  let isStopped = false;

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
    await onGone();
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

  /** True when the rows are gone or on their way. */
  async function deleteMany(ids: readonly string[]): Promise<boolean> {
    if (ids.length <= MOST_WITH_UNDO) {
      deleteSoon(
        ids.map((id) => ({ id })),
        countOf(ids.length, 'record'),
      );
      return true;
    }
    const name = collection();
    const isSure = await questions.ask({
      title: `Delete ${countOf(ids.length, 'record')} of ${name}?`,
      text: 'They go at once and do not come back. Only a backup has them then.',
      confirmLabel: `Delete ${countOf(ids.length, 'record')}`,
      cancelLabel: 'Keep them',
      isDangerous: true,
      typed: String(ids.length),
    });
    if (!isSure) return false;
    await deleteOneByOne(name, ids);
    return true;
  }

  async function deleteOneByOne(name: string, ids: readonly string[]): Promise<void> {
    isStopped = false;
    let deleted = 0;
    let failed = 0;
    let reason: string | undefined;
    progress.value = { done: 0, total: ids.length };
    for (const [index, id] of ids.entries()) {
      if (isStopped) break;
      const fault = await deleteOne(name, { id });
      if (fault === undefined) deleted += 1;
      else {
        failed += 1;
        reason ??= fault;
      }
      progress.value = { done: index + 1, total: ids.length };
    }
    progress.value = undefined;
    if (failed > 0) toasts.error(`${countOf(deleted, 'record')} deleted, ${failed} not: ${reason}`);
    else toasts.show(`${countOf(deleted, 'record')} deleted`);
    await onGone();
  }

  function hiddenIn(name: string): number {
    return [...hidden.values()].filter((each) => each === name).length;
  }

  return {
    hidden,
    hiddenIn,
    progress: computed(() => progress.value),
    deleteSoon,
    deleteMany,
    stop: () => {
      isStopped = true;
    },
  };
}
