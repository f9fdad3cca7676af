// Runs alone: it measures.
import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import type { CallResult } from '../../../src/features/functions/call-result.ts';
import {
  createSpawnWorker,
  type SpawnWorker,
} from '../../../src/features/functions/spawn-worker.ts';
import { until } from '../../support/until.ts';
import { type FunctionApp, withApp } from './function-app.ts';

setDefaultTimeout(600_000);

const ADD = `register({}, (_ctx, [x, y]) => x + y);`;
const SPIN = `register({ timeout_seconds: 3 }, () => { for (;;); });`;
const PID = `register({}, () => process.pid);`;
const SLEEP = `register({}, async (_ctx, ms) => { await Bun.sleep(ms); return process.pid; });`;
/** Holds its worker up for as long as it is told, and answers where. */
const HOLD = `register({ timeout_seconds: 60 }, async (_ctx, { before = 0, ms }) => {
  await Bun.sleep(before);
  const end = Date.now() + ms;
  while (Date.now() < end);
  return process.pid;
});`;

/** Knows which of the processes that it started are alive, and how many were at once at most. */
function countingSpawn() {
  const alive = new Set<number>();
  let most = 0;
  const spawn: SpawnWorker = (options) => {
    const child = createSpawnWorker()({
      ...options,
      onExit: (code, signal) => {
        alive.delete(child.pid);
        options.onExit(code, signal);
      },
    });
    alive.add(child.pid);
    most = Math.max(most, alive.size);
    return child;
  };
  return { spawn, alive, most: () => most };
}

/** Calls over and over until the other calls have ended; answers how each went and how long it took. */
async function callUntil(app: FunctionApp, name: string, others: Promise<unknown>) {
  let isSettled = false;
  void others.finally(() => {
    isSettled = true;
  });
  const calls: Promise<{ called: CallResult; ms: number }>[] = [];
  do {
    const before = performance.now();
    calls.push(
      app.call(name, [1, 2]).then((called) => ({ called, ms: performance.now() - before })),
    );
    await Bun.sleep(10);
  } while (!isSettled);
  return Promise.all(calls);
}

describe('quarantine', () => {
  test.each([
    [4, 1],
    [4, 2],
    [16, 1],
    [16, 2],
  ])(
    '%i spinning calls at once, with %i workers, stop no call of another function',
    (count, workers) => {
      const { spawn, most } = countingSpawn();
      return withApp(
        { 'spin.ts': SPIN, 'add.ts': ADD },
        { settings: { workers }, spawnWorker: spawn },
        async (app) => {
          await app.result('add', [1, 2]);
          // Refused are those whose turn did not come: one at a time may spin.
          const spins = Promise.all(
            Array.from({ length: count }, () => app.call('spin').catch(() => undefined)),
          );
          const others = await callUntil(app, 'add', spins);
          const times = others.map(({ ms }) => ms).sort((a, b) => a - b);
          const p99 = times[Math.floor(times.length * 0.99)] ?? Number.NaN;
          const longest = times.at(-1) ?? Number.NaN;
          console.log(
            `  ${count} spinning, ${workers} workers: ${others.length} others, p99 ${p99.toFixed(0)} ms, longest ${longest.toFixed(0)} ms`,
          );
          for (const { called } of others) expect(called.status).toBe('succeeded');
          // They spin for three seconds: nobody waited for the end of that.
          expect(longest).toBeLessThan(3_000);
          for (const spun of await spins)
            if (spun) expect(spun).toMatchObject({ code: 'function_timeout' });
          expect(most()).toBeLessThanOrEqual(workers * 2);
        },
      );
    },
  );

  test('a call that was granted, but not begun before its worker was held up, runs elsewhere', () => {
    const slowly: SpawnWorker = (options) => {
      const child = createSpawnWorker()(options);
      let isFirst = true;
      return {
        ...child,
        pid: child.pid,
        send(message) {
          // So late that the worker has to ask for each of them; the spinning call gets its answer first.
          if (message.kind === 'call' && isFirst) setTimeout(() => child.send(message), 150);
          else child.send(message);
          if (message.kind === 'grant') isFirst = false;
        },
      };
    };
    return withApp(
      { 'spin.ts': SPIN, 'add.ts': ADD },
      { settings: { workers: 1 }, spawnWorker: slowly },
      async (app) => {
        const [spun, added] = await Promise.all([app.call('spin'), app.call('add', [1, 2])]);
        expect(spun).toMatchObject({ code: 'function_timeout' });
        expect(added).toMatchObject({ status: 'succeeded', json: '3' });
      },
    );
  });

  test('a function that held up a worker runs in one of its own, until it has behaved for a while', () =>
    withApp({ 'hold.ts': HOLD, 'pid.ts': PID }, { settings: { workers: 1 } }, async (app) => {
      const isApart = async () =>
        (await app.result('hold', { ms: 0 })) !== (await app.result('pid'));
      expect(await isApart()).toBe(false);
      await app.result('hold', { ms: 800 });
      expect(await isApart()).toBe(true);
      // Held up again: the count starts anew.
      for (let n = 0; n < 15; n++) await app.result('hold', { ms: 0 });
      await app.result('hold', { ms: 800 });
      for (let n = 0; n < 15; n++) await app.result('hold', { ms: 0 });
      expect(await isApart()).toBe(true);
      for (let n = 0; n < 10; n++) await app.result('hold', { ms: 0 });
      expect(await isApart()).toBe(false);
    }));

  test('of several that were running, the one that does it again is found and the others go free', () =>
    withApp(
      { 'hold.ts': HOLD, 'sleep.ts': SLEEP, 'pid.ts': PID },
      { settings: { workers: 1 } },
      async (app) => {
        // It holds up after a while, when nobody can tell whether it or its neighbour does.
        const both = [app.call('sleep', 1_000), app.call('hold', { before: 300, ms: 600 })];
        for (const called of await Promise.all(both)) expect(called.status).toBe('succeeded');
        await app.result('hold', { before: 300, ms: 600 });
        const common = await app.result('pid');
        expect(await app.result('sleep', 0)).toBe(common);
        expect(await app.result('hold', { ms: 0 })).not.toBe(common);
      },
    ));

  test('a function that ends its worker over and over ends only its own', () =>
    withApp(
      { 'exit.ts': `register({}, () => process.exit(3));`, 'sleep.ts': SLEEP },
      { settings: { workers: 1 } },
      async (app) => {
        expect(await app.call('exit')).toMatchObject({ errorType: 'WorkerExited' });
        const slept = app.call('sleep', 1_000);
        for (let n = 0; n < 5; n++)
          expect(await app.call('exit')).toMatchObject({ errorType: 'WorkerExited' });
        expect((await slept).status).toBe('succeeded');
      },
    ));

  test('a call in quarantine may call a function that is there as well', () =>
    withApp(
      {
        'hold.ts': HOLD,
        'outer.ts': `register({}, async (ctx, { ms }) => {
          const end = Date.now() + ms; while (Date.now() < end);
          await ctx.functions.call('hold', { ms: 0 }); return 'both'; });`,
      },
      { settings: { workers: 1 } },
      async (app) => {
        await app.result('hold', { ms: 800 });
        await app.result('outer', { ms: 800 });
        expect(await app.result('outer', { ms: 0 })).toBe('both');
      },
    ));

  test('the worker of the quarantine ends when nobody needs it', () => {
    const { spawn, alive } = countingSpawn();
    return withApp(
      { 'hold.ts': HOLD, 'pid.ts': PID },
      { settings: { workers: 1 }, spawnWorker: spawn },
      async (app) => {
        await app.result('hold', { ms: 800 });
        await app.result('hold', { ms: 0 });
        await until(() => alive.size === 1);
        expect(await app.result('pid')).toBe([...alive][0]);
      },
    );
  });

  test('what spins outside of any call is ended, and the worker replaced', () => {
    const { spawn, alive } = countingSpawn();
    return withApp(
      {
        'stray.ts': `register({}, () => { setTimeout(() => { for (;;); }, 50); return process.pid; });`,
        'add.ts': ADD,
      },
      { settings: { workers: 1 }, spawnWorker: spawn },
      async (app) => {
        const pid = (await app.result('stray')) as number;
        await Bun.sleep(100);
        expect(await app.result('add', [1, 2])).toBe(3);
        await until(() => !alive.has(pid));
      },
    );
  });
});
