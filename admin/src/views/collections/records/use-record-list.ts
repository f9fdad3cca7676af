import { computed } from 'vue';
import { ApiError } from '../../../api/client.ts';
import type { Field, RecordList } from '../../../api/types.ts';
import { useAsync } from '../../../composables/use-async.ts';
import { useCollections } from '../../../stores/collections.ts';
import { useReferences } from '../../../stores/references.ts';
import { createPageCursors } from './page-cursors.ts';
import { listRecords, type RecordsQuery } from './record-api.ts';

/** The server expands no more than these. */
const MOST_EXPANDED = 5;

interface ListSource {
  readonly filter: () => string;
  /** False: the total is left out. */
  readonly isCounted: () => boolean;
  /** Fields whose records come along. */
  readonly references: () => readonly Field[];
  /** There is no such page any more; `last` is. */
  readonly onBehindEnd: (last: number) => void;
}

interface Page {
  readonly page: number;
  readonly size: number;
  readonly sort: string;
}

/** One page of records, with what their references lead to. */
export function useRecordList({ filter, isCounted, references: wanted, onBehindEnd }: ListSource) {
  const collections = useCollections();
  const references = useReferences();
  const cursors = createPageCursors();
  const expanded = computed(() => wanted().slice(0, MOST_EXPANDED));
  const expand = computed(() => expanded.value.map(({ name }) => name).join());

  const list = useAsync(async (signal, name: string, { page, size, sort }: Page) => {
    const of = {
      limit: size,
      sort,
      filter: filter(),
      expand: expand.value,
      ...(!isCounted() && { count: false as const }),
    };
    const fields = expanded.value;
    const key = JSON.stringify([name, sort, of.filter, size]);
    const found = await readPage(name, key, of, page, signal);
    cursors.note(key, page, found.next_cursor);
    if (found.items.length === 0 && page > 1 && found.total !== null && found.total > 0)
      onBehindEnd(Math.ceil(found.total / size));
    if (of.filter === '' && found.total !== null) collections.setCount(name, found.total);
    references.noteExpanded(found.items, fields);
    return { name, filter: of.filter, ...found };
  });

  /** By the cursor of the page before where there is one: far pages cost no more than near ones. */
  async function readPage(
    name: string,
    key: string,
    of: Omit<RecordsQuery, 'offset' | 'cursor'>,
    page: number,
    signal: AbortSignal,
  ): Promise<RecordList> {
    const cursor = cursors.find(key, page);
    const counted = { ...of, offset: (page - 1) * of.limit };
    if (cursor === undefined) return await listRecords(name, counted, signal);
    try {
      return await listRecords(name, { ...of, cursor }, signal);
    } catch (error) {
      // The collection changed under it.
      if (!(error instanceof ApiError) || error.faults[0]?.loc[1] !== 'cursor') throw error;
      cursors.clear();
      return await listRecords(name, counted, signal);
    }
  }

  return { ...list, expand, forgetPages: cursors.clear };
}
