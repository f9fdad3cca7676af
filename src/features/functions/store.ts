import type { Awaitable } from '../../lib/awaitable.ts';
import type { TriggerType } from '../../protocol/messages.ts';
import type { CallStatus, FunctionCall } from './schema.ts';

/** What the history of calls needs from a database. */
export interface FunctionCallStore {
  /** Adds calls, or brings those that are there up to date, all in one step. */
  save(calls: readonly FunctionCall[]): Awaitable<void>;
  /** Forgets calls that turned out to be none. */
  remove(ids: readonly string[]): Awaitable<void>;
  find(id: string): Awaitable<FunctionCall | undefined>;
  /** The call that was added last comes first. */
  list(filter: CallFilter, page: CallWindow): Awaitable<CallList>;
  /** Ends what a crash left running; answers how many. Failed, with the type Interrupted. */
  interruptRunning(at: string): Awaitable<number>;
}

/** Every condition must hold; an absent one holds always. */
export interface CallFilter {
  readonly function_name?: string | undefined;
  readonly status?: CallStatus | undefined;
  readonly trigger_type?: TriggerType | undefined;
  readonly trigger_id?: string | undefined;
  readonly user_id?: string | undefined;
  readonly error_type?: string | undefined;
  /** At this time or after it. */
  readonly started_after?: string | undefined;
  /** Before this time. */
  readonly started_before?: string | undefined;
}

export interface CallWindow {
  readonly limit: number;
  readonly offset: number;
}

interface CallList {
  readonly items: readonly FunctionCall[];
  readonly total: number;
}
