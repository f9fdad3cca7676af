import { computed, nextTick, ref, shallowRef } from 'vue';
import { ApiError } from '../../../api/client.ts';
import { wordsFor } from '../../../api/error-words.ts';
import type { Field, FieldType, Json, RecordItem } from '../../../api/types.ts';
import { checkField } from '../../../components/fields/check.ts';
import { titleOf } from '../../../components/fields/record-title.ts';
import { isSameField } from '../../../components/fields/values.ts';
import type { CellPlace } from '../../../components/ui/table.ts';
import { useToasts } from '../../../stores/toasts.ts';
import { type Held, patchRecord, readRecord } from './record-api.ts';
import { faultsOf } from './save-faults.ts';
import type { OpenRecord } from './use-open-record.ts';
import type { Records } from './use-records.ts';

/** Lists, dicts and json need more room than a cell has. */
const WHOLE: ReadonlySet<FieldType> = new Set(['list', 'dict', 'json']);

function isCellField(field: Field | undefined): field is Field {
  return field !== undefined && !WHOLE.has(field.type);
}

interface CellEditOptions {
  readonly name: () => string;
  readonly records: Records;
  readonly opened: Pick<OpenRecord, 'undoSave' | 'refresh'>;
  readonly focusCell: (place: CellPlace) => Promise<unknown>;
  /** Keys of the columns that show. */
  readonly shown: () => readonly string[];
}

/** One value at a time, in its cell. What it was when the edit began is what may be overwritten. */
export function useCellEdit({ name, records, opened, focusCell, shown }: CellEditOptions) {
  const toasts = useToasts();
  const place = shallowRef<CellPlace>();
  const value = ref<Json | undefined>();
  const fault = ref<string>();
  const isSaving = ref(false);
  let began: RecordItem | undefined;
  let held: Promise<Held> | undefined;

  const field = computed(() =>
    records.fields.value.find(({ name: each }) => each === place.value?.column),
  );
  const isChanged = computed(
    () =>
      began !== undefined &&
      field.value !== undefined &&
      !isSameField(value.value, began.data[field.value.name]),
  );

  function isEditable(column: string): boolean {
    return isCellField(records.fields.value.find(({ name: each }) => each === column));
  }

  function start(next: CellPlace): boolean {
    const record = records.rows.value.find(({ id }) => id === next.row);
    if (!record || !isEditable(next.column) || isSaving.value) return false;
    place.value = next;
    began = record;
    value.value = record.data[next.column];
    fault.value = undefined;
    // Its revision is not in the list.
    held = readRecord(name(), next.row);
    held.then((now) => onHeld(next, now)).catch(() => undefined);
    return true;
  }

  /** Somebody changed it since the list was loaded: what stands there is shown before it is changed. */
  function onHeld(of: CellPlace, { record }: Held): void {
    if (place.value !== of || !began) return;
    const before = began.data[of.column];
    began = record;
    records.put(record);
    if (isSameField(before, record.data[of.column])) return;
    if (isSameField(value.value, before)) value.value = record.data[of.column];
    fault.value = 'Somebody changed this meanwhile; this is what it is now.';
  }

  function set(next: Json | undefined): void {
    value.value = next;
    if (fault.value !== undefined) check();
  }

  function check(): boolean {
    if (!field.value) return false;
    const found = checkField(field.value, value.value ?? null, false);
    fault.value = Object.values(found)[0];
    return fault.value === undefined;
  }

  async function cancel(): Promise<void> {
    const left = place.value;
    end();
    if (left) await focusCell(left);
  }

  function end(): void {
    place.value = undefined;
    began = undefined;
    fault.value = undefined;
  }

  /** Saves what was changed; true when the cell is done with. */
  async function save(): Promise<boolean> {
    const of = place.value;
    const now = field.value;
    if (!of || !now || isSaving.value) return false;
    if (!isChanged.value) {
      end();
      return true;
    }
    if (!check()) return false;
    isSaving.value = true;
    try {
      const { etag } = (await held) ?? {};
      const before = began;
      const saved = await patchRecord(name(), of.row, { [now.name]: value.value ?? null }, etag);
      records.put(saved.record);
      await opened.refresh(saved.record);
      if (before)
        toasts.show(`${now.name} of ${titleOf(saved.record, records.fields.value)} changed`, {
          undo: () => opened.undoSave(before, [now.name], saved.etag),
        });
      end();
      return true;
    } catch (error) {
      await explain(of, now, error);
      return false;
    } finally {
      isSaving.value = false;
    }
  }

  async function explain(of: CellPlace, { name: column }: Field, error: unknown): Promise<void> {
    const faults = faultsOf(error, [column]);
    const [found] = faults ? Object.values(faults) : [];
    fault.value = found ?? wordsFor(error).text;
    if (!(error instanceof ApiError) || error.status !== 412) return;
    held = readRecord(name(), of.row);
    const now = await held.catch(() => undefined);
    if (!now) return;
    began = now.record;
    records.put(now.record);
    fault.value =
      'Somebody saved this record meanwhile. Enter saves yours over it, Escape keeps theirs.';
  }

  /** Saves and goes on to the next cell that can be edited; over the end of the row to the next one. */
  async function next(step: 1 | -1): Promise<void> {
    const from = place.value;
    if (!from || !(await save())) return;
    const columns = shown().filter(isEditable);
    const rows = records.rows.value.map(({ id }) => id);
    const at = rows.indexOf(from.row) * columns.length + columns.indexOf(from.column) + step;
    const row = rows[Math.floor(at / columns.length)];
    const column = columns[((at % columns.length) + columns.length) % columns.length];
    if (row === undefined || column === undefined) return void (await focusCell(from));
    await nextTick();
    start({ row, column });
  }

  async function saveHere(): Promise<void> {
    const from = place.value;
    if (from && (await save())) await focusCell(from);
  }

  return {
    place,
    field,
    value,
    fault,
    isSaving,
    isChanged,
    isEditable,
    start,
    set,
    cancel,
    saveHere,
    save,
    next,
  };
}

export type CellEdit = ReturnType<typeof useCellEdit>;
