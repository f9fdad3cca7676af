import { describe, expect, test } from 'bun:test';
import { Elysia } from 'elysia';
import { streamAnswer } from '../../src/http/answer.ts';
import { createHttpApp } from './http-app.ts';

/** An answer in pieces, the second of which is made when the test says so. */
async function open() {
  const asked = Promise.withResolvers<void>();
  const second = Promise.withResolvers<string>();
  const ended = Promise.withResolvers<void>();
  const errors: unknown[] = [];
  async function* pieces() {
    try {
      yield { text: 'first' };
      asked.resolve();
      yield { text: await second.promise };
    } finally {
      ended.resolve();
    }
  }
  const app = await createHttpApp({
    routes: () =>
      new Elysia().get('/pieces', ({ request }) =>
        streamAnswer(request, pieces(), { onError: (error) => void errors.push(error) }),
      ),
  });
  const { body } = await app.server.fetch(new Request('http://x/pieces'));
  const reader = (body ?? new ReadableStream()).getReader();
  await reader.read();
  const next = reader.read().catch((error: unknown) => error);
  await asked.promise;
  return { reader, next, second, ended: ended.promise, errors };
}

describe('an answer in pieces', () => {
  test('whose caller leaves while the next is made breaks nothing, and is given up', async () => {
    const { reader, next, second, ended, errors } = await open();
    const left = reader.cancel();
    second.resolve('second');
    await Promise.all([left, next, ended]);
    expect(errors).toEqual([]);
  });

  test('that fails in the middle breaks the connection, and is told of once', async () => {
    const { next, second, errors } = await open();
    const error = new Error('the disk is gone');
    second.reject(error);
    expect([await next, errors]).toEqual([error, [error]]);
  });
});
