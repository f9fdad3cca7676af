import type { PythonRow } from './store.ts';
import { findId, readFlag, readId, readObject, readText, readTime } from './values.ts';

interface MovedSchedule {
  readonly id: string;
  readonly name: string;
  readonly function_name: string;
  readonly payload: unknown;
  /** Not checked yet. */
  readonly schedule: unknown;
  readonly wasActive: boolean;
  readonly createdBy: string | null;
  readonly createdAt: string | undefined;
  readonly lastRunAt: string | null;
}

/** A schedule in our words, or what is wrong with it: the column and why. */
export function translateSchedule(
  row: PythonRow,
): MovedSchedule | { readonly field: string; readonly msg: string } {
  const id = readId(row.id);
  if ('fault' in id) return { field: 'id', msg: id.fault };
  const name = readText(row.name);
  if ('fault' in name) return { field: 'name', msg: name.fault };
  const functionName = readText(row.function_name);
  if ('fault' in functionName) return { field: 'function_name', msg: functionName.fault };
  const schedule = readObject(row.schedule);
  if ('fault' in schedule) return { field: 'schedule', msg: schedule.fault };
  const payload = readObject(row.input_data ?? row.payload);
  if ('fault' in payload) return { field: 'input_data', msg: payload.fault };
  const created = readTime(row.created_at);
  const lastRun = readTime(row.last_run_at);
  return {
    id: id.value,
    name: name.value.slice(0, 200),
    function_name: functionName.value.slice(0, 200),
    payload: payload.value.value,
    schedule: toSchedule(schedule.value.value),
    wasActive: readFlag(row.is_active, true),
    createdBy: findId(row.created_by_user_id),
    createdAt: 'value' in created ? created.value : undefined,
    lastRunAt: 'value' in lastRun ? lastRun.value : null,
  };
}

/** What was null there is left out here. Of six fields of a cron, seconds were the last and are the first. */
function toSchedule(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const schedule = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
  const { time, cron } = schedule;
  if (typeof time === 'string') schedule.time = time.replace(/\.\d+$/, '');
  if (typeof cron === 'string') {
    const fields = cron.trim().split(/\s+/);
    schedule.cron =
      fields.length === 6
        ? [...fields.slice(5), ...fields.slice(0, 5)].join(' ')
        : fields.join(' ');
  }
  return schedule;
}
