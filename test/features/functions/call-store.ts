import type { FunctionCall } from '../../../src/features/functions/schema.ts';
import type { FunctionCallStore } from '../../../src/features/functions/store.ts';
import { openConnection } from '../../../src/storage/sqlite/connection.ts';
import { createFunctionCallStore } from '../../../src/storage/sqlite/function-call-store.ts';
import { createLanes } from '../../../src/storage/sqlite/lanes.ts';

/** A history in memory, whose disk can be full, and that remembers what was saved. */
export function openCallStore() {
  const connection = openConnection({ path: ':memory:' });
  const store = createFunctionCallStore(connection, createLanes(connection));
  const saved: FunctionCall[][] = [];
  const disk = { isFull: false, writes: 0 };
  const check = () => {
    disk.writes++;
    if (disk.isFull) throw new Error('disk full');
  };
  const watched: FunctionCallStore = {
    ...store,
    async save(calls) {
      check();
      await store.save(calls);
      saved.push([...calls]);
    },
    async remove(ids) {
      check();
      await store.remove(ids);
    },
  };
  return { store: watched, saved, disk };
}

export const AT = '2030-01-01T00:00:00.000Z';

export function callRow(id: string, changes: Partial<FunctionCall> = {}): FunctionCall {
  return {
    id,
    function_name: 'a',
    status: 'running',
    trigger_type: 'manual',
    trigger_id: null,
    requested_by_user_id: null,
    started_at: AT,
    finished_at: null,
    duration_ms: null,
    error_message: null,
    error_type: null,
    created_at: AT,
    ...changes,
  };
}

export function endedRow(id: string, changes: Partial<FunctionCall> = {}): FunctionCall {
  return callRow(id, { status: 'succeeded', finished_at: AT, duration_ms: 1, ...changes });
}
