import type { Origin } from '../../core/origin.ts';
import type { Awaitable } from '../../lib/awaitable.ts';
import type { RawData } from '../collections/schema.ts';

export type WriteKind = 'create' | 'update' | 'delete';

/** A write that is about to be done. */
export interface PlannedWrite {
  readonly op: WriteKind;
  /** Its name. */
  readonly collection: string;
  readonly id: string;
  /** All that would be stored; of a delete what is stored. */
  readonly data: RawData;
  /** What is stored, on update. */
  readonly old?: RawData;
}

/** What those who see a write first say of it. */
export type HookAnswer =
  | { readonly kind: 'passed'; readonly data: RawData }
  | {
      readonly kind: 'refused';
      /** An HTTP status that was chosen for the caller; null: the hook just failed. */
      readonly status: number | null;
      readonly message: string;
    };

/** Those who look at writes before they are done, and may change or refuse them. */
export interface RecordHooks {
  /** Asked with each write, so it costs next to nothing. */
  hasBefore(op: WriteKind, collection: string): boolean;
  /** Throws when nobody can be asked. */
  before(write: PlannedWrite, origin: Origin): Awaitable<HookAnswer>;
  /** Throws when hooks have caused each other so often that this can only be a circle. */
  checkDepth(op: WriteKind, collection: string, origin: Origin): void;
}

export const NO_HOOKS: RecordHooks = {
  hasBefore: () => false,
  before: ({ data }) => ({ kind: 'passed', data }),
  checkDepth: () => {},
};
