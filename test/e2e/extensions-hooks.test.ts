import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { client, createAdmin, makeTemporaryFolder, startBinary } from '../support/binary.ts';
import { openCollection, writeFiles } from '../support/fixtures.ts';
import { childrenOf, HAS_PROC, isRunning } from '../support/processes.ts';
import { serveForFile } from '../support/served.ts';
import { until } from '../support/until.ts';
import { answering, resultOf } from './functions-tools.ts';

setDefaultTimeout(600_000);

const HEAD = `import * as hooks from 'tinybase/extensions';
import { register, t } from 'tinybase';
const { HookError, before_record_create, before_record_update, on_record_create, on_startup } = hooks;
`;
const extension = (name: string, source: string) => ({
  [`extensions/${name}/extension.toml`]: `[extension]\nname = "${name}"\nversion = "1.0.0"\n`,
  [`extensions/${name}/main.ts`]: `${HEAD}${source}`,
});

const FILES = {
  // Hears of everything and writes it as a line.
  ...extension(
    'ears',
    `for (const name of ['on_user_login', 'on_user_register', 'on_record_create', 'on_record_update',
      'on_record_delete', 'on_function_call', 'on_function_complete'])
      hooks[name]((event) => {
        if (!['many', 'loop'].includes(event.collection)) console.log('EVENT ' + JSON.stringify({ hook: name, ...event }));
      });
    hooks.on_startup((event) => console.log('EVENT ' + JSON.stringify({ hook: 'on_startup', ...event })));
    hooks.on_shutdown((event) => console.log('EVENT ' + JSON.stringify({ hook: 'on_shutdown', ...event })));
    let many = 0;
    on_record_create({ collection: 'many' }, () => { if (++many % 1000 === 0) console.log('MANY ' + many); });`,
  ),
  ...extension(
    'gate',
    `before_record_create({ collection: 'notes' }, async (event) => {
      const { title } = event.data;
      if (title === 'teapot') throw new HookError(418, 'I am a teapot');
      if (title === 'throws') throw new Error('not with me');
      if (title === 'never') await new Promise(() => {});
      if (title === 'spins') for (;;);
      if (title === 'exits') process.exit(1);
      if (title === 'crashes') process.kill(process.pid, 'SIGSEGV');
      event.data.title = title + ' gate';
    });
    before_record_update({ collection: 'notes' }, ({ data, old }) => ({ ...data, title: old.title + ' > ' + data.title }));
    hooks.before_record_delete({ collection: 'notes' }, ({ data }) => {
      if (data.title.startsWith('keep')) throw new HookError(403, 'It stays');
    });`,
  ),
  ...extension(
    'hatch',
    `before_record_create({ collection: 'notes' }, (event) => ({ title: event.data.title + ' hatch' }));
    on_record_create({ collection: 'loop' }, (event, ctx) => ctx.db.collection('loop').create({ title: event.data.title + '+' }));
    register({ name: 'from_hatch', auth: 'public', input: t.Object({ n: t.Integer() }) },
      (_ctx, { n }) => ({ n: n + 1, secret: process.env.SECRET ?? null }));
    register({ name: 'write_note', auth: 'public' },
      async (ctx) => (await ctx.db.collection('notes').create({ title: 'by function' })).data.title);
    on_startup(() => console.log('SECRET ' + process.env.SECRET));`,
  ),
  ...extension('torn', `\nthrow new Error('no key');`),
  ...extension('twin', `register({ name: 'mine', auth: 'public' }, () => 'twin');`),
  'functions/mine.ts': answering('the local one'),
};

const dir = makeTemporaryFolder();
const served = serveForFile(FILES, async ({ admin }) => {
  for (const name of ['notes', 'many', 'loop', 'plain']) {
    const { status } = await admin.post('/api/collections', openCollection(name));
    expect(status).toBe(201);
  }
});
const log = () => served().server.stdout() + served().server.stderr();
/** Events that the ears heard, in their order. */
const heard = () =>
  [...log().matchAll(/EVENT (\{.*\}) extension=ears$/gm)].map(([, json = '']) => JSON.parse(json));
const make = (title: string, collection = 'notes') =>
  served().admin.post(`/api/collections/${collection}/records`, { title });
const titleOf = async (title: string) => {
  const { status, body } = await make(title);
  return status === 201 ? body.data.title : status;
};
/** The same, and again when the process was not there anew within the time of a write, on a busy machine. */
const titleInTheEnd = async (title: string) => {
  for (;;) {
    const { status, body } = await make(title);
    if (status === 201) return body.data.title;
    if (!/^The extensions are starting/.test(String(body.detail))) return status;
  }
};
const errorsOf = async (name: string): Promise<{ event: string; message: string }[]> =>
  (await served().admin.get(`/api/admin/extensions/${name}/errors`)).body.items;

describe('events', () => {
  test('everything that may be heard of is heard of, once, with what it is about', async () => {
    const { admin, server, ann } = served();
    const { body: note } = await admin.post('/api/collections/plain/records', { title: 'a' });
    const path = `/api/collections/plain/records/${note.id}`;
    await admin.patch(path, { title: 'b' });
    await admin.delete(path);
    expect(await resultOf(server.url, 'mine')).toBe('the local one');
    await until(
      () => heard().some(({ hook }) => hook === 'on_function_complete'),
      'the call has ended',
    );
    const of = (hook: string) => heard().filter((event) => event.hook === hook);
    expect(of('on_startup')).toEqual([{ hook: 'on_startup', name: 'ears', version: '1.0.0' }]);
    expect(of('on_user_register').map(({ email }) => email)).toEqual([
      'admin@example.com',
      'ann@example.com',
      'bob@example.com',
    ]);
    expect(of('on_user_login')).toContainEqual({
      hook: 'on_user_login',
      id: ann.id,
      email: 'ann@example.com',
      is_admin: false,
    });
    const record = {
      collection: 'plain',
      id: note.id,
      user_id: note.owner_id,
      request_id: expect.any(String),
    };
    const written = heard().filter(({ id }) => id === note.id);
    expect(written).toEqual([
      { hook: 'on_record_create', ...record, data: { title: 'a' } },
      { hook: 'on_record_update', ...record, data: { title: 'b' }, old: { title: 'a' } },
      { hook: 'on_record_delete', ...record, data: { title: 'b' } },
    ]);
    const call = { name: 'mine', call_id: expect.any(String), user_id: null };
    expect(of('on_function_call')).toEqual([{ hook: 'on_function_call', ...call }]);
    expect(of('on_function_complete')).toEqual([
      {
        hook: 'on_function_complete',
        ...call,
        status: 'succeeded',
        duration_ms: expect.any(Number),
        error_type: null,
      },
    ]);
  });

  test('what a function writes is put down to whoever called it and to their request', async () => {
    const { ann, server } = served();
    const response = await fetch(`${server.url}/api/functions/write_note`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ann.token}`, 'x-request-id': 'by-ann' },
    });
    const body = (await response.json()) as { result: unknown };
    expect(body.result).toBe('by function gate hatch');
    await until(() => heard().some(({ request_id }) => request_id === 'by-ann'), 'it is heard of');
    expect(heard().find(({ request_id }) => request_id === 'by-ann')).toMatchObject({
      hook: 'on_record_create',
      user_id: ann.id,
    });
  });

  test('an import is heard of row by row, however long it is', async () => {
    const rows = 12_000;
    const text = Array.from({ length: rows }, (_, n) => `{"title":"${n}"}`).join('\n');
    const path = '/api/collections/many/records/import';
    const { admin } = served();
    const response = await fetch(`${served().server.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', authorization: `Bearer ${admin.token}` },
      body: text,
    });
    expect(await response.json()).toMatchObject({ created: rows, failed: 0 });
    await until(() => log().includes(`MANY ${rows}`), 'the last was heard of');
    expect((await errorsOf('ears')).filter(({ event }) => event === 'queue')).toEqual([]);
  });

  test('a hook that causes itself ends after eight times, with an error that says so', async () => {
    await make('a', 'loop');
    await until(async () => (await errorsOf('hatch')).length > 0, 'it ended');
    const { body } = await served().admin.get('/api/collections/loop/records');
    expect(body.total).toBe(8);
    expect((await errorsOf('hatch')).map(({ event, message }) => [event, message])).toEqual([
      ['on_record_create', expect.stringContaining('a circle?')],
    ]);
  });
});

describe('before a write', () => {
  test('extensions change it in the order of their names, alone and in a batch', async () => {
    expect(await titleOf('one')).toBe('one gate hatch');
    const { admin } = served();
    const request = (data: object) => ({ method: 'POST', collection: 'notes', data });
    const { body } = await admin.post('/api/batch', {
      requests: [request({ title: 'two' }), request({ title: 'three' })],
    });
    expect(body.results.map((result: { record: { data: object } }) => result.record.data)).toEqual([
      { title: 'two gate hatch' },
      { title: 'three gate hatch' },
    ]);
    const { id } = body.results[0].record;
    const path = `/api/collections/notes/records/${id}`;
    const changed = await admin.patch(path, { title: 'new' });
    expect(changed.body.data.title).toBe('two gate hatch > new');
  });

  test('and refuse it, with a status of their own or 422', async () => {
    expect(await make('teapot')).toMatchObject({
      status: 418,
      body: { detail: 'I am a teapot', code: 'invalid_input' },
    });
    expect(await make('throws')).toMatchObject({
      status: 422,
      body: { detail: [{ loc: ['body'], msg: 'not with me', type: 'hook_refused' }] },
    });
    const { body } = await make('keep');
    const path = `/api/collections/notes/records/${body.id}`;
    expect(await served().admin.delete(path)).toMatchObject({
      status: 403,
      body: { detail: 'It stays' },
    });
  });

  test('no answer in 5 s is 503, and meanwhile the others have theirs', async () => {
    const never = make('never');
    expect(await titleOf('beside')).toBe('beside gate hatch');
    const { status, body } = await never;
    expect([status, body.code]).toEqual([503, 'unavailable']);
    const { body: found } = await served().admin.get(
      `/api/collections/notes/records?filter=${encodeURIComponent("title ~ 'never'")}`,
    );
    expect(found.total).toBe(0);
  });

  test('a spinning hook, process.exit and a crash cost no request but their own', async () => {
    for (const how of ['exits', 'crashes', 'spins']) {
      const bad = make(how);
      const others = Array.from({ length: 10 }, (_, n) => titleInTheEnd(`${how} ${n}`));
      const unhooked = make('free', 'plain');
      expect((await bad).status).toBe(503);
      expect((await unhooked).status).toBe(201);
      expect(await Promise.all(others)).toEqual(
        Array.from({ length: 10 }, (_, n) => `${how} ${n} gate hatch`),
      );
    }
    const processErrors = (await errorsOf('gate')).filter(({ event }) => event === 'process');
    expect(processErrors.map(({ message }) => message).reverse()).toEqual([
      expect.stringContaining('exit code 1'),
      expect.stringMatching(/signal|exit code/),
      expect.stringContaining('held up'),
    ]);
    const { body } = await served().admin.get('/api/admin/extensions/gate');
    expect(body).toMatchObject({ state: 'running', error: null });
  });
});

describe('extensions', () => {
  test('one that does not load is shown with file and line, and the others run', async () => {
    const { body } = await served().admin.get('/api/admin/extensions');
    const states = body.items.map((one: { name: string; state: string }) => [one.name, one.state]);
    expect(Object.fromEntries(states)).toEqual({
      ears: 'running',
      gate: 'running',
      hatch: 'running',
      torn: 'failed',
      twin: 'running',
    });
    const torn = body.items.find((one: { name: string }) => one.name === 'torn');
    expect(torn.error).toMatch(/extensions\/torn\/main\.ts:\d+:\d+: no key/);
  });

  test('bring functions, which run in the workers without the environment of the server', async () => {
    const { anonymous } = served();
    const call = await anonymous.post('/api/functions/from_hatch', { n: 1 });
    expect(call.body.result).toEqual({ n: 2, secret: null });
    expect((await anonymous.post('/api/functions/from_hatch', { n: 'x' })).status).toBe(422);
  });

  test('cannot take the name of a function that is there', async () => {
    const { admin, server } = served();
    expect(await resultOf(server.url, 'mine')).toBe('the local one');
    const { body } = await admin.get('/api/admin/functions');
    expect(
      body.load_errors.map((one: { file: string; message: string }) => [one.file, one.message]),
    ).toEqual([['extensions/twin/main.ts', expect.stringContaining('The name mine is taken by')]]);
  });

  test('go and come with their hooks and functions while the server runs', async () => {
    const { admin, anonymous } = served();
    const enable = (is_enabled: boolean) =>
      admin.patch('/api/admin/extensions/hatch', { is_enabled });
    await enable(false);
    expect(await titleOf('alone')).toBe('alone gate');
    await until(async () => {
      return (await anonymous.post('/api/functions/from_hatch', { n: 1 })).status === 404;
    }, 'its functions are gone');
    await enable(true);
    expect(await titleOf('both')).toBe('both gate hatch');
    await until(async () => {
      return (await anonymous.post('/api/functions/from_hatch', { n: 1 })).status === 200;
    }, 'its functions are back');
  });
});

test('the process has the whole environment, hears of the end, and does not outlive the server', async () => {
  writeFiles(dir, { ...FILES, 'tinybase.toml': '' });
  await using first = await startBinary({ dir, env: { SECRET: 'of the server' } });
  await until(() => first.stderr().includes('SECRET of the server'), 'it has started');
  expect(await first.stop()).toBe(0);
  expect(first.stderr()).toMatch(/EVENT \{"hook":"on_shutdown".*extension=ears/);
  if (!HAS_PROC) return;
  await using second = await startBinary({ dir });
  const children = childrenOf(second.pid);
  expect(children.length).toBeGreaterThan(0);
  process.kill(second.pid, 'SIGKILL');
  await until(() => !children.some(isRunning), 'all its processes are gone');
});

test('what an extension guarded stays shut when it does not load after a restart', async () => {
  const folder = makeTemporaryFolder();
  const guard = "before_record_create({ collection: 'notes' }, () => {});";
  writeFiles(folder, extension('guard', guard));
  const server = await startBinary({ dir: folder });
  const admin = await createAdmin(server);
  await admin.post('/api/collections', openCollection('notes'));
  await admin.post('/api/collections', openCollection('plain'));
  await server.stop();
  const broken = "throw new Error('the other service is down');";
  writeFileSync(join(folder, 'extensions/guard/main.ts'), broken);
  await using again = await startBinary({ dir: folder });
  const create = (collection: string) =>
    client(again.url).post(`/api/collections/${collection}/records`, { title: 'a' });
  const refused = await create('notes');
  expect([refused.status, JSON.stringify(refused.body).includes('guard')]).toEqual([503, false]);
  expect((await create('plain')).status).toBe(201);
  const told = 'the extension guard has a before-hook for it';
  await until(() => again.stderr().includes(told), 'the log says it');
});
