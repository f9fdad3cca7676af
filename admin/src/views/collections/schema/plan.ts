import { ApiError, api } from '../../../api/client.ts';
import type { CollectionPlan, CollectionUpdate, PlannedChange } from '../../../api/types.ts';
import type { Definition } from './definition.ts';

/** safe: nothing stored is touched; rewrites: values change; destroys: values go; blocked: not as it is. */
export type Effect = PlannedChange['effect'];

/** Asks the server what a change would do to stored records; nothing is written. */
export function askPlan(
  collection: string,
  body: CollectionUpdate,
  signal: AbortSignal,
): Promise<CollectionPlan> {
  const path = `/api/collections/${encodeURIComponent(collection)}`;
  return api.patch<CollectionPlan>(path, body, { query: { dry_run: true }, signal });
}

/** How a plan can be carried out: at once, only by deleting values, or not while records are as they are. */
export function verdictOf({ changes, needs_force: isForced, possible }: CollectionPlan): Verdict {
  if (changes.some(({ effect }) => effect === 'blocked')) return 'blocked';
  if (isForced) return 'destroys';
  return possible ? 'possible' : 'blocked';
}
export type Verdict = 'possible' | 'destroys' | 'blocked';

/** The same change of the same records: with others in it, it is decided anew. */
export function keyOfChange({ kind, field, msg }: PlannedChange): string {
  return [kind, field ?? '', msg].join(' ');
}

/** What deletes values and was not said yes to. */
export function undecided(
  { changes }: CollectionPlan,
  taken: ReadonlySet<string>,
): readonly PlannedChange[] {
  return changes.filter(
    (change) => change.effect === 'destroys' && !taken.has(keyOfChange(change)),
  );
}

/** Records lack a value that the field wants: its default would fill them in the same save. */
export function isFillable({ kind, effect }: PlannedChange, field: Definition): boolean {
  const isMissing = kind === 'add_field' || kind === 'change_field';
  return (
    isMissing &&
    effect === 'blocked' &&
    field.required === true &&
    field.default === undefined &&
    // A default would name a record that may be gone by then.
    field.type !== 'reference'
  );
}

export interface OffenderGroup {
  readonly msg: string;
  readonly ids: readonly string[];
}

/** Most records offend in the same way: said once, with all of them. */
export function groupOffenders({ records }: PlannedChange): OffenderGroup[] {
  const idsByMsg = new Map<string, string[]>();
  for (const { id, msg } of records) idsByMsg.set(msg, [...(idsByMsg.get(msg) ?? []), id]);
  return [...idsByMsg].map(([msg, ids]) => ({ msg, ids }));
}

/** A filter that finds the first records that are in the way. */
export function offenderFilter({ records }: PlannedChange): string {
  return `id in (${records.map(({ id }) => `'${id}'`).join(', ')})`;
}

/** Somebody else was quicker, or records came in the way since the plan was made. */
export function isConflict(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 409;
}
