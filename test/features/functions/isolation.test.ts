// Runs alone: it measures.
import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { SYSTEM } from '../../../src/core/actor.ts';
import { createSpawnWorker } from '../../../src/features/functions/spawn-worker.ts';
import { until } from '../../support/until.ts';
import { CALL, withApp } from './function-app.ts';

setDefaultTimeout(600_000);

const ADD = `register({}, (_ctx, [x, y]) => x + y);`;
const PID = `register({}, () => process.pid);`;
const SPIN = `register({ timeout_seconds: 1 }, () => { for (;;); });`;
const HANG = `register({ timeout_seconds: 1 }, () => new Promise(() => {}));`;
const EXIT = `register({}, async (_ctx, ms = 0) => { await Bun.sleep(ms ?? 0); process.exit(3); });`;
/** Typed arrays, as a function would read a big file. */
const EAT = `const held = []; register({}, async () => {
  for (;;) { held.push(new Uint8Array(10e6).fill(1)); await Bun.sleep(0); }
});`;
/** Objects without ever giving the loop back, which ends the process instead of throwing. */
const EAT_OBJECTS = `register({ timeout_seconds: 60 }, () => {
  const held = {}; for (let i = 0; ; i++) held['k' + i] = { a: i, b: 'y' + i, c: [i] };
});`;
const SLEEP = `register({}, async (_ctx, ms) => { await Bun.sleep(ms); return ms; });`;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A process that has ended but was not waited for yet still answers to signals.
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('isolation', () => {
  test('a function that spins is ended in time, with its process, and others go on', () =>
    withApp({ 'spin.ts': SPIN, 'pid.ts': PID, 'add.ts': ADD }, {}, async (app) => {
      const pid = (await app.result('pid')) as number;
      expect(await app.call('spin')).toMatchObject({
        status: 'failed',
        code: 'function_timeout',
        errorType: 'TimeoutError',
      });
      expect(await app.result('add', [1, 2])).toBe(3);
      expect(await app.result('pid')).not.toBe(pid);
      await until(() => !isAlive(pid));
    }));

  test('a function that waits for ever is ended in time, with its process', () =>
    withApp({ 'hang.ts': HANG, 'pid.ts': PID }, {}, async (app) => {
      const pid = (await app.result('pid')) as number;
      expect(await app.call('hang')).toMatchObject({ code: 'function_timeout' });
      await until(() => !isAlive(pid));
      expect(await app.result('pid')).not.toBe(pid);
    }));

  test('the neighbour of a call that runs out of time may finish when the worker still answers', () =>
    withApp({ 'hang.ts': HANG, 'sleep.ts': SLEEP }, {}, async (app) => {
      const [hung, slept] = await Promise.all([app.call('hang'), app.call('sleep', 1_500)]);
      expect(hung).toMatchObject({ code: 'function_timeout' });
      expect(slept).toMatchObject({ status: 'succeeded', json: '1500' });
    }));

  test('the neighbour of a call that spins is lost, and told that it was not the one', () =>
    withApp({ 'spin.ts': SPIN, 'sleep.ts': SLEEP }, {}, async (app) => {
      const slept = app.call('sleep', 60_000);
      expect(await app.call('spin')).toMatchObject({ code: 'function_timeout' });
      expect(await slept).toMatchObject({ code: 'unavailable', errorType: 'WorkerLost' });
    }));

  test('a function that exits costs its own call, even beside others', () =>
    withApp({ 'exit.ts': EXIT, 'sleep.ts': SLEEP, 'add.ts': ADD }, {}, async (app) => {
      const slept = app.call('sleep', 60_000);
      expect(await app.call('exit', 50)).toMatchObject({
        status: 'failed',
        code: 'function_failed',
        errorType: 'WorkerExited',
      });
      expect(await slept).toMatchObject({ code: 'unavailable', errorType: 'WorkerLost' });
      expect(await app.result('add', [1, 2])).toBe(3);
    }));

  test.each([
    ['arrays', EAT],
    ['objects', EAT_OBJECTS],
  ])('a function that eats memory (%s) costs its own call', (_kind, eat) =>
    withApp({ 'eat.ts': eat, 'add.ts': ADD }, { settings: { memoryMb: 128 } }, async (app) => {
      expect(await app.call('eat')).toMatchObject({
        code: 'function_failed',
        errorType: 'OutOfMemory',
      });
      expect(await app.result('add', [1, 2])).toBe(3);
    }),
  );

  test.if(process.platform !== 'win32')(
    'a worker whose memory ran out is believed, though its last words come after its end',
    () =>
      withApp(
        {
          'die.ts': `import { writeSync } from 'node:fs'; register({}, () => {
            writeSync(2, 'FATAL: Out of memory\\n');
            Bun.spawnSync(['/bin/sh', '-c', 'kill -9 ' + process.pid]);
          });`,
        },
        {
          spawnWorker: (options) => {
            const { promise: ended, resolve: end } = Promise.withResolvers<void>();
            const child = createSpawnWorker()({
              ...options,
              onExit(code, signal) {
                options.onExit(code, signal);
                end();
              },
            });
            const outputs = child.outputs.map((stream) =>
              stream.pipeThrough(new TransformStream({ start: () => ended })),
            );
            return { ...child, pid: child.pid, outputs };
          },
        },
        async (app) => expect(await app.call('die')).toMatchObject({ errorType: 'OutOfMemory' }),
      ),
  );

  test('calls that had not begun move away from a worker that spins, and run once', () =>
    withApp(
      {
        'spin.ts': `register({ timeout_seconds: 20 }, () => { const end = Date.now() + 1_500; while (Date.now() < end); });`,
        'count.ts': `import { appendFileSync } from 'node:fs';
          register({}, (_ctx, { file, n }) => appendFileSync(file, n + ' '));`,
      },
      {},
      async (app, folder) => {
        const file = `${folder.root}/counted`;
        const spun = app.call('spin');
        // The one worker spins, so these wait in its pipe, for one that is started in its place.
        const calls = Array.from({ length: 5 }, (_, n) => app.call('count', { file, n }));
        for (const called of await Promise.all(calls)) expect(called.status).toBe('succeeded');
        expect((await spun).status).toBe('succeeded');
        // The first worker found the calls in its pipe as well, and must have asked before running.
        await Bun.sleep(300);
        const counted = readFileSync(file, 'utf8').trim().split(' ').sort();
        expect(counted).toEqual(['0', '1', '2', '3', '4']);
      },
    ));

  test('the server stays free while functions spin in every worker', () =>
    withApp({ 'spin.ts': SPIN, 'add.ts': ADD }, { settings: { workers: 2 } }, async (app) => {
      // One may be refused: on a slow machine the second worker is not ready in its time.
      const spins = Promise.allSettled([app.call('spin'), app.call('spin')]);
      let turns = 0;
      let isDone = false;
      void spins.then(() => {
        isDone = true;
      });
      const began = performance.now();
      let longest = 0;
      while (!isDone) {
        const before = performance.now();
        await Bun.sleep(5);
        longest = Math.max(longest, performance.now() - before);
        turns++;
      }
      // Held up, the loop would have turned a handful of times. No absolute limit: a machine may be slow.
      expect(turns).toBeGreaterThan(20);
      expect(longest).toBeLessThan((performance.now() - began) / 2);
      expect(await app.result('add', [1, 2])).toBe(3);
    }));

  test('another function answers before the spinning ones are ended', () =>
    withApp(
      { 'spin.ts': `register({ timeout_seconds: 30 }, () => { for (;;); });`, 'add.ts': ADD },
      { settings: { workers: 1 } },
      async (app) => {
        let isSpinning = true;
        const spun = app.call('spin').finally(() => {
          isSpinning = false;
        });
        await Bun.sleep(50);
        expect(await app.result('add', [1, 2])).toBe(3);
        expect(isSpinning).toBe(true);
        await app.service.stop(0);
        expect(await spun).toMatchObject({ errorType: 'WorkerLost' });
      },
    ));

  test('slow calls run side by side in one worker', () =>
    withApp(
      {
        'meet.ts': `let arrived = 0; let open; const both = new Promise((r) => { open = r; });
          register({}, async () => { if (++arrived === 2) open(); await both; return process.pid; });`,
      },
      {},
      async (app) => {
        // Each waits for the other: one after the other they would wait for ever.
        const [a, b] = await Promise.all([app.result('meet'), app.result('meet')]);
        expect(a).toBe(b);
      },
    ));

  test('a full queue refuses, and says when to come back', () =>
    withApp(
      { 'sleep.ts': SLEEP },
      { settings: { maxQueue: 2 }, callsPerWorker: 1 },
      async (app) => {
        const accepted = [1, 2, 3].map(() => app.call('sleep', 200));
        expect(app.call('sleep', 1)).rejects.toMatchObject({
          code: 'unavailable',
          retryAfterSeconds: 1,
        });
        for (const called of await Promise.all(accepted)) expect(called.status).toBe('succeeded');
      },
    ));

  test('messages that user code sends by itself are dropped and logged', () => {
    let hasForged = false;
    return withApp(
      { 'forge.ts': `register({}, () => typeof process.send);`, 'add.ts': ADD },
      {
        spawnWorker: (options) => {
          const child = createSpawnWorker()(options);
          // One that takes the place of a busy worker sends nothing of that.
          if (hasForged) return child;
          hasForged = true;
          const forged = [null, 'text', { kind: 'done' }, { kind: 'done', id: 1, outcome: 5 }];
          const stray = { kind: 'done', id: 99, outcome: { status: 'succeeded', json: '1' } };
          // As if they came from the worker: user code that got hold of the pipe could send them.
          queueMicrotask(() => {
            for (const message of [...forged, stray]) options.onMessage(message);
          });
          return child;
        },
      },
      async (app) => {
        expect(await app.result('forge')).toBe('undefined');
        expect(await app.result('add', [1, 2])).toBe(3);
        expect(app.lines.filter(({ message }) => message.includes('dropped'))).toHaveLength(4);
      },
    );
  });

  test('an aborted caller aborts the signal of the function', () =>
    withApp(
      {
        'wait.ts': `register({}, (ctx) => new Promise((done) =>
          ctx.signal.addEventListener('abort', () => done(ctx.signal.reason.message))));`,
      },
      {},
      async (app) => {
        const gone = new AbortController();
        const call = app.service.call(SYSTEM, 'wait', null, { ...CALL, signal: gone.signal });
        await until(
          async () => (await app.service.listCalls({}, { limit: 1, offset: 0 })).total > 0,
        );
        gone.abort();
        expect(await call).toMatchObject({ json: '"The caller has gone."' });
      },
    ));

  test('output outside of any call goes to the log, and a flood of it is cut', () =>
    withApp(
      {
        'loud.ts': `console.log('while loading'); for (let i = 0; i < 5_000; i++) process.stdout.write('x' + i + '\\n');
          register({}, () => 1);`,
      },
      {},
      async (app) => {
        expect(await app.result('loud')).toBe(1);
        await until(() => app.lines.some(({ message }) => message === 'while loading'));
        expect(app.lines.filter(({ message }) => /^x\d/.test(message)).length).toBeLessThan(1_000);
      },
    ));

  test('without function files no process is started', () =>
    withApp(
      {},
      {
        spawnWorker: () => {
          throw new Error('not wanted');
        },
      },
      async (app) => {
        expect(app.service.isReady()).toBe(true);
        expect(app.service.adminList({ limit: 10, offset: 0 }).total).toBe(0);
      },
    ));
});
