import { describe, expect, test } from 'bun:test';
import { Elysia } from 'elysia';
import { AppError } from '../../src/core/errors.ts';
import { withoutSource } from '../../src/http/without-source.ts';
import { createHttpApp, exampleRoutes } from './http-app.ts';

const ORIGIN = 'https://app.example.com';
const routes = (guard: Parameters<typeof exampleRoutes>[0]) =>
  exampleRoutes(guard).use(
    new Elysia()
      .get('/boom', () => {
        throw new Error('x');
      })
      .get(
        '/later/:how',
        withoutSource(
          async ({ params: { how } }: { readonly params: { readonly how: string } }) => {
            if (how === 'fails') throw new AppError('conflict', 'taken');
            return { how };
          },
        ),
      ),
  );
const from = (origin: string, more = {}) => ({ headers: { origin, ...more } });

describe('pages of other hosts', () => {
  test('without a configured origin no header is sent and a preflight is no permission', async () => {
    const { call } = await createHttpApp({ routes });
    const { headers } = await call('GET', '/api/posts/1', from(ORIGIN));
    expect(headers.get('access-control-allow-origin')).toBeNull();
    const preflight = await call('OPTIONS', '/api/posts/1', from(ORIGIN));
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('a named origin is allowed, with the headers that it may read', async () => {
    const { call } = await createHttpApp({ routes, origins: [ORIGIN] });
    const { headers, body } = await call('GET', '/api/posts/1', from(ORIGIN));
    expect(body).toEqual({ id: '1' });
    expect(headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(headers.get('access-control-expose-headers')).toContain('ETag');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    expect(headers.get('vary')).toContain('Origin');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-request-id')).not.toBeNull();
  });

  test('a promise that Elysia does not know of is answered with the same headers, and so is its failure', async () => {
    const { call } = await createHttpApp({ routes, origins: [ORIGIN] });
    for (const [how, status] of [
      ['works', 200],
      ['fails', 409],
    ] as const) {
      const answer = await call('GET', `/api/posts/later/${how}`, from(ORIGIN));
      expect(answer.status).toBe(status);
      expect(answer.body).toMatchObject(status === 200 ? { how } : { detail: 'taken' });
      expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN);
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  test.each([
    'https://evil.example.com',
    'http://app.example.com',
    'https://app.example.com.evil.com',
    'evil://https://app.example.com',
    'null',
    'constructor',
  ])('%s is not: its pages could read what the user may', async (origin) => {
    const { call } = await createHttpApp({ routes, origins: [ORIGIN] });
    const { headers } = await call('GET', '/api/posts/1', from(origin));
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  test('a preflight says methods and headers, and reaches no route', async () => {
    const { call } = await createHttpApp({ routes, origins: [ORIGIN] });
    const { status, headers } = await call(
      'OPTIONS',
      '/api/posts/1',
      from(ORIGIN, { 'access-control-request-method': 'PATCH' }),
    );
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-methods')).toContain('PATCH');
    expect(headers.get('access-control-allow-headers')).toContain('Authorization');
    expect(headers.get('access-control-max-age')).toBe('600');
    expect(headers.get('x-request-id')).not.toBeNull();
  });

  test('errors of every kind can be read too', async () => {
    const { call } = await createHttpApp({ routes, origins: [ORIGIN] });
    for (const [method, path, status] of [
      ['GET', '/nothing', 404],
      ['DELETE', '/api/posts/1', 401],
      ['PUT', '/api/posts/1', 405],
      ['GET', '/api/posts/?x=1', 422],
      ['GET', '/api/posts/boom', 500],
    ] as const) {
      const answer = await call(method, path, from(ORIGIN));
      expect([path, answer.status]).toEqual([path, status]);
      expect(answer.headers.get('access-control-allow-origin'), path).toBe(ORIGIN);
      expect(answer.body.code, path).toBeString();
    }
  });

  test('a star lets everybody in, never with credentials', async () => {
    const { call } = await createHttpApp({ routes, origins: ['*'] });
    const { headers } = await call('GET', '/api/posts/1', from('https://any.example'));
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
  });

  test('statuses and own headers of a route stay', async () => {
    const { call } = await createHttpApp({ routes, origins: [ORIGIN] });
    const { status, headers, body } = await call('POST', '/api/posts/', {
      as: 'ann',
      body: { title: 'abc' },
      headers: { origin: ORIGIN },
    });
    expect([status, headers.get('x-made'), body]).toEqual([201, 'yes', { title: 'abc' }]);
  });
});
