import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import type { Job, PoolOutcome } from '../../../src/features/functions/job.ts';
import { WorkerPool } from '../../../src/features/functions/pool.ts';
import { createSpawnWorker } from '../../../src/features/functions/spawn-worker.ts';
import { createFolder, until } from './function-app.ts';

setDefaultTimeout(120_000);

interface PoolTest {
  readonly call: (name: string, payload?: unknown) => Promise<PoolOutcome>;
  /** Processes, in all. */
  readonly started: () => number;
  readonly alive: () => number;
}

async function withPool(
  files: Readonly<Record<string, string>>,
  options: { readonly maxCallsPerWorker?: number; readonly memoryMb?: number; workers?: number },
  run: (pool: PoolTest) => Promise<void>,
): Promise<void> {
  const folder = createFolder(files);
  let started = 0;
  let alive = 0;
  const silent = () => undefined;
  const pool = new WorkerPool({
    spawn: (given) => {
      started++;
      alive++;
      return createSpawnWorker()({
        ...given,
        onExit: (code, signal) => {
          alive--;
          given.onExit(code, signal);
        },
      });
    },
    env: {},
    files: Object.keys(files).map(folder.pathOf),
    sources: { changed: () => [] },
    workers: 1,
    memoryMb: 256,
    maxQueue: 1_000,
    callsPerWorker: 128,
    loadTimeoutMs: 10_000,
    logger: {
      debug: silent,
      info: silent,
      warning: silent,
      error: silent,
      isEnabled: () => false,
    },
    ...options,
  });
  const call = (name: string, payload: unknown = null) =>
    new Promise<PoolOutcome>((resolve) => {
      const job: Job = {
        header: {
          function_name: name,
          trigger_type: 'manual',
          trigger_id: null,
          request_id: 'request-1',
          call_id: 'call-1',
          user_id: null,
          is_admin: false,
          now: 0,
          request: null,
        },
        payload: JSON.stringify(payload),
        timeoutMs: 60_000,
        depth: 0,
        onStarted: silent,
        onLine: silent,
        ask: async () => ({ json: 'null' }),
        onEnd: resolve,
      };
      pool.run(job);
    });
  try {
    await pool.load();
    await run({ call, started: () => started, alive: () => alive });
  } finally {
    pool.kill();
    folder.dispose();
  }
}

const PID = `register({}, () => process.pid);`;
const SLEEP = `register({}, async (_ctx, ms) => { await Bun.sleep(ms); return process.pid; });`;
/** Keeps what it is told to, as a cache without a bound would. */
const LEAK = `const held = []; register({}, (_ctx, mb) => {
  if (mb > 0) held.push(new Uint8Array(mb * 1e6).fill(1)); return process.pid; });`;

describe('recycling', () => {
  test('a worker makes place for a fresh one after many calls, and no call is lost', () =>
    withPool({ 'pid.ts': PID }, { maxCallsPerWorker: 100 }, async ({ call, started, alive }) => {
      const pids = new Set<string>();
      for (let n = 0; n < 3_000 && pids.size < 4; n++) {
        const outcome = await call('pid');
        expect(outcome.status).toBe('succeeded');
        if (outcome.status === 'succeeded') pids.add(outcome.json);
        await Bun.sleep(1);
      }
      expect(pids.size).toBe(4);
      // One takes over from one: nothing is started for nothing.
      expect(started()).toBeLessThanOrEqual(pids.size + 1);
      await until(() => alive() === 1);
    }));

  test('a call that runs while its worker is replaced goes on to its end there', () =>
    withPool({ 'pid.ts': PID, 'sleep.ts': SLEEP }, { maxCallsPerWorker: 5 }, async ({ call }) => {
      const slept = call('sleep', 2_000);
      const first = await call('pid');
      while (JSON.stringify(await call('pid')) === JSON.stringify(first)) await Bun.sleep(5);
      expect(await slept).toEqual(first);
    }));

  test('a worker that its calls have left large makes place for a fresh one', () =>
    withPool({ 'leak.ts': LEAK }, { memoryMb: 128 }, async ({ call }) => {
      const first = await call('leak', 90);
      for (;;) {
        const now = await call('leak', 0);
        expect(now.status).toBe('succeeded');
        if (JSON.stringify(now) !== JSON.stringify(first)) break;
        await Bun.sleep(20);
      }
    }));

  test('a worker that is large for a moment stays', () =>
    withPool(
      {
        'large.ts': `register({}, async () => {
          let held = new Uint8Array(90e6).fill(1); await Bun.sleep(200); held = null;
          await Bun.sleep(10); Bun.gc(true);
          return process.pid; });`,
        'pid.ts': PID,
      },
      { memoryMb: 128 },
      async ({ call, started }) => {
        const first = await call('large');
        for (let n = 0; n < 20; n++) {
          expect(await call('pid')).toEqual(first);
          await Bun.sleep(50);
        }
        expect(started()).toBe(1);
      },
    ));
});
