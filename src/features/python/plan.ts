import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { NamedField } from '../collections/schema.ts';
import type { CollectionRules } from '../collections/store.ts';
import { type Checked, checkRecords, loosen } from './check-records.ts';
import { type Draft, settleFields } from './draft.ts';
import { draftCollections, type Here } from './draft-collections.ts';
import { isComing, orderByReferences, toUuid } from './order.ts';
import type { OwnerOf } from './owners.ts';
import { createFaultList, type FaultList, formatCount } from './report.ts';
import type { PythonDatabase } from './store.ts';
import { surveyRecords } from './survey.ts';

interface PlanOptions {
  readonly here: Here;
  readonly ownerOf: OwnerOf;
  readonly skipsExisting: boolean;
  readonly isLoose: boolean;
  readonly clock: Clock;
  readonly compileSchema: CollectionRules['compileSchema'];
  readonly faults: FaultList;
  readonly onProgress: (what: string, rows: number, total: number) => void;
  readonly signal: AbortSignal;
}

export interface PlannedCollection {
  readonly draft: Draft;
  readonly fields: readonly NamedField[];
  readonly failed: number;
}

export interface CollectionPlans {
  /** In the order in which they can be made. */
  readonly collections: readonly PlannedCollection[];
  readonly canLoosen: boolean;
}

/** Works out what becomes of the collections and looks at all of their records; writes nothing. */
export async function planCollections(
  source: PythonDatabase,
  options: PlanOptions,
): Promise<CollectionPlans> {
  const { here, clock, faults, isLoose, signal, onProgress } = options;
  const drafted = draftCollections(source, options);
  for (const { draft, times } of drafted) {
    if (!isToBeRead(draft)) continue;
    const onRows = (rows: number) => onProgress(`Reading ${draft.name}`, rows, draft.records);
    await surveyRecords(draft, { source, times, onRows, signal });
  }
  const ordered = orderByReferences(drafted.map(({ draft }) => draft));
  const byName = new Map(ordered.filter(isComing).map((draft) => [draft.name, draft]));
  const collections: PlannedCollection[] = [];
  let canLoosen = false;
  for (const draft of ordered) {
    const fields = isToBeRead(draft) ? settle(draft) : undefined;
    if (!fields) {
      collections.push({ draft, fields: [], failed: 0 });
      continue;
    }
    const planned = await check(draft, fields);
    collections.push(planned);
  }
  return { collections, canLoosen };

  /** The fields, or undefined when they cannot be made ours. */
  function settle(draft: Draft): readonly NamedField[] | undefined {
    const existing = here.findById(draft.id);
    if (existing) {
      draft.fields = existing.fields.map((field) => ({ ...field }));
      return existing.fields;
    }
    draft.fields = draft.fields.map((field) =>
      field.type === 'reference' && !byName.has(String(field.collection))
        ? toUuid(field, draft.notes)
        : field,
    );
    try {
      return settleFields(draft, clock, (name) => byName.has(name) || here.hasName(name));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      draft.state = 'left_out';
      byName.delete(draft.name);
      faults.add({ table: 'collection', id: draft.key, field: 'schema', msg: error.message });
      return undefined;
    }
  }

  async function check(draft: Draft, fields: readonly NamedField[]): Promise<PlannedCollection> {
    const look = (these: readonly NamedField[], found: FaultList) =>
      checkRecords(draft, {
        ...options,
        source,
        fields: these,
        keyOf: (name) => byName.get(name)?.key,
        onRows: (rows) => onProgress(`Checking ${draft.name}`, rows, draft.records),
        onFault: found.add,
      });
    const first = createFaultList();
    let checked = await look(fields, first);
    let found = first;
    let settled = fields;
    if (isLoose && checked.troubles.size > 0 && draft.state === 'new') {
      settled = loosen(fields, checked.troubles, draft.notes);
      found = createFaultList();
      checked = await look(settled, found);
    }
    canLoosen ||= !isLoose && checked.troubles.size > 0 && draft.state === 'new';
    faults.addAll(found);
    noteChanged(draft, checked);
    return { draft, fields: settled, failed: checked.failed };
  }
}

function isToBeRead({ state }: Draft): boolean {
  return state === 'new' || state === 'unfinished';
}

const CHANGED = {
  no_owner: 'had an owner who is not there: nobody owns them here',
  no_number: 'held NaN or Infinity, which is no JSON: no value here',
  no_time: 'had no time of creation: that of the record before, or of the collection',
} as const;

function noteChanged(draft: Draft, { changed }: Checked): void {
  for (const [what, count] of changed)
    draft.notes.push(`${formatCount(count, 'record')} ${CHANGED[what]}`);
}
