import { Value } from '@sinclair/typebox/value';
import { type Actor, requireFullAdmin, userIdOf } from '../../core/actor.ts';
import type { AuditTrail } from '../../core/audit.ts';
import { changesBetween } from '../../core/audit.ts';
import { type Clock, toTimestamp } from '../../core/clock.ts';
import { AppError, type Fault, invalidInput } from '../../core/errors.ts';
import { type PageWindow, toPage } from '../../lib/page.ts';
import type { FunctionService } from '../functions/service.ts';
import { findScheduleFaults } from './schedule-faults.ts';
import { nextRun, previewRuns } from './schedule-time.ts';
import type { Scheduler } from './scheduler.ts';
import {
  type FunctionSchedule,
  MAX_PAYLOAD_BYTES,
  Schedule,
  type ScheduleBody,
  type SchedulePage,
  type SchedulePatch,
  type SchedulePreview,
  type StartedRun,
} from './schema.ts';
import type { ScheduleFilter, ScheduleStore, ScheduleUpdate, StoredSchedule } from './store.ts';

export interface ScheduleServiceDeps {
  readonly store: ScheduleStore;
  readonly functions: Pick<FunctionService, 'checkInput'>;
  readonly scheduler: Pick<Scheduler, 'runNow'>;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly newId: () => string;
}

export interface ScheduleService {
  list(actor: Actor, filter: ScheduleFilter, window: PageWindow): Promise<SchedulePage>;
  get(actor: Actor, id: string): Promise<FunctionSchedule>;
  create(actor: Actor, body: ScheduleBody): Promise<FunctionSchedule>;
  update(actor: Actor, id: string, patch: SchedulePatch): Promise<FunctionSchedule>;
  delete(actor: Actor, id: string): Promise<void>;
  /** Starts a run now, active or not; refused while one runs. */
  run(actor: Actor, id: string): Promise<StartedRun>;
  /**
   * Takes over a schedule of another instance, switched off: its function need not be there yet.
   * `exists` when it was taken over before.
   */
  bring(actor: Actor, schedule: BroughtSchedule, isDryRun: boolean): Promise<'brought' | 'exists'>;
  /** When a schedule would run, were it made now. */
  preview(actor: Actor, schedule: Schedule): SchedulePreview;
}

/** As another instance has it; times as toTimestamp writes them. */
export interface BroughtSchedule {
  readonly id: string;
  readonly name: string;
  readonly function_name: string;
  readonly payload: unknown;
  /** Not checked. */
  readonly schedule: unknown;
  readonly createdAt: string | undefined;
  readonly lastRunAt: string | null;
  readonly created_by_user_id: string | null;
}

/** How often a change is tried again that met another. */
const MAX_TRIES = 5;
const AUDITED = ['name', 'function_name', 'schedule', 'is_active'] as const;

const NO_SCHEDULE: Fault = {
  loc: ['body', 'schedule'],
  msg: 'must be one of once, interval and cron, with what belongs to it and nothing else',
  type: 'value_error',
};
const PAYLOAD_TOO_LARGE: Fault = {
  loc: ['body', 'payload'],
  msg: `must be ${MAX_PAYLOAD_BYTES / 1024} KB of JSON or less; let the function read what is larger from a collection`,
  type: 'too_long',
};

export function createScheduleService(deps: ScheduleServiceDeps): ScheduleService {
  const { store, functions, scheduler, audit, clock, newId } = deps;

  /** Throws everything that is wrong at once; the payload is shown to the function's own check. */
  async function check(
    schedule: Schedule | undefined,
    call: { readonly name: string; readonly payload: unknown } | undefined,
  ): Promise<void> {
    const faults: Fault[] = schedule ? [...findScheduleFaults(schedule, clock.now())] : [];
    if (call) faults.push(...(await findCallFaults(call.name, call.payload)));
    if (faults.length > 0) throw invalidInput(faults);
  }

  async function findCallFaults(name: string, payload: unknown): Promise<readonly Fault[]> {
    if (Buffer.byteLength(JSON.stringify(payload)) > MAX_PAYLOAD_BYTES) return [PAYLOAD_TOO_LARGE];
    const checked = await functions.checkInput(name, payload);
    switch (checked.kind) {
      case 'fits':
        return [];
      case 'unknown':
        return [
          {
            loc: ['body', 'function_name'],
            msg: `must be the name of a function that is loaded${checked.hint}`,
            type: 'value_error',
          },
        ];
      case 'faulty':
        return checked.faults.map(({ loc, msg, type }) => ({
          loc: ['body', 'payload', ...loc.slice(1)],
          msg,
          type,
        }));
      default:
        return checked satisfies never;
    }
  }

  function timesOf(schedule: Schedule, isActive: boolean) {
    const nowMs = clock.now();
    const next = isActive ? nextRun(schedule, { anchorMs: nowMs, afterMs: nowMs }) : undefined;
    return {
      schedule,
      is_active: isActive,
      anchor_at: toTimestamp(nowMs),
      next_run_at: next === undefined ? null : toTimestamp(next),
    };
  }

  async function read(id: string): Promise<StoredSchedule> {
    const found = await store.find(id);
    if (!found) throw noSchedule(id);
    return found;
  }

  /** What the patch makes of a schedule; refuses what it must not become. */
  async function plan(before: StoredSchedule, patch: SchedulePatch): Promise<ScheduleUpdate> {
    const { name, function_name, payload, schedule, is_active } = { ...before, ...patch };
    const isNewTime = !Bun.deepEquals(schedule, before.schedule);
    const isToggled = is_active !== before.is_active;
    const isNewCall =
      function_name !== before.function_name || !Bun.deepEquals(payload, before.payload);
    await check(
      isNewTime ? schedule : undefined,
      isNewCall ? { name: function_name, payload } : undefined,
    );
    const due = isNewTime || isToggled ? timesOf(schedule, is_active) : undefined;
    if (due?.is_active && due.next_run_at === null) throw isOver();
    const { id, rev } = before;
    const updated_at = toTimestamp(clock.now());
    return { id, rev, updated_at, name, function_name, payload, due };
  }

  return {
    async list(actor, filter, window) {
      requireFullAdmin(actor);
      const { items, total } = await store.list(filter, window);
      return toPage({ items: items.map(toShown), total }, window);
    },

    async get(actor, id) {
      requireFullAdmin(actor);
      return toShown(await read(id));
    },

    async create(actor, { name, function_name, schedule, payload = {}, is_active = true }) {
      requireFullAdmin(actor);
      await check(schedule, { name: function_name, payload });
      const now = toTimestamp(clock.now());
      const made: StoredSchedule = {
        id: newId(),
        name,
        function_name,
        payload,
        ...timesOf(schedule, is_active),
        last_run_at: null,
        last_status: null,
        last_call_id: null,
        last_skipped_at: null,
        retry_at: null,
        rev: 1,
        created_by_user_id: userIdOf(actor),
        created_at: now,
        updated_at: now,
      };
      await store.insert(made);
      await audit.note(actor, {
        action: 'schedule.create',
        subject_id: made.id,
        subject_name: name,
        details: { function_name, schedule, is_active },
      });
      return toShown(made);
    },

    async update(actor, id, patch) {
      requireFullAdmin(actor);
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const before = await read(id);
        if (!(await store.update(await plan(before, patch)))) continue;
        const after = await read(id);
        const details = changesBetween(before, after, AUDITED);
        const isNewPayload = !Bun.deepEquals(before.payload, after.payload);
        if (details || isNewPayload)
          await audit.note(actor, {
            action: 'schedule.update',
            subject_id: id,
            subject_name: after.name,
            // A payload may hold anything, so it is not shown.
            details: { ...details, ...(isNewPayload && { is_payload_changed: true }) },
          });
        return toShown(after);
      }
      throw new AppError('conflict', `Schedule ${id} is being changed by others. Try again.`);
    },

    async delete(actor, id) {
      requireFullAdmin(actor);
      const removed = await store.remove(id);
      if (!removed) throw noSchedule(id);
      const { name, function_name } = removed;
      await audit.note(actor, {
        action: 'schedule.delete',
        subject_id: id,
        subject_name: name,
        details: { function_name },
      });
    },

    async run(actor, id) {
      requireFullAdmin(actor);
      const { name } = await read(id);
      const callId = await scheduler.runNow(id);
      if (callId === undefined) throw noSchedule(id);
      await audit.note(actor, {
        action: 'schedule.run',
        subject_id: id,
        subject_name: name,
        details: { call_id: callId },
      });
      return { call_id: callId };
    },

    async bring(actor, given, isDryRun) {
      requireFullAdmin(actor);
      const { id, name, function_name, payload, schedule, created_by_user_id } = given;
      if (await store.find(id)) return 'exists';
      const faults = Value.Check(Schedule, schedule)
        ? findScheduleFaults(schedule, clock.now())
        : [NO_SCHEDULE];
      const isTooLarge = Buffer.byteLength(JSON.stringify(payload)) > MAX_PAYLOAD_BYTES;
      if (isTooLarge || faults.length > 0)
        throw invalidInput([...faults, ...(isTooLarge ? [PAYLOAD_TOO_LARGE] : [])]);
      if (isDryRun) return 'brought';
      const now = toTimestamp(clock.now());
      const checked = Value.Cast(Schedule, schedule);
      const made: StoredSchedule = {
        id,
        name,
        function_name,
        payload,
        ...timesOf(checked, false),
        last_run_at: given.lastRunAt,
        last_status: null,
        last_call_id: null,
        last_skipped_at: null,
        retry_at: null,
        rev: 1,
        created_by_user_id,
        created_at: given.createdAt ?? now,
        updated_at: now,
      };
      await store.insert(made);
      await audit.note(actor, {
        action: 'schedule.create',
        subject_id: id,
        subject_name: name,
        details: { function_name, schedule: checked, is_active: false },
      });
      return 'brought';
    },

    preview(actor, schedule) {
      requireFullAdmin(actor);
      const nowMs = clock.now();
      const faults = findScheduleFaults(schedule, nowMs);
      if (faults.length > 0) throw invalidInput(faults);
      return { next_runs: previewRuns(schedule, nowMs).map(toTimestamp) };
    },
  };
}

function toShown({ anchor_at: _anchor, rev: _rev, ...shown }: StoredSchedule): FunctionSchedule {
  return shown;
}

function noSchedule(id: string): AppError {
  return new AppError('not_found', `There is no schedule ${id}.`);
}

function isOver(): AppError {
  return invalidInput([
    {
      loc: ['body', 'is_active'],
      msg: 'must be false: the time of this schedule is over, so it needs another schedule first',
      type: 'value_error',
    },
  ]);
}
