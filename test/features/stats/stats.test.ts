import { expect, test } from 'bun:test';
import type { FunctionCall } from '../../../src/features/functions/schema.ts';
import { createStatsService } from '../../../src/features/stats/service.ts';
import type { TimeRange } from '../../../src/lib/time-range.ts';
import { openConnection } from '../../../src/storage/sqlite/connection.ts';
import { createFunctionCallStore } from '../../../src/storage/sqlite/function-call-store.ts';
import { createLanes } from '../../../src/storage/sqlite/lanes.ts';
import { createStatsStore } from '../../../src/storage/sqlite/stats-store.ts';
import { endedRow } from '../functions/call-store.ts';

const NOW_MS = Date.parse('2030-06-15T12:10:00.000Z');
const MINUTE_MS = 60_000;
const ago = (minutes: number) => new Date(NOW_MS - minutes * MINUTE_MS).toISOString();

async function open(calls: readonly FunctionCall[]) {
  const connection = openConnection({ path: ':memory:' });
  const lanes = createLanes(connection);
  await createFunctionCallStore(connection, lanes).save(calls);
  const stats = createStatsService({
    store: createStatsStore(connection, lanes),
    clock: { now: () => NOW_MS },
    version: '1',
    countCollections: () => [],
    indexHints: () => [],
  });
  return { read: (range: TimeRange) => stats.read(range) };
}

test('calls are counted by bucket, and every bucket of the range is there', async () => {
  const { read } = await open([
    endedRow('1', { started_at: ago(1) }),
    endedRow('2', { started_at: ago(1), status: 'failed', error_type: 'Error' }),
    endedRow('3', { started_at: ago(40) }),
    endedRow('4', { started_at: ago(600) }),
    endedRow('5', { started_at: null, status: 'failed', error_type: 'WorkerLost' }),
  ]);
  const hour = await read('1h');
  expect(hour.calls).toMatchObject({ total: 3, failed: 1, bucket_seconds: 60 });
  expect(hour.calls.buckets).toHaveLength(60);
  expect(hour.calls.buckets.filter(({ calls }) => calls > 0)).toEqual([
    { started_at: ago(40), calls: 1, failed: 0 },
    { started_at: ago(1), calls: 2, failed: 1 },
  ]);
  expect((await read('24h')).calls).toMatchObject({ total: 4, bucket_seconds: 1_800 });
});

test('failures stand by function and type, and functions by how long they take', async () => {
  const failed = (id: string, name: string, type: string, minutes: number) =>
    endedRow(id, {
      function_name: name,
      status: 'failed',
      error_type: type,
      started_at: ago(minutes),
      duration_ms: 5,
    });
  const { read } = await open([
    failed('1', 'a', 'Error', 9),
    failed('2', 'a', 'Error', 3),
    failed('3', 'a', 'TimeoutError', 2),
    failed('4', 'b', 'Error', 900_000),
    endedRow('5', { function_name: 'b', started_at: ago(4), duration_ms: 10 }),
    endedRow('6', { function_name: 'b', started_at: ago(5), duration_ms: 30 }),
  ]);
  const { failures, slowest } = await read('30d');
  expect(failures).toEqual([
    { function_name: 'a', error_type: 'Error', count: 2, last_at: ago(3) },
    { function_name: 'a', error_type: 'TimeoutError', count: 1, last_at: ago(2) },
  ]);
  expect(slowest).toEqual([
    { function_name: 'b', calls: 2, average_ms: 20, max_ms: 30 },
    { function_name: 'a', calls: 3, average_ms: 5, max_ms: 5 },
  ]);
});
