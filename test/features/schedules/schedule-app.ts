import type { AuditEntry } from '../../../src/core/audit.ts';
import type { LogFields, Logger } from '../../../src/core/logger.ts';
import type { InputCheck } from '../../../src/features/functions/input-check.ts';
import type { ScheduledEnd, ScheduledRun } from '../../../src/features/functions/scheduled.ts';
import type { FunctionCall } from '../../../src/features/functions/schema.ts';
import { createLoop, type Loop } from '../../../src/features/schedules/loop.ts';
import { createScheduler, type SchedulerDeps } from '../../../src/features/schedules/scheduler.ts';
import type { Schedule, SchedulePatch } from '../../../src/features/schedules/schema.ts';
import { createScheduleService } from '../../../src/features/schedules/service.ts';
import { newId } from '../../../src/lib/ids.ts';
import { openConnection } from '../../../src/storage/sqlite/connection.ts';
import { createScheduleStore } from '../../../src/storage/sqlite/schedule-store.ts';
import { ADMIN } from '../functions/function-app.ts';

export const NOW = Date.parse('2026-01-01T00:00:00.000Z');
/** How a run ends in a test. */
export interface SeenEnd {
  readonly status: 'succeeded' | 'failed';
  readonly isWithoutRoom: boolean;
}
export const SUCCEEDED: SeenEnd = { status: 'succeeded', isWithoutRoom: false };
export const FAILED: SeenEnd = { status: 'failed', isWithoutRoom: false };
export const NO_ROOM: SeenEnd = { status: 'failed', isWithoutRoom: true };

export const every = (
  value: number,
  unit: 'seconds' | 'minutes' | 'hours' | 'days' = 'minutes',
  timezone = 'UTC',
): Schedule => ({ method: 'interval', unit, value, timezone });

export const cron = (text: string, timezone = 'UTC'): Schedule => ({
  method: 'cron',
  cron: text,
  timezone,
});

/** A run that a test has seen, at the time of its clock. */
export interface SeenRun extends Omit<ScheduledRun, 'onStarted'> {
  readonly at: number;
  readonly started: () => void;
}

type Options = Partial<Pick<SchedulerDeps, 'maxRetries' | 'maxWaiting'>>;

/** Schedules on a real database in memory, driven by the real loop; clock, timers and functions are the test's. */
export function createScheduleApp({ maxRetries = 0, maxWaiting = 1_000 }: Options = {}) {
  const connection = openConnection({ path: ':memory:' });
  const store = createScheduleStore(connection);
  const clock = { ms: NOW, now: () => clock.ms };
  const runs: SeenRun[] = [];
  const lines: string[] = [];
  const notes: AuditEntry[] = [];
  const log = (message: string, _fields?: LogFields) => void lines.push(message);
  const logger: Logger = {
    debug: log,
    info: log,
    warning: log,
    error: log,
    isEnabled: () => true,
  };
  const functions = {
    isReady: () => true,
    /** How a run ends; succeeded at once when the test says nothing else. */
    end: (_run: SeenRun): SeenEnd | Promise<SeenEnd> => SUCCEEDED,
    check: (_name: string, _payload: unknown): InputCheck => ({ kind: 'fits' }),
    checkInput: async (name: string, payload: unknown) => functions.check(name, payload),
    async runScheduled({ onStarted, ...run }: ScheduledRun): Promise<ScheduledEnd> {
      const seen = { ...run, at: clock.ms, started: onStarted };
      runs.push(seen);
      const { status, isWithoutRoom } = await functions.end(seen);
      return { call: toCall(run, status), isWithoutRoom };
    },
  };
  const open = () =>
    createScheduler({ store, functions, clock, logger, newId, maxRetries, maxWaiting });
  let scheduler = open();
  const audit = { note: async (_actor: unknown, entry: AuditEntry) => void notes.push(entry) };
  const service = createScheduleService({
    store,
    functions,
    scheduler: { runNow: (id) => scheduler.runNow(id) },
    audit,
    clock,
    newId,
  });
  let loop: Loop | undefined;
  let fire = () => {};
  let ticked = Promise.withResolvers<void>();

  /** The loop of the server, whose timer goes off when the test says so. */
  function openLoop(): Loop {
    return createLoop({
      jobs: [
        {
          name: 'schedules',
          everyTicks: 1,
          async run(signal) {
            try {
              await scheduler.runDue(signal);
            } finally {
              // The loop has noted how it ended by then.
              setImmediate(ticked.resolve);
            }
          },
        },
      ],
      intervalMs: 5_000,
      logger,
      timers: {
        after(_ms, callback) {
          fire = callback;
          return () => {
            fire = () => {};
          };
        },
      },
    });
  }

  return {
    store,
    service,
    functions,
    clock,
    runs,
    lines,
    notes,
    db: connection.db,
    scheduler: () => scheduler,
    add: (
      schedule: Schedule,
      changes: { name?: string; payload?: unknown; is_active?: boolean } = {},
    ) => service.create(ADMIN, { name: 'job', function_name: 'work', schedule, ...changes }),
    get: (id: string) => service.get(ADMIN, id),
    /** Lets time go by and the loop tick; waits until all that was due has been started. */
    async tick(ms = 0): Promise<void> {
      clock.ms += ms;
      ticked = Promise.withResolvers();
      if (loop) fire();
      else {
        loop = openLoop();
        loop.start();
      }
      await ticked.promise;
    },
    /** The same, and waits until it has ended. */
    async tickAndSettle(ms = 0): Promise<void> {
      await this.tick(ms);
      await scheduler.settle();
    },
    patch: (id: string, patch: SchedulePatch) => service.update(ADMIN, id, patch),
    /** As after a crash, or a stop: nothing of the old server's memory is left. */
    async restart(): Promise<void> {
      await loop?.stop();
      loop = undefined;
      scheduler = open();
      await scheduler.recover();
    },
    /** The history, the first call first. */
    calls: () =>
      connection.db
        .query<{ id: string; status: string; trigger_id: string }, []>(
          'SELECT id, status, trigger_id FROM function_call ORDER BY seq',
        )
        .all(),
  };
}
export type ScheduleApp = ReturnType<typeof createScheduleApp>;

/** Times as they are read. */
export const iso = (times: readonly number[]) => times.map((at) => new Date(at).toISOString());

function toCall(
  { callId, scheduleId, name }: Omit<ScheduledRun, 'onStarted'>,
  status: SeenEnd['status'],
): FunctionCall {
  const now = new Date(NOW).toISOString();
  return {
    id: callId,
    function_name: name,
    status,
    trigger_type: 'schedule',
    trigger_id: scheduleId,
    requested_by_user_id: null,
    started_at: now,
    finished_at: now,
    duration_ms: 0,
    error_message: null,
    error_type: null,
    created_at: now,
  };
}
