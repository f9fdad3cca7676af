import type { Clock } from '../../core/clock.ts';
import type { Fault } from '../../core/errors.ts';
import type { Awaitable } from '../../lib/awaitable.ts';
import type { CollectionPlan } from './plan-schema.ts';
import type { Collection, NamedField, RawData, RecordData } from './schema.ts';

export type { CollectionPlan };

/** A change as data, so that a thread can plan and do it too. */
export interface CollectionChange {
  readonly before: Collection;
  readonly after: Collection;
  /** New names of fields, with the names that they had. */
  readonly renames: ReadonlyMap<string, string>;
  /** Delete the values of dropped fields and those that do not fit any more. */
  readonly force: boolean;
  /** Looks at everything, writes nothing. */
  readonly isDryRun: boolean;
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

/** Fields whose values must differ from record to record once the change is done. */
export interface UniqueFields {
  /** By their new names. */
  readonly fields: readonly string[];
  /** The fields that hold the same values now; absent when the values are made by the change. */
  readonly stored?: readonly string[];
}

/** What stands in the way of a change. */
export interface Obstacles {
  /** Records that do not fit, each with all that is wrong with it. */
  readonly misfits: Offenders;
  readonly doubles: readonly (Offenders & { readonly fields: readonly string[] })[];
}

/**
 * Says what one change asks of the stored records. It counts, so every run needs a new one: first every
 * record is shown to it (where it wants that), then what is double, then it sums up.
 */
export interface ChangePlanner {
  readonly looksAtRecords: boolean;
  readonly uniques: readonly UniqueFields[];
  /** The record's data as it will be; undefined when it stays as it is. */
  look(id: string, data: RecordData): RecordData | undefined;
  addDoubles(fields: readonly string[], doubles: Offenders): void;
  /** Nothing seen so far stands in the way. */
  isPossible(): boolean;
  /** Another collection whose references lead here, under the new name; undefined when it has none. */
  follow(other: Collection): Collection | undefined;
  finish(): { readonly plan: CollectionPlan; readonly obstacles: Obstacles };
}

export interface PlannerLookups {
  /** Whether a reference to this record, or user, leads anywhere. */
  readonly hasTarget: (collection: string, id: string) => boolean;
  readonly others: readonly Collection[];
}

/** How records are checked, as far as a database has to. */
export interface RecordChecks {
  readonly fieldByName: ReadonlyMap<string, NamedField>;
  /** Checks the whole data of a new record and fills defaults in. */
  parseNew(data: RawData, loc: readonly (string | number)[], faults: Fault[]): RecordData;
  /** Checks a whole record after a change: no defaults. */
  parseWhole(data: RawData, loc: readonly (string | number)[], faults: Fault[]): RecordData;
}

/** What a database needs to know of collections beyond their definitions. */
export interface CollectionRules {
  planChange(change: CollectionChange, lookups: PlannerLookups): ChangePlanner;
  compileSchema(fields: readonly NamedField[], clock: Clock): RecordChecks;
}

export type ChangeOutcome =
  /** What a dry run found. */
  | { readonly kind: 'planned'; readonly plan: CollectionPlan }
  | { readonly kind: 'done'; readonly plan: CollectionPlan }
  | { readonly kind: 'refused'; readonly plan: CollectionPlan; readonly obstacles: Obstacles }
  | { readonly kind: 'name_taken' }
  /** Somebody else changed or deleted it since `before` was read. */
  | { readonly kind: 'stale' };

export type DropOutcome =
  /** With so many records. */
  | { readonly kind: 'deleted'; readonly count: number }
  | { readonly kind: 'missing' }
  | { readonly kind: 'not_empty'; readonly count: number }
  /** Fields of other collections refer to it. */
  | {
      readonly kind: 'referenced';
      readonly by: readonly { readonly collection: string; readonly field: string }[];
    };

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
  delete(id: string, evenWithRecords: boolean): Awaitable<DropOutcome>;
}
