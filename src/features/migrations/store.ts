import type { Awaitable } from '../../lib/awaitable.ts';
import type { Collection } from '../collections/schema.ts';
import type {
  ChangeOutcome,
  CollectionChange,
  CollectionPlan,
  DropOutcome,
} from '../collections/store.ts';

/** What migrations need from a database. */
export interface MigrationStore {
  /** In the order in which they were applied. */
  applied(): readonly AppliedMigration[];
  /** What was renamed since the last migration, oldest first. */
  renames(): readonly NotedRename[];
  /** All of it as one step, or nothing; notes the revision, or strikes it off. */
  run(run: MigrationRun): Awaitable<MigrationOutcome>;
  /** Notes revisions whose changes are there already; false when another was noted meanwhile. */
  mark(mark: MigrationMark): Awaitable<boolean>;
}

export interface AppliedMigration {
  readonly revision: string;
  /** Of its steps up, so that a file that was edited since is noticed. */
  readonly checksum: string;
  readonly applied_at: string;
}

/** What one change of a collection renamed. A definition has no lasting name for a field, so it is noted. */
export interface NotedRename {
  readonly seq: number;
  readonly collection_id: string;
  /** Of the collection, before and after; often the same. */
  readonly was: string;
  readonly name: string;
  /**
   * Old names of fields by their new ones: all at once, so that two may have changed places. Null for a
   * field that is new under a name that was given to another one before.
   */
  readonly fields: Readonly<Record<string, string | null>>;
}

/** What a step means for the collections as they are at that moment. */
export type PreparedStep =
  | { readonly kind: 'create'; readonly collection: Collection }
  | { readonly kind: 'change'; readonly change: CollectionChange }
  | {
      readonly kind: 'drop';
      readonly id: string;
      readonly name: string;
      readonly evenWithRecords: boolean;
    };

export interface MigrationRun {
  readonly direction: 'up' | 'down';
  readonly revision: string;
  readonly checksum: string;
  readonly at: string;
  /** The last revision that is applied, as far as the caller knows. */
  readonly current: string | null;
  readonly steps: readonly PreparedStep[];
  /** Does everything, then takes it back. */
  readonly isDryRun: boolean;
}

export interface MigrationMark {
  readonly current: string | null;
  readonly migrations: readonly Omit<AppliedMigration, 'applied_at'>[];
  readonly at: string;
  /** Renames that are part of what is marked; those that somebody makes meanwhile stay noted. */
  readonly settled: readonly NotedRename[];
}

/** What a step did, or would do. */
export type StepResult =
  | { readonly kind: 'created' }
  | { readonly kind: 'changed'; readonly plan: CollectionPlan }
  | { readonly kind: 'dropped'; readonly records: number };

export type MigrationOutcome =
  | { readonly kind: 'done'; readonly results: readonly StepResult[] }
  | { readonly kind: 'refused'; readonly step: number; readonly reason: StepRefusal }
  /** Another migration, or another change of a collection, was faster. */
  | { readonly kind: 'stale' };

export type StepRefusal =
  | Exclude<ChangeOutcome, { readonly kind: 'done' | 'planned' | 'stale' }>
  | Exclude<DropOutcome, { readonly kind: 'deleted' | 'missing' }>;
