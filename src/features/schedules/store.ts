import type { Awaitable } from '../../lib/awaitable.ts';
import type { Listing, PageWindow } from '../../lib/page.ts';
import type { FunctionCall } from '../functions/schema.ts';
import type { FunctionSchedule } from './schema.ts';

/** What schedules need from a database. Times are written by toTimestamp. */
export interface ScheduleStore {
  insert(schedule: StoredSchedule): Awaitable<void>;
  find(id: string): Awaitable<StoredSchedule | undefined>;
  /** The one that was made last comes first. */
  list(filter: ScheduleFilter, window: PageWindow): Awaitable<Listing<StoredSchedule>>;
  /** Writes what people may change, when nobody else has done so since it was read; else false. */
  update(update: ScheduleUpdate): Awaitable<boolean>;
  /** Answers what was deleted. */
  remove(id: string): Awaitable<StoredSchedule | undefined>;

  /** Runs that are due at this time, the longest waiting first; regular ones before what is tried again. */
  listDue(at: string, limit: number): Awaitable<readonly DueRun[]>;
  /**
   * Notes runs as started, each only while it is still due, together with their rows in the history of
   * calls. Once that is on disk they may begin, and no crash makes them run a second time. Answers
   * those that were noted.
   */
  start(starts: readonly RunStart[]): Awaitable<readonly StartedSchedule[]>;
  /** Lets due times pass, each only while it is still due. */
  pass(passed: readonly PassedRun[]): Awaitable<void>;
  /**
   * Notes how a run ended: in the history, and with the schedule unless another has been started since.
   * Both or none, so that they tell the same after a crash.
   */
  finish(end: RunEnd): Awaitable<void>;
  /** Ends what a crash left running, as its call ended if that is known; answers how many were cut off. */
  interruptRunning(): Awaitable<number>;
  /** Those whose next time was worked out after this time: the clock was set back. */
  listAhead(at: string): Awaitable<readonly AheadSchedule[]>;
  /** Gives a schedule another next time, while it has the one that was read. */
  reschedule(id: string, from: string, to: string): Awaitable<void>;
}

export interface StoredSchedule extends FunctionSchedule {
  /** Intervals are counted from here. */
  readonly anchor_at: string;
  /** Grows with every change that somebody makes. */
  readonly rev: number;
}

/** Every condition must hold; an absent one holds always. */
export interface ScheduleFilter {
  readonly is_active?: boolean | undefined;
  readonly function_name?: string | undefined;
  /** Part of the name or of the function's name, in any case. */
  readonly search?: string | undefined;
}

export interface ScheduleUpdate {
  readonly id: string;
  /** As it was read. */
  readonly rev: number;
  readonly updated_at: string;
  readonly name: string;
  readonly function_name: string;
  readonly payload: unknown;
  /** Undefined: when it is due stays as it is, whatever the clock has made of it since. */
  readonly due?:
    | Pick<StoredSchedule, 'schedule' | 'is_active' | 'next_run_at' | 'anchor_at'>
    | undefined;
}

export interface DueRun extends Pick<StoredSchedule, 'id' | 'name' | 'schedule' | 'anchor_at'> {
  readonly kind: 'regular' | 'retry';
  readonly due_at: string;
  /** How often this run has failed already. */
  readonly attempt: number;
}

interface Started {
  readonly id: string;
  readonly call_id: string;
  readonly at: string;
}

export type RunStart =
  | (Started & {
      readonly kind: 'regular';
      readonly due_at: string;
      /** null: that was the last time, and the schedule ends inactive. */
      readonly next_run_at: string | null;
    })
  | (Started & { readonly kind: 'retry'; readonly due_at: string; readonly attempt: number })
  | (Started & { readonly kind: 'manual' });

export interface StartedSchedule {
  readonly id: string;
  readonly call_id: string;
  readonly name: string;
  readonly function_name: string;
  /** JSON text. */
  readonly payload: string;
}

export interface PassedRun {
  readonly id: string;
  readonly due_at: string;
  readonly next_run_at: string;
  /** null: it is only put off. */
  readonly skipped_at: string | null;
}

export interface RunEnd {
  readonly id: string;
  /** The row of the history, as it ended. */
  readonly call: FunctionCall;
  /** Dropped when the schedule is due before that, or was made inactive. */
  readonly retry: { readonly at: string; readonly attempt: number } | undefined;
}

export interface AheadSchedule
  extends Pick<StoredSchedule, 'id' | 'name' | 'schedule' | 'anchor_at'> {
  readonly next_run_at: string;
  /** When that was worked out. */
  readonly from_at: string;
}
