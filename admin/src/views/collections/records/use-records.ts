import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import { ApiError } from '../../../api/client.ts';
import type { Collection, RecordItem } from '../../../api/types.ts';
import type { TableColumn } from '../../../components/ui/table.ts';
import { announce } from '../../../composables/use-live.ts';
import { useConnection } from '../../../stores/connection.ts';
import { usePeople } from '../../../stores/people.ts';
import { useToasts } from '../../../stores/toasts.ts';
import { filterFaults } from './filter-words.ts';
import { type ListQuery, readListQuery, writeListQuery } from './list-query.ts';
import { knownSort } from './record-columns.ts';
import { useRecordDeletes } from './use-record-deletes.ts';
import { useRecordList } from './use-record-list.ts';

/** Above this a filter is counted only when somebody asks: it means looking at all of them. */
const MANY = 200_000;

interface RecordsSource {
  readonly name: () => string;
  readonly collection: () => Collection | undefined;
  /** How many records there are, where that is known. */
  readonly stored: () => number | undefined;
  readonly columns: () => readonly TableColumn[];
  readonly shown: () => readonly TableColumn[];
  readonly collectionError: () => unknown;
  readonly reloadCollection: () => Promise<unknown>;
}

/** What the table shows: the page of records that the route says. */
export function useRecords(source: RecordsSource) {
  const route = useRoute();
  const router = useRouter();
  const people = usePeople();
  const { name, collection, stored, shown } = source;

  const fields = computed(() => collection()?.schema.fields ?? []);
  const query = computed(() => readListQuery(route.query));
  const sort = computed(() => knownSort(query.value.sort, source.columns()));
  const sortText = computed(() =>
    sort.value.map(({ key, isDown }) => (isDown ? `-${key}` : key)).join(','),
  );
  const filter = computed(() => query.value.filter);
  /** The filter whose count somebody asked for, however long it takes. */
  const countedFilter = ref<string>();
  const isCounted = computed(
    () => filter.value === '' || (stored() ?? 0) <= MANY || countedFilter.value === filter.value,
  );
  const list = useRecordList({
    filter: () => filter.value,
    isCounted: () => isCounted.value,
    // So that the cells can name them.
    references: () =>
      fields.value.filter(
        (field) => field.type === 'reference' && shown().some(({ key }) => key === field.name),
      ),
    onBehindEnd: (last) => void go({ page: last }, true),
  });
  const items = shallowRef<readonly RecordItem[]>([]);
  /** Saved since the list was asked for: what comes may be older. */
  const saved = new Map<string, RecordItem>();
  const deletes = useRecordDeletes(name, load);
  const rows = computed(() => items.value.filter(({ id }) => !deletes.hidden.has(id)));
  const total = computed(() => {
    const found = list.data.value?.total;
    return typeof found === 'number' ? Math.max(0, found - deletes.hiddenIn(name())) : undefined;
  });
  const hasMore = computed(() => (list.data.value?.next_cursor ?? null) !== null);
  const faults = computed(() => filterFaults(list.error.value, filter.value) ?? []);
  const isFresh = computed(
    () => list.data.value?.name === name() && list.data.value.filter === filter.value,
  );
  const isNone = computed(
    () =>
      isFresh.value &&
      rows.value.length === 0 &&
      !hasMore.value &&
      (total.value ?? (query.value.page > 1 ? 1 : 0)) === 0,
  );
  /** Also while another filter is on its way: what stands there stays until it comes. */
  const isOfThis = computed(() => list.data.value?.name === name() && faults.value.length === 0);
  const isNowhere = computed(
    () =>
      isNotFound(source.collectionError()) ||
      (isNotFound(list.error.value) && collection() === undefined),
  );
  const isLoading = computed(
    () => !isFresh.value && (items.value.length === 0 || list.isLoading.value),
  );
  const error = computed(
    () => source.collectionError() ?? (faults.value.length > 0 ? undefined : list.error.value),
  );

  async function load(): Promise<unknown> {
    if (!collection()) return undefined;
    saved.clear();
    return await list.run(name(), { ...query.value, sort: sortText.value });
  }

  watch(list.data, (found) => {
    if (found) items.value = found.items.map((item) => saved.get(item.id) ?? item);
  });
  watch(
    [
      () => collection()?.id,
      filter,
      () => query.value.page,
      () => query.value.size,
      sortText,
      list.expand,
    ],
    ([id], [idBefore]) => {
      if (id !== idBefore) items.value = [];
      void load();
    },
    { immediate: true },
  );
  watch([rows, shown], ([shownRows, shownNow]) => {
    if (!shownNow.some((column) => column.key === 'owner_id')) return;
    people.want(
      new Set(shownRows.flatMap(({ owner_id }) => (owner_id === null ? [] : [owner_id]))),
    );
  });
  onScopeDispose(useConnection().onBack(() => void load()));
  /** An Undo may be pressed on another page by now, whose address is not ours. */
  let isGone = false;
  onScopeDispose(() => {
    isGone = true;
  });

  async function reload(): Promise<void> {
    list.forgetPages();
    await Promise.all([source.reloadCollection(), load()]);
    if (total.value !== undefined) announce(`${total.value.toLocaleString('en')} records`);
  }

  async function go(change: Partial<ListQuery>, isReplace = false): Promise<unknown> {
    if (isGone) return undefined;
    const to = { query: writeListQuery({ ...query.value, ...change }) };
    return await (isReplace ? router.replace(to) : router.push(to));
  }

  async function applyFilter(next: string, isReplace = false): Promise<void> {
    // The same again: somebody wants to see it again.
    if (next === filter.value) return void (await reload());
    await go({ filter: next, page: 1 }, isReplace);
  }

  /** Counts what the filter finds although there are many. */
  async function count(): Promise<void> {
    countedFilter.value = filter.value;
    await load();
    if (total.value === undefined) useToasts().error('Not counted: the server did not answer.');
    else announce(`${total.value.toLocaleString('en')} records`);
  }

  function hrefOf(record: RecordItem): string {
    return router.resolve({ query: writeListQuery({ ...query.value, open: record.id }) }).href;
  }

  /** One that was saved stands in its row at once. */
  function put(record: RecordItem): void {
    saved.set(record.id, record);
    items.value = items.value.map((item) => (item.id === record.id ? record : item));
  }

  return {
    query,
    sort,
    filter,
    fields,
    items,
    rows,
    total,
    hasMore,
    faults,
    isFresh,
    isNone,
    isOfThis,
    isNowhere,
    isLoading,
    isPending: computed(() => list.isPending.value && list.isLoading.value),
    isCounted,
    error,
    deletes,
    load,
    reload,
    go,
    applyFilter,
    count,
    hrefOf,
    put,
  };
}

export type Records = ReturnType<typeof useRecords>;

function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}
