import { describe, expect, test } from 'bun:test';
import { Elysia } from 'elysia';
import { AppError, ERROR_CODES } from '../../src/core/errors.ts';
import { STATUS } from '../../src/http/error-handler.ts';
import { createHttpApp, exampleRoutes } from './http-app.ts';

const failing = () =>
  new Elysia()
    .get('/secret', () => {
      throw new Error('password of the database is hunter2');
    })
    .get('/odd', () => {
      throw { toString: () => 'odd' };
    })
    .get('/slow', async () => {
      await Bun.sleep(1);
      throw new AppError('too_many_requests', 'Slow down.', { retryAfterSeconds: 2.2 });
    })
    .get('/busy', () => {
      throw new AppError('unavailable', 'Busy.', { cause: new Error('disk') });
    });

describe('failures', () => {
  test('an unforeseen error is 500 and tells its caller nothing, but the log everything once', async () => {
    const { call, lines } = await createHttpApp({ routes: failing });
    const { status, body, headers, text } = await call('GET', '/secret?token=abc');
    expect(status).toBe(500);
    expect(body.code).toBe('internal');
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain('.ts');
    expect(body.detail).toContain(headers.get('x-request-id'));
    const told = lines.filter((line) => line.includes('hunter2'));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(headers.get('x-request-id') ?? '?');
    expect(lines.join('')).not.toContain('token=abc');
  });

  test('debug adds the message of the cause, never a stack', async () => {
    const { call } = await createHttpApp({ routes: failing, isDebug: true });
    const { body, text } = await call('GET', '/secret');
    expect(body.cause).toBe('Error: password of the database is hunter2');
    expect(text).not.toContain('errors.test.ts');
  });

  test('something thrown that is no error is 500 too', async () => {
    const { call } = await createHttpApp({ routes: failing });
    expect((await call('GET', '/odd')).body.code).toBe('internal');
  });

  test('Retry-After is whole seconds, rounded up', async () => {
    const { call } = await createHttpApp({ routes: failing });
    const { status, headers, body } = await call('GET', '/slow');
    expect([status, headers.get('retry-after')]).toEqual([429, '3']);
    expect(body).toEqual({ detail: 'Slow down.', code: 'too_many_requests' });
  });

  test('the cause of a known failure is logged and not answered', async () => {
    const { call, lines } = await createHttpApp({ routes: failing });
    expect((await call('GET', '/busy')).body).toEqual({ detail: 'Busy.', code: 'unavailable' });
    expect(lines.join('')).toContain('disk');
  });

  test('an unknown route is 404, a known path with another method 405 with Allow', async () => {
    const { call } = await createHttpApp({ routes: exampleRoutes });
    expect((await call('GET', '/nothing')).body.code).toBe('not_found');
    const { status, headers, body } = await call('PUT', '/api/posts/1');
    expect(status).toBe(405);
    expect(headers.get('allow')).toBe('GET, DELETE, HEAD, OPTIONS');
    expect(body.code).toBe('method_not_allowed');
  });

  test('a slash at the end is another path', async () => {
    const { call } = await createHttpApp({ routes: failing });
    expect((await call('GET', '/slow/')).status).toBe(404);
  });

  test('OPTIONS names the methods; of an unknown path there are none', async () => {
    const { call } = await createHttpApp({ routes: exampleRoutes });
    const { status, headers } = await call('OPTIONS', '/api/posts/');
    expect([status, headers.get('allow')]).toEqual([204, 'GET, POST, HEAD, OPTIONS']);
    expect((await call('OPTIONS', '/nothing')).status).toBe(404);
  });

  test('an anonymous caller gets 401 with the scheme to use, a user without rights 403', async () => {
    const { call } = await createHttpApp({ routes: exampleRoutes });
    const anonymous = await call('DELETE', '/api/posts/1');
    expect([anonymous.status, anonymous.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect((await call('DELETE', '/api/posts/1', { as: 'ann' })).status).toBe(403);
    expect((await call('DELETE', '/api/posts/1', { as: 'admin' })).status).toBe(204);
  });

  test('a bad token is 401 even on a public route', async () => {
    const { call } = await createHttpApp({ routes: exampleRoutes });
    expect((await call('GET', '/api/posts/', { as: 'stolen' })).status).toBe(401);
  });

  test('who may not call a route is told before the body is read, so a flood of it costs nothing', async () => {
    const { call } = await createHttpApp({ routes: exampleRoutes });
    expect((await call('POST', '/api/posts/', { body: '{' })).status).toBe(401);
  });

  test('every code has a status, and every status is an error', () => {
    expect(Object.keys(STATUS).sort()).toEqual([...ERROR_CODES].sort());
    for (const status of Object.values(STATUS)) expect(status).toBeGreaterThanOrEqual(400);
  });

  test('a path of the wrong shape is 422 with loc path', async () => {
    const { call } = await createHttpApp({ routes: exampleRoutes });
    expect((await call('GET', '/api/posts/123456789')).body).toEqual({
      code: 'invalid_input',
      detail: [
        {
          loc: ['path', 'id'],
          msg: 'must have at most 8 characters, got 9',
          type: 'string_too_long',
        },
      ],
    });
  });
});
