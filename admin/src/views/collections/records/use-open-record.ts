import { computed, nextTick, watch } from 'vue';
import { onBeforeRouteUpdate } from 'vue-router';
import { ApiError } from '../../../api/client.ts';
import type { Collection, RecordItem } from '../../../api/types.ts';
import { titleOf } from '../../../components/fields/record-title.ts';
import { useUnsavedGuard } from '../../../composables/use-unsaved-guard.ts';
import { useQuestions } from '../../../stores/questions.ts';
import { useToasts } from '../../../stores/toasts.ts';
import { NEW } from './list-query.ts';
import { deleteRecord, patchRecord } from './record-api.ts';
import { type Saved, useRecordDraft } from './use-record-draft.ts';
import type { Records } from './use-records.ts';

interface OpenRecordOptions {
  readonly name: () => string;
  readonly collection: () => Collection | undefined;
  readonly records: Records;
  /** Gives the focus back to a row of the table. */
  readonly focusRow: (index: number) => Promise<unknown>;
  readonly focusedRow: () => number;
  readonly focusDrawer: () => Promise<unknown>;
  /** Records that leave the table are not selected any more. */
  readonly onRemoved: (ids: readonly string[]) => void;
}

/** The record in the drawer: which one, the way to the next, and what becomes of its changes. */
export function useOpenRecord(options: OpenRecordOptions) {
  const { name, collection, records } = options;
  const { query, rows, items, hasMore, go, put, deletes, fields } = records;
  const questions = useQuestions();
  const toasts = useToasts();
  const draft = useRecordDraft(collection);
  const index = computed(() => rows.value.findIndex(({ id }) => id === draft.id.value));
  const isOpen = computed(() => query.value.open !== undefined && collection() !== undefined);
  const hasPrevious = computed(() => index.value > 0 || query.value.page > 1);
  const hasNext = computed(
    () => (index.value !== -1 && index.value < rows.value.length - 1) || hasMore.value,
  );
  /** Where a step ran over the end of the page: the row to open once the next one is there. */
  let openAfterLoad: 'first' | 'last' | undefined;

  useUnsavedGuard(() => draft.isDirty.value, 'The record is not saved.', {
    onThrowAway: draft.discard,
  });
  onBeforeRouteUpdate(async (to, from) => {
    if (to.path !== from.path || to.query.open === from.query.open) return true;
    return await mayLeave();
  });
  watch(
    [() => collection()?.id, () => query.value.open],
    ([id, wanted], [idBefore]) => {
      if (id === undefined || (id === idBefore && wanted === draft.id.value)) return;
      void draft.open(
        wanted,
        items.value.find((item) => item.id === wanted),
      );
    },
    { immediate: true },
  );
  watch(rows, (found) => {
    const wanted = openAfterLoad === 'first' ? found[0] : found.at(-1);
    if (openAfterLoad === undefined || !wanted) return;
    openAfterLoad = undefined;
    void go({ open: wanted.id }, true);
  });

  async function mayLeave(): Promise<boolean> {
    if (!draft.isDirty.value) return true;
    const isSure = await questions.ask({
      title: 'Throw away your changes?',
      text: 'The record is not saved.',
      confirmLabel: 'Throw away',
      cancelLabel: 'Keep editing',
      isDangerous: true,
    });
    if (isSure) draft.discard();
    return isSure;
  }

  async function open(id: string): Promise<void> {
    await go({ open: id, peek: undefined }, query.value.open !== undefined);
  }

  async function close(): Promise<void> {
    const at = index.value;
    await go({ open: undefined, peek: undefined });
    if (query.value.open !== undefined) return;
    await nextTick();
    // The row that is open may be another than the one that opened the drawer.
    if (at !== -1) await options.focusRow(at);
  }

  async function step(by: 1 | -1): Promise<void> {
    const next = index.value === -1 ? rows.value[0] : rows.value[index.value + by];
    if (next) return await open(next.id);
    const to = query.value.page + by;
    if (to < 1 || (by === 1 && !hasMore.value) || !(await mayLeave())) return;
    openAfterLoad = by === 1 ? 'first' : 'last';
    await go({ page: to }, true);
  }

  async function edit(): Promise<void> {
    const wanted = rows.value[options.focusedRow()]?.id ?? draft.id.value;
    if (wanted === undefined) return;
    if (wanted !== draft.id.value) await open(wanted);
    await nextTick();
    await options.focusDrawer();
  }

  async function create(): Promise<void> {
    await open(NEW);
    await nextTick();
    await options.focusDrawer();
  }

  async function duplicate(): Promise<void> {
    const data = { ...draft.stored.value, ...draft.values.value };
    await open(NEW);
    if (query.value.open !== NEW) return;
    for (const [field, value] of Object.entries(data)) draft.set(field, value ?? undefined);
  }

  async function onSaved({ record, etag, before, changed }: Saved): Promise<void> {
    if (before === undefined) {
      toasts.show('Record created', { undo: () => undoCreate(record, etag) });
      // Another one may be open by now.
      const isHere = draft.isNew.value;
      await Promise.all([isHere && go({ open: record.id }, true), records.load()]);
      return;
    }
    put(record);
    toasts.show('Record saved', { undo: () => undoSave(before, changed, etag) });
  }

  async function undoCreate(record: RecordItem, etag: string | undefined): Promise<void> {
    try {
      await deleteRecord(name(), record.id, { etag });
      if (draft.id.value === record.id) await go({ open: undefined }, true);
      toasts.show('Record taken back');
    } catch (error) {
      toasts.error(`Not taken back: ${detailOf(error)}`);
    }
    await records.load();
  }

  /** Also of what was changed in a cell. */
  async function undoSave(
    before: RecordItem,
    changed: readonly string[],
    etag: string | undefined,
  ): Promise<void> {
    const old = Object.fromEntries(changed.map((each) => [each, before.data[each] ?? null]));
    try {
      const { record } = await patchRecord(name(), before.id, old, etag);
      put(record);
      await refresh(record);
      toasts.show('Change undone');
    } catch (error) {
      toasts.error(`Not undone: ${detailOf(error)}`);
    }
  }

  /** A record that was changed elsewhere on the page; what is typed in the drawer stays. */
  async function refresh(record: RecordItem): Promise<void> {
    if (draft.id.value === record.id && !draft.isDirty.value) await draft.open(record.id, record);
  }

  async function remove(): Promise<void> {
    const gone = draft.record.value;
    if (!gone) return;
    const next = rows.value[index.value + 1] ?? rows.value[index.value - 1];
    const label = titleOf(gone, fields.value);
    const tag = draft.etag.value;
    draft.discard();
    deletes.deleteSoon([{ id: gone.id, etag: tag }], label);
    options.onRemoved([gone.id]);
    await go({ open: next?.id, peek: undefined }, true);
  }

  return {
    draft,
    isOpen,
    hasPrevious,
    hasNext,
    mayLeave,
    open,
    close,
    step,
    edit,
    create,
    duplicate,
    onSaved,
    undoSave,
    refresh,
    remove,
  };
}

export type OpenRecord = ReturnType<typeof useOpenRecord>;

function detailOf(error: unknown): string {
  return error instanceof ApiError ? error.detail : 'no answer.';
}
