import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectStatus } from '../../scripts/support/http-client.ts';
import { formatRequest, RawConnection } from '../../scripts/support/raw-connection.ts';
import {
  createAdmin,
  createUser,
  makeTemporaryFolder,
  type ServerProcess,
  startBinary,
} from '../support/binary.ts';
import { FUNCTIONS, writeFiles } from '../support/fixtures.ts';
import { until } from '../support/until.ts';

const CALLERS = 16;
/** Enough that the end falls among full batches of rows. */
const ANSWERED_BEFORE_END = 3_000;

function createFolder(): string {
  const dir = makeTemporaryFolder();
  writeFiles(dir, {
    'functions/naps.ts': FUNCTIONS['functions/naps.ts'],
    'functions/who_am_i.ts': FUNCTIONS['functions/who_am_i.ts'],
  });
  return dir;
}

interface Answered {
  readonly id: string;
  /** How many others were answered before this one was sent. */
  readonly before: number;
}

/** Callers that go on until the server is gone; all calls that were answered, in that order. */
async function callUntilGone(
  server: ServerProcess,
  end: (answered: readonly Answered[]) => Promise<unknown>,
) {
  const answered: Answered[] = [];
  let ended: Promise<unknown> | undefined;
  const host = `127.0.0.1:${server.port}`;
  const request = formatRequest('POST', '/api/functions/who_am_i', { host, body: {} });
  const caller = async () => {
    const connection = await RawConnection.open('127.0.0.1', server.port);
    for (;;) {
      const before = answered.length;
      const answer = await connection.send(request).catch(() => undefined);
      if (answer === undefined) return;
      if (answer.status === 200) {
        const { call_id: id } = JSON.parse(answer.body.toString()) as { call_id: string };
        answered.push({ id, before });
      }
      if (answered.length >= ANSWERED_BEFORE_END) ended ??= end(answered);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  await ended;
  return answered;
}

function readHistory(server: ServerProcess): Map<string, string> {
  const database = new Database(join(server.dir, 'tinybase.db'), { readonly: true });
  const rows = database
    .query<{ id: string; status: string }, []>('SELECT id, status FROM function_call')
    .all();
  database.close();
  return new Map(rows.map(({ id, status }) => [id, status]));
}

test('SIGTERM under load: every call that was answered is in the history, and none is left running', async () => {
  await using server = await startBinary({ dir: createFolder() });
  const answered = await callUntilGone(server, async () => {
    expect(await server.stop()).toBe(0);
  });
  const history = readHistory(server);
  expect(answered.length).toBeGreaterThanOrEqual(ANSWERED_BEFORE_END);
  for (const { id } of answered) expect(history.get(id)).toBe('succeeded');
  for (const status of history.values()) expect(status).not.toBe('running');
});

test('kill -9 under load loses the last calls at most, and those that ran are Interrupted', async () => {
  await using server = await startBinary({
    dir: createFolder(),
    // So long a busy machine may take for the calls beside those that are cut off.
    env: { TINYBASE_FUNCTIONS_TIMEOUT_SECONDS: '600' },
  });
  const admin = await createAdmin(server);
  const naps = Array.from({ length: 3 }, () =>
    admin.post('/api/functions/naps', { ms: 600_000 }).catch(() => undefined),
  );
  const running = '/api/admin/functions/calls?status=running';
  await until(async () => (await admin.get(running)).body.total === naps.length);
  const ids: string[] = (await admin.get(running)).body.items.map(({ id }: { id: string }) => id);
  const answered = await callUntilGone(server, async ([first]) => {
    // On a slow disk it may be many calls until the first of them are written.
    await until(() => readHistory(server).get(first?.id ?? '') === 'succeeded', 'one is stored');
    await server.kill9();
  });
  await Promise.all(naps);

  await using again = await server.restart();
  const history = readHistory(again);
  const isStored = ({ id }: Answered) => history.get(id) === 'succeeded';
  const stored = answered.filter(isStored);
  expect(stored.length).toBeGreaterThan(0);
  // What ran side by side is written in any order. But of a call that is stored, all are stored that were
  // answered before it began.
  const surely = answered.slice(0, Math.max(...stored.map(({ before }) => before)));
  expect(surely.filter((call) => !isStored(call))).toEqual([]);
  for (const id of ids) {
    const call = expectStatus(
      await admin.get(`/api/admin/functions/calls/${id}`),
      200,
      'reading a call that was cut off',
    );
    expect(call).toMatchObject({ status: 'failed', error_type: 'Interrupted' });
    expect(call.finished_at).toMatch(/Z$/);
  }
  expect((await admin.get(running)).body.total).toBe(0);
});

test('a user with too many calls running is told when to come back', async () => {
  const dir = createFolder();
  const over = join(dir, 'over');
  writeFiles(dir, {
    'functions/waits.ts': `import { existsSync } from 'node:fs';
import { register } from 'tinybase';
register({ auth: 'auth', timeout_seconds: 600 }, async () => {
  while (!existsSync(${JSON.stringify(over)})) await Bun.sleep(10);
});`,
  });
  await using server = await startBinary({
    dir,
    env: { TINYBASE_FUNCTIONS_MAX_CONCURRENT_PER_USER: '2' },
  });
  const admin = await createAdmin(server);
  const ann = await createUser(server.url, 'ann@example.com');
  const waiting = [1, 2].map(() => ann.post('/api/functions/waits', {}));
  const running = '/api/admin/functions/calls?status=running';
  await until(async () => (await admin.get(running)).body.total === waiting.length);
  const refused = await ann.post('/api/functions/who_am_i', {});
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(refused.body).toEqual({
    detail: expect.stringContaining('functions.max_concurrent_per_user allows: 2'),
    code: 'too_many_requests',
  });
  expect((await ann.as(undefined).post('/api/functions/who_am_i', {})).status).toBe(200);
  writeFileSync(over, '');
  for (const { status } of await Promise.all(waiting)) expect(status).toBe(200);
  expect((await ann.post('/api/functions/who_am_i', {})).status).toBe(200);
  const metrics = await admin.get('/api/admin/functions/metrics?range=1h');
  expect(metrics.body.items).toContainEqual(
    expect.objectContaining({ function_name: 'waits', is_loaded: true, calls: 2, failures: 0 }),
  );
});
