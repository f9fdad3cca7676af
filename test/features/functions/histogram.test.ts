import { expect, setDefaultTimeout, test } from 'bun:test';
import type { FunctionCallHistogram } from '../../../src/features/functions/schema.ts';
import { endedRow, openCallStore } from './call-store.ts';
import { type FunctionApp, withApp } from './function-app.ts';

setDefaultTimeout(600_000);

const PATH = '/api/admin/functions/calls/histogram';

async function read(app: FunctionApp, query: string): Promise<FunctionCallHistogram> {
  const { status, body } = await app.request('GET', `${PATH}${query}`, undefined, 'admin');
  expect(status).toBe(200);
  return body;
}

const full = ({ buckets }: FunctionCallHistogram) => buckets.filter(({ calls }) => calls > 0);

test('a day is told by half hours, for any filter of the list', async () => {
  const { store } = openCallStore();
  const row = (id: string, time: string, error_type: string | null = null) =>
    endedRow(id, {
      started_at: `2030-01-01T${time}Z`,
      error_type,
      status: error_type === null ? 'succeeded' : 'failed',
    });
  await store.save([
    row('1', '00:10:00.000'),
    row('2', '00:29:59.999', 'Error'),
    row('3', '00:30:00.000', 'TypeError'),
    endedRow('4', { started_at: '2030-01-01T23:59:59.999Z', function_name: 'b' }),
  ]);
  await withApp({}, { store }, async (app) => {
    const day = '?started_after=2030-01-01T00:00:00Z&started_before=2030-01-02T00:00:00Z';
    const all = await read(app, day);
    expect(all).toMatchObject({ total: 4, failed: 2, bucket_seconds: 1_800 });
    expect(all.buckets).toHaveLength(48);
    expect(full(all)).toEqual([
      { started_at: '2030-01-01T00:00:00.000Z', calls: 2, failed: 1 },
      { started_at: '2030-01-01T00:30:00.000Z', calls: 1, failed: 1 },
      { started_at: '2030-01-01T23:30:00.000Z', calls: 1, failed: 0 },
    ]);
    expect((await read(app, `${day}&function_name=b`)).total).toBe(1);
    expect((await read(app, `${day}&status=failed&error_type=Error`)).failed).toBe(1);
    const minute = await read(
      app,
      '?started_after=2030-01-01T00:10:00Z&started_before=2030-01-01T00:11:00Z',
    );
    expect(minute).toMatchObject({ total: 1, bucket_seconds: 1 });
    expect(minute.buckets).toHaveLength(60);
  });
});

test('open ends are the oldest call and now; there are never more bars than can be told apart', async () => {
  const { store } = openCallStore();
  await store.save([endedRow('1', { started_at: '2000-01-01T00:00:00.000Z' })]);
  await withApp({ 'a.ts': 'register({}, () => 1);' }, { store }, async (app) => {
    await app.call('a');
    const all = await read(app, '');
    expect(all.total).toBe(2);
    expect(all.buckets.length).toBeLessThanOrEqual(61);
    const ever = await read(
      app,
      '?started_after=0001-01-01T00:00:00Z&started_before=9999-12-31T23:59:59Z',
    );
    expect(ever.buckets.at(0)?.started_at).toBe('0000-01-01T00:00:00.000Z');
    expect(ever.total).toBe(2);
    expect(all.buckets[0]).toMatchObject({ calls: 1 });
    expect(all.buckets.at(-1)).toMatchObject({ calls: 1 });
    const long = await read(app, '?started_after=0001-01-01T00:00:00Z');
    expect(long.buckets.length).toBeLessThanOrEqual(61);
    const never = '?started_after=2030-01-02T00:00:00Z&started_before=2030-01-01T00:00:00Z';
    expect(await read(app, never)).toMatchObject({ total: 0, buckets: [] });
  });
});

test('it is for admins, and knows no other parameters', () =>
  withApp({}, {}, async (app) => {
    expect((await app.request('GET', PATH)).status).toBe(401);
    expect((await app.request('GET', PATH, undefined, 'ann')).status).toBe(403);
    for (const query of ['?limit=1', '?started_after=yesterday', '?status=odd'])
      expect((await app.request('GET', PATH + query, undefined, 'admin')).status).toBe(422);
    expect(await read(app, '')).toMatchObject({ total: 0, failed: 0 });
  }));
