import type { Awaitable } from '../../lib/awaitable.ts';
import type { Listing, PageWindow } from '../../lib/page.ts';
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
  list(filter: CallFilter, page: PageWindow): Awaitable<Listing<FunctionCall>>;
  /** How many calls of a filter began in each bucket; empty ones are left out. */
  buckets(filter: CallFilter, size: BucketSize): Awaitable<readonly CallBucket[]>;
  /** When the oldest call began; undefined when there is none. */
  firstStartedAt(): Awaitable<string | undefined>;
  /** Of every function in the history, also of those that were not called since. */
  figures(startedAfter: string): Awaitable<readonly FunctionFigures[]>;
  /** Ends what a crash left running; answers how many. Failed, with the type Interrupted. */
  interruptRunning(at: string): Awaitable<number>;
  /** Deletes calls that began before this time, so many at most; never a running one. Answers how many. */
  deleteBefore(at: string, limit: number): Awaitable<number>;
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

/** Stretches of time of the same length, in seconds of the Unix time. */
export interface BucketSize {
  readonly start: number;
  readonly length: number;
}

export interface CallBucket {
  /** Counted from 0, at the start. */
  readonly bucket: number;
  readonly calls: number;
  readonly failed: number;
}

/** The calls of one function that began in some range. */
export interface FunctionFigures {
  readonly function_name: string;
  readonly calls: number;
  readonly failures: number;
  /** Of those that ended; null when none did. */
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  /** Of the whole history. */
  readonly last_called_at: string;
}
