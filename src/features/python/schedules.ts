import type { Actor } from '../../core/actor.ts';
import { AppError } from '../../core/errors.ts';
import type { ScheduleService } from '../schedules/service.ts';
import type { OwnerOf } from './owners.ts';
import type { FaultList, SchedulesReport } from './report.ts';
import type { PythonDatabase } from './store.ts';
import { translateSchedule } from './translate-schedule.ts';
import { rowIdOf } from './values.ts';

interface BringOptions {
  readonly actor: Actor;
  readonly schedules: Pick<ScheduleService, 'bring'>;
  readonly ownerOf: OwnerOf;
  readonly isDryRun: boolean;
  /** What is no schedule at all. */
  readonly faults?: FaultList;
}

/** Brings the schedules, switched off: what they call has to be written anew first. */
export async function bringSchedules(
  source: PythonDatabase,
  { actor, schedules, ownerOf, isDryRun, faults }: BringOptions,
): Promise<SchedulesReport> {
  const notes: string[] = [];
  let created = 0;
  let total = 0;
  for (const row of source.rows('function_schedule')) {
    total++;
    const moved = translateSchedule(row);
    if ('msg' in moved) {
      faults?.add({ table: 'function_schedule', id: rowIdOf(row), ...moved });
      continue;
    }
    const { createdBy, wasActive, ...rest } = moved;
    try {
      const created_by_user_id = createdBy === null ? null : ownerOf(createdBy);
      const outcome = await schedules.bring(actor, { ...rest, created_by_user_id }, isDryRun);
      if (outcome === 'exists') notes.push(`${moved.name}: it is here already`);
      else created++;
      if (outcome === 'brought' && wasActive)
        notes.push(
          `${moved.name}: it was active; switch it on once ${moved.function_name} is written`,
        );
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      notes.push(`${moved.name}: left out, as ${error.message.replaceAll('body.', '')}`);
    }
  }
  return { total, created, notes };
}
