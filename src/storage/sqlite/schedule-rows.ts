import type { RunStatus, Schedule } from '../../features/schedules/schema.ts';
import type { AheadSchedule, DueRun, StoredSchedule } from '../../features/schedules/store.ts';

export const SCHEDULE_COLUMNS =
  'id, name, function_name, payload, schedule, is_active, anchor_at, last_run_at, next_run_at, last_status, last_call_id, last_skipped_at, retry_at, rev, created_by_user_id, created_at, updated_at';

/** With JSON as text. */
export interface ScheduleRow extends Omit<StoredSchedule, 'payload' | 'schedule' | 'is_active'> {
  readonly payload: string;
  readonly schedule: string;
  readonly is_active: number;
  readonly last_status: RunStatus | null;
}

export function toSchedule({ payload, schedule, is_active, ...row }: ScheduleRow): StoredSchedule {
  return {
    ...row,
    payload: JSON.parse(payload),
    schedule: parse(schedule),
    is_active: is_active === 1,
  };
}

export function toInsert(schedule: StoredSchedule): (string | number | null)[] {
  const { id, name, function_name, anchor_at, next_run_at, created_by_user_id } = schedule;
  return [
    id,
    name,
    function_name,
    JSON.stringify(schedule.payload),
    JSON.stringify(schedule.schedule),
    Number(schedule.is_active),
    anchor_at,
    anchor_at,
    next_run_at,
    created_by_user_id,
    schedule.created_at,
    schedule.updated_at,
  ];
}

export type DueRow = Omit<DueRun, 'schedule' | 'kind'> & { readonly schedule: string };

export function toDue(kind: DueRun['kind']): (row: DueRow) => DueRun {
  return ({ schedule, ...row }) => ({ ...row, kind, schedule: parse(schedule) });
}

export type AheadRow = Omit<AheadSchedule, 'schedule'> & { readonly schedule: string };

export function toAhead({ schedule, ...row }: AheadRow): AheadSchedule {
  return { ...row, schedule: parse(schedule) };
}

function parse(json: string): Schedule {
  return JSON.parse(json) as Schedule;
}
