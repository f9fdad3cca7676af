import type { Awaitable } from '../../lib/awaitable.ts';
import type { RecordData } from '../collections/schema.ts';

/** Which rows of a collection, as data; a database turns it into its own language. */
export type Filter = { readonly op: 'all' } | { readonly op: 'owner'; readonly id: string };

export interface Scope {
  readonly collectionId: string;
  readonly filter: Filter;
}

/** What a list is sorted by: a part of every record, or a scalar field. */
export type SortKey =
  | { readonly kind: 'system'; readonly name: 'id' | 'owner_id' | 'created_at' | 'updated_at' }
  | { readonly kind: 'field'; readonly name: string };
export interface SortTerm {
  readonly key: SortKey;
  readonly isDescending: boolean;
}

export interface PageRequest {
  readonly sort: readonly SortTerm[];
  readonly limit: number;
  readonly offset: number;
}

/** A record as it lies in the database: its data is JSON text, spliced into answers without being read. */
export interface StoredRecord {
  readonly id: string;
  readonly owner_id: string | null;
  readonly data: string;
  readonly rev: number;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface NewRecord {
  readonly id: string;
  readonly ownerId: string | null;
  /** Called in the commit: the data in stored form, by the schema that is live then. */
  readonly data: () => RecordData;
}

export interface RecordChange {
  /** Called in the commit with what is stored then; answers the whole new data. */
  readonly merge: (stored: RecordData) => RecordData;
  /** Only when the record still has one of these revisions. */
  readonly ifRevisions?: readonly number[] | undefined;
}

/** `outside`: there is no such row within the scope. `stale`: it has another revision. */
export type Missed = { readonly kind: 'outside' } | { readonly kind: 'stale' };
export type InsertOutcome =
  | { readonly kind: 'done'; readonly record: StoredRecord }
  | { readonly kind: 'id_taken' }
  | { readonly kind: 'value_taken'; readonly field: string };
export type UpdateOutcome = Exclude<InsertOutcome, { kind: 'id_taken' }> | Missed;

/** What records need from a database. Every method is one atomic step. */
export interface RecordStore {
  /** Synchronous: a database in the same process answers at once, and the hot path must not wait. */
  find(scope: Scope, id: string): StoredRecord | undefined;
  list(scope: Scope, page: PageRequest): Awaitable<readonly StoredRecord[]>;
  count(scope: Scope): Awaitable<number>;
  /** All records of a collection, which is known at any time. */
  countAll(collectionId: string): number;
  insert(collectionId: string, record: NewRecord): Awaitable<InsertOutcome>;
  update(scope: Scope, id: string, change: RecordChange): Awaitable<UpdateOutcome>;
  delete(
    scope: Scope,
    id: string,
    ifRevisions?: readonly number[],
  ): Awaitable<{ readonly kind: 'done' } | Missed>;
}
