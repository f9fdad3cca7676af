import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publicFunction } from '../support/function-source.ts';
import { serveForFile, TIMESTAMP, UUID_V7 } from '../support/served.ts';
import { until } from '../support/until.ts';

/** Everybody lists, each changes only what is their own. */
const TASKS = {
  name: 'tasks',
  schema: {
    fields: [
      { name: 'title', type: 'string', required: true, max_length: 20, unique: true },
      { name: 'points', type: 'integer', default: 1 },
    ],
  },
  options: {
    access: { list: 'owner', read: 'owner', create: 'auth', update: 'owner', delete: 'owner' },
  },
};

const served = serveForFile(
  {
    // One worker that is sent one call after the other is where calls that wait for calls could lock up.
    'tinybase.toml': '[functions]\nworkers = 1\n',
    'functions/members.ts': publicFunction(`(ctx, payload) => ({
      members: Object.keys(ctx).sort(),
      db: Object.keys(ctx.db).sort(),
      collection: Object.keys(ctx.db.collection('tasks')).sort(),
      as_caller: Object.keys(ctx.db.as_caller()).sort(),
      log: Object.keys(ctx.log).sort(),
      functions: Object.keys(ctx.functions),
      is_date: ctx.now instanceof Date,
      is_signal: ctx.signal instanceof AbortSignal && !ctx.signal.aborted,
      function_name: ctx.function_name,
      trigger_type: ctx.trigger_type,
      trigger_id: ctx.trigger_id,
      request_id: ctx.request_id,
      call_id: ctx.call_id,
      user_id: ctx.user_id,
      is_admin: ctx.is_admin,
      now: ctx.now,
      request: ctx.request,
      payload: payload ?? null,
    })`),
    'functions/logs.ts': publicFunction(`(ctx) => {
      ctx.log.debug('at debug'); ctx.log.info('at info', { n: 1 }); ctx.log.warning('at warning');
      ctx.log.error('at error'); console.log('by console', [1, 2]); console.error('by console.error');
    }`),
    'functions/crud.ts': publicFunction(`async (ctx) => {
      const tasks = ctx.db.collection('tasks');
      const made = await tasks.create({ title: 'crud' });
      const changed = await tasks.update(made.id, { points: 5 });
      const page = await tasks.list({ filter: 'points = 5', sort: '-title', fields: ['title'], limit: 1 });
      const count = await tasks.count({ filter: 'title = "crud"' });
      const found = await tasks.get(made.id);
      await tasks.delete(made.id);
      return { made, changed, page, count, found, gone: await tasks.get(made.id) };
    }`),
    'functions/db.ts': publicFunction(
      `async (ctx, { as, op, args }) => {
        const db = as === 'caller' ? ctx.db.as_caller() : ctx.db;
        try {
          return { ok: op === 'batch' ? await db.batch(args) : await db.collection('tasks')[op](...args) };
        } catch (error) {
          return { name: error.name, code: error.code, faults: error.faults };
        }
      }`,
    ),
    'functions/admins_only.ts': publicFunction(
      `(ctx, payload) => ({ user_id: ctx.user_id, is_admin: ctx.is_admin, trigger_id: ctx.trigger_id,
        trigger_type: ctx.trigger_type, request_id: ctx.request_id, call_id: ctx.call_id, payload })`,
      "auth: 'admin'",
    ),
    'functions/asks_admins.ts': publicFunction(
      'async (ctx, payload) => ({ own: ctx.call_id, inner: await ctx.functions.call("admins_only", payload) })',
    ),
    'functions/deep.ts': publicFunction(
      'async (ctx, { n }) => (n === 0 ? 0 : 1 + (await ctx.functions.call("deep", { n: n - 1 })))',
    ),
    'functions/waits.ts': publicFunction(
      `async (ctx, { mark }) => {
        ctx.signal.addEventListener('abort', () => appendFileSync('aborted', mark + ' ' + ctx.signal.reason.name + ': ' + ctx.signal.reason.message + '\\n'));
        appendFileSync('waiting', mark + '\\n');
        await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve));
        return 'aborted';
      }`,
      'timeout_seconds: 60',
    ),
    'functions/waits_briefly.ts': publicFunction(
      `async (ctx, { mark }) => {
        await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve));
        appendFileSync('aborted', mark + ' ' + ctx.signal.reason.name + ': ' + ctx.signal.reason.message + '\\n');
      }`,
      'timeout_seconds: 2',
    ),
    'functions/calls_waits.ts': publicFunction(
      'async (ctx, payload) => { await ctx.functions.call("waits", payload); }',
      'timeout_seconds: 60',
    ),
    'functions/after_its_end.ts': publicFunction(`(ctx) => {
      setTimeout(async () => {
        const { code } = await ctx.db.collection('tasks').count().catch((error) => error);
        appendFileSync('after', code + '\\n');
      }, 50);
    }`),
  },
  async ({ admin }) => {
    await admin.post('/api/collections', TASKS);
  },
);

const readLines = (name: string): string[] => {
  try {
    return readFileSync(join(served().server.dir, name), 'utf8').trim().split('\n');
  } catch {
    return [];
  }
};

describe('ctx has what SPEC says, and nothing else', () => {
  test('its members, and what they hold for a signed-in caller', async () => {
    const { ann, admin } = served();
    const { body, headers } = await ann.request(
      'POST',
      '/api/functions/members?a=1&b=2&b=3',
      { x: 1 },
      {
        'x-request-id': 'of-the-test',
        'x-own': 'kept',
        cookie: 'secret=1',
        'proxy-authorization': 'Basic c2VjcmV0',
        'user-agent': 'test',
      },
    );
    expect(headers.get('x-request-id')).toBe('of-the-test');
    const seen = body.result;
    expect(seen).toEqual({
      members: [
        'call_id',
        'db',
        'function_name',
        'functions',
        'is_admin',
        'log',
        'now',
        'request',
        'request_id',
        'signal',
        'trigger_id',
        'trigger_type',
        'user_id',
      ],
      db: ['as_caller', 'batch', 'collection'],
      collection: ['count', 'create', 'delete', 'get', 'list', 'update'],
      as_caller: ['batch', 'collection'],
      log: ['debug', 'error', 'info', 'warning'],
      functions: ['call'],
      is_date: true,
      is_signal: true,
      function_name: 'members',
      trigger_type: 'manual',
      trigger_id: null,
      request_id: 'of-the-test',
      call_id: body.call_id,
      user_id: ann.id,
      is_admin: false,
      now: expect.stringMatching(TIMESTAMP),
      request: {
        method: 'POST',
        query: { a: '1', b: ['2', '3'] },
        headers: expect.objectContaining({ 'x-own': 'kept', 'user-agent': 'test' }),
        ip: '127.0.0.1',
        body: null,
      },
      payload: { x: 1 },
    });
    for (const name of ['authorization', 'cookie', 'proxy-authorization'])
      expect(Object.keys(seen.request.headers)).not.toContain(name);
    // ctx.now is the moment of the call, on the clock of the history.
    const { body: row } = await admin.get(`/api/admin/functions/calls/${body.call_id}`);
    expect(row.created_at <= seen.now && seen.now <= row.finished_at).toBe(true);
  });

  test('nobody and an admin are told apart', async () => {
    const { anonymous, admin } = served();
    expect((await anonymous.post('/api/functions/members')).body.result).toMatchObject({
      user_id: null,
      is_admin: false,
      payload: null,
    });
    const { result } = (await admin.post('/api/functions/members')).body;
    expect(result).toMatchObject({ user_id: expect.stringMatching(UUID_V7), is_admin: true });
  });

  test('ctx.log and console lines go to the log with the call_id, and to an admin who asks for them', async () => {
    const { admin, ann, server } = served();
    const { body } = await admin.post('/api/functions/logs?logs=true');
    expect(body.logs).toEqual([
      'debug: at debug',
      `at info ${Bun.inspect({ n: 1 })}`,
      'warning: at warning',
      'error: at error',
      `by console ${Bun.inspect([1, 2])}`,
      'error: by console.error',
    ]);
    const read = () =>
      (server.stdout() + server.stderr())
        .split('\n')
        .filter((line) => line.includes(`call_id=${body.call_id}`));
    await until(() => read().some((line) => line.includes('console.error')), 'all is logged');
    const lines = read();
    // The log of a server leaves out debug unless it is asked for.
    for (const text of ['at info', 'at warning', 'at error', 'by console', 'by console.error'])
      expect(lines.join('\n')).toContain(text);
    for (const line of lines) expect(line).toContain('function=logs');
    expect((await ann.post('/api/functions/logs?logs=true')).body).not.toHaveProperty('logs');
  });
});

describe('ctx.db', () => {
  test('lists, gets, creates, updates, deletes and counts with full rights', async () => {
    const { result } = (await served().anonymous.post('/api/functions/crud')).body;
    const { made } = result;
    expect(made).toMatchObject({ owner_id: null, data: { title: 'crud', points: 1 } });
    expect(result).toEqual({
      made: expect.objectContaining({ id: expect.stringMatching(UUID_V7) }),
      changed: { ...made, data: { title: 'crud', points: 5 }, updated_at: expect.any(String) },
      page: {
        items: [expect.objectContaining({ id: made.id, data: { title: 'crud' } })],
        total: 1,
        page: 1,
        page_size: 1,
        next_cursor: null,
      },
      count: 1,
      found: result.changed,
      gone: null,
    });
  });

  test('refuses what HTTP would refuse, with the same code and faults', async () => {
    const { anonymous, admin } = served();
    const data = { title: 'x'.repeat(21), nonsense: 1 };
    const { result } = (await anonymous.post('/api/functions/db', { op: 'create', args: [data] }))
      .body;
    const overHttp = await admin.post('/api/collections/tasks/records', data);
    expect(overHttp.status).toBe(422);
    expect(result).toEqual({
      name: 'TinyBaseError',
      code: overHttp.body.code,
      faults: overHttp.body.detail,
    });
  });

  test('as_caller() obeys the rules of whoever called, and what is made is theirs', async () => {
    const { ann, bob, anonymous, admin } = served();
    const db = async (who: typeof anonymous, op: string, ...args: unknown[]) =>
      (await who.post('/api/functions/db', { as: 'caller', op, args })).body.result;
    const made = (await db(ann, 'create', { title: 'of ann' })).ok;
    expect(made.owner_id).toBe(ann.id);
    expect((await db(ann, 'list')).ok.total).toBe(1);
    expect((await db(ann, 'update', made.id, { points: 2 })).ok.data.points).toBe(2);

    expect((await db(bob, 'list')).ok.total).toBe(0);
    expect((await db(bob, 'get', made.id)).ok).toBe(null);
    expect(await db(bob, 'update', made.id, { points: 3 })).toMatchObject({ code: 'not_found' });
    expect(await db(bob, 'delete', made.id)).toMatchObject({ code: 'not_found' });
    expect(await db(anonymous, 'list')).toMatchObject({ code: 'unauthenticated' });
    expect(await db(anonymous, 'create', { title: 'of nobody' })).toMatchObject({
      code: 'unauthenticated',
    });
    // Full rights are still there beside it.
    const full = await bob.post('/api/functions/db', { op: 'get', args: [made.id] });
    expect(full.body.result.ok.data).toEqual({ title: 'of ann', points: 2 });
    expect((await db(admin, 'get', made.id)).ok.id).toBe(made.id);
    expect((await db(ann, 'delete', made.id)).ok).toBeUndefined();
  });

  test('batch is atomic: one change that is refused undoes all', async () => {
    const { anonymous, admin } = served();
    const batch = async (args: readonly unknown[]) =>
      (await anonymous.post('/api/functions/db', { op: 'batch', args })).body.result;
    const post = (title: string) => ({ method: 'POST', collection: 'tasks', data: { title } });
    const titles = async () =>
      (await admin.get('/api/collections/tasks/records?sort=title')).body.items.map(
        (item: { data: { title: string } }) => item.data.title,
      );
    const { ok } = await batch([post('one'), post('two')]);
    expect(ok.map(({ status }: { status: number }) => status)).toEqual([201, 201]);
    const [one, two] = ok.map(({ record }: { record: { id: string } }) => record.id);
    const change = (data: object) => ({ method: 'PATCH', collection: 'tasks', id: one, data });
    const refused = await batch([
      post('three'),
      change({ title: 'renamed' }),
      { method: 'DELETE', collection: 'tasks', id: two },
      post('renamed'),
    ]);
    expect(refused.name).toBe('TinyBaseError');
    expect(await titles()).toEqual(['one', 'two']);
    // Later ones see what earlier ones did.
    const done = await batch([change({ title: 'free' }), post('one')]);
    expect(done.ok).toHaveLength(2);
    expect(await titles()).toEqual(['free', 'one', 'two']);
  });

  test('a call that has ended may ask for nothing', async () => {
    await served().anonymous.post('/api/functions/after_its_end');
    await until(() => readLines('after').length === 1, 'it has asked');
    expect(readLines('after')).toEqual(['conflict']);
  });
});

describe('ctx.functions.call', () => {
  test("keeps the caller's identity, is not checked against auth, and is a call of its own", async () => {
    const { ann, admin } = served();
    expect((await ann.post('/api/functions/admins_only', {})).status).toBe(403);
    const { body } = await ann.post('/api/functions/asks_admins', { x: [1] });
    const { own, inner } = body.result;
    expect(own).toBe(body.call_id);
    expect(inner).toEqual({
      user_id: ann.id,
      is_admin: false,
      trigger_id: body.call_id,
      trigger_type: 'manual',
      request_id: expect.any(String),
      call_id: expect.stringMatching(UUID_V7),
      payload: { x: [1] },
    });
    expect(inner.call_id).not.toBe(own);
    const listed = await admin.get(`/api/admin/functions/calls?trigger_id=${own}`);
    expect(listed.body.items).toMatchObject([
      { id: inner.call_id, function_name: 'admins_only', requested_by_user_id: ann.id },
    ]);
  });

  test('is depth-limited: a circle ends with a sentence, what is not that deep goes well', async () => {
    const { anonymous, admin } = served();
    expect((await anonymous.post('/api/functions/deep', { n: 8 })).body.result).toBe(8);
    const { status, body } = await admin.post('/api/functions/deep', { n: 9 });
    expect(status).toBe(500);
    expect(body).toMatchObject({ code: 'function_failed', error: expect.stringMatching(/8 deep/) });
  });

  test('never deadlocks: with one worker, more calls than it takes at once that all wait for calls', async () => {
    const { anonymous } = served();
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => anonymous.post('/api/functions/deep', { n: 4 })),
    );
    expect(answers.map(({ body }) => body.result)).toEqual(answers.map(() => 4));
  });
});

describe('ctx.signal', () => {
  /** Hangs up once the call has begun. */
  async function hangUp(name: string, mark: string): Promise<void> {
    const { server } = served();
    const caller = new AbortController();
    const call = fetch(`${server.url}/api/functions/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ mark }),
      signal: caller.signal,
    });
    await until(() => readLines('waiting').includes(mark), 'it has begun');
    caller.abort();
    await expect(call).rejects.toThrow();
    await until(
      () => readLines('aborted').some((line) => line.startsWith(mark)),
      'its signal is aborted',
    );
  }

  test('is aborted when the caller hangs up', async () => {
    await hangUp('waits', 'direct');
    expect(readLines('aborted')).toContain('direct AbortError: The caller has gone.');
  });

  test('is aborted when the caller of the caller hangs up', () => hangUp('calls_waits', 'nested'));

  test('is aborted when the time is up, with a moment left to tidy up', async () => {
    const { anonymous } = served();
    const answer = await anonymous.post('/api/functions/waits_briefly', { mark: 'late' });
    expect(answer).toMatchObject({ status: 504, body: { code: 'function_timeout' } });
    await until(
      () => readLines('aborted').some((line) => line.startsWith('late')),
      'it has tidied up',
    );
    expect(readLines('aborted')).toContain('late AbortError: The time is up.');
  });
});
