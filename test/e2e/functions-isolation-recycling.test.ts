import { expect, test } from 'bun:test';
import { client, createAdmin, makeTemporaryFolder, startBinary } from '../support/binary.ts';
import { writeFiles } from '../support/fixtures.ts';
import { publicFunction } from '../support/function-source.ts';
import { childrenOf, HAS_PROC } from '../support/processes.ts';
import { until } from './functions-tools.ts';

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
  await until('another worker answers', async () => {
    calls++;
    const { status, body } = await anonymous.post('/api/functions/pid');
    expect(status).toBe(200);
    return body.result !== first;
  });
  if (HAS_PROC) await until('the old one has ended', () => !childrenOf(server.pid).includes(first));
  const counted = await admin.get('/api/admin/functions/calls?limit=1');
  expect(counted.body.total).toBe(calls);
  expect((await admin.get('/api/admin/functions/calls?status=failed')).body.total).toBe(0);
});
