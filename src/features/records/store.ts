import type { Origin } from '../../core/origin.ts';
import type { Awaitable } from '../../lib/awaitable.ts';
import type { FileFault } from '../../lib/file-fault.ts';
import type { RecordData } from '../collections/schema.ts';

/** What every record has of its own. */
export const SYSTEM_KEYS = ['id', 'owner_id', 'created_at', 'updated_at'] as const;

/** What a list is sorted by: a part of every record, or a field that has a column. */
export type SortKey =
  | { readonly kind: 'system'; readonly name: (typeof SYSTEM_KEYS)[number] }
  | { readonly kind: 'field'; readonly name: string };
export interface SortTerm {
  readonly key: SortKey;
  readonly isDescending: boolean;
  /** Every record has a value of it: there are no nulls to be put last, which an index cannot always do. */
  readonly isFilled?: boolean;
}

/** What a filter looks at. A path leads into the data: first a field's name, then keys of dicts. */
export type FilterKey =
  | SortKey
  | { readonly kind: 'path'; readonly path: readonly [field: string, ...keys: string[]] };

export type Scalar = string | number | boolean | null;

/**
 * Which rows of a collection, as data; a database turns it into its own language. Every filter holds
 * for a row or does not, never "unknown": null is a value, found by `equals` null alone, and `not` is
 * the exact complement. Behind a path, a value matches only one of its own JSON type. Text is compared
 * by code point.
 */
export type Filter =
  | { readonly op: 'all' }
  | { readonly op: 'none' }
  | { readonly op: 'owner'; readonly id: string }
  | { readonly op: 'and'; readonly filters: readonly Filter[] }
  | { readonly op: 'or'; readonly filters: readonly Filter[] }
  | { readonly op: 'not'; readonly filter: Filter }
  | { readonly op: 'equals'; readonly key: FilterKey; readonly value: Scalar }
  | {
      readonly op: 'compare';
      readonly key: FilterKey;
      readonly relation: '<' | '<=' | '>' | '>=';
      readonly value: string | number;
    }
  | {
      readonly op: 'in';
      readonly key: FilterKey;
      readonly values: readonly Exclude<Scalar, null>[];
    }
  /** The text occurs in the value, upper and lower case alike (simple case folding of Unicode). */
  | { readonly op: 'contains'; readonly key: FilterKey; readonly text: string }
  /** The value is a list and one of its items is this value. */
  | { readonly op: 'holds'; readonly key: FilterKey; readonly value: Scalar };

export interface Scope {
  readonly collectionId: string;
  readonly filter: Filter;
}

/** A place between two rows of a sorted list: behind the row that had these values. */
export interface Position {
  /** One for each term of the sort, in its order; booleans as 0 and 1. */
  readonly values: readonly (string | number | null)[];
  /** The row's place in the order of creation, which breaks ties. */
  readonly seq: number;
}

export interface PageRequest {
  readonly sort: readonly SortTerm[];
  readonly limit: number;
  readonly offset?: number;
  /** Only rows behind this place; without offset. */
  readonly after?: Position;
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

export interface RecordPage {
  readonly records: readonly StoredRecord[];
  /** Where the next page begins; undefined when this one is the last. */
  readonly next: Position | undefined;
  /** It ends before its limit, because so many megabytes are enough for one page. */
  readonly isCut: boolean;
}

export interface NewRecord {
  readonly id: string;
  readonly ownerId: string | null;
  /** Called in the commit: the data in stored form, by the schema that is live then. */
  readonly data: () => RecordData;
  /** Of a record that comes from another instance; else it is made now. */
  readonly times?: RecordTimes | undefined;
  /** For those who are told of the change. */
  readonly by?: Origin | undefined;
}

/** As toTimestamp writes them. */
export interface RecordTimes {
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface RecordChange {
  /** Called in the commit with what is stored then; answers the whole new data. */
  readonly merge: (stored: RecordData, ownerId: string | null) => RecordData;
  /** Only when the record still has one of these revisions. */
  readonly ifRevisions?: readonly number[] | undefined;
  readonly by?: Origin | undefined;
}

export interface RecordRemoval {
  readonly ifRevisions?: readonly number[] | undefined;
  readonly by?: Origin | undefined;
}

/** `outside`: there is no such row within the scope. `stale`: it has another revision. */
export type Missed = { readonly kind: 'outside' } | { readonly kind: 'stale' };
/** Why a row could not be written as it would be. */
export type Unfit =
  | { readonly kind: 'value_taken'; readonly fields: readonly string[] }
  /** A reference to a record, or a user, that does not exist. */
  | { readonly kind: 'dangling'; readonly field: string; readonly target: string };
/** Why a row cannot go: another collection's records refer to it, with `restrict` or in too great a number. */
export type Referenced =
  | {
      readonly kind: 'referenced';
      /** Names. */
      readonly collection: string;
      readonly field: string;
    }
  | { readonly kind: 'too_many_children'; readonly max: number };

export type InsertOutcome =
  | { readonly kind: 'done'; readonly record: StoredRecord }
  | { readonly kind: 'id_taken' }
  | Unfit;
export type UpdateOutcome =
  | { readonly kind: 'done'; readonly record: StoredRecord }
  | Missed
  | Unfit;
export type DeleteOutcome = { readonly kind: 'done' } | Missed | Referenced;

/** One step of several that happen together or not at all. */
export type WriteOp =
  | { readonly op: 'insert'; readonly collectionId: string; readonly record: NewRecord }
  | {
      readonly op: 'update';
      readonly scope: Scope;
      readonly id: string;
      readonly change: RecordChange;
    }
  | {
      readonly op: 'delete';
      readonly scope: Scope;
      readonly id: string;
      readonly removal?: RecordRemoval;
    };
export type ApplyOutcome =
  /** Each record as its step left it, in their order; undefined for those that were deleted. */
  | { readonly kind: 'done'; readonly records: readonly (StoredRecord | undefined)[] }
  /** The step that could not be done; nothing was written. */
  | {
      readonly kind: 'failed';
      readonly index: number;
      readonly outcome: Exclude<InsertOutcome | UpdateOutcome | DeleteOutcome, { kind: 'done' }>;
    };

/** Rows that wait in a file to be written at once; each line is the JSON of an ImportRow. */
export interface ImportRequest {
  readonly collectionId: string;
  /** When the collection had been changed last as the rows were checked; another time is a conflict. */
  readonly checkedFor: string;
  /** Path of the file. */
  readonly file: string;
  readonly rows: number;
  /** Owner of new records whose row names none. */
  readonly ownerId: string | null;
  /** `id`, or a unique field: rows whose value exists already change that record. */
  readonly upsertBy?: string | undefined;
  /** The records that may be changed by an upsert. */
  readonly changeable: Filter;
  /** Fields that may be changed in one's own records only. */
  readonly ownFields: readonly string[];
  /** Writes nothing, but says what would happen. */
  readonly isDryRun: boolean;
  /** Keeps the good rows although others are bad; else one bad row takes all back. */
  readonly isPartial: boolean;
  /** Rows that were found bad before they came here: with one of them nothing is written unless partial. */
  readonly failedBefore: number;
  readonly by?: Origin | undefined;
}

export interface ImportRow {
  readonly line: number;
  readonly id?: string;
  readonly ownerId?: string | null;
  /** The data of a new record, defaults and all: absent when it would lack a required field. */
  readonly data?: RecordData;
  /** Kept for a new record. */
  readonly times?: RecordTimes;
  /** What was named in the row, for a record that exists: null clears. */
  readonly patch: Readonly<Record<string, unknown>>;
}

export type ImportFault = FileFault;

export interface ImportOutcome {
  readonly created: number;
  readonly updated: number;
  readonly failed: number;
  /** The first hundred. */
  readonly errors: readonly ImportFault[];
}

/** What records need from a database. Every method is one atomic step. */
export interface RecordStore {
  /** Synchronous: a database in the same process answers at once, and the hot path must not wait. */
  find(scope: Scope, id: string): StoredRecord | undefined;
  /** Those of the ids that lie within the scope, in any order; too_large when they are too many megabytes. */
  findMany(scope: Scope, ids: readonly string[]): readonly StoredRecord[];
  list(scope: Scope, page: PageRequest): Awaitable<RecordPage>;
  /**
   * How many there are. In a big collection a part of it is counted anew at most every 500 ms, unless
   * `isExact` asks for the count of this moment.
   */
  count(scope: Scope, isExact?: boolean): Awaitable<number>;
  /** All records of a collection, which is known at any time. */
  countAll(collectionId: string): number;
  insert(collectionId: string, record: NewRecord): Awaitable<InsertOutcome>;
  update(scope: Scope, id: string, change: RecordChange): Awaitable<UpdateOutcome>;
  delete(scope: Scope, id: string, removal?: RecordRemoval): Awaitable<DeleteOutcome>;
  /** All of the steps, or none. */
  apply(ops: readonly WriteOp[]): Awaitable<ApplyOutcome>;
  /** Writes many rows in one transaction, without holding up anybody's reads. */
  importRows(
    request: ImportRequest,
    onProgress?: (rowsDone: number) => void,
  ): Promise<ImportOutcome>;
}
