import { expect, setDefaultTimeout, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, expectStatus } from '../../scripts/support/http-client.ts';
import { client, createAdmin, makeTemporaryFolder, startBinary } from '../support/binary.ts';
import { writeFiles } from '../support/fixtures.ts';
import { until } from '../support/until.ts';

setDefaultTimeout(600_000);

const SCHEDULES = '/api/admin/schedules';
const SECONDS = 6;
const PER_SECOND = 10;
const KILLS = 5;
const HEAD_START_MS = 10_000;

interface Call {
  readonly id: string;
  readonly trigger_id: string;
  readonly status: string;
  readonly error_type: string | null;
  readonly created_at: string;
}

async function callsOf(admin: Client): Promise<readonly Call[]> {
  const path = '/api/admin/functions/calls?trigger_type=schedule&limit=1000';
  return expectStatus(await admin.get(path), 200, 'the history').items;
}

test('kill -9 among the ticks: no run happens twice, none is lost without a word', async () => {
  const dir = makeTemporaryFolder('schedules');
  const files = {
    'tinybase.toml': '[scheduler]\ninterval_seconds = 1\nmax_retries = 3\n',
    // What really happened: a line for each run, written at once.
    'functions/note.ts': `import { appendFileSync } from 'node:fs';
import { register } from 'tinybase';
register({ auth: 'admin' }, async (ctx) => {
  appendFileSync(${JSON.stringify(join(dir, 'runs.txt'))}, ctx.trigger_id + '\\n');
  await Bun.sleep(150);
});`,
  };
  writeFiles(dir, files);
  await using first = await startBinary({ dir });
  let server = first;
  const admin = await createAdmin(server);
  await until(async () => {
    const { body } = await admin.get('/api/functions');
    return body.total === 1;
  }, 'the function is there');
  // All are made before the first is due, also where that takes its time.
  const start = Date.now() + HEAD_START_MS;
  const ids = await Promise.all(
    Array.from({ length: SECONDS * PER_SECOND }, async (_, n) => {
      const time = new Date(start + (n % SECONDS) * 1_000).toISOString();
      const schedule = { method: 'once', date: time.slice(0, 10), time: time.slice(11, 19) };
      const body = { name: `once ${n}`, function_name: 'note', schedule };
      return expectStatus(await admin.post(SCHEDULES, body), 201, 'a schedule').id as string;
    }),
  );
  try {
    await Bun.sleep(start - Date.now());
    for (let kill = 0; kill < KILLS; kill++) {
      // At different distances from the tick, which comes with the start and each second after it.
      await Bun.sleep(600 + kill * 170);
      await server.kill9();
      server = await server.restart();
    }
    const again = client(server.url, admin.token);
    const isOver = async () => {
      const { body } = await again.get(`${SCHEDULES}?is_active=true`);
      const running = (await callsOf(again)).some(({ status }) => status === 'running');
      return body.total === 0 && !running;
    };
    await until(isOver, 'all have had their time');

    const runs = readFileSync(join(dir, 'runs.txt'), 'utf8').trim().split('\n');
    expect(new Set(runs).size).toBe(runs.length);
    const calls = await callsOf(again);
    expect(calls.map(({ trigger_id }) => trigger_id).sort()).toEqual(ids.toSorted());
    const ran = new Set(runs);
    const interrupted = calls.filter(({ status }) => status === 'failed');
    for (const { status, error_type, trigger_id } of calls)
      if (status === 'succeeded') expect(ran.has(trigger_id)).toBe(true);
      else expect(error_type).toBe('Interrupted');
    // The schedule tells the same as its call, though they are two rows.
    for (const { trigger_id, status } of calls) {
      const { body } = await again.get(`${SCHEDULES}/${trigger_id}`);
      const last_status = status === 'succeeded' ? 'succeeded' : 'interrupted';
      expect(body).toMatchObject({ last_status, is_active: false, retry_at: null });
    }
    console.log(
      `  ${KILLS} kills: ${ids.length} due, ${runs.length} ran, ${interrupted.length} interrupted, 0 twice, 0 lost`,
    );
    expect(await server.stop()).toBe(0);
  } finally {
    await server[Symbol.asyncDispose]();
  }
});

test('a missed run is made up for once after a stop, and a stop lets what runs end', async () => {
  const dir = makeTemporaryFolder('schedules');
  const done = join(dir, 'done.txt');
  writeFiles(dir, {
    'tinybase.toml': '[scheduler]\ninterval_seconds = 1\n',
    'functions/long.ts': `import { appendFileSync } from 'node:fs';
import { register } from 'tinybase';
register({}, async () => { await Bun.sleep(800); appendFileSync(${JSON.stringify(done)}, 'x'); });`,
  });
  await using first = await startBinary({ dir });
  const admin = await createAdmin(first);
  await until(
    async () => (await admin.get('/api/functions')).body.total === 1,
    'the function is there',
  );
  const schedule = { method: 'interval', unit: 'seconds', value: 2 };
  const body = { name: 'long', function_name: 'long', schedule };
  const made = expectStatus(await admin.post(SCHEDULES, body), 201, 'a schedule');
  const read = async (who: Client) => (await who.get(`${SCHEDULES}/${made.id}`)).body;
  await until(async () => (await read(admin)).last_status === 'running', 'it runs');
  expect(await first.stop()).toBe(0);
  // One, or more where the stop came late.
  const ended = readFileSync(done, 'utf8').length;
  // More are due meanwhile.
  await Bun.sleep(4_500);
  const before = Date.now();
  await using second = await first.restart();
  const again = client(second.url, admin.token);
  await until(async () => (await callsOf(again)).length > ended, 'it runs again');
  const calls = await callsOf(again);
  const next = Date.parse((await read(again)).next_run_at);
  expect(next).toBeGreaterThan(before);
  expect((next - Date.parse(made.next_run_at)) % 2_000).toBe(0);
  const old = calls.filter(({ created_at }) => Date.parse(created_at) < before);
  expect(old.map(({ status }) => status)).toEqual(Array(ended).fill('succeeded'));
  // One for all that was missed, and at most one for each time since; none but the first, as a rule.
  const dueSince = Math.ceil((next - before) / 2_000) - 1;
  expect(calls.length - ended).toBeLessThanOrEqual(1 + dueSince);
  expect(await second.stop()).toBe(0);
});

test('with scheduler.enabled off nothing runs by itself, and a run by hand does', async () => {
  const dir = makeTemporaryFolder('schedules');
  writeFiles(dir, {
    'tinybase.toml': '[scheduler]\nenabled = false\ninterval_seconds = 1\n',
    'functions/work.ts': `import { register } from 'tinybase';\nregister({}, () => 1);`,
  });
  await using server = await startBinary({ dir });
  const admin = await createAdmin(server);
  await until(
    async () => (await admin.get('/api/functions')).body.total === 1,
    'the function is there',
  );
  const schedule = { method: 'interval', unit: 'seconds', value: 1 };
  const body = { name: 'work', function_name: 'work', schedule };
  const made = expectStatus(await admin.post(SCHEDULES, body), 201, 'a schedule');
  await Bun.sleep(2_500);
  expect(await callsOf(admin)).toEqual([]);
  const { call_id } = expectStatus(
    await admin.post(`${SCHEDULES}/${made.id}/run`),
    202,
    'running it by hand',
  );
  await until(async () => (await callsOf(admin))[0]?.status === 'succeeded', 'it ended');
  expect((await callsOf(admin)).map(({ id }) => id)).toEqual([call_id]);
});
