import { nextCronTime } from '../../lib/cron-time.ts';
import { toLocal, toMoment } from '../../lib/local-time.ts';
import type { IntervalSchedule, IntervalUnit, OnceSchedule, Schedule } from './schema.ts';

const UNIT_MS = {
  seconds: 1_000,
  minutes: 60_000,
  hours: 3_600_000,
  days: 86_400_000,
} as const satisfies Record<IntervalUnit, number>;

const PREVIEWED = 5;

/** Where the times of a schedule are counted from. */
export interface Anchor {
  /** When it was made, or its schedule was changed last: intervals are counted from here, so none drifts. */
  readonly anchorMs: number;
  readonly afterMs: number;
}

/** The first due time after a moment, or undefined when there is none. */
export function nextRun(schedule: Schedule, { anchorMs, afterMs }: Anchor): number | undefined {
  switch (schedule.method) {
    case 'once': {
      const at = onceAt(schedule);
      return at > afterMs ? at : undefined;
    }
    case 'interval':
      return nextOfInterval(schedule, anchorMs, afterMs);
    case 'cron':
      return nextCronTime({ cron: schedule.cron, timezone: zoneOf(schedule) }, afterMs);
    default:
      return schedule satisfies never;
  }
}

/** The next due times of a schedule that is made now. */
export function previewRuns(schedule: Schedule, nowMs: number): readonly number[] {
  const times: number[] = [];
  for (let afterMs = nowMs; times.length < PREVIEWED; ) {
    const next = nextRun(schedule, { anchorMs: nowMs, afterMs });
    if (next === undefined) break;
    times.push(next);
    afterMs = next;
  }
  return times;
}

export function zoneOf({ timezone = 'UTC' }: Schedule): string {
  return timezone;
}

export function intervalMs({ unit, value }: IntervalSchedule): number {
  return UNIT_MS[unit] * value;
}

function onceAt(schedule: OnceSchedule): number {
  const local = Temporal.PlainDateTime.from(`${schedule.date}T${schedule.time}`);
  return toMoment(local, zoneOf(schedule));
}

function nextOfInterval(schedule: IntervalSchedule, anchorMs: number, afterMs: number): number {
  const length = intervalMs(schedule);
  const steps = Math.floor((afterMs - anchorMs) / length);
  if (schedule.unit !== 'days') return anchorMs + (steps + 1) * length;
  const timezone = zoneOf(schedule);
  const anchor = toLocal(anchorMs, timezone);
  // Days of 23 and 25 hours may have moved it by a step.
  for (let step = steps - 1; ; step++) {
    const at = toMoment(anchor.add({ days: step * schedule.value }), timezone);
    if (at > afterMs) return at;
  }
}
