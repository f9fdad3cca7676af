import { describe, expect, test } from 'bun:test';
import { createLoop, type LoopJob } from '../../../src/features/schedules/loop.ts';

/** A loop whose timer goes off when the test says so. */
function openLoop(jobs: readonly LoopJob[]) {
  const lines: string[] = [];
  let callback: (() => void) | undefined;
  const loop = createLoop({
    jobs,
    intervalMs: 1_000,
    logger: { error: (message) => void lines.push(message) },
    timers: {
      after(ms, next) {
        expect(ms).toBe(1_000);
        callback = next;
        return () => {
          callback = undefined;
        };
      },
    },
  });
  return {
    loop,
    lines,
    async start() {
      loop.start();
      await Bun.sleep(0);
    },
    hasTimer: () => callback !== undefined,
    async tick() {
      callback?.();
      await Bun.sleep(0);
    },
  };
}

const job = (name: string, everyTicks: number, run: LoopJob['run']): LoopJob => ({
  name,
  everyTicks,
  run,
});

describe('the loop', () => {
  test('runs each job with the first tick, and with each that many after that', async () => {
    const ran: string[] = [];
    const { start, tick } = openLoop([
      job('a', 1, async () => ran.push('a')),
      job('b', 3, async () => ran.push('b')),
    ]);
    await start();
    for (let n = 0; n < 4; n++) await tick();
    expect(ran.join('')).toBe('abaaaba');
  });

  test('goes on when a job fails, and tells of it', async () => {
    let count = 0;
    const fail = () => {
      count++;
      throw new Error('at once');
    };
    const { start, tick, lines } = openLoop([
      job('thrown', 1, fail),
      job('rejected', 1, () => Promise.reject(new Error('later'))),
    ]);
    await start();
    await tick();
    await tick();
    expect(count).toBe(3);
    expect(lines).toHaveLength(6);
    expect(new Set(lines)).toEqual(
      new Set([
        'The job thrown failed; it is tried again',
        'The job rejected failed; it is tried again',
      ]),
    );
  });

  test('a slow job neither overlaps itself nor delays the others', async () => {
    const slow = Promise.withResolvers<void>();
    const ran = { slow: 0, quick: 0 };
    const { start, tick } = openLoop([
      job('slow', 1, () => {
        ran.slow++;
        return slow.promise;
      }),
      job('quick', 1, async () => void ran.quick++),
    ]);
    await start();
    for (let n = 0; n < 5; n++) await tick();
    expect(ran).toEqual({ slow: 1, quick: 6 });
    slow.resolve();
    await Bun.sleep(0);
    await tick();
    expect(ran.slow).toBe(2);
  });

  test('a stop tells what runs, waits for it, and no tick follows', async () => {
    let isEnded = false;
    const { loop, hasTimer } = openLoop([
      job('long', 1, async (signal) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        isEnded = true;
      }),
    ]);
    loop.start();
    expect(hasTimer()).toBe(true);
    await loop.stop();
    expect(isEnded).toBe(true);
    expect(hasTimer()).toBe(false);
  });
});
