import { beforeEach, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { FunctionCall } from '../../../src/features/functions/schema.ts';
import type { CallFilter, FunctionCallStore } from '../../../src/features/functions/store.ts';

const AT = '2030-01-01T00:00:00.000Z';
const ALL = { limit: 100, offset: 0 };

function call(id: string, changes: Partial<FunctionCall> = {}): FunctionCall {
  return {
    id,
    function_name: 'add',
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

/** What every store of function calls must do. */
export function functionCallStoreContract(database: string, open: () => FunctionCallStore): void {
  describe(`function call store on ${database}`, () => {
    let calls: FunctionCallStore;
    beforeEach(() => {
      calls = open();
    });
    const idsOf = async (filter: CallFilter, window = ALL) =>
      (await calls.list(filter, window)).items.map(({ id }) => id);

    test('a call comes back as it was saved', async () => {
      const saved = call('a', { requested_by_user_id: 'ann', trigger_id: 'parent' });
      await calls.save([saved]);
      expect(await calls.find('a')).toEqual(saved);
      expect(await calls.find('b')).toBeUndefined();
    });

    test('calls are counted by bucket, as the filter finds them', async () => {
      const at = (seconds: number) => new Date(Date.parse(AT) + seconds * 1_000).toISOString();
      expect(await calls.firstStartedAt()).toBeUndefined();
      await calls.save([
        call('a', { started_at: at(5), status: 'succeeded' }),
        call('b', { started_at: at(9.999), status: 'failed', error_type: 'Error' }),
        call('c', { started_at: at(10), status: 'failed', error_type: 'TypeError' }),
        call('d', { started_at: at(30), function_name: 'other', status: 'succeeded' }),
        call('e', { started_at: null }),
      ]);
      expect(await calls.firstStartedAt()).toBe(at(5));
      const start = Date.parse(AT) / 1_000;
      const count = async (filter: CallFilter) =>
        [...(await calls.buckets({ started_after: AT, ...filter }, { start, length: 10 }))].sort(
          (one, other) => one.bucket - other.bucket,
        );
      expect(await count({})).toEqual([
        { bucket: 0, calls: 2, failed: 1 },
        { bucket: 1, calls: 1, failed: 1 },
        { bucket: 3, calls: 1, failed: 0 },
      ]);
      expect(await count({ function_name: 'other' })).toEqual([{ bucket: 3, calls: 1, failed: 0 }]);
      expect(await count({ status: 'failed', error_type: 'TypeError' })).toEqual([
        { bucket: 1, calls: 1, failed: 1 },
      ]);
      expect(await count({ started_after: at(9), started_before: at(10) })).toEqual([
        { bucket: 0, calls: 1, failed: 1 },
      ]);
    });

    test('saving again brings a call up to date and keeps its place', async () => {
      await calls.save([call('a'), call('b')]);
      const ended = call('a', {
        status: 'failed',
        finished_at: AT,
        duration_ms: 12,
        error_message: 'broken',
        error_type: 'Error',
      });
      await calls.save([ended, call('c')]);
      expect(await calls.find('a')).toEqual(ended);
      expect(await idsOf({})).toEqual(['c', 'b', 'a']);
    });

    test('a removed call is gone, and one that never was does no harm', async () => {
      await calls.save([call('a'), call('b')]);
      await calls.remove(['a', 'none']);
      expect(await idsOf({})).toEqual(['b']);
    });

    test('every filter narrows, and together they all hold', async () => {
      await calls.save([
        call('name', { function_name: 'other' }),
        call('status', { status: 'succeeded' }),
        call('trigger', { trigger_type: 'schedule', trigger_id: 'plan' }),
        call('user', { requested_by_user_id: 'ann' }),
        call('error', { status: 'failed', error_type: 'Interrupted' }),
        call('late', { started_at: '2030-01-02T00:00:00.000Z' }),
        call('waiting', { started_at: null }),
      ]);
      expect(await idsOf({ function_name: 'other' })).toEqual(['name']);
      expect(await idsOf({ status: 'succeeded' })).toEqual(['status']);
      expect(await idsOf({ trigger_type: 'schedule' })).toEqual(['trigger']);
      expect(await idsOf({ trigger_id: 'plan' })).toEqual(['trigger']);
      expect(await idsOf({ user_id: 'ann' })).toEqual(['user']);
      expect(await idsOf({ error_type: 'Interrupted' })).toEqual(['error']);
      expect(await idsOf({ started_after: '2030-01-02T00:00:00.000Z' })).toEqual(['late']);
      expect(await idsOf({ started_before: '2030-01-02T00:00:00.000Z', user_id: 'ann' })).toEqual([
        'user',
      ]);
      expect(await idsOf({ status: 'failed', function_name: 'other' })).toEqual([]);
      expect(await idsOf({ function_name: "' OR 1=1 --" })).toEqual([]);
    });

    test('a page has the total of all pages', async () => {
      await calls.save(['a', 'b', 'c', 'd', 'e'].map((id) => call(id)));
      const page = await calls.list({}, { limit: 2, offset: 2 });
      expect(page.items.map(({ id }) => id)).toEqual(['c', 'b']);
      expect(page.total).toBe(5);
    });

    test('what a crash left running is ended, and nothing else is touched', async () => {
      const done = call('done', { status: 'succeeded', finished_at: AT });
      await calls.save([call('a'), done, call('b')]);
      expect(await calls.interruptRunning(AT)).toBe(2);
      expect(await calls.find('a')).toMatchObject({
        status: 'failed',
        error_type: 'Interrupted',
        finished_at: AT,
      });
      expect(await calls.find('done')).toEqual(done);
      expect(await calls.interruptRunning(AT)).toBe(0);
    });

    test('many calls at once keep their order, new ones and known ones mixed', async () => {
      const ids = Array.from({ length: 60 }, (_, n) => `call ${n}`);
      await calls.save(ids.filter((_, n) => n % 2 === 0).map((id) => call(id)));
      await calls.save(ids.map((id) => call(id, { status: 'succeeded', finished_at: AT })));
      const { items, total } = await calls.list({}, ALL);
      expect(total).toBe(60);
      expect(items.every(({ status }) => status === 'succeeded')).toBe(true);
      const even = ids.filter((_, n) => n % 2 === 0);
      const odd = ids.filter((_, n) => n % 2 === 1);
      expect(items.map(({ id }) => id)).toEqual([...even, ...odd].reverse());
    });

    test('old calls are deleted a few at a time, by when they began, and no running one', async () => {
      await calls.save([
        call('old', { status: 'succeeded' }),
        call('old and running'),
        call('written late', { status: 'failed', started_at: '2029-12-01T00:00:00.000Z' }),
        call('young', { status: 'succeeded', started_at: '2030-01-03T00:00:00.000Z' }),
        call('never began', { status: 'failed', started_at: null }),
        call('waits', { started_at: null }),
        call('on the dot', { status: 'succeeded', started_at: '2030-01-02T00:00:00.000Z' }),
      ]);
      const before = '2030-01-02T00:00:00.000Z';
      expect(await calls.deleteBefore(before, 1)).toBe(1);
      expect(await idsOf({})).not.toContain('written late');
      expect(await calls.deleteBefore(before, 5)).toBe(2);
      expect(await calls.deleteBefore(before, 5)).toBe(0);
      expect(await idsOf({})).toEqual(['on the dot', 'waits', 'young', 'old and running']);
    });

    test('figures count what began in the range, and name every function of the history', async () => {
      const early = '2029-01-01T00:00:00.000Z';
      const took = (id: string, duration_ms: number, changes: Partial<FunctionCall> = {}) =>
        call(id, { status: 'succeeded', duration_ms, ...changes });
      await calls.save([
        took('1', 10),
        took('2', 30, { status: 'failed', error_type: 'Error' }),
        took('3', 20),
        call('4'),
        call('5', { function_name: 'only runs' }),
        took('6', 7, { function_name: 'long ago', started_at: early }),
        call('7', { function_name: 'never began', status: 'failed', started_at: null }),
      ]);
      const figures = await calls.figures(AT);
      expect([...figures].sort((a, b) => (a.function_name < b.function_name ? -1 : 1))).toEqual([
        {
          function_name: 'add',
          calls: 4,
          failures: 1,
          p50_ms: 20,
          p95_ms: 30,
          last_called_at: AT,
        },
        {
          function_name: 'long ago',
          calls: 0,
          failures: 0,
          p50_ms: null,
          p95_ms: null,
          last_called_at: early,
        },
        {
          function_name: 'never began',
          calls: 0,
          failures: 0,
          p50_ms: null,
          p95_ms: null,
          last_called_at: AT,
        },
        {
          function_name: 'only runs',
          calls: 1,
          failures: 0,
          p50_ms: null,
          p95_ms: null,
          last_called_at: AT,
        },
      ]);
    });

    test('there are no figures without a history', async () => {
      expect(await calls.figures(AT)).toEqual([]);
    });

    test('a percentile is the shortest duration that so many calls do not exceed', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ name: fc.constantFrom('a', 'b'), ms: fc.nat({ max: 40 }) }), {
            minLength: 1,
            maxLength: 80,
          }),
          async (made) => {
            const store = open();
            await store.save(
              made.map(({ name, ms }, n) =>
                call(String(n), { function_name: name, status: 'succeeded', duration_ms: ms }),
              ),
            );
            for (const { function_name, p50_ms, p95_ms } of await store.figures(AT)) {
              const sorted = made
                .filter(({ name }) => name === function_name)
                .map(({ ms }) => ms)
                .sort((a, b) => a - b);
              const rank = (percent: number) =>
                sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? -1;
              expect([p50_ms, p95_ms]).toEqual([rank(50), rank(95)]);
            }
          },
        ),
        { numRuns: 50 },
      );
    });
  });
}
