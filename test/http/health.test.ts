import { describe, expect, test } from 'bun:test';
import { healthRoutes } from '../../src/http/health.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import { authenticate, createHttpApp } from './http-app.ts';

async function createHealthApp({
  isReady = true,
  token,
}: {
  isReady?: boolean;
  token?: string;
} = {}) {
  const metrics = createMetrics();
  const app = await createHttpApp({
    routes: (guard) =>
      healthRoutes({
        name: () => 'TinyBase',
        version: '1.2.3',
        isReady: () => isReady,
        metrics,
        metricsToken: token,
        authenticate,
        guard,
      }),
  });
  return { ...app, metrics, metricsOfServer: app.metrics };
}
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

describe('health', () => {
  test('the root names the server and its pages', async () => {
    const { call } = await createHealthApp();
    expect((await call('GET', '/')).body).toEqual({
      name: 'TinyBase',
      version: '1.2.3',
      docs: '/docs',
      openapi: '/openapi.json',
      admin: '/admin/',
    });
  });

  test.each(['/health', '/api/health'])('%s answers, whoever asks', async (path) => {
    const { call } = await createHealthApp();
    expect((await call('GET', path, { as: 'expired' })).body).toEqual({
      status: 'ok',
      version: '1.2.3',
    });
  });

  test('ready is 503 with Retry-After until the server can work', async () => {
    const starting = await (await createHealthApp({ isReady: false })).call('GET', '/ready');
    expect([starting.status, starting.body.code]).toEqual([503, 'unavailable']);
    expect(starting.headers.get('retry-after')).toBe('1');
    expect((await (await createHealthApp()).call('GET', '/ready')).status).toBe(200);
  });
});

describe('metrics', () => {
  test('are for admins and the collector: traffic figures tell about a business', async () => {
    const { call } = await createHealthApp({ token: 'collector' });
    expect((await call('GET', '/metrics')).status).toBe(401);
    expect((await call('GET', '/metrics', { as: 'ann' })).status).toBe(403);
    expect((await call('GET', '/metrics', bearer('collecto'))).status).toBe(401);
    expect((await call('GET', '/metrics', bearer('collector'))).status).toBe(200);
    expect((await call('GET', '/metrics', { as: 'admin' })).status).toBe(200);
  });

  test('without a configured token there is none to guess, not even an empty one', async () => {
    const { call } = await createHealthApp();
    expect((await call('GET', '/metrics', bearer('undefined'))).status).toBe(401);
    expect((await call('GET', '/metrics', { headers: { authorization: 'Bearer ' } })).status).toBe(
      401,
    );
  });

  test('are Prometheus text with what was counted', async () => {
    const { call, metrics } = await createHealthApp();
    metrics.request('GET', 200, 0.002);
    metrics.request('GET', 204, 0.3);
    metrics.request('POST', 503, 60);
    metrics.request('HACK1', 404, 0);
    metrics.commit(3);
    metrics.functionCall('add', 'failed', 0.02);
    metrics.gauge('tinybase_test', 'A test.', () => 7);
    const { text, headers } = await call('GET', '/metrics', { as: 'admin' });
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const lines = text.split('\n');
    for (const line of [
      '# TYPE tinybase_requests_total counter',
      'tinybase_requests_total{method="GET",status="2xx"} 2',
      'tinybase_requests_total{method="POST",status="5xx"} 1',
      'tinybase_requests_total{method="OTHER",status="4xx"} 1',
      '# TYPE tinybase_request_seconds histogram',
      'tinybase_request_seconds_bucket{le="0.0025"} 2',
      'tinybase_request_seconds_bucket{le="0.5"} 3',
      'tinybase_request_seconds_bucket{le="+Inf"} 4',
      'tinybase_request_seconds_count 4',
      'tinybase_commits_total 1',
      'tinybase_commit_writes_sum 3',
      'tinybase_function_calls_total{function="add",status="failed"} 1',
      'tinybase_test 7',
    ])
      expect(lines).toContain(line);
    expect(text).toMatch(/^process_resident_memory_bytes \d{7,}$/m);
    expect(text).toMatch(/^tinybase_event_loop_lag_seconds [\d.e-]+$/m);
  });

  test('the server counts what it answers', async () => {
    const app = await createHealthApp();
    await app.call('GET', '/health');
    await app.call('GET', '/nothing');
    const text = await app.metrics.render();
    expect(text).not.toContain('tinybase_requests_total{');
    const own = await app.metricsOfServer.render();
    expect(own).toContain('tinybase_requests_total{method="GET",status="2xx"} 1');
    expect(own).toContain('tinybase_requests_total{method="GET",status="4xx"} 1');
    expect(own).toContain('tinybase_requests_in_flight 0');
  });
});
