// Runs alone: it measures.
import { expect, test } from 'bun:test';
import { client, createAdmin, makeTemporaryFolder, startBinary } from '../support/binary.ts';
import { writeFiles } from '../support/fixtures.ts';
import { publicFunction } from '../support/function-source.ts';
import { childrenOf, HAS_PROC } from '../support/processes.ts';
import { until } from '../support/until.ts';

/** After so many calls a worker makes place for a fresh one. */
const MAX_CALLS = 100_000;
const SIDE_BY_SIDE = 500;
const ROUND = 10_000;

test('pool: a worker is recycled after 100,000 calls and no sooner; no call fails, none is missing in the history', async () => {
  const dir = makeTemporaryFolder();
  writeFiles(dir, {
    'tinybase.toml': '[functions]\nworkers = 1\n',
    'functions/pid.ts': publicFunction('() => process.pid'),
    // Calls of calls, which are calls as all others are and take no connection each.
    'functions/many.ts': publicFunction(
      `async (ctx, { count }) => {
        const pids = new Set();
        for (let n = 0; n < count; n += ${SIDE_BY_SIDE})
          for (const pid of await Promise.all(Array.from({ length: ${SIDE_BY_SIDE} }, () => ctx.functions.call('pid')))) pids.add(pid);
        return [...pids];
      }`,
      'timeout_seconds: 600',
    ),
  });
  await using server = await startBinary({ dir });
  const admin = await createAdmin(server);
  const anonymous = client(server.url);
  const first = (await anonymous.post('/api/functions/pid')).body.result;
  let calls = 1;
  for (; calls + ROUND < MAX_CALLS; calls += ROUND + 1) {
    const { body } = await anonymous.post('/api/functions/many', { count: ROUND });
    expect(body.result).toEqual([first]);
  }
  await anonymous.post('/api/functions/many', { count: ROUND });
  calls += ROUND + 1;
  await until(async () => {
    calls++;
    const { status, body } = await anonymous.post('/api/functions/pid');
    expect(status).toBe(200);
    return body.result !== first;
  }, 'another worker answers');
  if (HAS_PROC) await until(() => !childrenOf(server.pid).includes(first), 'the old one has ended');
  // Its last rows may take a slow disk longer than a reader waits for them.
  const count = async () => (await admin.get('/api/admin/functions/calls?limit=1')).body.total;
  await until(async () => (await count()) >= calls, `${calls} are in the history`);
  expect(await count()).toBe(calls);
  expect((await admin.get('/api/admin/functions/calls?status=failed')).body.total).toBe(0);
});
