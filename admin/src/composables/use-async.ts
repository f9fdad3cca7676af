import { onScopeDispose, readonly, ref, shallowRef, watch } from 'vue';
import { ApiError, OfflineError } from '../api/client.ts';
import { useConnection } from '../stores/connection.ts';
import { useSession } from '../stores/session.ts';

const QUIET_MS = 150;
const SHOWN_MS = 300;

/**
 * Runs a loader: `isLoading` rises only after 150 ms and then stays for at least 300, the old data
 * stays until the new is there, and a newer run makes an older one irrelevant: that ends with it.
 */
export function useAsync<T, A extends readonly unknown[] = []>(
  loader: (signal: AbortSignal, ...args: A) => Promise<T>,
) {
  const data = shallowRef<T>();
  const error = shallowRef<unknown>();
  const isLoading = ref(false);
  const isPending = ref(false);
  let controller: AbortController | undefined;
  let lastArgs: A | undefined;
  let isGone = false;
  let runs = 0;
  let newest: Promise<T | undefined> | undefined;

  function run(...args: A): Promise<T | undefined> {
    runs += 1;
    const at = runs;
    const run = load(...args);
    // A loader may have begun another by itself.
    if (at === runs) newest = run;
    return run;
  }

  async function load(...args: A): Promise<T | undefined> {
    // What was put off a little may come after its page has gone.
    if (isGone) return undefined;
    controller?.abort();
    const own = new AbortController();
    controller = own;
    lastArgs = args;
    isPending.value = true;
    let shownAt = 0;
    const timer = setTimeout(() => {
      // Nobody would take it back: a newer run has taken over.
      if (own !== controller) return;
      isLoading.value = true;
      shownAt = performance.now();
    }, QUIET_MS);
    let found: T | undefined;
    let caught: unknown;
    try {
      found = await loader(own.signal, ...args);
    } catch (thrown) {
      caught = thrown;
    }
    clearTimeout(timer);
    const rest = shownAt === 0 ? 0 : SHOWN_MS - (performance.now() - shownAt);
    if (rest > 0 && !own.signal.aborted) await new Promise((resolve) => setTimeout(resolve, rest));
    if (own !== controller) {
      await newest;
      return undefined;
    }
    isLoading.value = false;
    isPending.value = false;
    if (own.signal.aborted) return undefined;
    error.value = caught;
    if (caught === undefined) data.value = found;
    return found;
  }

  function retry(): Promise<T | undefined> {
    return run(...((lastArgs ?? []) as unknown as A));
  }

  // What failed for want of a server or of a session is asked again once that is back.
  const session = useSession();
  const connection = useConnection();
  watch([() => session.status, () => connection.isOffline], ([status, isOffline]) => {
    const isBack = status !== 'ended' && !isOffline;
    if (isBack && error.value !== undefined && isPassing(error.value)) void retry();
  });
  onScopeDispose(() => {
    isGone = true;
    controller?.abort();
  });

  return {
    data,
    error,
    isLoading: readonly(isLoading),
    isPending: readonly(isPending),
    run,
    retry,
  };
}

function isPassing(error: unknown): boolean {
  return error instanceof OfflineError || (error instanceof ApiError && error.status === 401);
}
