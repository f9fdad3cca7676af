import { computed, ref, shallowRef, watch } from 'vue';
import { ApiError, api, OfflineError } from '../../../api/client.ts';
import { wordsFor } from '../../../api/error-words.ts';
import type { Collection, PlannedChange } from '../../../api/types.ts';
import { announce } from '../../../composables/use-live.ts';
import { useToasts } from '../../../stores/toasts.ts';
import { checkFields, type SchemaFault } from './check.ts';
import { checkNames, schemaFaults } from './draft.ts';
import { isConflict, keyOfChange, undecided, verdictOf } from './plan.ts';
import { usePlan } from './use-plan.ts';
import type { SchemaDraft } from './use-schema-draft.ts';
import type { SchemaText } from './use-schema-text.ts';

interface SaveSource {
  readonly name: () => string;
  readonly draft: SchemaDraft;
  readonly text: SchemaText;
  /** Each shows why nothing was saved. */
  readonly showFaults: () => Promise<void>;
  readonly showPlan: () => void;
  readonly showProblem: () => Promise<void>;
}

/** What keeps a draft from being saved, what saving would do, and the save. */
export function useSchemaSave({
  name,
  draft,
  text,
  showFaults,
  showPlan,
  showProblem,
}: SaveSource) {
  const toasts = useToasts();
  const hasTried = ref(false);
  const isBusy = ref(false);
  const problem = ref<string>();
  const serverFaults = shallowRef<readonly SchemaFault[]>([]);
  /** Save was pressed before there was anything to see of what it does. */
  const isToBeSeen = ref(false);
  /** Which values may be deleted: somebody typed the name. */
  const taken = ref(new Set<string>());

  const localFaults = computed(() => [
    ...checkFields(draft.fields.value),
    ...checkNames(draft.rows.value),
  ]);
  const faults = computed(() => [
    ...localFaults.value.filter((fault) => hasTried.value || !fault.isPatient),
    ...serverFaults.value,
  ]);
  /** What keeps the server from being asked, besides what only a save would say. */
  const hasFaults = computed(
    () => text.hasTextFaults.value || localFaults.value.length > 0 || draft.indexFaults.value > 0,
  );
  const faultCount = computed(() =>
    text.hasTextFaults.value
      ? text.read.value.faults.length
      : faults.value.length + draft.indexFaults.value,
  );

  watch([draft.rows, draft.indexes], () => {
    serverFaults.value = [];
    isToBeSeen.value = false;
  });
  const { plan, isAsking, ask } = usePlan({
    name,
    body: () => draft.body.value,
    isWanted: () =>
      draft.loadedId.value !== undefined && draft.changes.value > 0 && !hasFaults.value,
    onRefused: (caught) => void explain(caught, 'plan'),
  });
  watch([draft.body, isAsking], () => {
    if (isAsking.value) problem.value = undefined;
  });

  function begin(): void {
    hasTried.value = false;
    isToBeSeen.value = false;
    serverFaults.value = [];
    taken.value = new Set();
  }

  function decide(change: PlannedChange, isTaken: boolean): void {
    const next = new Set(taken.value);
    if (isTaken) next.add(keyOfChange(change));
    else next.delete(keyOfChange(change));
    taken.value = next;
  }

  async function save(): Promise<void> {
    if (isBusy.value || (draft.changes.value === 0 && !text.hasTextFaults.value)) return;
    hasTried.value = true;
    if (hasFaults.value) return await showFaults();
    let now = isAsking.value ? undefined : plan.value;
    if (now === undefined) {
      now = await ask();
      if (now === undefined) return;
      // What touches records must have been seen first.
      if (now.changes.some(({ effect }) => effect !== 'safe')) {
        isToBeSeen.value = true;
        announce('Not saved yet: read what saving will do, then save');
        return showPlan();
      }
    }
    const verdict = verdictOf(now);
    if (verdict === 'blocked') return await showProblem();
    if (undecided(now, taken.value).length > 0) return showPlan();
    isBusy.value = true;
    try {
      const path = `/api/collections/${name()}`;
      const current = await api.get<Collection>(path);
      // The server would take it without a word, and their changes would be gone.
      if (!draft.isAsStored(current)) {
        draft.theirs.value = current;
        await showProblem();
        return;
      }
      const query = verdict === 'destroys' ? { force: true } : {};
      const saved = await api.patch<Collection>(path, draft.body.value, { query });
      draft.follow(saved);
      text.reset();
      begin();
      toasts.show('Schema saved');
    } catch (caught) {
      await explain(caught, 'save');
    } finally {
      isBusy.value = false;
    }
  }

  async function explain(caught: unknown, during: 'plan' | 'save'): Promise<void> {
    if (caught instanceof ApiError && caught.status === 401) return;
    if (caught instanceof ApiError && caught.status === 422) {
      serverFaults.value = schemaFaults(caught.faults);
      if (serverFaults.value.length > 0) return during === 'save' ? await showFaults() : undefined;
    }
    if (!(caught instanceof OfflineError || caught instanceof ApiError)) throw caught;
    const { title, text: words } = wordsFor(caught);
    problem.value = during === 'save' ? `Not saved. ${words}` : `${title}. ${words}`;
    if (during === 'plan') return;
    // Records came in the way since it was planned: the plan says which.
    if (isConflict(caught)) {
      await ask();
      problem.value ??= `Not saved. ${words}`;
    }
    await showProblem();
  }

  return {
    plan,
    isAsking,
    ask,
    problem,
    isToBeSeen,
    isBusy,
    faults,
    faultCount,
    taken,
    decide,
    begin,
    save,
  };
}
