import { type Clock, toTimestamp } from '../../core/clock.ts';
import type { FunctionCall } from '../functions/schema.ts';
import type { FunctionCallStore } from '../functions/store.ts';
import type { OwnerOf } from './owners.ts';
import type { CallsReport } from './report.ts';
import type { PythonDatabase } from './store.ts';
import { translateCall } from './translate-call.ts';

const DAY_MS = 86_400_000;
const ROWS_PER_JOB = 500;

interface CallOptions {
  readonly calls: Pick<FunctionCallStore, 'save' | 'list'>;
  readonly retentionDays: number;
  readonly ownerOf: OwnerOf;
  readonly clock: Clock;
  readonly isDryRun: boolean;
}

/**
 * Brings the history of calls that would be kept here. Only into an empty one: what is added last is
 * shown first, so older calls would stand above newer ones.
 */
export async function bringCalls(
  source: PythonDatabase,
  { calls, retentionDays, ownerOf, clock, isDryRun }: CallOptions,
): Promise<CallsReport> {
  const total = source.count('function_call');
  const { total: here } = await calls.list({}, { limit: 1, offset: 0 });
  if (total === 0 || here > 0) return { total, created: 0 };
  const since = toTimestamp(clock.now() - retentionDays * DAY_MS);
  let created = 0;
  let batch: FunctionCall[] = [];
  const flush = async () => {
    if (!isDryRun) await calls.save(batch);
    created += batch.length;
    batch = [];
  };
  for (const row of source.rows('function_call')) {
    const call = translateCall(row, ownerOf);
    if (!call || call.created_at < since) continue;
    batch.push(call);
    if (batch.length >= ROWS_PER_JOB) await flush();
  }
  await flush();
  return { total, created };
}
