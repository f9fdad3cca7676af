import type { FunctionCall } from '../functions/schema.ts';
import type { OwnerOf } from './owners.ts';
import type { PythonRow } from './store.ts';
import { findId, readText, readTime } from './values.ts';

/** A call of the history, or undefined when there is too little of it. Words were stored in capitals. */
export function translateCall(row: PythonRow, ownerOf: OwnerOf): FunctionCall | undefined {
  const id = findId(row.id);
  const name = readText(row.function_name);
  const created = timeOf(row.created_at) ?? timeOf(row.started_at);
  if (id === null || 'fault' in name || created === null) return undefined;
  const status = wordOf(row.status);
  const caller = findId(row.requested_by_user_id);
  const isFailed = status === 'failed';
  const isKnown = isFailed || status === 'succeeded';
  const started = timeOf(row.started_at);
  return {
    id,
    function_name: name.value.slice(0, 200),
    status: status === 'succeeded' ? 'succeeded' : 'failed',
    trigger_type: wordOf(row.trigger_type) === 'schedule' ? 'schedule' : 'manual',
    trigger_id: findId(row.trigger_id),
    requested_by_user_id: caller === null ? null : ownerOf(caller),
    started_at: started ?? created,
    finished_at: timeOf(row.finished_at) ?? started ?? created,
    duration_ms: Number.isSafeInteger(row.duration_ms) ? Number(row.duration_ms) : null,
    error_message: isKnown ? textOf(row.error_message) : 'The server stopped while this call ran.',
    error_type: isKnown ? textOf(row.error_type) : 'Interrupted',
    created_at: created,
  };
}

function timeOf(cell: unknown): string | null {
  const read = readTime(cell);
  return 'value' in read ? read.value : null;
}

function wordOf(cell: unknown): string {
  return typeof cell === 'string' ? cell.toLowerCase() : '';
}

function textOf(cell: unknown): string | null {
  return typeof cell === 'string' ? cell.slice(0, 10_000) : null;
}
