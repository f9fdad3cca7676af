import { expect, test } from 'bun:test';
import { Elysia } from 'elysia';
import { AppError, type ErrorCode } from '../../src/core/errors.ts';
import { createHttpApp } from './http-app.ts';

const loggingApp = () =>
  createHttpApp({
    routes: () =>
      new Elysia().get('/fail/:code', ({ params }) => {
        throw new AppError(params.code as ErrorCode, 'on purpose');
      }),
  });

test('a flood that is refused with 503 is one line a second (filling the log)', async () => {
  const { call, lines } = await loggingApp();
  const started = performance.now();
  for (let n = 0; n < 200; n++) expect((await call('GET', '/fail/unavailable')).status).toBe(503);
  const seconds = (performance.now() - started) / 1_000;
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.length).toBeLessThanOrEqual(1 + seconds);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'warning',
    method: 'GET',
    path: '/fail/unavailable',
    status: 503,
  });
});

test('what failed otherwise is a line each, and a refusal of the caller is none', async () => {
  const { call, lines } = await loggingApp();
  for (let n = 0; n < 3; n++) await call('GET', '/fail/function_timeout?secret=1');
  for (let n = 0; n < 3; n++) await call('GET', '/fail/too_many_requests');
  expect(lines.map((line) => JSON.parse(line))).toEqual(
    Array.from({ length: 3 }, () =>
      expect.objectContaining({ level: 'error', path: '/fail/function_timeout', status: 504 }),
    ),
  );
});
