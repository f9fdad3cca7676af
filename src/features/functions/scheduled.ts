import { SYSTEM } from '../../core/actor.ts';
import { type Clock, toTimestamp } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { Call, EndedCall } from './caller.ts';
import type { CallHistory } from './calls.ts';
import type { PlacedFunction } from './loader.ts';
import type { FunctionCall } from './schema.ts';

/** A run whose row in the history was written before, as running. */
export interface ScheduledRun {
  readonly callId: string;
  readonly scheduleId: string;
  readonly name: string;
  /** The payload, JSON text. */
  readonly json: string;
  /** Told when a worker begins it. */
  onStarted(): void;
}

export interface ScheduledEnd {
  /** Its row as it ended, which the scheduler writes together with what becomes of the schedule. */
  readonly call: FunctionCall;
  /** It never began, as too many calls waited. */
  readonly isWithoutRoom: boolean;
  /** Why it could not even be tried, where that is a fault of the server. */
  readonly error?: unknown;
}

export interface ScheduledDeps {
  readonly find: (name: string) => PlacedFunction;
  readonly run: (call: Call) => Promise<EndedCall>;
  readonly history: CallHistory;
  readonly clock: Clock;
  readonly newId: () => string;
}

/** Runs functions for the scheduler: without a caller, and not checked against `auth`. */
export function createScheduledRuns({ find, run, history, clock, newId }: ScheduledDeps) {
  /** What could not begin is a failed call all the same: nobody else would tell of it. */
  function noteRefusal({ callId, scheduleId, name }: ScheduledRun, error: AppError, at: string) {
    const call: FunctionCall = {
      id: callId,
      function_name: name,
      status: 'failed',
      trigger_type: 'schedule',
      trigger_id: scheduleId,
      requested_by_user_id: null,
      started_at: null,
      finished_at: toTimestamp(clock.now()),
      duration_ms: null,
      error_message: error.message,
      error_type: ERROR_TYPES[error.code] ?? 'Refused',
      created_at: at,
    };
    history.note(call);
    return call;
  }

  return async (scheduled: ScheduledRun): Promise<ScheduledEnd> => {
    const at = toTimestamp(clock.now());
    try {
      const { row } = await run({
        actor: SYSTEM,
        placed: find(scheduled.name),
        payload: scheduled.json,
        isJsonText: true,
        requestId: newId(),
        request: null,
        trigger: { type: 'schedule', id: scheduled.scheduleId },
        depth: 0,
        hookDepth: 0,
        noted: { callId: scheduled.callId, onStarted: scheduled.onStarted },
      });
      return { call: row, isWithoutRoom: false };
    } catch (error) {
      if (error instanceof AppError)
        return {
          call: noteRefusal(scheduled, error, at),
          isWithoutRoom: error.code === 'unavailable',
        };
      const internal = new AppError('internal', 'The server could not run this; its log says why.');
      return { call: noteRefusal(scheduled, internal, at), isWithoutRoom: false, error };
    }
  };
}

const ERROR_TYPES: Readonly<Record<string, string>> = {
  not_found: 'FunctionNotFound',
  invalid_input: 'InputValidationError',
  unavailable: 'Unavailable',
};
