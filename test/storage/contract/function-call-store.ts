import { beforeEach, describe, expect, test } from 'bun:test';
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
  });
}
