// Runs alone: it measures.
import { describe, expect, test } from 'bun:test';
import type { Answer } from '../../scripts/support/http-client.ts';
import { publicFunction } from '../support/function-source.ts';
import { childrenOf, HAS_PROC } from '../support/processes.ts';
import { serveForFile } from '../support/served.ts';
import { until } from '../support/until.ts';

const WORKERS = 2;
const SPIN_SECONDS = 3;

const spins = publicFunction('() => { for (;;); }', `timeout_seconds: ${SPIN_SECONDS}`);
const served = serveForFile({
  'tinybase.toml': `[functions]\nworkers = ${WORKERS}\n`,
  'functions/spins_4.ts': spins,
  'functions/spins_16.ts': spins,
  'functions/adds.ts': publicFunction(
    'async (ctx, { x, y }) => x + y',
    'input: t.Object({ x: t.Integer(), y: t.Integer() })',
  ),
});

/** What another function, /health and the list of processes did while the calls went on. */
async function watch(calls: Promise<unknown>) {
  const { anonymous, server } = served();
  const state = { isOver: false };
  void calls.finally(() => {
    state.isOver = true;
  });
  const times: number[] = [];
  const refused: Answer[] = [];
  let healthChecks = 0;
  let most = 0;
  const adding = async () => {
    for (let n = 0; !state.isOver; n++) {
      const began = performance.now();
      const answer = await anonymous.post('/api/functions/adds', { x: n, y: 1 });
      times.push(performance.now() - began);
      if (answer.status !== 200 || answer.body.result !== n + 1) refused.push(answer);
      await Bun.sleep(5);
    }
  };
  const checking = async () => {
    while (!state.isOver) {
      expect((await anonymous.get('/health')).body).toMatchObject({ status: 'ok' });
      healthChecks++;
      if (HAS_PROC) most = Math.max(most, childrenOf(server.pid).length);
      await Bun.sleep(20);
    }
  };
  await Promise.all([adding(), adding(), checking()]);
  times.sort((a, b) => a - b);
  const at = (part: number) => times[Math.floor((times.length - 1) * part)] ?? Number.NaN;
  return {
    refused,
    healthChecks,
    most,
    count: times.length,
    p50: at(0.5),
    p99: at(0.99),
    max: at(1),
  };
}

describe.each([4, 16])('pool: %d spinning calls at once', (count) => {
  let seen: Awaited<ReturnType<typeof watch>> | undefined;

  test('every call of another function is answered, and none waits for a spinning one to be ended', async () => {
    const { anonymous } = served();
    const spinning = Promise.all(
      Array.from({ length: count }, () => anonymous.post(`/api/functions/spins_${count}`, {})),
    );
    seen = await watch(spinning);
    const { p50, p99, max, healthChecks, most } = seen;
    console.log(
      `  ${count} spinning calls: ${seen.count} calls of another function, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, slowest ${max.toFixed(1)} ms; ${healthChecks} health checks; at most ${most} workers`,
    );
    expect(seen.refused).toEqual([]);
    expect(seen.count).toBeGreaterThan(count);
    expect(healthChecks).toBeGreaterThan(0);
    expect(max).toBeLessThan(SPIN_SECONDS * 1000);
    const ends = (await spinning).map(({ status, body }) => `${status} ${body.code}`);
    // Those that found no worker in all that time were refused without having begun.
    expect(ends).toContain('504 function_timeout');
    expect(['504 function_timeout', '503 unavailable']).toEqual(expect.arrayContaining(ends));
  });

  test.if(HAS_PROC)(
    'substitutes are started, at most until there are twice functions.workers',
    () => {
      expect(seen?.most).toBeGreaterThan(WORKERS);
      expect(seen?.most).toBeLessThanOrEqual(WORKERS * 2);
    },
  );
});

test.if(HAS_PROC)(
  'pool: once nothing spins there are as many workers as functions.workers says',
  () => until(() => childrenOf(served().server.pid).length === WORKERS, 'there are as many'),
);
