import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FunctionCallPage } from '../../../src/features/functions/schema.ts';
import { openConnection } from '../../../src/storage/sqlite/connection.ts';
import { createFunctionCallStore } from '../../../src/storage/sqlite/function-call-store.ts';
import { createLanes } from '../../../src/storage/sqlite/lanes.ts';
import { until } from '../../support/until.ts';
import { callRow, endedRow, openCallStore } from './call-store.ts';
import {
  ANN,
  CALL,
  createFolder,
  createFunctionApp,
  type FunctionApp,
  withApp,
} from './function-app.ts';

setDefaultTimeout(600_000);

const FILES = {
  'sleep.ts': `register({}, async (_ctx, ms) => { await Bun.sleep(ms); });`,
  'held.ts': `import { existsSync } from 'node:fs';
    register({}, async (_ctx, file) => { while (!existsSync(file)) await Bun.sleep(5); await Bun.sleep(300); });`,
  'quick.ts': `register({}, () => 'result that is not stored');`,
};
const FIRST = { limit: 1, offset: 0 };

describe('the history', () => {
  test('shows a call while it runs and when it has ended, without payload and result', () =>
    withApp(FILES, {}, async (app, folder) => {
      const file = `${folder.root}/go`;
      const held = app.service.call(ANN, 'held', file, CALL);
      await until(async () => (await app.service.listCalls({}, FIRST)).total === 1);
      const [running] = (await app.service.listCalls({}, FIRST)).items;
      expect(running).toMatchObject({
        function_name: 'held',
        status: 'running',
        requested_by_user_id: 'ann',
        finished_at: null,
        duration_ms: null,
      });
      writeFileSync(file, '');
      await held;
      const ended = await app.service.getCall(running?.id ?? '');
      expect(ended).toMatchObject({ status: 'succeeded', error_message: null, error_type: null });
      expect(ended.duration_ms).toBeGreaterThanOrEqual(250);
      await app.result('quick');
      const text = JSON.stringify(await app.service.listCalls({}, { limit: 9, offset: 0 }));
      expect(text).not.toContain('not stored');
    }));

  test('is read complete right after a call, newest first', () =>
    withApp(FILES, {}, async (app) => {
      const ids: string[] = [];
      for (let n = 0; n < 5; n++) ids.unshift((await app.call('quick')).callId);
      const { items } = await app.service.listCalls(
        { status: 'succeeded' },
        { limit: 9, offset: 0 },
      );
      expect(items.map(({ id }) => id)).toEqual(ids);
    }));

  test('loses nothing on a clean stop', async () => {
    const folder = createFolder(FILES);
    const { store, saved } = openCallStore();
    const app = createFunctionApp(folder, { store });
    await app.service.start();
    await app.call('quick');
    const slow = app.call('sleep', 300);
    await app.stop();
    expect((await slow).status).toBe('succeeded');
    const { items } = await store.list({}, { limit: 9, offset: 0 });
    expect(items.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
    // Together with others, not one by one.
    expect(saved.flat().length).toBeLessThanOrEqual(4);
    folder.dispose();
  });

  test('survives a database that cannot be written for a while', async () => {
    const folder = createFolder(FILES);
    const { store, disk } = openCallStore();
    disk.isFull = true;
    const app = createFunctionApp(folder, { store });
    await app.service.start();
    expect(await app.result('quick')).toBe('result that is not stored');
    expect((await app.service.listCalls({}, FIRST)).total).toBe(0);
    disk.isFull = false;
    expect((await app.service.listCalls({}, FIRST)).total).toBe(1);
    await app.stop();
    folder.dispose();
  });

  test('ends at the next start what a crash left running', async () => {
    const root = mkdtempSync(join(tmpdir(), 'tinybase-history-'));
    const path = join(root, 'test.db');
    const left = callRow('left');
    const before = openConnection({ path });
    await createFunctionCallStore(before, createLanes(before)).save([left]);
    before.close();
    const connection = openConnection({ path });
    const folder = createFolder();
    const store = createFunctionCallStore(connection, createLanes(connection));
    const app = createFunctionApp(folder, { store });
    await app.service.start();
    await app.service.interruptRunning();
    expect(await app.service.getCall('left')).toMatchObject({
      status: 'failed',
      error_type: 'Interrupted',
      finished_at: expect.stringMatching(/Z$/),
    });
    await app.stop();
    connection.close();
    folder.dispose();
    rmSync(root, { recursive: true });
  });

  test('tells listeners of each call when it begins and when it ends', () =>
    withApp(FILES, {}, async (app) => {
      const events: unknown[] = [];
      app.onCall.on((event) => events.push(['begins', event.name, event.user_id, event.payload]));
      app.onComplete.on((event) => events.push(['ends', event.status, event.error_type]));
      await app.service.call(ANN, 'sleep', 1, CALL);
      expect(events).toEqual([
        ['begins', 'sleep', 'ann', 1],
        ['ends', 'succeeded', null],
      ]);
    }));
});

describe('the history over HTTP', () => {
  const at = (hour: number) => `2030-01-01T${String(hour).padStart(2, '0')}:00:00.000Z`;

  async function withHistory(test: (read: Read, app: FunctionApp) => Promise<void>) {
    const { store } = openCallStore();
    await store.save([
      endedRow('1', { function_name: 'add', requested_by_user_id: 'ann', started_at: at(1) }),
      endedRow('2', {
        function_name: 'add',
        status: 'failed',
        error_type: 'TimeoutError',
        started_at: at(2),
      }),
      endedRow('3', { trigger_type: 'schedule', trigger_id: 'plan', started_at: at(3) }),
      endedRow('4', {
        function_name: 'add',
        status: 'failed',
        error_type: 'Error',
        trigger_id: '1',
        requested_by_user_id: 'ann',
        started_at: at(4),
      }),
      callRow('5', { started_at: at(5) }),
      endedRow('6', { status: 'failed', error_type: 'WorkerLost', started_at: null }),
    ]);
    await withApp({}, { store }, (app) =>
      test(async (query) => {
        const answer = await app.request(
          'GET',
          `/api/admin/functions/calls?${query}`,
          undefined,
          'admin',
        );
        const page: FunctionCallPage = answer.body;
        return { ...answer, page, ids: page.items?.map(({ id }) => id) };
      }, app),
    );
  }
  type Read = (query: string) => Promise<{
    readonly status: number;
    readonly text: string;
    readonly page: FunctionCallPage;
    readonly ids: readonly string[];
  }>;

  test('every filter narrows it, and together they all hold', () =>
    withHistory(async (read) => {
      const cases: Record<string, string[]> = {
        '': ['6', '5', '4', '3', '2', '1'],
        'function_name=add': ['4', '2', '1'],
        'function_name=ad': [],
        'status=running': ['5'],
        'status=succeeded': ['3', '1'],
        'status=failed': ['6', '4', '2'],
        'trigger_type=schedule': ['3'],
        'trigger_type=manual': ['6', '5', '4', '2', '1'],
        'trigger_id=plan': ['3'],
        'trigger_id=1': ['4'],
        'user_id=ann': ['4', '1'],
        'error_type=TimeoutError': ['2'],
        'function_name=add&status=failed': ['4', '2'],
        'function_name=add&status=failed&user_id=ann&error_type=Error&trigger_id=1&trigger_type=manual':
          ['4'],
        'function_name=add&status=succeeded&user_id=bob': [],
      };
      for (const [query, ids] of Object.entries(cases)) {
        const { page, ids: found } = await read(query);
        expect({ query, ids: found, total: page.total }).toEqual({ query, ids, total: ids.length });
      }
    }));

  test('a range of time holds its first moment and not its last, and nothing that never began', () =>
    withHistory(async (read) => {
      const cases: Record<string, string[]> = {
        [`started_after=${at(4)}`]: ['5', '4'],
        [`started_before=${at(2)}`]: ['1'],
        [`started_after=${at(2)}&started_before=${at(4)}`]: ['3', '2'],
        [`started_after=${at(4)}&started_before=${at(2)}`]: [],
        [`started_after=${at(2)}&status=failed`]: ['4', '2'],
        'started_after=0001-01-01T00:00:00Z': ['5', '4', '3', '2', '1'],
        'started_before=9999-12-31T23:59:59.999Z': ['5', '4', '3', '2', '1'],
      };
      for (const [query, ids] of Object.entries(cases))
        expect({ query, ids: (await read(query)).ids }).toEqual({ query, ids });
    }));

  test('a time is understood with whatever offset, case and fraction', () =>
    withHistory(async (read) => {
      for (const time of [
        '2030-01-01T04:00:00Z',
        '2030-01-01t04:00:00z',
        '2030-01-01T04:00:00.0000009Z',
        '2030-01-01T06:00:00%2B02:00',
        '2029-12-31T23:30:00-04:30',
      ])
        expect((await read(`started_after=${time}`)).ids).toEqual(['5', '4']);
    }));

  test('a time that does not exist, and whatever is no filter, is refused', () =>
    withHistory(async (read) => {
      for (const query of [
        'started_after=2030-02-30T00:00:00Z',
        'started_after=2030-01-01T24:00:00Z',
        'started_after=2030-01-01T00:00:60Z',
        'started_before=2030-01-01T00:00:00',
        'started_before=2030-01-01',
        'started_before=9999-12-31T23:59:59-01:00',
        'started_after=0001-01-01T00:00:00%2B01:00',
        'started_after=',
        'status=done',
        'trigger_type=webhook',
        'function_name=',
        `function_name=${'x'.repeat(201)}`,
        'limit=0',
        'limit=1001',
        'limit=ten',
        'offset=-1',
        'name=add',
      ])
        expect({ query, status: (await read(query)).status }).toEqual({ query, status: 422 });
      const { text } = await read('started_before=2030-02-30T00:00:00Z');
      expect(text).toContain('started_before');
      expect(text).toContain('a day that exists');
    }));

  test('a value is a value, never SQL', () =>
    withHistory(async (read) => {
      const evil = encodeURIComponent("' OR 1=1 --");
      for (const name of ['function_name', 'trigger_id', 'user_id', 'error_type'])
        expect((await read(`${name}=${evil}`)).ids).toEqual([]);
    }));

  test('pages, one call by its id, and the second address', () =>
    withHistory(async (read, app) => {
      const { page } = await read('limit=2&offset=2');
      expect(page).toMatchObject({ total: 6, page: 2, page_size: 2 });
      expect(page.items.map(({ id }) => id)).toEqual(['4', '3']);
      expect((await read('limit=2&offset=6')).page).toMatchObject({ items: [], total: 6 });
      const path = '/api/admin/function-calls?limit=2&offset=2';
      expect((await app.request('GET', path, undefined, 'admin')).body as unknown).toEqual(page);
      const one = await app.request('GET', '/api/admin/functions/calls/4', undefined, 'admin');
      expect(one.body as unknown).toEqual(page.items[0]);
      const none = await app.request('GET', '/api/admin/functions/calls/7', undefined, 'admin');
      expect(none.status).toBe(404);
    }));

  test('only admins read it', () =>
    withHistory(async (_, app) => {
      for (const path of ['functions/calls', 'function-calls', 'functions/calls/1']) {
        expect((await app.request('GET', `/api/admin/${path}`)).status).toBe(401);
        expect((await app.request('GET', `/api/admin/${path}`, undefined, 'ann')).status).toBe(403);
      }
    }));
});
