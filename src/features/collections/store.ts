import type { Awaitable } from '../../lib/awaitable.ts';
import type { Collection, RecordData } from './schema.ts';

/** What a changed schema means for one stored record. */
export type Revision =
  | { readonly kind: 'same' }
  | { readonly kind: 'changed'; readonly data: RecordData }
  | { readonly kind: 'offends'; readonly msg: string };

export interface CollectionChange {
  readonly before: Collection;
  readonly after: Collection;
  /** Looks at one stored record; absent when the change touches none. */
  readonly revise?: (data: RecordData) => Revision;
}

export interface Offender {
  readonly id: string;
  readonly msg: string;
}

export interface Offenders {
  readonly count: number;
  /** The first ten. */
  readonly first: readonly Offender[];
}

export type ChangeOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'name_taken' }
  /** Somebody else changed or deleted it since `before` was read. */
  | { readonly kind: 'stale' }
  | { readonly kind: 'offenders'; readonly offenders: Offenders }
  | { readonly kind: 'doubles'; readonly field: string; readonly offenders: Offenders };

/** What collections need from a database. Every method is one atomic step. */
export interface CollectionStore {
  /** All of them. Synchronous: they are few, and reads of records must not wait for them. */
  all(): readonly Collection[];
  /** Adds a listener that is called right after each commit of a change, before any later write. */
  onChange(listener: () => void): void;
  /** False when the name is taken. */
  insert(collection: Collection): Awaitable<boolean>;
  update(change: CollectionChange): Awaitable<ChangeOutcome>;
  /** `not_empty` when it holds records and `evenWithRecords` is false. */
  delete(
    id: string,
    evenWithRecords: boolean,
  ): Awaitable<'deleted' | 'missing' | { readonly kind: 'not_empty'; readonly count: number }>;
}
