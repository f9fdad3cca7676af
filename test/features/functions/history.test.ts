import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FunctionCall } from '../../../src/features/functions/schema.ts';
import { openConnection } from '../../../src/storage/sqlite/connection.ts';
import { createFunctionCallStore } from '../../../src/storage/sqlite/function-call-store.ts';
import { ANN, CALL, createFolder, createFunctionApp, until, withApp } from './function-app.ts';

setDefaultTimeout(60_000);

const FILES = {
  'sleep.ts': `register({}, async (_ctx, ms) => { await Bun.sleep(ms); });`,
  'quick.ts': `register({}, () => 'result that is not stored');`,
};
const FIRST = { limit: 1, offset: 0 };

describe('the history', () => {
  test('shows a call while it runs and when it has ended, without payload and result', () =>
    withApp(FILES, {}, async (app) => {
      const slept = app.service.call(ANN, 'sleep', 300, CALL);
      await until(async () => (await app.service.listCalls({}, FIRST)).total === 1);
      const [running] = (await app.service.listCalls({}, FIRST)).items;
      expect(running).toMatchObject({
        function_name: 'sleep',
        status: 'running',
        requested_by_user_id: 'ann',
        finished_at: null,
        duration_ms: null,
      });
      await slept;
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
    const saved: string[] = [];
    const connection = openConnection({ path: ':memory:' });
    const store = createFunctionCallStore(connection);
    const app = createFunctionApp(folder, {
      store: {
        ...store,
        save(calls) {
          saved.push(...calls.map(({ status }) => status));
          return store.save(calls);
        },
      },
    });
    await app.service.start();
    await app.call('quick');
    const slow = app.call('sleep', 300);
    await app.stop();
    expect((await slow).status).toBe('succeeded');
    const { items } = await store.list({}, { limit: 9, offset: 0 });
    expect(items.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
    // Together with others, not one by one.
    expect(saved.length).toBeLessThanOrEqual(4);
    folder.dispose();
  });

  test('survives a database that cannot be written for a while', async () => {
    const folder = createFolder(FILES);
    const store = createFunctionCallStore(openConnection({ path: ':memory:' }));
    let isBroken = true;
    const app = createFunctionApp(folder, {
      store: {
        ...store,
        save: (calls) => (isBroken ? Promise.reject(new Error('disk full')) : store.save(calls)),
      },
    });
    await app.service.start();
    expect(await app.result('quick')).toBe('result that is not stored');
    expect((await app.service.listCalls({}, FIRST)).total).toBe(0);
    isBroken = false;
    expect((await app.service.listCalls({}, FIRST)).total).toBe(1);
    await app.stop();
    folder.dispose();
  });

  test('ends at the next start what a crash left running', async () => {
    const root = mkdtempSync(join(tmpdir(), 'tinybase-history-'));
    const path = join(root, 'test.db');
    const left = { ...emptyCall(), id: 'left' };
    const before = openConnection({ path });
    await createFunctionCallStore(before).save([left]);
    before.close();
    const connection = openConnection({ path });
    const folder = createFolder();
    const app = createFunctionApp(folder, { store: createFunctionCallStore(connection) });
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

function emptyCall(): FunctionCall {
  return {
    id: '',
    function_name: 'a',
    status: 'running',
    trigger_type: 'manual',
    trigger_id: null,
    requested_by_user_id: null,
    started_at: '2030-01-01T00:00:00.000Z',
    finished_at: null,
    duration_ms: null,
    error_message: null,
    error_type: null,
    created_at: '2030-01-01T00:00:00.000Z',
  };
}
