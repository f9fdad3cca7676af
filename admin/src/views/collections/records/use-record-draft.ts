import { useDebounceFn } from '@vueuse/core';
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue';
import { ApiError, api, OfflineError } from '../../../api/client.ts';
import { wordsFor } from '../../../api/error-words.ts';
import type {
  Collection,
  Field,
  Json,
  RecordData,
  RecordItem,
  UserPage,
} from '../../../api/types.ts';
import {
  changedNames,
  checkField,
  checkFields,
  type Faults,
} from '../../../components/fields/check.ts';
import { isSameField } from '../../../components/fields/values.ts';
import { useConnection } from '../../../stores/connection.ts';
import { usePeople } from '../../../stores/people.ts';
import { readDraft, storeDraft } from './draft-store.ts';
import { createRecord, type Held, patchRecord, readRecord } from './record-api.ts';
import { faultsOf, OWNER_FAULT } from './save-faults.ts';

type Changes = Readonly<Record<string, Json | undefined>>;

export interface Saved extends Held {
  /** What the record was before; undefined for a new one. */
  readonly before: RecordItem | undefined;
  readonly changed: readonly string[];
}

/** Somebody else's save came first. */
export interface Conflict extends Held {
  /** Fields that are not as they were when this draft was begun. */
  readonly names: readonly string[];
}

/**
 * The record in the drawer: what is stored, and beside it only what was changed, so that a newer
 * stored one can slip under the changes. The draft survives a reload in sessionStorage.
 */
export function useRecordDraft(collection: () => Collection | undefined) {
  const people = usePeople();
  /** undefined: no drawer; 'new': a record that does not exist yet. */
  const id = ref<string>();
  const held = shallowRef<Held>();
  const changes = shallowRef<Changes>({});
  const faults = shallowRef<Faults>({});
  /** The JSON of the whole while it cannot be read. */
  const brokenJson = ref<string>();
  /** E-mail of the owner of a new record; empty: who is signed in. */
  const owner = ref('');
  const problem = ref<string>();
  const conflict = shallowRef<Conflict>();
  const loadError = shallowRef<unknown>();
  const isSaving = ref(false);
  const wasRestored = ref(false);
  let reading: AbortController | undefined;
  let hadNoAnswer = false;
  onScopeDispose(
    useConnection().onBack(() => {
      // It answers again: the note would say otherwise.
      if (hadNoAnswer) problem.value = undefined;
    }),
  );

  const fields = computed<readonly Field[]>(() => collection()?.schema.fields ?? []);
  const isNew = computed(() => id.value === 'new');
  const record = computed(() => held.value?.record);
  const stored = computed<RecordData>(() => record.value?.data ?? {});
  const values = computed<Changes>(() => ({ ...stored.value, ...changes.value }));
  const changed = computed(() =>
    isNew.value
      ? Object.keys(changes.value).filter((name) => changes.value[name] !== undefined)
      : changedNames(stored.value, changes.value),
  );
  const isDirty = computed(
    () => changed.value.length > 0 || brokenJson.value !== undefined || owner.value !== '',
  );
  const faultCount = computed(
    () => Object.keys(faults.value).length + (brokenJson.value === undefined ? 0 : 1),
  );
  const keyOf = () => `${collection()?.id}.${id.value}`;

  const keep = useDebounceFn(() => {
    if (id.value !== undefined) storeDraft(keyOf(), changes.value, owner.value);
  }, 300);
  watch([changes, owner], () => void keep());
  onScopeDispose(() => reading?.abort());

  /** Opens a record, or none; what the list knows of it shows at once. */
  async function open(next: string | undefined, known?: RecordItem): Promise<void> {
    reading?.abort();
    reset();
    id.value = next;
    held.value = known && { record: known, etag: undefined };
    if (next === undefined) return;
    const draft = readDraft(keyOf());
    if (draft) {
      const names = new Set(fields.value.map((field) => field.name));
      changes.value = Object.fromEntries(
        Object.entries(draft.changes).filter(([name]) => names.has(name)),
      );
      owner.value = draft.owner;
      wasRestored.value = isDirty.value;
    }
    if (next !== 'new') await read();
  }

  async function read(): Promise<void> {
    const name = collection()?.name;
    const wanted = id.value;
    if (name === undefined || wanted === undefined || wanted === 'new') return;
    const own = new AbortController();
    reading = own;
    loadError.value = undefined;
    try {
      const found = await readRecord(name, wanted, own.signal);
      if (!own.signal.aborted) held.value = found;
    } catch (error) {
      if (!own.signal.aborted) loadError.value = error;
    }
  }

  function reset(): void {
    changes.value = {};
    faults.value = {};
    brokenJson.value = undefined;
    owner.value = '';
    problem.value = undefined;
    conflict.value = undefined;
    loadError.value = undefined;
    wasRestored.value = false;
  }

  /** Throws the changes away, also the stored ones. */
  function discard(): void {
    const error = loadError.value;
    reset();
    loadError.value = error;
    if (id.value !== undefined) storeDraft(keyOf(), {}, '');
  }

  function set(name: string, value: Json | undefined): void {
    const isBack = !isNew.value && isSameField(value, stored.value[name]);
    const { [name]: _old, ...others } = changes.value;
    changes.value =
      isBack || (isNew.value && value === undefined) ? others : { ...others, [name]: value };
    // Where a fault showed, it follows what is typed.
    if (Object.keys(faults.value).some((path) => path.split('.')[0] === name)) check(name);
  }

  function restore(name: string): void {
    set(name, isNew.value ? undefined : (stored.value[name] ?? undefined));
    dropFaults(name);
  }

  /** The whole as it stands in the JSON view. */
  function setAll(data: RecordData): void {
    const names = new Set([...Object.keys(stored.value), ...Object.keys(data)]);
    const next: Record<string, Json | undefined> = {};
    for (const name of names) {
      const value = Object.hasOwn(data, name) ? data[name] : undefined;
      if (isNew.value ? value !== undefined : !isSameField(value, stored.value[name])) {
        next[name] = value ?? (isNew.value ? value : null);
      }
    }
    changes.value = next;
    faults.value = {};
  }

  function dropFaults(name: string): void {
    faults.value = Object.fromEntries(
      Object.entries(faults.value).filter(([path]) => path.split('.')[0] !== name),
    );
  }

  /** On leaving a field, and while a fault shows. */
  function check(name: string): void {
    const field = fields.value.find((each) => each.name === name);
    const isTouched = Object.hasOwn(changes.value, name);
    dropFaults(name);
    if (field && isTouched) {
      faults.value = { ...faults.value, ...checkField(field, values.value[name], isNew.value) };
    }
  }

  /** Saves what was changed; undefined when that was refused or there was nothing. */
  async function save(): Promise<Saved | undefined> {
    const target = collection();
    if (!target || isSaving.value || brokenJson.value !== undefined) return undefined;
    const checked = isNew.value
      ? fields.value
      : fields.value.filter((field) => changed.value.includes(field.name));
    faults.value = { ...unknownNames(), ...checkFields(checked, values.value, isNew.value) };
    problem.value = undefined;
    if (Object.keys(faults.value).length > 0) return undefined;
    isSaving.value = true;
    try {
      return await send(target);
    } catch (error) {
      await explain(error);
      return undefined;
    } finally {
      isSaving.value = false;
    }
  }

  function unknownNames(): Record<string, string> {
    const names = new Set(fields.value.map((field) => field.name));
    const extra = Object.keys(changes.value).filter((name) => !names.has(name));
    return Object.fromEntries(
      extra.map((name) => [name, `${collection()?.name} has no field of this name.`] as const),
    );
  }

  async function send({ name }: Collection): Promise<Saved | undefined> {
    const before = record.value;
    const of = keyOf();
    const sent = changes.value;
    const names = changed.value;
    const body = Object.fromEntries(names.map((each) => [each, changes.value[each] ?? null]));
    let answer: Held;
    if (before === undefined) {
      const ownerId = await findOwner();
      if (ownerId === null) return undefined;
      answer = await createRecord(name, body, ownerId);
    } else answer = await patchRecord(name, before.id, body, held.value?.etag);
    // Another one may be open by now.
    if (keyOf() !== of) storeDraft(of, {}, '');
    else {
      // What was asked for before the save is older than its answer.
      reading?.abort();
      const later = before === undefined ? {} : changesSince(sent);
      discard();
      if (before !== undefined) held.value = answer;
      changes.value = later;
    }
    return { ...answer, before, changed: names };
  }

  /** What was typed while the save was on its way. */
  function changesSince(sent: Changes): Changes {
    const names = new Set([...Object.keys(sent), ...Object.keys(changes.value)]);
    const later = [...names].filter((name) => !isSameField(changes.value[name], sent[name]));
    return Object.fromEntries(later.map((name) => [name, values.value[name] ?? null]));
  }

  /** The id of the chosen owner; undefined for oneself, null when there is no such account. */
  async function findOwner(): Promise<string | undefined | null> {
    const email = owner.value.trim().toLowerCase();
    if (email === '') return undefined;
    const query = { search: email, limit: 100 };
    const found = await api.get<UserPage>('/api/admin/users', query);
    people.note(...found.items);
    const user = found.items.find((each) => each.email.toLowerCase() === email);
    if (!user)
      faults.value = { ...faults.value, [OWNER_FAULT]: `No account has the e-mail ${email}.` };
    return user?.id ?? null;
  }

  async function explain(error: unknown): Promise<void> {
    const found = faultsOf(
      error,
      fields.value.map((field) => field.name),
    );
    if (found) faults.value = found;
    else if (error instanceof ApiError && error.status === 412) await findConflict();
    else {
      const { title, text } = wordsFor(error);
      problem.value = `${title}. ${text}`;
      hadNoAnswer = error instanceof OfflineError;
    }
  }

  async function findConflict(): Promise<void> {
    const mine = held.value?.record;
    const name = collection()?.name;
    if (!mine || name === undefined) return;
    try {
      const theirs = await readRecord(name, mine.id);
      const names = new Set([...Object.keys(mine.data), ...Object.keys(theirs.record.data)]);
      conflict.value = {
        ...theirs,
        names: [...names].filter((each) => !isSameField(mine.data[each], theirs.record.data[each])),
      };
    } catch (error) {
      const { title, text } = wordsFor(error);
      problem.value = `${title}. ${text}`;
    }
  }

  function takeTheirs(): void {
    if (!conflict.value) return;
    const { record: theirs, etag } = conflict.value;
    discard();
    held.value = { record: theirs, etag };
  }

  /** Theirs becomes what is stored; the changes stay and are saved over it. */
  async function keepMine(): Promise<Saved | undefined> {
    if (!conflict.value) return undefined;
    const { record: theirs, etag } = conflict.value;
    held.value = { record: theirs, etag };
    conflict.value = undefined;
    return await save();
  }

  return {
    id,
    isNew,
    record,
    etag: computed(() => held.value?.etag),
    fields,
    stored,
    values,
    changed,
    faults,
    brokenJson,
    owner,
    problem,
    conflict,
    loadError,
    isSaving,
    isDirty,
    faultCount,
    wasRestored,
    open,
    read,
    set,
    setAll,
    restore,
    check,
    discard,
    save,
    takeTheirs,
    keepMine,
  };
}

export type RecordDraft = ReturnType<typeof useRecordDraft>;
