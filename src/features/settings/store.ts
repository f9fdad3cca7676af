import type { Awaitable } from '../../lib/awaitable.ts';

/** What settings need from a database: JSON values by key. */
export interface SettingStore {
  /** All that is stored; at once, as it is asked for with every request. */
  read(): Readonly<Record<string, unknown>>;
  /**
   * Sets keys, and forgets those with null, in one step. Answers those whose value became another one,
   * in their order.
   */
  change(changes: ReadonlyMap<string, unknown>, at: string): Awaitable<readonly ChangedSetting[]>;
}

export interface ChangedSetting {
  readonly key: string;
  /** The value before, null when there was none. */
  readonly was: unknown;
}
