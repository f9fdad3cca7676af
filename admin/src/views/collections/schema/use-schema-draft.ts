import { computed, ref, shallowRef, watch } from 'vue';
import type { Collection, CollectionUpdate, CompositeIndex } from '../../../api/types.ts';
import { isSame } from '../../../components/fields/values.ts';
import { announce } from '../../../composables/use-live.ts';
import { useCollections } from '../../../stores/collections.ts';
import { type Definition, nameOf } from './definition.ts';
import {
  changeCount,
  type DraftField,
  definitionsOf,
  keptOf,
  rebase,
  toDraft,
  toFields,
} from './draft.ts';
import {
  areIndexesChanged,
  type DraftIndex,
  indexFault,
  toIndexDraft,
  toIndexes,
} from './index-draft.ts';
import { keepDraft, takeDraft } from './session-draft.ts';

interface DraftSource {
  readonly name: () => string;
  readonly collection: () => Collection | undefined;
}

export type SchemaDraft = ReturnType<typeof useSchemaDraft>;

/** The fields and indexes of a collection as they are written, and the stored ones they began from. */
export function useSchemaDraft({ name, collection }: DraftSource) {
  const collections = useCollections();
  /** The stored fields that the draft was made on. */
  const base = shallowRef<readonly Definition[]>([]);
  const rows = shallowRef<readonly DraftField[]>([]);
  const baseIndexes = shallowRef<readonly CompositeIndex[]>([]);
  const indexes = shallowRef<readonly DraftIndex[]>([]);
  const loadedId = ref<string>();
  /** Their version, when somebody else saved the schema meanwhile. */
  const theirs = shallowRef<Collection>();

  const fields = computed(() => toFields(rows.value));
  const hasIndexChanges = computed(() =>
    areIndexesChanged(indexes.value, rows.value, baseIndexes.value),
  );
  const changes = computed(
    () => changeCount(rows.value, base.value) + (hasIndexChanges.value ? 1 : 0),
  );
  const indexCount = computed(
    () =>
      indexes.value.length +
      keptOf(rows.value).filter(
        ({ field }) => field.unique === true || field.index === true || field.type === 'reference',
      ).length,
  );
  const indexFaults = computed(
    () =>
      indexes.value.filter((each) => indexFault(each, indexes.value, rows.value) !== undefined)
        .length,
  );
  const body = computed<CollectionUpdate>(() => ({
    schema: { fields: fields.value },
    ...(hasIndexChanges.value && { options: { indexes: toIndexes(indexes.value, rows.value) } }),
  }));

  watch(
    collection,
    (found) => {
      if (!found || found.name !== name()) return;
      if (loadedId.value !== found.id) return begin(found);
      // What is stored moved on: without changes of mine the page follows.
      if (!isAsStored(found) && changes.value === 0) start(found);
    },
    { immediate: true },
  );
  watch([rows, indexes], () => {
    const id = loadedId.value;
    if (id === undefined) return;
    const kept = {
      base: base.value,
      rows: rows.value,
      baseIndexes: baseIndexes.value,
      indexes: indexes.value,
    };
    keepDraft(id, changes.value > 0 ? kept : undefined);
  });

  /** Another collection: its own draft from before a reload, or what is stored. */
  function begin(found: Collection): void {
    loadedId.value = undefined;
    const kept = takeDraft(found.id);
    rows.value = [];
    start(found);
    if (kept) {
      base.value = kept.base;
      rows.value = kept.rows;
      baseIndexes.value = kept.baseIndexes;
      indexes.value = kept.indexes;
    }
    loadedId.value = found.id;
    if (kept && !isAsStored(found)) theirs.value = found;
    if (kept) announce('Your unsaved changes of before are back');
  }

  function start({ schema, options }: Pick<Collection, 'schema' | 'options'>): void {
    const before = keptOf(rows.value);
    base.value = definitionsOf(schema.fields);
    // A row that stays keeps the focus, and stays open.
    rows.value = toDraft(base.value).map((row) => ({
      ...row,
      key: before.find(({ field }) => nameOf(field) === row.was)?.key ?? row.key,
    }));
    baseIndexes.value = options.indexes ?? [];
    indexes.value = toIndexDraft(baseIndexes.value, rows.value);
    theirs.value = undefined;
  }

  function isAsStored({ schema, options }: Collection): boolean {
    return (
      isSame(definitionsOf(schema.fields), base.value) &&
      isSame(options.indexes ?? [], baseIndexes.value)
    );
  }

  /** Back to what is stored; the answer brings the changes back, as long as that stays stored. */
  function undoAll(): () => void {
    const before = { rows: rows.value, indexes: indexes.value };
    const wasBase = base.value;
    rows.value = toDraft(wasBase);
    indexes.value = toIndexDraft(baseIndexes.value, rows.value);
    theirs.value = undefined;
    return () => {
      if (base.value !== wasBase) return;
      rows.value = before.rows;
      indexes.value = before.indexes;
    };
  }

  function keepField(was: string): void {
    rows.value = rows.value.map((row) => (row.was === was ? { ...row, isRemoved: false } : row));
  }

  /** Saved, or given up for what somebody else saved. */
  function follow(found: Collection): void {
    start(found);
    keepDraft(found.id, undefined);
    collections.put(found);
  }

  function keepMine(): void {
    const found = theirs.value;
    if (!found) return;
    const now = definitionsOf(found.schema.fields);
    const mine = rebase(rows.value, base.value, now);
    // Indexes are one value: mine as a whole where I changed them, else theirs.
    const isMine = hasIndexChanges.value;
    base.value = now;
    rows.value = mine;
    baseIndexes.value = found.options.indexes ?? [];
    if (!isMine) indexes.value = toIndexDraft(baseIndexes.value, mine);
    theirs.value = undefined;
    collections.put(found);
    announce('Your changes now stand on the newer schema. Review them and save again.');
  }

  function forget(): void {
    if (loadedId.value !== undefined) keepDraft(loadedId.value, undefined);
  }

  return {
    base,
    rows,
    baseIndexes,
    indexes,
    loadedId,
    theirs,
    fields,
    changes,
    indexCount,
    indexFaults,
    body,
    isAsStored,
    undoAll,
    keepField,
    follow,
    keepMine,
    forget,
  };
}
