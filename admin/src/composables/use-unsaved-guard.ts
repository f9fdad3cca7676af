import { useEventListener } from '@vueuse/core';
import { onBeforeRouteLeave, onBeforeRouteUpdate } from 'vue-router';
import { useQuestions } from '../stores/questions.ts';
import { useSession } from '../stores/session.ts';

interface GuardOptions {
  readonly onThrowAway?: () => void;
  /** The changes go when another row is opened, or none. */
  readonly isInDrawer?: boolean;
}

/** Leaving with unsaved changes asks once, in the app's own dialog. */
export function useUnsavedGuard(
  isDirty: () => boolean,
  what = 'Your changes are not saved.',
  { onThrowAway = () => {}, isInDrawer = false }: GuardOptions = {},
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
  // Filter, sort and the open row live in the query: of those only the row can be leaving.
  onBeforeRouteUpdate((to, from) => {
    const isLeaving = to.path !== from.path || (isInDrawer && to.query.open !== from.query.open);
    return isLeaving ? mayLeave() : true;
  });
  useEventListener(window, 'beforeunload', (event) => {
    if (isDirty() && session.isIn) event.preventDefault();
  });
}
