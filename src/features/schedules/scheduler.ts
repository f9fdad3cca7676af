import { type Clock, toTimestamp } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { createRetryQueue } from '../../lib/retry-queue.ts';
import type { FunctionService } from '../functions/service.ts';
import { nextRun } from './schedule-time.ts';
import type {
  AheadSchedule,
  DueRun,
  RunEnd,
  RunStart,
  ScheduleStore,
  StartedSchedule,
} from './store.ts';

export interface SchedulerDeps {
  readonly store: ScheduleStore;
  readonly functions: Pick<FunctionService, 'runScheduled' | 'isReady'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: () => string;
  /** scheduler.max_retries. */
  readonly maxRetries: number;
  /** Runs that may wait for a worker; those that run are bounded by the workers. */
  readonly maxWaiting: number;
}

export interface Scheduler {
  /** Ends what a crash left running. Only for whoever holds the right to serve this database. */
  recover(): Promise<void>;
  /** Starts what is due; waits for none of it to end. */
  runDue(signal: AbortSignal): Promise<void>;
  /** Starts a run that nobody has to wait for; the id of its call, or undefined when there is no such schedule. */
  runNow(id: string): Promise<string | undefined>;
  /** Waits until every run that was started has ended and is noted. */
  settle(): Promise<void>;
}

/** Started by one commit. */
const BATCH = 16;
/** What runs once and comes due while it is run by hand waits for that. */
const PUT_OFF_MS = 10_000;
const FIRST_RETRY_MS = 10_000;
const MAX_RETRY_MS = 3_600_000;
/** A run that found no room among the calls has done nothing yet: it is tried again in any case. */
const RETRIES_WITHOUT_ROOM = 5;

/** Runs functions by the clock, each at most once for each time that it is due. */
export function createScheduler(deps: SchedulerDeps): Scheduler {
  const { store, functions, clock, logger, newId } = deps;
  /** By schedule: what runs, or is just being started. */
  const running = new Map<string, Promise<void>>();
  /** Ends that could not be written, as on a full disk. */
  const unnoted = createRetryQueue((end: RunEnd) => store.finish(end));
  let waiting = 0;
  let onRoom = () => {};
  let lastNow = Number.POSITIVE_INFINITY;

  /** Undefined when it never is again. */
  function findNext(run: Pick<DueRun, 'id' | 'name' | 'schedule' | 'anchor_at'>, afterMs: number) {
    try {
      return nextRun(run.schedule, { anchorMs: Date.parse(run.anchor_at), afterMs });
    } catch (error) {
      // Such as a time zone that this build does not know any more.
      logger.error(`When the schedule "${run.name}" is due next cannot be told: it ends`, {
        schedule_id: run.id,
        error,
      });
      return undefined;
    }
  }

  async function startDue(due: readonly DueRun[], nowMs: number): Promise<void> {
    const planned: PlannedRun[] = [];
    for (const run of due) {
      planned.push({ run, next: run.kind === 'regular' ? findNext(run, nowMs) : undefined });
      await everybodyElse();
    }
    // Only now: meanwhile one may have been run by hand.
    const busy = planned.filter(({ run }) => running.has(run.id));
    const free = planned.filter(({ run }) => !running.has(run.id));
    const starts = free.map(({ run, next }): RunStart => {
      const { id, due_at } = run;
      const common = { id, due_at, call_id: newId(), at: toTimestamp(nowMs) };
      if (run.kind === 'retry') return { ...common, kind: 'retry', attempt: run.attempt };
      const nextRunAt = next === undefined ? null : toTimestamp(next);
      return { ...common, kind: 'regular', next_run_at: nextRunAt };
    });
    const attempts = new Map(free.map(({ run }) => [run.id, run.attempt]));
    await start(starts, (id) => ({ attempt: attempts.get(id) ?? 0, mayRetry: true }));
    await passDue(busy, nowMs);
  }

  /** The run before still runs: this time passes. What runs once has no other time and is put off. */
  async function passDue(due: readonly PlannedRun[], nowMs: number): Promise<void> {
    if (due.length === 0) return;
    await store.pass(
      due.map(({ run, next }) => {
        const isSkipped = next !== undefined;
        if (isSkipped)
          logger.warning(`The schedule "${run.name}" still runs: its next run is left out`, {
            schedule_id: run.id,
            due_at: run.due_at,
          });
        const { id, due_at } = run;
        const skipped_at = isSkipped ? toTimestamp(nowMs) : null;
        return { id, due_at, skipped_at, next_run_at: toTimestamp(next ?? nowMs + PUT_OFF_MS) };
      }),
    );
  }

  /** Answers the ids of the schedules that were started. */
  async function start(
    starts: readonly RunStart[],
    optionsOf: (id: string) => RunOptions,
  ): Promise<readonly string[]> {
    if (starts.length === 0) return [];
    // From here on nobody else starts them, though they begin after the commit.
    const committed = Promise.withResolvers<void>();
    for (const { id } of starts) running.set(id, committed.promise);
    try {
      const started = await store.start(starts);
      for (const run of started) running.set(run.id, execute(run, optionsOf(run.id)));
      return started.map(({ id }) => id);
    } finally {
      for (const { id } of starts) if (running.get(id) === committed.promise) running.delete(id);
      committed.resolve();
    }
  }

  async function execute(run: StartedSchedule, options: RunOptions): Promise<void> {
    let isWaiting = true;
    const stopWaiting = () => {
      if (!isWaiting) return;
      isWaiting = false;
      waiting--;
      onRoom();
    };
    waiting++;
    try {
      const { call_id, id, name, function_name, payload } = run;
      const { call, isWithoutRoom, error } = await functions.runScheduled({
        callId: call_id,
        scheduleId: id,
        name: function_name,
        json: payload,
        onStarted: stopWaiting,
      });
      if (error !== undefined)
        logger.error(`The schedule "${name}" could not be run`, {
          schedule_id: id,
          call_id,
          error,
        });
      const retry = call.status === 'failed' ? planRetry(options, isWithoutRoom) : undefined;
      await noteEnd({ id, call, retry }, name);
    } finally {
      stopWaiting();
      running.delete(run.id);
    }
  }

  async function noteEnd(end: RunEnd, name: string): Promise<void> {
    try {
      await store.finish(end);
    } catch (error) {
      logger.error(`How the schedule "${name}" ended could not be noted; it is tried again`, {
        schedule_id: end.id,
        call_id: end.call.id,
        error,
      });
      unnoted.add(end);
    }
  }

  function planRetry({ attempt, mayRetry }: RunOptions, isWithoutRoom: boolean) {
    const { maxRetries } = deps;
    const max = isWithoutRoom ? Math.max(maxRetries, RETRIES_WITHOUT_ROOM) : maxRetries;
    if (!mayRetry || attempt >= max) return undefined;
    const waitMs = Math.min(FIRST_RETRY_MS * 2 ** attempt, MAX_RETRY_MS);
    return { at: toTimestamp(clock.now() + waitMs), attempt: attempt + 1 };
  }

  /**
   * The clock was set back, so that schedules would stand still until it has caught up. One whose wait
   * has more than doubled goes by the new time. All others keep theirs: a time of day that comes a
   * second time does not count again.
   */
  async function catchUp(nowMs: number): Promise<void> {
    const at = toTimestamp(nowMs);
    for (const schedule of await store.listAhead(at)) {
      const next = findNext(schedule, nowMs);
      await everybodyElse();
      if (next === undefined || !isStranded(schedule, next, nowMs)) continue;
      await store.reschedule(schedule.id, schedule.next_run_at, toTimestamp(next));
      logger.warning(`The clock was set back: the schedule "${schedule.name}" is due sooner`, {
        schedule_id: schedule.id,
        next_run_at: toTimestamp(next),
      });
    }
  }

  async function waitForRoom(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    onRoom = resolve;
    const stopWaiting = () => resolve();
    signal.addEventListener('abort', stopWaiting, { once: true });
    await promise;
    signal.removeEventListener('abort', stopWaiting);
  }

  return {
    async recover() {
      const count = await store.interruptRunning();
      if (count > 0)
        logger.warning(`${count} runs of schedules were cut off when the server stopped`);
    },

    async runDue(signal) {
      // Before its functions are loaded a run would only fail.
      if (!functions.isReady()) return;
      const firstNow = clock.now();
      if (firstNow < lastNow) await catchUp(firstNow);
      lastNow = firstNow;
      // Before anything new is started, which needs room on the disk as well.
      await unnoted.flush();
      while (!signal.aborted) {
        const room = deps.maxWaiting - waiting;
        if (room <= 0) {
          await waitForRoom(signal);
          continue;
        }
        const nowMs = clock.now();
        const due = await store.listDue(toTimestamp(nowMs), Math.min(room, BATCH));
        if (due.length === 0) return;
        await startDue(due, nowMs);
      }
    },

    async runNow(id) {
      if (running.has(id))
        throw new AppError(
          'conflict',
          `Schedule ${id} runs at the moment. Try again when it has ended.`,
        );
      const callId = newId();
      const at = toTimestamp(clock.now());
      const started = await start([{ kind: 'manual', id, call_id: callId, at }], () => ({
        attempt: 0,
        mayRetry: false,
      }));
      return started.length > 0 ? callId : undefined;
    },

    async settle() {
      while (running.size > 0) await Promise.all(running.values());
      // What cannot be noted now either ends as its call did, at the next start.
      await unnoted.flush().catch(() => undefined);
    },
  };
}

interface PlannedRun {
  readonly run: DueRun;
  /** When it is due after this; undefined when it is not, and for what is tried again. */
  readonly next: number | undefined;
}

interface RunOptions {
  /** How often this run has failed before. */
  readonly attempt: number;
  /** Who starts a run by hand sees what becomes of it. */
  readonly mayRetry: boolean;
}

/** Has a turn: working out when a single schedule is due next may take a millisecond or more. */
function everybodyElse(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function isStranded({ from_at, next_run_at }: AheadSchedule, next: number, nowMs: number): boolean {
  const stored = Date.parse(next_run_at);
  const from = Date.parse(from_at);
  return next < stored && from - nowMs > stored - from;
}
