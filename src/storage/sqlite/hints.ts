import { LRUCache } from 'lru-cache';
import { type Clock, toTimestamp } from '../../core/clock.ts';
import type { Filter, FilterKey, Scope, SortTerm } from '../../features/records/store.ts';
import { conjunctsOf } from './conditions.ts';
import type { Lack } from './lanes.ts';

const MAX_HINTS = 200;

/** A kind of list that had to look at much of a big collection, for lack of an index. */
export interface Hint {
  readonly collection_id: string;
  /** What an index would have to be over; with a dot what lies inside a field, where none can be. */
  readonly fields: readonly string[];
  readonly kind: Lack;
  readonly count: number;
  readonly last_at: string;
}

/** Remembers which lists an index would help, those that were asked for last. */
export interface Hints {
  note(scope: Scope, sort: readonly SortTerm[], lack: Lack): void;
  list(): readonly Hint[];
}

export interface HintsDeps {
  readonly clock: Clock;
  /** Told of each kind of list once, as long as it is remembered. */
  readonly onHint?: ((hint: Hint) => void) | undefined;
}

export function createHints({ clock, onHint }: HintsDeps): Hints {
  const known = new LRUCache<string, Hint>({ max: MAX_HINTS });
  return {
    note({ collectionId, filter }, sort, kind) {
      const fields = fieldsOf(filter, sort, kind);
      // Nothing to do about it: no index finds a part of a text.
      if (fields.length === 0) return;
      const key = JSON.stringify([collectionId, kind, fields]);
      const before = known.get(key);
      const hint: Hint = {
        collection_id: collectionId,
        fields,
        kind,
        count: (before?.count ?? 0) + 1,
        last_at: toTimestamp(clock.now()),
      };
      known.set(key, hint);
      if (!before) onHint?.(hint);
    },
    list: () => [...known.values()],
  };
}

/** First what is equal in all rows, then what they are sorted by: in this order an index serves both. */
function fieldsOf(filter: Filter, sort: readonly SortTerm[], kind: Lack): readonly string[] {
  const filtered = kind === 'filter' ? lookedFor(filter) : conjunctsOf(filter).flatMap(fixedBy);
  const sorted = kind === 'sort' ? sort.map(({ key }) => key) : [];
  return [...new Set([...filtered, ...sorted].flatMap(nameOf))];
}

function fixedBy(filter: Filter): readonly FilterKey[] {
  return filter.op === 'equals' ? [filter.key] : [];
}

/** The keys of those tests that an index can answer. */
function lookedFor(filter: Filter): readonly FilterKey[] {
  switch (filter.op) {
    case 'equals':
    case 'compare':
    case 'in':
      return [filter.key];
    case 'and':
    case 'or':
      return filter.filters.flatMap(lookedFor);
    case 'all':
    case 'none':
    case 'owner':
    case 'not':
    case 'contains':
    case 'holds':
      return [];
    default:
      return filter satisfies never;
  }
}

/** What belongs to every record has the indexes that it can have. */
function nameOf(key: FilterKey): readonly string[] {
  switch (key.kind) {
    case 'system':
      return [];
    case 'field':
      return [key.name];
    case 'path':
      return [key.path.join('.')];
    default:
      return key satisfies never;
  }
}
