import { defineStore } from 'pinia';
import { ref } from 'vue';
import { ApiError, api } from '../api/client.ts';
import type { Field, RecordItem, RecordList, User, UserPage } from '../api/types.ts';
import { titleFields, titleOf } from '../components/fields/record-title.ts';
import { useCollections } from './collections.ts';

/** One that a reference can lead to. */
export interface Target {
  readonly id: string;
  readonly title: string;
}

const MOST_FOUND = 20;
/** Where a reference leads that is not a collection. */
const USERS = 'users';

/** What the records are called that references lead to, and the search for one. */
export const useReferences = defineStore('references', () => {
  const collections = useCollections();
  /** By collection and id; null: there is no such record. */
  const titles = ref<Record<string, string | null>>({});

  const keyOf = (collection: string, id: string) => `${collection}/${id}`;
  const fieldsOf = (collection: string): readonly Field[] =>
    collections.find(collection)?.schema.fields ?? [];

  function titleFor(collection: string, id: string): string | null | undefined {
    return titles.value[keyOf(collection, id)];
  }

  function put(collection: string, found: readonly Target[]): void {
    const next = found.map(({ id, title }) => [keyOf(collection, id), title] as const);
    titles.value = { ...titles.value, ...Object.fromEntries(next) };
  }

  /** Takes what a list brought along under `expanded`. */
  function noteExpanded(items: readonly RecordItem[], fields: readonly Field[]): void {
    for (const { name, collection = '' } of fields) {
      const found = items.flatMap((item) => item.expanded?.[name] ?? []);
      put(
        collection,
        found.map((each) => toTarget(collection, each)),
      );
    }
  }

  function toTarget(collection: string, found: RecordItem | User): Target {
    const title = 'email' in found ? found.email : titleOf(found, fieldsOf(collection));
    return { id: found.id, title };
  }

  /** Looks up what it is called; without an answer that stays open. */
  async function want(collection: string, id: string): Promise<void> {
    if (titleFor(collection, id) !== undefined) return;
    const path = collection === USERS ? '/api/admin/users' : recordsPath(collection);
    try {
      put(collection, [toTarget(collection, await api.get<RecordItem | User>(`${path}/${id}`))]);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404)
        titles.value = { ...titles.value, [keyOf(collection, id)]: null };
    }
  }

  /** Users by e-mail, records by their first text, or the newest where nothing is typed. */
  async function search(
    collection: string,
    text: string,
    signal: AbortSignal,
  ): Promise<readonly Target[]> {
    const wanted = text.trim();
    const found =
      collection === USERS
        ? await api.get<UserPage>(
            '/api/admin/users',
            { search: wanted, limit: MOST_FOUND },
            { signal },
          )
        : await searchRecords(collection, wanted, signal);
    const targets = found.items.map((each) => toTarget(collection, each));
    put(collection, targets);
    return targets;
  }

  async function searchRecords(
    collection: string,
    text: string,
    signal: AbortSignal,
  ): Promise<{ readonly items: readonly RecordItem[] }> {
    const [first] = titleFields(fieldsOf(collection));
    if (text !== '' && !first) return { items: [] };
    const query = {
      limit: MOST_FOUND,
      count: false,
      fields: first?.name,
      filter: text === '' ? undefined : `${first?.name} ~ ${quote(text)}`,
    };
    return await api.get<RecordList>(recordsPath(collection), query, { signal });
  }

  return { titles, titleFor, noteExpanded, want, search };
});

function recordsPath(collection: string): string {
  return `/api/collections/${encodeURIComponent(collection)}/records`;
}

/** A text as the filter language writes it. */
function quote(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
}
