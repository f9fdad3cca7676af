import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import type { FunctionMetrics } from '../../../src/features/functions/schema.ts';
import { endedRow, openCallStore } from './call-store.ts';
import { type FunctionApp, withApp } from './function-app.ts';

setDefaultTimeout(600_000);

const FILES = {
  'quick.ts': `register({}, () => 1);`,
  'fails.ts': `register({}, () => { throw new Error('no'); });`,
  'idle.ts': `register({}, () => 1);`,
};
const PATH = '/api/admin/functions/metrics';

async function read(app: FunctionApp, query = ''): Promise<FunctionMetrics> {
  const { status, body } = await app.request('GET', `${PATH}${query}`, undefined, 'admin');
  expect(status).toBe(200);
  return body;
}

const find = ({ items }: FunctionMetrics, name: string) =>
  items.find(({ function_name }) => function_name === name);

describe('the figures of functions', () => {
  test('name every function, called or not, and those that only the history knows', async () => {
    const { store } = openCallStore();
    await store.save([
      endedRow('1', { function_name: 'gone', started_at: '2020-01-01T00:00:00Z' }),
    ]);
    await withApp(FILES, { store }, async (app) => {
      for (let n = 0; n < 4; n++) await app.call('quick');
      for (let n = 0; n < 3; n++) await app.call('fails');
      const metrics = await read(app);
      expect(metrics.range).toBe('24h');
      expect(metrics.items.map((item) => item.function_name)).toEqual([
        'fails',
        'gone',
        'idle',
        'quick',
      ]);
      expect(find(metrics, 'idle')).toEqual({
        function_name: 'idle',
        is_loaded: true,
        calls: 0,
        failures: 0,
        failure_rate: null,
        p50_ms: null,
        p95_ms: null,
        last_called_at: null,
      });
      expect(find(metrics, 'gone')).toMatchObject({
        is_loaded: false,
        calls: 0,
        last_called_at: '2020-01-01T00:00:00Z',
      });
      const quick = find(metrics, 'quick');
      expect(quick).toMatchObject({ is_loaded: true, calls: 4, failures: 0, failure_rate: 0 });
      expect(quick?.p50_ms).toBeGreaterThanOrEqual(0);
      expect(quick?.p95_ms ?? -1).toBeGreaterThanOrEqual(quick?.p50_ms ?? 0);
      expect(Date.parse(quick?.last_called_at ?? '')).toBeGreaterThan(
        Date.parse(metrics.started_after),
      );
      expect(find(metrics, 'fails')).toMatchObject({ calls: 3, failures: 3, failure_rate: 1 });
    });
  });

  test('look back as far as they are asked to', async () => {
    const { store } = openCallStore();
    const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
    await store.save(
      [0.5, 10, 100, 500, 1_000].map((hours, n) =>
        endedRow(String(n), { function_name: 'idle', started_at: hoursAgo(hours) }),
      ),
    );
    await withApp(FILES, { store }, async (app) => {
      const counts: Record<string, number | undefined> = {};
      for (const range of ['1h', '24h', '7d', '30d'])
        counts[range] = find(await read(app, `?range=${range}`), 'idle')?.calls;
      expect(counts).toEqual({ '1h': 1, '24h': 2, '7d': 3, '30d': 4 });
    });
  });

  test('are for admins, and know no other range', () =>
    withApp({}, {}, async (app) => {
      expect((await app.request('GET', PATH)).status).toBe(401);
      expect((await app.request('GET', PATH, undefined, 'ann')).status).toBe(403);
      for (const query of ['?range=1y', '?range=', '?since=1h'])
        expect((await app.request('GET', PATH + query, undefined, 'admin')).status).toBe(422);
      expect((await read(app)).items).toEqual([]);
    }));
});
