import { type Clock, laterOf, toTimestamp } from '../../core/clock.ts';
import type { Draft } from './draft.ts';
import type { PythonRow } from './store.ts';
import { findId, readId, readObject, readTime, toMoment } from './values.ts';

/** A record in our words, before it is checked against the schema. */
interface ConvertedRecord {
  readonly id: string;
  readonly ownerId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** What was changed on the way, to be counted. */
  readonly changed: readonly Changed[];
}
export type Changed = 'no_owner' | 'no_number' | 'no_time';

type RowFaults = readonly { readonly field: string; readonly msg: string }[];

export interface ConvertOptions {
  /** The account here of one there; null when it was not moved. */
  readonly ownerOf: (id: string) => string | null;
  readonly clock: Clock;
}

/** Called with the rows of a collection in their order: times never go back. */
export function createConverter(draft: Draft, { ownerOf, clock }: ConvertOptions) {
  const kinds = new Map(draft.fields.map(({ name, type }) => [name, type]));
  const now = toTimestamp(clock.now());
  let last = '';

  function toValue(name: string, value: unknown): unknown {
    if (typeof value !== 'string') return value;
    const kind = kinds.get(name);
    if (kind === 'datetime') return toMoment(value);
    return kind === 'reference' || kind === 'uuid' ? (findId(value) ?? value) : value;
  }

  return (row: PythonRow): ConvertedRecord | RowFaults => {
    const id = readId(row.id);
    const read = readObject(row.data);
    const faults: { field: string; msg: string }[] = [];
    if ('fault' in id) faults.push({ field: 'id', msg: id.fault });
    if ('fault' in read) faults.push({ field: 'data', msg: read.fault });
    if ('fault' in id || 'fault' in read) return faults;
    const changed: Changed[] = [];
    if (read.value.repaired > 0) changed.push('no_number');
    const data: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(read.value.value)) {
      const name = draft.names.get(key);
      if (name !== undefined && value !== null) data[name] = toValue(name, value);
    }
    const owner = row.owner_id == null ? undefined : findId(row.owner_id);
    const ownerId = owner == null ? null : ownerOf(owner);
    if (row.owner_id != null && ownerId === null) changed.push('no_owner');
    const created = readTime(row.created_at);
    if ('fault' in created || created.value > now) changed.push('no_time');
    // Those without a time come first: they must not push all others into the present.
    const at = 'fault' in created ? last || draft.since : earlierOf(created.value, now);
    const updated = readTime(row.updated_at);
    last = laterOf(at, last);
    const touched = 'fault' in updated || updated.value > now ? last : laterOf(updated.value, last);
    return { id: id.value, ownerId, data, createdAt: last, updatedAt: touched, changed };
  };
}

function earlierOf(a: string, b: string): string {
  return a < b ? a : b;
}
