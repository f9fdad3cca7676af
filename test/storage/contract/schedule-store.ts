import { beforeEach, describe, expect, test } from 'bun:test';
import type { FunctionCallStore } from '../../../src/features/functions/store.ts';
import type {
  RunEnd,
  RunStart,
  ScheduleStore,
  StoredSchedule,
} from '../../../src/features/schedules/store.ts';

const at = (minute: number) => `2030-01-01T00:${String(minute).padStart(2, '0')}:00.000Z`;
const ALL = { limit: 100, offset: 0 };

function schedule(id: string, changes: Partial<StoredSchedule> = {}): StoredSchedule {
  return {
    id,
    name: `schedule ${id}`,
    function_name: 'work',
    payload: { text: 'ü "quoted"', list: [1, null] },
    schedule: { method: 'interval', unit: 'minutes', value: 1 },
    is_active: true,
    last_run_at: null,
    next_run_at: at(1),
    last_status: null,
    last_call_id: null,
    last_skipped_at: null,
    retry_at: null,
    created_by_user_id: 'ann',
    created_at: at(0),
    updated_at: at(0),
    anchor_at: at(0),
    rev: 1,
    ...changes,
  };
}

const regular = (id: string, changes: Partial<Extract<RunStart, { kind: 'regular' }>> = {}) =>
  ({
    kind: 'regular',
    id,
    call_id: `call of ${id}`,
    at: at(1),
    due_at: at(1),
    next_run_at: at(2),
    ...changes,
  }) as const;

const end = (
  id: string,
  status: 'succeeded' | 'failed',
  { callId = `call of ${id}`, retry }: { callId?: string; retry?: RunEnd['retry'] } = {},
): RunEnd => ({
  id,
  call: {
    id: callId,
    function_name: 'work',
    status,
    trigger_type: 'schedule',
    trigger_id: id,
    requested_by_user_id: null,
    started_at: at(1),
    finished_at: at(2),
    duration_ms: 60_000,
    error_message: status === 'failed' ? 'no' : null,
    error_type: status === 'failed' ? 'Error' : null,
    created_at: at(1),
  },
  retry,
});

/** What every store of schedules must do. `calls` is the history it shares a database with. */
export function scheduleStoreContract(
  database: string,
  open: () => { readonly store: ScheduleStore; readonly calls: FunctionCallStore },
): void {
  describe(`schedule store on ${database}`, () => {
    let store: ScheduleStore;
    let calls: FunctionCallStore;
    beforeEach(() => {
      ({ store, calls } = open());
    });
    const find = async (id: string) => (await store.find(id)) ?? expect.unreachable();
    const dueIds = async (when: string, limit = 100) =>
      (await store.listDue(when, limit)).map(({ id, kind }) => `${id} ${kind}`);
    /** A run that failed and is to be tried again. */
    async function fail(id: string, retryAt: string): Promise<void> {
      await store.start([regular(id, { next_run_at: at(30) })]);
      await store.finish(end(id, 'failed', { retry: { at: retryAt, attempt: 1 } }));
    }
    const runningCalls = async () =>
      (await calls.list({ status: 'running' }, ALL)).items.map(({ id }) => id);

    test('a schedule comes back as it was put in, the newest first', async () => {
      const stored = [schedule('a'), schedule('b', { is_active: false, next_run_at: null })];
      for (const one of stored) await store.insert(one);
      expect(await store.find('a')).toEqual(schedule('a'));
      expect(await store.find('none')).toBeUndefined();
      expect(await store.list({}, ALL)).toEqual({ items: stored.toReversed(), total: 2 });
      expect(await store.list({ is_active: false }, ALL)).toMatchObject({ total: 1 });
      expect(await store.remove('a')).toEqual(schedule('a'));
      expect(await store.remove('a')).toBeUndefined();
    });

    test('a change is made only when nobody else made one', async () => {
      await store.insert(schedule('a'));
      const change = { id: 'a', rev: 1, updated_at: at(5), function_name: 'work', payload: null };
      expect(await store.update({ ...change, name: 'one' })).toBe(true);
      expect(await store.update({ ...change, name: 'two' })).toBe(false);
      expect(await find('a')).toEqual(
        schedule('a', { name: 'one', payload: null, updated_at: at(5), rev: 2 }),
      );
    });

    test('runs are due from their time on, the longest waiting first', async () => {
      await store.insert(schedule('late', { next_run_at: at(3) }));
      await store.insert(schedule('early'));
      await store.insert(schedule('never', { is_active: false, next_run_at: null }));
      expect(await dueIds('2030-01-01T00:00:59.999Z')).toEqual([]);
      expect(await dueIds(at(1))).toEqual(['early regular']);
      expect(await dueIds(at(9))).toEqual(['early regular', 'late regular']);
      expect(await dueIds(at(9), 1)).toEqual(['early regular']);
    });

    test('a run is started once for each time that it is due, with its row in the history', async () => {
      await store.insert(schedule('a'));
      const [first, second] = await Promise.all([
        store.start([regular('a')]),
        store.start([regular('a', { call_id: 'another' })]),
      ]);
      expect(first).toEqual([
        {
          id: 'a',
          call_id: 'call of a',
          name: 'schedule a',
          function_name: 'work',
          payload: JSON.stringify(schedule('a').payload),
        },
      ]);
      expect(second).toEqual([]);
      expect(await runningCalls()).toEqual(['call of a']);
      expect(await find('a')).toEqual(
        schedule('a', {
          last_run_at: at(1),
          next_run_at: at(2),
          last_status: 'running',
          last_call_id: 'call of a',
        }),
      );
    });

    test('one that has no next time ends inactive', async () => {
      await store.insert(schedule('a'));
      await store.start([regular('a', { next_run_at: null })]);
      expect(await find('a')).toMatchObject({ is_active: false, next_run_at: null });
    });

    test('one that was made inactive, changed or deleted meanwhile is not started', async () => {
      for (const id of ['off', 'moved', 'gone']) await store.insert(schedule(id));
      const due = {
        schedule: schedule('off').schedule,
        is_active: false,
        next_run_at: null,
        anchor_at: at(0),
      };
      const texts = { rev: 1, updated_at: at(1), name: 'n', function_name: 'work', payload: 1 };
      await store.update({ ...texts, id: 'off', due });
      await store.update({
        ...texts,
        id: 'moved',
        due: { ...due, is_active: true, next_run_at: at(7) },
      });
      await store.remove('gone');
      expect(await store.start(['off', 'moved', 'gone'].map((id) => regular(id)))).toEqual([]);
      expect(await runningCalls()).toEqual([]);
    });

    test('the end of a run counts unless another was started since', async () => {
      await store.insert(schedule('a'));
      await store.start([regular('a')]);
      await store.start([{ kind: 'manual', id: 'a', call_id: 'newer', at: at(1) }]);
      await store.finish(end('a', 'failed'));
      expect(await find('a')).toMatchObject({ last_status: 'running', last_call_id: 'newer' });
      await store.finish(end('a', 'failed', { callId: 'newer' }));
      expect(await find('a')).toMatchObject({ last_status: 'failed', next_run_at: at(2) });
    });

    test('what is tried again is due then, once, after what is regular', async () => {
      await store.insert(schedule('a'));
      await store.insert(schedule('b', { next_run_at: at(20) }));
      await fail('a', at(5));
      expect(await find('a')).toMatchObject({ retry_at: at(5) });
      expect(await dueIds(at(4))).toEqual([]);
      expect(await dueIds(at(25))).toEqual(['b regular', 'a retry']);
      const [due] = await store.listDue(at(5), 10);
      expect(due).toMatchObject({ attempt: 1, due_at: at(5) });
      const retry = { kind: 'retry', id: 'a', at: at(5), due_at: at(5), attempt: 1 } as const;
      expect(await store.start([{ ...retry, call_id: 'c2' }])).toHaveLength(1);
      expect(await store.start([{ ...retry, call_id: 'c3' }])).toEqual([]);
      expect(await find('a')).toMatchObject({ retry_at: null, next_run_at: at(30) });
    });

    test('what would be tried again after its next time, or was made inactive, is not', async () => {
      await store.insert(schedule('a'));
      await fail('a', at(30));
      expect(await find('a')).toMatchObject({ retry_at: null });
      await store.insert(schedule('b'));
      await store.start([regular('b', { next_run_at: null })]);
      const retry = { at: at(5), attempt: 1 };
      await store.finish(end('b', 'failed', { retry }));
      expect(await find('b')).toMatchObject({ retry_at: null });
      const once = { method: 'once', date: '2030-01-01', time: '00:01' } as const;
      await store.insert(schedule('c', { schedule: once }));
      await store.start([regular('c', { next_run_at: null })]);
      await store.finish(end('c', 'failed', { retry }));
      expect(await find('c')).toMatchObject({ retry_at: at(5), is_active: false });
    });

    test('a time that passes is noted, one that is put off is not', async () => {
      await store.insert(schedule('a'));
      await store.insert(schedule('b'));
      await store.pass([
        { id: 'a', due_at: at(1), next_run_at: at(2), skipped_at: at(1) },
        { id: 'b', due_at: at(1), next_run_at: at(3), skipped_at: null },
        { id: 'b', due_at: at(1), next_run_at: at(9), skipped_at: at(1) },
      ]);
      expect(await find('a')).toMatchObject({ next_run_at: at(2), last_skipped_at: at(1) });
      expect(await find('b')).toMatchObject({ next_run_at: at(3), last_skipped_at: null });
    });

    test('what a crash left running is interrupted', async () => {
      for (const id of ['a', 'b']) await store.insert(schedule(id));
      await store.start([regular('a'), regular('b')]);
      await store.finish(end('b', 'succeeded'));
      expect(await store.interruptRunning()).toBe(1);
      expect(await find('a')).toMatchObject({ last_status: 'interrupted' });
      expect(await find('b')).toMatchObject({ last_status: 'succeeded' });
    });

    test('a run and its call end together: no crash makes them tell two things', async () => {
      await store.insert(schedule('a'));
      await store.insert(schedule('b'));
      await store.start([regular('a'), regular('b')]);
      expect((await runningCalls()).toSorted()).toEqual(['call of a', 'call of b']);
      for (const each of [end('a', 'succeeded'), end('b', 'failed')]) {
        await store.finish(each);
        expect(await calls.find(each.call.id)).toEqual(each.call);
      }
      expect(await calls.interruptRunning(at(3))).toBe(0);
    });

    test('a run whose call alone was written before a crash ended as that did', async () => {
      for (const id of ['a', 'b', 'c']) await store.insert(schedule(id));
      await store.start([regular('a'), regular('b'), regular('c')]);
      await calls.save([end('a', 'succeeded').call, end('b', 'failed').call]);
      await calls.interruptRunning(at(3));
      expect(await store.interruptRunning()).toBe(1);
      expect(await find('a')).toMatchObject({ last_status: 'succeeded' });
      expect(await find('b')).toMatchObject({ last_status: 'failed' });
      expect(await find('c')).toMatchObject({ last_status: 'interrupted' });
    });

    test('schedules whose next time was worked out by a clock that was ahead are found, and moved once', async () => {
      await store.insert(schedule('a', { anchor_at: at(40), next_run_at: at(41) }));
      await store.insert(schedule('b'));
      const [ahead, ...others] = await store.listAhead(at(10));
      expect(ahead).toMatchObject({ id: 'a', from_at: at(40), next_run_at: at(41) });
      expect(others).toEqual([]);
      await store.reschedule('a', at(41), at(11));
      await store.reschedule('a', at(41), at(12));
      expect(await find('a')).toMatchObject({ next_run_at: at(11) });
    });
  });
}
