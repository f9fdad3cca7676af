import { useDocumentVisibility } from '@vueuse/core';
import { computed, onScopeDispose, watch } from 'vue';
import { useConnection } from '../stores/connection.ts';
import { useSession } from '../stores/session.ts';

/**
 * Runs a task again and again, each time so many ms after the last one ended; only while the page
 * can be seen, the server answers and somebody is signed in. It starts after the first wait.
 */
export function usePoll(task: () => Promise<unknown>, waitMs: number): void {
  const visibility = useDocumentVisibility();
  const connection = useConnection();
  const session = useSession();
  const mayRun = computed(
    () => visibility.value === 'visible' && !connection.isOffline && session.status === 'in',
  );
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isGone = false;
  let isRunning = false;

  function plan(): void {
    clearTimeout(timer);
    if (!isGone && mayRun.value) timer = setTimeout(() => void run(), waitMs);
  }

  async function run(): Promise<void> {
    if (isRunning) return;
    isRunning = true;
    // What went wrong shows where the task put it; the next turn comes anyway.
    await task().catch(() => undefined);
    isRunning = false;
    plan();
  }

  watch(mayRun, (may) => {
    if (may) void run();
    else clearTimeout(timer);
  });
  onScopeDispose(() => {
    isGone = true;
    clearTimeout(timer);
  });
  plan();
}
