// Runs alone: it measures.
import { describe, expect, test } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Answer } from '../../scripts/support/http-client.ts';
import { publicFunction } from '../support/function-source.ts';
import { childrenOf, HAS_PROC } from '../support/processes.ts';
import { serveForFile } from '../support/served.ts';
import { until } from '../support/until.ts';

const MAX_QUEUE = 5;
/** Calls that one worker has at once; those beyond wait. */
const CALLS_PER_WORKER = 128;

/** Waits for a file with its name as well, and does not let go of its worker meanwhile. */
const BLOCKS = publicFunction(
  `(ctx, { gate }) => {
    appendFileSync('blocking-' + gate, '.\\n');
    while (!existsSync('open-' + gate));
    return process.pid;
  }`,
  'timeout_seconds: 600',
);

const served = serveForFile({
  'tinybase.toml': `[functions]\nworkers = 1\nmax_queue = ${MAX_QUEUE}\nmemory_mb = 96\n`,
  // Waits for a file with its name, so that a test decides when a call ends.
  'functions/waits.ts': publicFunction(
    `async (ctx, { gate }) => {
    appendFileSync('waiting-' + gate, '.\\n');
    while (!existsSync('open-' + gate)) await Bun.sleep(20);
    return gate;
  }`,
    'timeout_seconds: 600',
  ),
  'functions/pid.ts': publicFunction('() => process.pid'),
  'functions/spins.ts': publicFunction(
    `(ctx, { mark }) => { appendFileSync('spun-' + mark, ctx.call_id + '\\n'); for (;;); }`,
    'timeout_seconds: 2',
  ),
  'functions/notes.ts': publicFunction(`(ctx, { n }) => {
    appendFileSync('noted', n + '\\n');
    return n;
  }`),
  'functions/holds.ts': BLOCKS,
  'functions/blocks.ts': BLOCKS,
  'functions/leaks.ts': publicFunction(`(ctx, { mb }) => {
    globalThis.held = [...(globalThis.held ?? []), new Uint8Array(mb * 1e6).fill(1)];
    return process.pid;
  }`),
});

const call = (name: string, payload: unknown = {}) =>
  served().anonymous.post(`/api/functions/${name}`, payload);

function countLines(name: string): number {
  return readLines(name).length;
}

function readLines(name: string): string[] {
  try {
    return readFileSync(join(served().server.dir, name), 'utf8').trim().split('\n');
  } catch {
    return [];
  }
}

function open(gate: string): void {
  writeFileSync(join(served().server.dir, `open-${gate}`), '');
}

/** Calls that all have begun: a few at a time, as many at once would wait in the queue. */
async function begin(gate: string, count: number): Promise<Promise<Answer>[]> {
  const calls: Promise<Answer>[] = [];
  while (calls.length < count) {
    calls.push(call('waits', { gate }));
    if (calls.length % MAX_QUEUE === 0 || calls.length === count)
      await until(() => countLines(`waiting-${gate}`) === calls.length, 'they began');
  }
  return calls;
}

describe('pool: a bounded queue', () => {
  test('full, it answers 503 with Retry-After, and what was taken is served', async () => {
    const running = await begin('full', CALLS_PER_WORKER);
    let ended = 0;
    const further = Array.from({ length: MAX_QUEUE + 3 }, () =>
      call('waits', { gate: 'full' }).finally(() => {
        ended++;
      }),
    );
    // One that comes after the others have gone on would find room.
    await until(() => ended === 3, 'all have come, and those beyond the queue are refused');
    open('full');
    const late = await Promise.all(further);
    const refused = late.filter(({ status }) => status === 503);
    expect(refused).toHaveLength(3);
    for (const { headers, body } of refused) {
      expect(headers.get('retry-after')).toBe('1');
      const detail = expect.stringContaining(`${MAX_QUEUE} function calls wait already`);
      expect(body).toEqual({ detail, code: 'unavailable' });
    }
    expect(late.filter(({ status }) => status === 200)).toHaveLength(MAX_QUEUE);
    for (const { status } of await Promise.all(running)) expect(status).toBe(200);
    expect(countLines('waiting-full')).toBe(CALLS_PER_WORKER + MAX_QUEUE);
  });

  test('the flood of one function does not lock out another: its newest gives way', async () => {
    const running = await begin('flood', CALLS_PER_WORKER);
    let ended = 0;
    const waiting = Array.from({ length: MAX_QUEUE + 1 }, () =>
      call('waits', { gate: 'flood' }).finally(() => {
        ended++;
      }),
    );
    // Once one is refused, the queue is full of the others.
    expect((await Promise.race(waiting)).status).toBe(503);
    const other = call('pid');
    await until(() => ended === 2, 'another gave way');
    open('flood');
    expect((await other).status).toBe(200);
    const late = await Promise.all(waiting);
    expect(late.filter(({ status }) => status === 503)).toHaveLength(2);
    for (const { status } of await Promise.all(running)) expect(status).toBe(200);
  });
});

describe('pool: a worker that falls silent', () => {
  test('neighbours of a killed worker that had begun fail with WorkerLost and are not run again', async () => {
    const [lost] = await begin('lost', 1);
    const spinning = await call('spins', { mark: 'lost' });
    expect(spinning).toMatchObject({ status: 504, body: { code: 'function_timeout' } });
    const neighbour = await lost;
    expect(neighbour?.status).toBe(503);
    expect(neighbour?.headers.get('retry-after')).toBe('1');
    expect(neighbour?.body).toEqual({
      call_id: expect.any(String),
      status: 'failed',
      error: 'The worker process of this call was ended by another call.',
      error_type: 'WorkerLost',
      detail: 'The worker process of this call was ended by another call.',
      code: 'unavailable',
    });
    const { body } = await served().admin.get(
      `/api/admin/functions/calls/${neighbour?.body.call_id}`,
    );
    expect(body).toMatchObject({ status: 'failed', error_type: 'WorkerLost' });
    expect(countLines('waiting-lost')).toBe(1);
  });

  test('calls that had not begun move to a substitute before the spinning one ends, and run once', async () => {
    const spinning = call('holds', { gate: 'moved' });
    await until(() => countLines('blocking-moved') === 1, 'it spins');
    // The only worker spins by now, and the pool may not know it yet.
    const sent = Array.from({ length: MAX_QUEUE }, (_, n) => call('notes', { n }));
    for (const [n, { status, body }] of (await Promise.all(sent)).entries())
      expect({ status, result: body.result }).toEqual({ status: 200, result: n });
    // Until now it went on: they did not wait for its end.
    open('moved');
    expect((await spinning).status).toBe(200);
    expect(readLines('noted').sort()).toEqual(sent.map((_, n) => String(n)));
  });

  test('one that is silent for a while and comes back keeps its call; others did not wait for it', async () => {
    const blocked = call('blocks', { gate: 'back' });
    await until(() => countLines('blocking-back') === 1, 'it blocks');
    const other = await call('pid');
    expect(other.status).toBe(200);
    open('back');
    const { status, body } = await blocked;
    expect(status).toBe(200);
    expect(body.result).not.toBe(other.body.result);
  });
});

describe('pool: recycled after growth', () => {
  test('a worker that its calls have left large makes place for a fresh one, and no call fails', async () => {
    const first = (await call('leaks', { mb: 70 })).body.result;
    expect(first).toBeGreaterThan(0);
    await until(async () => {
      const { status, body } = await call('pid');
      expect(status).toBe(200);
      return body.result !== first;
    }, 'another worker answers');
    if (HAS_PROC)
      await until(() => !childrenOf(served().server.pid).includes(first), 'the old one has ended');
  });
});
