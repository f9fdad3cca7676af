import { useEventListener } from '@vueuse/core';
import { onBeforeRouteLeave, onBeforeRouteUpdate } from 'vue-router';
import { useQuestions } from '../stores/questions.ts';
import { useSession } from '../stores/session.ts';

/** Leaving with unsaved changes asks once, in the app's own dialog. */
export function useUnsavedGuard(
  isDirty: () => boolean,
  what = 'Your changes are not saved.',
  { onThrowAway = () => {} }: { onThrowAway?: () => void } = {},
): void {
  const questions = useQuestions();
  const session = useSession();

  async function mayLeave(): Promise<boolean> {
    if (!isDirty() || !session.isIn) return true;
    const isSure = await questions.ask({
      title: 'Throw away your changes?',
      text: what,
      confirmLabel: 'Throw away',
      cancelLabel: 'Keep editing',
      isDangerous: true,
    });
    // A draft that outlives the page must not come back after this.
    if (isSure) onThrowAway();
    return isSure;
  }

  onBeforeRouteLeave(mayLeave);
  // Filter, sort and the open row live in the query: only another path is leaving.
  onBeforeRouteUpdate((to, from) => (to.path === from.path ? true : mayLeave()));
  useEventListener(window, 'beforeunload', (event) => {
    if (isDirty() && session.isIn) event.preventDefault();
  });
}
