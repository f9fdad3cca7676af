import { beforeEach, describe, expect, test } from 'bun:test';
import type { BackupStore, NewBackup } from '../../../src/features/backups/store.ts';

const AT = '2030-01-01T00:00:00.000Z';
const LATER = '2030-01-01T00:01:00.000Z';
const ALL = { limit: 100, offset: 0 };

function backup(id: string, trigger_type: NewBackup['trigger_type'] = 'manual'): NewBackup {
  return { id, trigger_type, location: `backups/${id}.db`, created_at: AT };
}

/** What every store of backups must do. */
export function backupStoreContract(database: string, open: () => BackupStore): void {
  describe(`backup store on ${database}`, () => {
    let store: BackupStore;
    beforeEach(() => {
      store = open();
    });
    const idsOf = (items: readonly { readonly id: string }[]) => items.map(({ id }) => id);
    const make = async (id: string, trigger: NewBackup['trigger_type'] = 'schedule') => {
      await store.begin(backup(id, trigger));
      await store.finish(id, { size_bytes: 10, sha256: 'abc', finished_at: LATER });
    };
    const failing = async (id: string) => {
      await store.begin(backup(id, 'schedule'));
      await store.fail(id, { error: 'full', finished_at: LATER });
    };

    test('a backup runs until it is done, then it says what was made', async () => {
      await store.begin(backup('a'));
      const running = {
        ...backup('a'),
        status: 'running' as const,
        size_bytes: null,
        sha256: null,
        error: null,
        finished_at: null,
        checked_at: null,
        check_result: null,
      };
      expect(await store.find('a')).toEqual(running);
      expect(await store.listRunning()).toEqual([running]);
      await store.finish('a', { size_bytes: 10, sha256: 'abc', finished_at: LATER });
      expect(await store.find('a')).toEqual({
        ...running,
        status: 'done',
        size_bytes: 10,
        sha256: 'abc',
        finished_at: LATER,
      });
      expect(await store.listRunning()).toEqual([]);
      expect(await store.find('b')).toBeUndefined();
    });

    test('a failed one says why', async () => {
      await failing('a');
      expect(await store.find('a')).toMatchObject({ status: 'failed', error: 'full' });
    });

    test('a check is noted, and only on a backup that is there', async () => {
      await make('a');
      const check = { checked_at: LATER, check_result: 'ok' };
      expect(await store.noteCheck('a', check)).toBe(true);
      expect(await store.find('a')).toMatchObject(check);
      expect(await store.noteCheck('b', check)).toBe(false);
    });

    test('lists show the newest first, page by page', async () => {
      for (const id of ['a', 'b', 'c']) await make(id);
      expect(idsOf((await store.list(ALL)).items)).toEqual(['c', 'b', 'a']);
      const page = await store.list({ limit: 1, offset: 1 });
      expect({ ids: idsOf(page.items), total: page.total }).toEqual({ ids: ['b'], total: 3 });
      await store.remove('b');
      expect(idsOf((await store.list(ALL)).items)).toEqual(['c', 'a']);
    });

    test('the last one of the schedule is told, whatever became of it', async () => {
      expect(await store.findLastScheduled()).toBeUndefined();
      await make('a');
      await failing('b');
      await make('c', 'manual');
      expect((await store.findLastScheduled())?.id).toBe('b');
    });

    test('outdated are the done ones of the schedule behind the newest', async () => {
      await make('a');
      await make('by hand', 'manual');
      await make('b');
      await failing('failed');
      await make('c');
      expect(idsOf(await store.listOutdated(2))).toEqual(['a']);
      expect(idsOf(await store.listOutdated(1))).toEqual(['b', 'a']);
      expect(await store.listOutdated(3)).toEqual([]);
    });

    test('of failed ones the newest stay', async () => {
      await make('done');
      for (const id of ['a', 'b', 'c']) await failing(id);
      await store.pruneFailed(2);
      expect(idsOf((await store.list(ALL)).items)).toEqual(['c', 'b', 'done']);
    });
  });
}
