import { defineStore } from 'pinia';
import { ref } from 'vue';
import { listenToClient } from '../api/client.ts';

const LONGEST_WAIT_S = 30;

/** Whether the server answers; while it does not, /health is asked after 1, 2, 4 … 30 s. */
export const useConnection = defineStore('connection', () => {
  const isOffline = ref(false);
  const isTrying = ref(false);
  const secondsLeft = ref(0);
  const backListeners = new Set<() => void>();
  let wait = 1;
  let ticker: ReturnType<typeof setInterval> | undefined;

  function lost(): void {
    if (isOffline.value) return;
    isOffline.value = true;
    wait = 1;
    count();
  }

  function back(): void {
    if (!isOffline.value) return;
    isOffline.value = false;
    clearInterval(ticker);
    for (const listener of backListeners) listener();
  }

  function count(): void {
    clearInterval(ticker);
    secondsLeft.value = wait;
    ticker = setInterval(() => {
      secondsLeft.value -= 1;
      if (secondsLeft.value <= 0) void retry();
    }, 1000);
  }

  async function retry(): Promise<void> {
    clearInterval(ticker);
    isTrying.value = true;
    const isUp = await fetch('/health', { cache: 'no-store' }).then(
      (response) => response.ok,
      () => false,
    );
    isTrying.value = false;
    if (isUp) return back();
    wait = Math.min(wait * 2, LONGEST_WAIT_S);
    count();
  }

  /** Runs each time the server answers again; returns the way to stop that. */
  function onBack(listener: () => void): () => void {
    backListeners.add(listener);
    return () => backListeners.delete(listener);
  }

  listenToClient({ reachable: (isReachable) => (isReachable ? back() : lost()) });

  return { isOffline, isTrying, secondsLeft, retry, onBack };
});
