import { afterEach, expect, test } from 'bun:test';
import { connect, type Socket } from 'node:net';
import { Elysia } from 'elysia';
import { type BodyBudget, bodyBudgetBytes, createBodyBudget } from '../../src/http/body-budget.ts';
import { readBytes } from '../../src/http/json-body.ts';
import { until } from '../support/until.ts';
import { createHttpApp } from './http-app.ts';

const MEGABYTE = 1024 * 1024;
const LARGE = Buffer.alloc(MEGABYTE, 'a');
const SMALL = Buffer.alloc(60_000, 'a');
const ROOM = 4 * MEGABYTE;

interface Answer {
  readonly size?: number;
  readonly code?: string;
  readonly detail?: string;
}

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A server whose `/keep` answers only when it is told to, and `/take` at once. */
async function start(bodies: BodyBudget) {
  const gate = Promise.withResolvers<void>();
  let kept = 0;
  let most = 0;
  const read = async (request: Request): Promise<number> => {
    const { length } = await readBytes(request, MEGABYTE);
    most = Math.max(most, bodies.held());
    return length;
  };
  const app = await createHttpApp({
    bodies,
    timeoutSeconds: 60,
    routes: () =>
      new Elysia()
        .post('/take', async ({ request }) => ({ size: await read(request) }))
        .post('/keep', async ({ request }) => {
          const size = await read(request);
          kept++;
          await gate.promise;
          return { size };
        }),
  });
  const { url } = await app.server.listen();
  closing.push(() => app.server.stop());
  const post = async (path: string, body: Buffer) => {
    const answer = await fetch(url + path, { method: 'POST', body });
    return {
      status: answer.status,
      headers: answer.headers,
      body: (await answer.json()) as Answer,
    };
  };
  return { url, post, open: () => gate.resolve(), kept: () => kept, most: () => most };
}

/** A request that promises a large body and sends the given part of it. */
async function beginBody(url: string, part: Buffer): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  closing.push(() => socket.destroy());
  socket.on('error', () => undefined);
  socket.write(`POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: ${MEGABYTE}\r\n\r\n`);
  await new Promise<void>((resolve) => socket.write(part, () => resolve()));
  return socket;
}

test('a flood of large bodies cannot fill the memory: what does not fit is refused, and small ones pass', async () => {
  const bodies = createBodyBudget({ maxBytes: ROOM, maxWaitMs: 200 });
  const { post, open, kept } = await start(bodies);
  const first = Array.from({ length: 4 }, () => post('/keep', LARGE));
  await until(() => kept() === 4);
  const flood = Array.from({ length: 30 }, () => post('/keep', LARGE));
  for (const { status, headers, body } of await Promise.all(flood)) {
    expect([status, headers.get('retry-after'), body.code]).toEqual([503, '1', 'unavailable']);
    expect(body.detail).toBe('The server holds as many large bodies as it may. Try again shortly.');
  }
  expect([kept(), bodies.held()]).toEqual([4, ROOM]);
  for (const { status } of await Promise.all(
    Array.from({ length: 50 }, () => post('/take', SMALL)),
  ))
    expect(status).toBe(200);

  open();
  for (const { status } of await Promise.all(first)) expect(status).toBe(200);
  expect(bodies.held()).toBe(0);
  expect((await post('/take', LARGE)).body).toEqual({ size: MEGABYTE });
});

test('large bodies that come at once are all read, one after the other, when each is soon done with', async () => {
  const bodies = createBodyBudget({ maxBytes: ROOM, maxWaitMs: 60_000 });
  const { post, most } = await start(bodies);
  const answers = await Promise.all(Array.from({ length: 60 }, () => post('/take', LARGE)));
  expect(answers.map(({ body }) => body.size)).toEqual(Array(60).fill(MEGABYTE));
  expect(most()).toBeLessThanOrEqual(2 * ROOM);
  expect(bodies.held()).toBe(0);
});

test('connections that promise large bodies and send nothing hold no room (slow requests)', async () => {
  const bodies = createBodyBudget({ maxBytes: ROOM, maxWaitMs: 60_000 });
  const { url, post } = await start(bodies);
  for (let n = 0; n < 20; n++) await beginBody(url, Buffer.alloc(1));
  expect((await post('/take', LARGE)).status).toBe(200);
});

test('bodies that all stop half way do not lock up the others, and those who go away give their room back', async () => {
  const bodies = createBodyBudget({ maxBytes: ROOM, maxWaitMs: 60_000 });
  const { url, post } = await start(bodies);
  const half = LARGE.subarray(0, MEGABYTE - 1000);
  const sockets = [];
  for (let n = 0; n < 10; n++) sockets.push(await beginBody(url, half));
  await until(() => bodies.held() > ROOM - MEGABYTE);
  const waiting = post('/take', LARGE);
  for (const socket of sockets) socket.destroy();
  expect((await waiting).status).toBe(200);
  await until(() => bodies.held() === 0);
});

test('when all are half read and nothing fits, the first goes on, so that the rest follow', async () => {
  const bodies = createBodyBudget({ maxBytes: 10, maxWaitMs: 60_000 });
  const [first, second, third] = [bodies.open(), bodies.open(), bodies.open()];
  for (const share of [first, second]) await share.take(5);
  const ends: string[] = [];
  const late = third.take(5).then(() => ends.push('third'));
  const next = second.take(5).then(() => ends.push('second'));
  await first.take(5);
  first.noteWhole();
  expect([bodies.held(), ends]).toEqual([15, []]);
  first.release();
  await next;
  expect(bodies.held()).toBe(10);
  second.noteWhole();
  second.release();
  await late;
  expect(ends).toEqual(['second', 'third']);
  third.release();
  expect(bodies.held()).toBe(0);
});

test('whole bodies count until they are answered, also for the first that comes', async () => {
  const bodies = createBodyBudget({ maxBytes: 10, maxWaitMs: 1 });
  const [first, second] = [bodies.open(), bodies.open()];
  await first.take(8);
  first.noteWhole();
  await expect(second.take(5)).rejects.toThrow('large bodies');
  first.release();
  await second.take(5);
  expect(bodies.held()).toBe(5);
});

test('a request that ran out of time while it waited holds nothing', async () => {
  const bodies = createBodyBudget({ maxBytes: 10, maxWaitMs: 60_000 });
  const [first, second] = [bodies.open(), bodies.open()];
  await first.take(8);
  const waiting = second.take(5).catch(String);
  second.release();
  expect(await waiting).toContain('large bodies');
  first.release();
  expect(bodies.held()).toBe(0);
  await expect(second.take(1)).rejects.toThrow('large bodies');
});

test('a body that is read only after its request was answered (408) takes no room for ever', async () => {
  const bodies = createBodyBudget({ maxBytes: ROOM });
  const answered = Promise.withResolvers<void>();
  const late = Promise.withResolvers<unknown>();
  const app = await createHttpApp({
    bodies,
    timeoutSeconds: 1,
    routes: () =>
      new Elysia().post('/late', async ({ request }) => {
        await answered.promise;
        const read = readBytes(request, MEGABYTE);
        late.resolve(read.catch(() => undefined));
        return (await read).length;
      }),
  });
  const request = new Request('http://x/late', { method: 'POST', body: LARGE });
  expect((await app.server.fetch(request)).status).toBe(408);
  answered.resolve();
  await late.promise;
  expect(bodies.held()).toBe(0);
});

test('there is room for two of the largest bodies at least', () => {
  expect(bodyBudgetBytes(10 * MEGABYTE)).toBe(128 * MEGABYTE);
  expect(bodyBudgetBytes(1024 * MEGABYTE)).toBe(2048 * MEGABYTE);
});
