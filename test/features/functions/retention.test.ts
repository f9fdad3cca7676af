import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import type { Logger } from '../../../src/core/logger.ts';
import { cleanUpCalls } from '../../../src/features/functions/retention.ts';
import type { FunctionCallStore } from '../../../src/features/functions/store.ts';
import { callRow, endedRow, openCallStore } from './call-store.ts';

setDefaultTimeout(600_000);

const NOW_MS = Date.parse('2030-06-01T00:00:00.000Z');
const DAY_MS = 86_400_000;
const ago = (days: number) => new Date(NOW_MS - days * DAY_MS).toISOString();
const ALL = { limit: 1_000, offset: 0 };

function open(days = 30) {
  const { store } = openCallStore();
  const time = { ms: NOW_MS };
  const lines: string[] = [];
  const log = (message: string) => void lines.push(message);
  const logger: Logger = {
    debug: log,
    info: log,
    warning: log,
    error: log,
    isEnabled: () => true,
  };
  const batches: number[] = [];
  const watched: Pick<FunctionCallStore, 'deleteBefore'> = {
    async deleteBefore(at, limit) {
      const count = await store.deleteBefore(at, limit);
      batches.push(count);
      return count;
    },
  };
  const stopping = new AbortController();
  const { signal } = stopping;
  const deps = { store: watched, clock: { now: () => time.ms }, logger, days, signal };
  return { store, time, lines, batches, deps, stopping, cleanUp: () => cleanUpCalls(deps) };
}

describe('keeping the history', () => {
  test('calls older than they are kept go, younger and running ones stay', async () => {
    const { store, cleanUp, lines } = open();
    await store.save([
      endedRow('old', { started_at: ago(31) }),
      endedRow('failed', { started_at: ago(30.01), status: 'failed', error_type: 'Error' }),
      callRow('runs', { started_at: ago(40) }),
      endedRow('never began', { started_at: null, created_at: ago(31), status: 'failed' }),
      endedRow('young', { started_at: ago(29.99) }),
    ]);
    expect(await cleanUp()).toBe(3);
    const { items } = await store.list({}, ALL);
    expect(items.map(({ id }) => id)).toEqual(['young', 'runs']);
    expect(lines).toEqual(['3 function calls older than 30 days were deleted']);
    expect(await cleanUp()).toBe(0);
    expect(lines).toHaveLength(1);
  });

  test('a clock that jumps back deletes nothing', async () => {
    const { store, cleanUp, time } = open();
    await store.save([endedRow('1', { started_at: ago(1) })]);
    time.ms = Date.parse('1970-01-02T00:00:00.000Z');
    expect(await cleanUp()).toBe(0);
    expect((await store.list({}, ALL)).total).toBe(1);
  });

  test('calls of a time when the clock was ahead do not keep the others', async () => {
    const { store, cleanUp } = open();
    const ahead = Array.from({ length: 600 }, (_, n) =>
      endedRow(`ahead ${n}`, { started_at: '2099-01-01T00:00:00.000Z' }),
    );
    await store.save([...ahead, endedRow('old', { started_at: ago(31) })]);
    expect(await cleanUp()).toBe(1);
  });

  test('very many go in small steps, and others write in between', async () => {
    const { store, cleanUp, batches } = open();
    await store.save(
      Array.from({ length: 2_100 }, (_, n) => endedRow(String(n), { started_at: ago(31) })),
    );
    const cleaning = cleanUp();
    await store.save([endedRow('new', { started_at: ago(0) })]);
    const stepsBefore = batches.length;
    expect(await cleaning).toBe(2_100);
    expect(batches).toEqual([500, 500, 500, 500, 100]);
    expect(stepsBefore).toBeLessThan(5);
    expect((await store.list({}, ALL)).items.map(({ id }) => id)).toEqual(['new']);
  });

  test('a stop ends it between two steps', async () => {
    const { store, cleanUp, batches, stopping } = open();
    await store.save(
      Array.from({ length: 1_600 }, (_, n) => endedRow(String(n), { started_at: ago(31) })),
    );
    const cleaning = cleanUp();
    stopping.abort();
    expect(await cleaning).toBe(500);
    expect(batches).toEqual([500]);
  });

  test('a failure is told and not thrown', async () => {
    const { deps, lines } = open();
    const store = { deleteBefore: () => Promise.reject(new Error('disk full')) };
    expect(await cleanUpCalls({ ...deps, store })).toBe(0);
    expect(lines).toEqual(['Old function calls could not be deleted: tried again later']);
  });
});
