import { computed, type Ref, ref, shallowRef, watch } from 'vue';
import { useRoute } from 'vue-router';
import { api } from '../../api/client.ts';
import type { FunctionCall, FunctionCallPage } from '../../api/types.ts';
import { useAsync } from '../../composables/use-async.ts';
import { announce } from '../../composables/use-live.ts';
import { usePoll } from '../../composables/use-poll.ts';
import { newOnes, readCallFilter, refreshed, toApiQuery } from './call-filter.ts';

const POLL_MS = 2000;
const ANNOUNCE_MS = 10_000;
const PATH = '/api/admin/functions/calls';

interface CallsOptions {
  /** The page shows the calls of this function only. */
  readonly only: Ref<string | undefined>;
  readonly isLive: Ref<boolean>;
  /** While somebody reads a row nothing moves: new ones wait behind a button. */
  readonly isHeld: () => boolean;
}

/** The list of calls as the route's query wants it, kept up to date while it is live. */
export function useCalls({ only, isLive, isHeld }: CallsOptions) {
  const route = useRoute();
  const filter = computed(() => readCallFilter(route.query, only.value));
  /** The filter as text: what is open beside the list does not load it anew. */
  const key = computed(() => JSON.stringify(filter.value));
  const rows = shallowRef<readonly FunctionCall[]>([]);
  const total = ref(0);
  const failed = ref<number>();
  const waiting = shallowRef<FunctionCallPage>();
  const waitingCount = ref(0);
  const freshKeys = shallowRef<ReadonlySet<string>>(new Set());
  const now = ref(Date.now());
  let unsaid = 0;
  let saidAt = 0;

  const load = useAsync(async (signal) => {
    const query = toApiQuery(filter.value, new Date());
    const list = await api.get<FunctionCallPage>(PATH, query, { signal });
    void countFailed();
    return list;
  });
  const { data, isPending, run } = load;
  watch(key, () => void run(), { immediate: true });
  watch(data, (list) => {
    if (!list) return;
    freshKeys.value = new Set();
    show(list);
  });

  function show(list: FunctionCallPage): void {
    rows.value = list.items;
    total.value = list.total;
    now.value = Date.now();
    waiting.value = undefined;
    waitingCount.value = 0;
  }

  /** Beside the number of calls stands how many of them failed, where the filter leaves it open. */
  async function countFailed(): Promise<void> {
    const own = key.value;
    if (filter.value.status !== undefined || filter.value.error !== undefined) {
      failed.value = undefined;
      return;
    }
    const query = {
      ...toApiQuery(filter.value, new Date()),
      status: 'failed',
      limit: 1,
      offset: 0,
    };
    const list = await api.get<FunctionCallPage>(PATH, query).catch(() => undefined);
    if (own === key.value) failed.value = list?.total;
  }

  usePoll(async () => {
    if (!isLive.value || filter.value.page !== 1 || !data.value || isPending.value) return;
    const own = key.value;
    const list = await api.get<FunctionCallPage>(PATH, toApiQuery(filter.value, new Date()));
    if (own !== key.value || isPending.value) return;
    const fresh = newOnes(rows.value, list.items);
    if (list.total !== total.value) void countFailed();
    if (isHeld()) {
      rows.value = refreshed(rows.value, list.items);
      total.value = list.total;
      now.value = Date.now();
      waiting.value = list;
      waitingCount.value = fresh.length;
      return;
    }
    freshKeys.value = new Set(fresh.map(({ id }) => id));
    show(list);
    say(fresh.length);
  }, POLL_MS);

  function say(count: number): void {
    unsaid += count;
    if (unsaid === 0 || Date.now() - saidAt < ANNOUNCE_MS) return;
    announce(unsaid === 1 ? '1 new call' : `${unsaid} new calls`);
    unsaid = 0;
    saidAt = Date.now();
  }

  /** The press on "14 new". */
  function showWaiting(): void {
    if (waiting.value) show(waiting.value);
  }

  return {
    filter,
    rows,
    total,
    failed,
    waitingCount,
    freshKeys,
    now,
    load,
    showWaiting,
  };
}
