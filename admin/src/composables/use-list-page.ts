import { computed, onScopeDispose, type ShallowRef } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import { useShortcuts } from './use-shortcuts.ts';

/**
 * A list with a drawer beside it: what is open and which page it is live in the route's query, so
 * that Back works and a view can be sent to a colleague.
 */
export function useListPage({
  table,
}: {
  /** The one that J, K and the arrow keys go through. */
  readonly table: Readonly<ShallowRef<{ move(step: number): void } | null>>;
}) {
  const route = useRoute();
  const router = useRouter();
  /** What comes to its end after the page was left must not change the address of the next one. */
  let isGone = false;
  onScopeDispose(() => {
    isGone = true;
  });

  const openKey = computed(() => {
    const { open } = route.query;
    return typeof open === 'string' && open !== '' ? open : undefined;
  });
  const page = computed(() => Math.max(1, Math.floor(Number(route.query.page)) || 1));

  /** Changes the query in place; `undefined` takes a part away. */
  async function patch(change: Readonly<Record<string, string | undefined>>): Promise<void> {
    if (isGone) return;
    const query = { ...route.query, ...change };
    await router.replace({
      query: Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)),
    });
  }

  /** Back closes what is open, and does not walk through all that was open before. */
  async function open(key: string): Promise<void> {
    const query = { ...route.query, open: key };
    if (isGone || openKey.value === key) return;
    await (openKey.value === undefined ? router.push({ query }) : router.replace({ query }));
  }

  async function close(): Promise<void> {
    await patch({ open: undefined });
  }

  function hrefOf(key: string): string {
    return router.resolve({ path: route.path, query: { ...route.query, open: key } }).href;
  }

  async function goTo(wanted: number): Promise<void> {
    await patch({ page: wanted === 1 ? undefined : String(wanted), open: undefined });
  }

  useShortcuts({
    j: () => table.value?.move(1),
    k: () => table.value?.move(-1),
    ArrowDown: () => table.value?.move(1),
    ArrowUp: () => table.value?.move(-1),
    Escape: () => (openKey.value === undefined ? false : void close()),
  });

  return { openKey, page, patch, open, close, hrefOf, goTo };
}

/** How many pages a list has; an empty one has one. */
export function countPages(total: number | undefined, pageSize: number): number {
  return Math.max(1, Math.ceil((total ?? 0) / pageSize));
}
