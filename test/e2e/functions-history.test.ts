import { Database } from 'bun:sqlite';
import { describe, expect, test } from 'bun:test';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { client, createAdmin, makeTemporaryFolder, startBinary } from '../support/binary.ts';
import { writeFiles } from '../support/fixtures.ts';
import { publicFunction } from '../support/function-source.ts';
import { fault, problem, serveForFile } from '../support/served.ts';
import { until } from '../support/until.ts';
import { inFunctions, makeToken } from './functions-tools.ts';

const CALLS = '/api/admin/functions/calls';
/** How long a row of the history waits for others at least, to share a commit with them. */
const ROWS_WAIT_MS = 25;

interface Row {
  readonly id: string;
  readonly function_name: string;
  readonly status: string;
  readonly trigger_type: string;
  readonly trigger_id: string | null;
  readonly requested_by_user_id: string | null;
  readonly started_at: string;
  readonly duration_ms: number;
  readonly error_type: string | null;
}

const FILES = {
  'functions/naps.ts': publicFunction('async (ctx, { ms }) => { await Bun.sleep(ms); return ms; }'),
  // Until a file is there, so that a test decides how long it runs.
  'functions/waits.ts': publicFunction(
    "async () => { while (!existsSync('over')) await Bun.sleep(10); }",
    'timeout_seconds: 600',
  ),
  'functions/sometimes.ts': publicFunction(`(ctx, { how }) => {
    if (how === 'type') throw new TypeError('no');
    if (how === 'refuse') throw new FunctionError(402, 'Pay first');
    return how;
  }`),
  'functions/parent.ts': publicFunction(
    "async (ctx) => { await ctx.functions.call('naps', { ms: 1 }); await ctx.functions.call('naps', { ms: 1 }); }",
  ),
  'functions/leaves.ts': publicFunction('() => 1'),
  'functions/checked.ts': publicFunction('() => 1', 'input: t.Object({ n: t.Integer() })'),
};

const served = serveForFile(
  { ...FILES, 'tinybase.toml': '[functions]\nmax_concurrent_per_user = 2\n' },
  async ({ anonymous, ann, bob }) => {
    for (const who of [anonymous, ann, bob]) {
      for (const how of ['fine', 'type', 'refuse', 'fine'])
        await who.post('/api/functions/sometimes', { how });
      await who.post('/api/functions/naps', { ms: 5 });
      await who.post('/api/functions/parent', {});
    }
    // Not a call: its input does not fit.
    await ann.post('/api/functions/checked', { n: 'x' });
  },
);

async function list(query = ''): Promise<readonly Row[]> {
  const { status, body } = await served().admin.get(`${CALLS}?limit=1000&${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  expect(body.total).toBe(body.items.length);
  return body.items;
}

const ids = (rows: readonly Row[]) => rows.map(({ id }) => id);
const when = (time: string) => encodeURIComponent(time);

describe('history: filters', () => {
  test('every filter finds what it says and nothing else, newest first, and together they all hold', async () => {
    const { ann } = served();
    const all = await list();
    // 3 callers with 4 calls, a nap and a parent with two calls of its own.
    expect(all).toHaveLength(3 * 8);
    expect(all.map(({ function_name }) => function_name)).not.toContain('checked');
    const parents = all.filter(({ function_name }) => function_name === 'parent');
    const [parent] = parents;
    if (!parent) throw new Error('There is no call of parent');
    const filters: readonly (readonly [string, (row: Row) => boolean, number])[] = [
      ['function_name=sometimes', (row) => row.function_name === 'sometimes', 12],
      ['status=failed', (row) => row.status === 'failed', 6],
      ['status=succeeded', (row) => row.status === 'succeeded', 18],
      ['status=running', (row) => row.status === 'running', 0],
      ['trigger_type=manual', (row) => row.trigger_type === 'manual', 24],
      ['trigger_type=schedule', (row) => row.trigger_type === 'schedule', 0],
      [`trigger_id=${parent.id}`, (row) => row.trigger_id === parent.id, 2],
      [`user_id=${ann.id}`, (row) => row.requested_by_user_id === ann.id, 8],
      ['error_type=TypeError', (row) => row.error_type === 'TypeError', 3],
      ['error_type=FunctionError', (row) => row.error_type === 'FunctionError', 3],
    ];
    for (const [query, holds, count] of filters) {
      const found = await list(query);
      expect({ query, ids: ids(found) }).toEqual({ query, ids: ids(all.filter(holds)) });
      expect({ query, count: found.length }).toEqual({ query, count });
      for (const [other, alsoHolds] of filters)
        if (other.split('=')[0] !== query.split('=')[0])
          expect(ids(await list(`${query}&${other}`))).toEqual(
            ids(all.filter((row) => holds(row) && alsoHolds(row))),
          );
    }
    for (const page of [0, 1, 2])
      expect(
        (await served().admin.get(`${CALLS}?limit=10&offset=${page * 10}`)).body,
      ).toMatchObject({
        total: 24,
        page: page + 1,
        page_size: 10,
        items: all.slice(page * 10, page * 10 + 10),
      });
  });

  test('a time range holds its first moment and not its last, in whatever offset it is written', async () => {
    const all = await list();
    const moments = [...new Set(all.map(({ started_at }) => started_at))];
    for (const moment of [moments[0], moments[Math.floor(moments.length / 2)], moments.at(-1)]) {
      if (moment === undefined) throw new Error('There are no calls');
      const after = all.filter(({ started_at }) => started_at >= moment);
      const before = all.filter(({ started_at }) => started_at < moment);
      const elsewhere = new Date(Date.parse(moment) + 2 * 3_600_000)
        .toISOString()
        .replace('Z', '+02:00');
      for (const written of [moment, elsewhere]) {
        expect(ids(await list(`started_after=${when(written)}`))).toEqual(ids(after));
        expect(ids(await list(`started_before=${when(written)}`))).toEqual(ids(before));
      }
      const oldest = all.at(-1)?.started_at ?? '';
      expect(
        ids(
          await list(`started_after=${when(oldest)}&started_before=${when(moment)}&status=failed`),
        ),
      ).toEqual(ids(before.filter(({ status }) => status === 'failed')));
    }
    expect(await list(`started_after=2999-01-01T00:00:00Z`)).toEqual([]);
  });

  test.each([
    ['started_after', 'yesterday'],
    ['started_before', '2026-02-30T00:00:00Z'],
    ['status', 'lost'],
    ['limit', '0'],
    ['payload', 'x'],
  ])('what is no filter is refused with its place: %s=%s', async (key, value) => {
    const { status, body } = await served().admin.get(`${CALLS}?${key}=${value}`);
    expect(status).toBe(422);
    fault(['query', key])(body);
  });
});

describe('metrics: per-function counts, failure rate, p50, p95', () => {
  test('the figures are those of the history', async () => {
    const { anonymous, admin } = served();
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => anonymous.post('/api/functions/naps', { ms: n * 10 })),
    );
    const { body } = await admin.get('/api/admin/functions/metrics?range=1h');
    expect(body.range).toBe('1h');
    const names = body.items.map((item: { function_name: string }) => item.function_name);
    expect(names).toEqual(['checked', 'leaves', 'naps', 'parent', 'sometimes', 'waits']);
    for (const figures of body.items) {
      const calls = await list(`function_name=${figures.function_name}`);
      const failures = calls.filter(({ status }) => status === 'failed').length;
      const times = calls.map(({ duration_ms }) => duration_ms).sort((a, b) => a - b);
      const at = (part: number) => times[Math.ceil(times.length * part) - 1] ?? null;
      expect(figures).toEqual({
        function_name: figures.function_name,
        is_loaded: true,
        calls: calls.length,
        failures,
        failure_rate: calls.length === 0 ? null : failures / calls.length,
        p50_ms: at(0.5),
        p95_ms: at(0.95),
        last_called_at:
          calls
            .map(({ started_at }) => started_at)
            .sort()
            .at(-1) ?? null,
      });
    }
    const naps = body.items.find(
      (item: { function_name: string }) => item.function_name === 'naps',
    );
    expect(naps.p95_ms).toBeGreaterThanOrEqual(naps.p50_ms);
    expect(naps.p95_ms).toBeGreaterThanOrEqual(170);
  });

  test('a function that was deleted is still known by its calls', async () => {
    const { anonymous, admin, server } = served();
    await anonymous.post('/api/functions/leaves');
    rmSync(inFunctions(server.dir, 'leaves.ts'));
    const figures = async () =>
      (await admin.get('/api/admin/functions/metrics')).body.items.find(
        (item: { function_name: string }) => item.function_name === 'leaves',
      );
    await until(async () => (await figures()).is_loaded === false, 'it is gone');
    expect(await figures()).toMatchObject({ calls: 1, failures: 0, failure_rate: 0 });
  });

  test('only admins read the history and the figures', async () => {
    const { anonymous, ann } = served();
    for (const path of [CALLS, '/api/admin/functions/metrics', `${CALLS}/${crypto.randomUUID()}`]) {
      expect(await anonymous.get(path)).toMatchObject({
        status: 401,
        body: problem('unauthenticated'),
      });
      expect(await ann.get(path)).toMatchObject({ status: 403, body: problem('forbidden') });
    }
  });
});

describe('concurrency limit per user: 429 with Retry-After', () => {
  test('counts all sessions of a user together, and each API token for itself; calls of calls are free', async () => {
    const { admin, ann, anonymous, server } = served();
    const login = await anonymous.post('/api/auth/login', {
      email: 'ann@example.com',
      password: 'a long enough password',
    });
    const annAgain = anonymous.as(login.body.token);
    const program = anonymous.as(await makeToken(admin, ['functions:call']));
    const wait = (who: typeof anonymous) => who.post('/api/functions/waits');
    const running = [wait(ann), wait(annAgain), wait(program)];
    await until(async () => (await list('status=running')).length === 3, 'three run');
    for (const who of [ann, annAgain]) {
      const refused = await who.post('/api/functions/sometimes', { how: 'fine' });
      expect(refused.status).toBe(429);
      expect(refused.headers.get('retry-after')).toBe('1');
      expect(refused.body.code).toBe('too_many_requests');
    }
    // One call more is free here, and it makes two calls of its own.
    expect((await program.post('/api/functions/parent')).status).toBe(200);
    const rest = [wait(program)];
    await until(async () => (await list('status=running')).length === 4, 'four run');
    expect((await program.post('/api/functions/sometimes', { how: 'fine' })).status).toBe(429);
    expect((await admin.post('/api/functions/sometimes', { how: 'fine' })).status).toBe(200);
    expect(await list(`user_id=${ann.id}&status=running`)).toHaveLength(2);
    writeFileSync(join(server.dir, 'over'), '');
    for (const { status } of await Promise.all([...running, ...rest])) expect(status).toBe(200);
    expect((await ann.post('/api/functions/sometimes', { how: 'fine' })).status).toBe(200);
  });
});

describe('writing the history', () => {
  test('does not slow calls: many share one commit', async () => {
    const { admin, anonymous } = served();
    const commits = async () =>
      Number(
        /^tinybase_commits_total (\d+)/m.exec(String((await admin.get('/metrics')).body))?.[1],
      );
    const before = await commits();
    expect(before).toBeGreaterThan(0);
    const calls = 300;
    const began = performance.now();
    // One after the other: as many commits as calls, if each waited for its own.
    for (let n = 0; n < calls; n++)
      await anonymous.post('/api/functions/sometimes', { how: 'fine' });
    const used = (await commits()) - before;
    const tookMs = performance.now() - began;
    console.log(
      `  ${calls} calls in ${tookMs.toFixed(0)} ms, one after the other, took ${used} commits`,
    );
    // None at all, where the calls are quick and the disk is slow: the rows wait for that. Where the
    // calls themselves are slow, few share a commit; but there is none more often than rows wait.
    expect(used).toBeLessThan(Math.max(calls / 2, tookMs / (ROWS_WAIT_MS - 1)));
    expect((await list('function_name=sometimes')).length).toBeGreaterThanOrEqual(calls);
  });
});

describe('retention and a crash', () => {
  test('what is older than functions.call_retention_days is deleted at the start, what is younger stays', async () => {
    const dir = makeTemporaryFolder();
    writeFiles(dir, { ...FILES, 'tinybase.toml': '[functions]\ncall_retention_days = 7\n' });
    await using server = await startBinary({ dir });
    const admin = await createAdmin(server);
    const { call_id } = (await admin.post('/api/functions/naps', { ms: 1 })).body;
    expect(await server.stop()).toBe(0);
    const days = [0, 6, 8, 30, 400];
    const database = new Database(join(dir, 'tinybase.db'));
    const insert = database.query(
      `INSERT INTO function_call (id, function_name, status, trigger_type, started_at, finished_at, duration_ms, created_at)
       VALUES (?, ?, 'succeeded', 'manual', ?, ?, 1, ?)`,
    );
    database.transaction(() => {
      for (const age of days)
        for (let n = 0; n < 700; n++) {
          const time = new Date(Date.now() - age * 86_400_000 - 3_600_000).toISOString();
          insert.run(Bun.randomUUIDv7(), `aged_${age}`, time, time, time);
        }
    })();
    database.close();
    await using again = await server.restart();
    const later = client(again.url, admin.token);
    const count = async (query: string) => (await later.get(`${CALLS}?${query}`)).body.total;
    await until(async () => (await count('limit=1')) === 2 * 700 + 1, 'the old ones are gone');
    for (const age of days)
      expect(await count(`function_name=aged_${age}`)).toBe(age < 7 ? 700 : 0);
    expect((await later.get(`${CALLS}/${call_id}`)).status).toBe(200);
    await until(
      () =>
        /2100 function calls older than 7 days were deleted/.test(again.stdout() + again.stderr()),
      'it is in the log',
    );
  });

  test('a call that kill -9 cut off is Interrupted after the start, a failure of its function, and free again', async () => {
    const dir = makeTemporaryFolder();
    writeFiles(dir, FILES);
    await using server = await startBinary({
      dir,
      env: { TINYBASE_FUNCTIONS_MAX_CONCURRENT_PER_USER: '1' },
    });
    const admin = await createAdmin(server);
    const cut = admin.post('/api/functions/naps', { ms: 60_000 }).catch(() => undefined);
    const nested = client(server.url)
      .post('/api/functions/parent')
      .catch(() => undefined);
    await nested;
    const running = async (url: string) =>
      (await client(url, admin.token).get(`${CALLS}?status=running`)).body;
    await until(async () => (await running(server.url)).total === 1, 'it runs');
    const [{ id }] = (await running(server.url)).items;
    await server.kill9();
    await cut;
    await using again = await server.restart();
    const later = client(again.url, admin.token);
    expect((await running(again.url)).total).toBe(0);
    expect((await later.get(`${CALLS}?error_type=Interrupted`)).body.items).toMatchObject([
      { id, status: 'failed', finished_at: expect.any(String) },
    ]);
    const { body } = await later.get('/api/admin/functions/metrics');
    expect(body.items).toContainEqual(
      expect.objectContaining({ function_name: 'naps', calls: 3, failures: 1 }),
    );
    expect((await later.post('/api/functions/naps', { ms: 1 })).status).toBe(200);
    await until(
      () => /1 function calls were cut off/.test(again.stdout() + again.stderr()),
      'it is in the log',
    );
  });
});
