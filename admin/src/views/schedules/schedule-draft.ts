import type { FunctionSchedule, Json, Schedule } from '../../api/types.ts';

export const METHODS = [
  { value: 'once', label: 'Once' },
  { value: 'interval', label: 'Every so often' },
  { value: 'cron', label: 'Cron' },
] as const;
export type Method = Schedule['method'];
export type Unit = Extract<Schedule, { method: 'interval' }>['unit'];
export const UNITS: readonly Unit[] = ['seconds', 'minutes', 'hours', 'days'];

/** What stands in the form; each method keeps its own parts, so that going to and fro loses nothing. */
export interface ScheduleDraft {
  name: string;
  functionName: string;
  method: Method;
  timezone: string;
  date: string;
  time: string;
  value: string;
  unit: Unit;
  cron: string;
  description: string;
  isActive: boolean;
}

export function newScheduleDraft(functionName: string, now: Date): ScheduleDraft {
  const tomorrow = new Date(now.getTime() + 86_400_000);
  const two = (part: number) => String(part).padStart(2, '0');
  return {
    name: '',
    functionName,
    method: 'cron',
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    date: `${tomorrow.getFullYear()}-${two(tomorrow.getMonth() + 1)}-${two(tomorrow.getDate())}`,
    time: '08:00',
    value: '15',
    unit: 'minutes',
    cron: '0 8 * * 1-5',
    description: '',
    isActive: true,
  };
}

export function toScheduleDraft(saved: FunctionSchedule, now: Date): ScheduleDraft {
  const { schedule } = saved;
  const draft = newScheduleDraft(saved.function_name, now);
  draft.name = saved.name;
  draft.isActive = saved.is_active;
  draft.method = schedule.method;
  draft.timezone = schedule.timezone ?? 'UTC';
  switch (schedule.method) {
    case 'once':
      return { ...draft, date: schedule.date, time: schedule.time };
    case 'interval':
      return { ...draft, value: String(schedule.value), unit: schedule.unit };
    case 'cron':
      return { ...draft, cron: schedule.cron, description: schedule.description ?? '' };
  }
}

/** As the API takes it; what is wrong with it the server says, at the field. */
export function toSchedule(draft: ScheduleDraft): Schedule {
  const { method, timezone } = draft;
  switch (method) {
    case 'once':
      return { method, timezone, date: draft.date, time: draft.time };
    case 'interval':
      return { method, timezone, unit: draft.unit, value: Number(draft.value) };
    case 'cron':
      return {
        method,
        timezone,
        cron: draft.cron,
        ...(draft.description === '' ? {} : { description: draft.description }),
      };
  }
}

/** The parts that differ from what is saved. */
export function changesOf(
  saved: FunctionSchedule,
  draft: ScheduleDraft,
  payload: Json | undefined,
  now: Date,
): string[] {
  const before = toScheduleDraft(saved, now);
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  return [
    ...(before.name === draft.name ? [] : ['name']),
    ...(before.functionName === draft.functionName ? [] : ['function_name']),
    ...(same(toSchedule(before), toSchedule(draft)) ? [] : ['schedule']),
    ...(payload === undefined || same(saved.payload, payload) ? [] : ['payload']),
    ...(before.isActive === draft.isActive ? [] : ['is_active']),
  ];
}
