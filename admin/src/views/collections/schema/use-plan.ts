import { useDebounceFn } from '@vueuse/core';
import { onScopeDispose, ref, shallowRef, watch } from 'vue';
import type { CollectionPlan, CollectionUpdate } from '../../../api/types.ts';
import { askPlan } from './plan.ts';

const ASK_AFTER_MS = 400;

interface PlanSource {
  readonly name: () => string;
  readonly body: () => CollectionUpdate;
  /** There is something to plan, and nothing that the server would refuse unread. */
  readonly isWanted: () => boolean;
  /** The server refused to plan, or did not answer. */
  readonly onRefused: (error: unknown) => void;
}

/** What the server says about the change as it stands, asked again shortly after each further one. */
export function usePlan({ name, body, isWanted, onRefused }: PlanSource) {
  /** While another one is asked, the one before. */
  const plan = shallowRef<CollectionPlan>();
  const isAsking = ref(false);
  let asking: AbortController | undefined;
  let isGone = false;

  const askSoon = useDebounceFn(() => {
    if (!isGone) void ask();
  }, ASK_AFTER_MS);

  watch(
    [body, isWanted],
    () => {
      drop();
      isAsking.value = isWanted();
      if (isAsking.value) void askSoon();
      else plan.value = undefined;
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    isGone = true;
    drop();
  });

  function drop(): void {
    asking?.abort();
    asking = undefined;
  }

  /** The plan of what stands there now; undefined when there is none, or something changed meanwhile. */
  async function ask(): Promise<CollectionPlan | undefined> {
    drop();
    if (!isWanted()) return undefined;
    const own = new AbortController();
    asking = own;
    isAsking.value = true;
    let found: CollectionPlan | undefined;
    try {
      found = await askPlan(name(), body(), own.signal);
    } catch (error) {
      if (asking === own) onRefused(error);
    }
    if (asking !== own) return undefined;
    plan.value = found;
    isAsking.value = false;
    return found;
  }

  return { plan, isAsking, ask };
}
