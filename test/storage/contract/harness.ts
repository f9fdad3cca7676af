import { toTimestamp } from '../../../src/core/clock.ts';
import type { Collection, CompositeIndex } from '../../../src/features/collections/schema.ts';
import type { CollectionStore } from '../../../src/features/collections/store.ts';
import type {
  Filter,
  InsertOutcome,
  NewRecord,
  RecordStore,
  Scope,
  SortTerm,
} from '../../../src/features/records/store.ts';
import { newId } from '../../../src/lib/ids.ts';
import type { LooseField } from '../../features/records/data-app.ts';

/** What a kind of database must give for its contract to be tested. */
export interface StoreHarness {
  readonly collections: CollectionStore;
  readonly records: RecordStore;
  readonly clock: { ms: number };
  [Symbol.dispose](): void;
}

export const ALL: Filter = { op: 'all' };
export const ANN = '018f0000-0000-7000-8000-00000000000a';
export const BOB = '018f0000-0000-7000-8000-00000000000b';

export function collectionOf(
  name: string,
  fields: readonly LooseField[],
  indexes?: readonly CompositeIndex[],
): Collection {
  const now = toTimestamp(Date.UTC(2030, 0, 1));
  return {
    id: newId(),
    name,
    label: name,
    schema: { fields } as unknown as Collection['schema'],
    options: {
      access: {
        list: 'public',
        read: 'public',
        create: 'public',
        update: 'public',
        delete: 'public',
      },
      ...(indexes && { indexes }),
    },
    created_at: now,
    updated_at: now,
  };
}

/** A collection in the store, and short words for what tests do with it. */
export async function openTable(
  harness: Pick<StoreHarness, 'collections' | 'records'>,
  fields: readonly LooseField[],
  name = 'things',
  indexes?: readonly CompositeIndex[],
) {
  const collection = collectionOf(name, fields, indexes);
  await harness.collections.insert(collection);
  const { records } = harness;
  const all: Scope = { collectionId: collection.id, filter: ALL };
  const of = (id: string): Scope => ({ collectionId: collection.id, filter: { op: 'owner', id } });
  async function tryAdd(
    data: ReturnType<NewRecord['data']>,
    { id = newId(), ownerId = null }: { id?: string; ownerId?: string | null } = {},
  ): Promise<InsertOutcome> {
    return records.insert(collection.id, { id, ownerId, data: () => data });
  }
  return {
    collection,
    all,
    of,
    tryAdd,
    async add(...args: Parameters<typeof tryAdd>) {
      const outcome = await tryAdd(...args);
      if (outcome.kind !== 'done') throw new Error(`insert answered ${outcome.kind}`);
      return outcome.record;
    },
    list: async (
      scope: Scope = all,
      sort: readonly SortTerm[] = by('created_at'),
      limit = 1000,
      offset = 0,
    ) => (await records.list(scope, { sort, limit, offset })).records,
    values: async (field: string, sort: readonly SortTerm[]) =>
      (await records.list(all, { sort, limit: 1000 })).records.map(
        ({ data }) => (JSON.parse(data) as Record<string, unknown>)[field],
      ),
  };
}

const SYSTEM_KEYS = ['id', 'owner_id', 'created_at', 'updated_at'] as const;

/** `by('-n', 'title')` as the store takes it. */
export function by(...names: readonly string[]): readonly SortTerm[] {
  return names.map((text) => {
    const isDescending = text.startsWith('-');
    const name = isDescending ? text.slice(1) : text;
    const system = SYSTEM_KEYS.find((key) => key === name);
    return {
      key: system ? { kind: 'system', name: system } : { kind: 'field', name },
      isDescending,
    };
  });
}
