import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { ANONYMOUS } from '../../../src/core/actor.ts';
import { createFolder, createFunctionApp, type FunctionApp } from './function-app.ts';

setDefaultTimeout(600_000);

const FILES = {
  'add.ts': `register({ description: 'Adds', auth: 'public', tags: ['math'], timeout_seconds: 5,
    input: t.Object({ x: t.Integer(), y: t.Integer() }), output: t.Object({ sum: t.Integer() }) },
    (_ctx, { x, y }) => { console.log('adding'); return { sum: x + y }; });`,
  'members.ts': `register({}, (ctx) => ctx.user_id);`,
  'admins.ts': `register({ auth: 'admin' }, (ctx) => ctx.is_admin);`,
  'throws.ts': `register({ auth: 'public' }, () => { throw new Error('secret reason'); });`,
  'meant.ts': `register({ auth: 'public' }, () => { throw new FunctionError(402, 'Pay first', { price: 5 }); });`,
  'hangs.ts': `register({ auth: 'public', timeout_seconds: 0.3 }, () => new Promise(() => {}));`,
  'request.ts': `register({ auth: 'public' }, (ctx) => ctx.request);`,
  'hook.ts': `register({ auth: 'public', raw_body: true }, () => new HttpAnswer(204));`,
  'broken.ts': `register({}, (`,
};

describe('over HTTP', () => {
  const folder = createFolder(FILES);
  let app: FunctionApp;
  beforeAll(async () => {
    app = createFunctionApp(folder, { settings: { workers: 2 } });
    await app.service.start();
  });
  afterAll(async () => {
    await app.stop();
    folder.dispose();
  });

  test('a call answers its id, its status and the result', async () => {
    const { status, body } = await app.request('POST', '/api/functions/add', { x: 1, y: 2 });
    expect(status).toBe(200);
    expect(body).toEqual({
      call_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      status: 'succeeded',
      result: { sum: 3 },
    } as never);
  });

  test('a call may come without a body and with any query', async () => {
    const { body } = await app.request('POST', '/api/functions/request?colour=red&logs=true');
    expect(body).toMatchObject({
      result: {
        method: 'POST',
        query: { colour: 'red', logs: 'true' },
        headers: { 'x-colour': 'green' },
        ip: expect.any(String),
      },
    });
  });

  test('a name that stands in the query more than once has all its values', async () => {
    const { body } = await app.request('POST', '/api/functions/request?a=1&b=&a=2&a=3&__proto__=x');
    const { query } = (body as { result: { query: object } }).result;
    expect(Object.entries(query)).toEqual([
      ['a', ['1', '2', '3']],
      ['b', ''],
      ['__proto__', 'x'],
    ]);
  });

  test('credentials never reach the function', async () => {
    const { text } = await app.request('POST', '/api/functions/request', undefined, 'ann');
    expect(text).not.toContain('secret');
    expect(text).not.toContain('Bearer');
  });

  test.each([
    ['an anonymous caller, a function for members', 'members', undefined, 401],
    ['a member, a function for members', 'members', 'ann', 200],
    ['an anonymous caller, a function for admins', 'admins', undefined, 401],
    ['a member, a function for admins', 'admins', 'ann', 403],
    ['an admin, a function for admins', 'admins', 'admin', 200],
    ['anybody, no such function', 'none', 'ann', 404],
  ])('access: %s', async (_name, name, as, status) => {
    expect((await app.request('POST', `/api/functions/${name}`, {}, as)).status).toBe(status);
    const schema = await app.request('GET', `/api/functions/${name}/schema`, undefined, as);
    expect(schema.status).toBe(status);
  });

  test('a throw is a 500 whose reason only admins read', async () => {
    const { status, body } = await app.request('POST', '/api/functions/throws', {});
    const hidden = 'The function failed. An admin finds the reason under this call_id.';
    expect(status).toBe(500);
    expect(body).toEqual({
      call_id: expect.any(String),
      status: 'failed',
      error: hidden,
      error_type: 'Error',
      detail: hidden,
      code: 'function_failed',
    } as never);
    const shown = await app.request('POST', '/api/functions/throws', {}, 'admin');
    expect(shown.body).toMatchObject({ error: 'secret reason', detail: 'secret reason' });
  });

  test('a FunctionError keeps its status, message and data', async () => {
    const { status, body } = await app.request('POST', '/api/functions/meant', {});
    expect(status).toBe(402);
    expect(body).toMatchObject({
      error: 'Pay first',
      code: 'function_failed',
      data: { price: 5 },
    });
  });

  test('a time-out is a 504', async () => {
    const { status, body } = await app.request('POST', '/api/functions/hangs', {});
    expect(status).toBe(504);
    expect(body).toMatchObject({ code: 'function_timeout', error_type: 'TimeoutError' });
  });

  test('console lines come to the admin who asks for them, and to nobody else', async () => {
    const path = '/api/functions/add?logs=true';
    const input = { x: 1, y: 2 };
    expect((await app.request('POST', path, input, 'admin')).body).toMatchObject({
      logs: ['adding'],
    });
    expect((await app.request('POST', path, input, 'ann')).text).not.toContain('logs');
  });

  test('the list holds what the caller may call', async () => {
    const namesFor = async (as?: string) => {
      const { body } = await app.request('GET', '/api/functions?limit=50', undefined, as);
      return (body as { items: { name: string }[] }).items.map(({ name }) => name);
    };
    const open = ['add', 'hangs', 'hook', 'meant', 'request', 'throws'];
    expect(await namesFor()).toEqual(open);
    expect(await namesFor('ann')).toEqual([...open, 'members'].sort());
    expect(await namesFor('admin')).toEqual([...open, 'members', 'admins'].sort());
    const { body } = await app.request('GET', '/api/functions?limit=1');
    expect(body).toMatchObject({ total: 6, page: 1, page_size: 1 });
  });

  test('the schema of a function is plain JSON Schema', async () => {
    const { body } = await app.request('GET', '/api/functions/add/schema');
    expect(body).toEqual({
      name: 'add',
      description: 'Adds',
      auth: 'public',
      tags: ['math'],
      timeout_seconds: 5,
      input_schema: {
        type: 'object',
        properties: { x: { type: 'integer' }, y: { type: 'integer' } },
        required: ['x', 'y'],
        additionalProperties: false,
      },
      output_schema: {
        type: 'object',
        properties: { sum: { type: 'integer' } },
        required: ['sum'],
      },
      raw_body: false,
    } as never);
  });

  test('the OpenAPI document has what a function takes, answers and fails with', () => {
    const { paths, schemas } = app.service.openApi(ANONYMOUS, []);
    const operation = (name: string) =>
      (paths[`/api/functions/${name}`] as { post: Record<string, object> }).post;
    const json = (schema: object) => ({ 'application/json': { schema } });
    const anything = { '*/*': { schema: { type: 'string', format: 'binary' } } };
    expect(operation('add')).toMatchObject({
      operationId: 'callAdd',
      summary: 'Adds',
      requestBody: { required: true, content: json({ $ref: '#/components/schemas/AddInput' }) },
    });
    expect(Object.keys(operation('add').responses ?? {})).toEqual([
      '200',
      '404',
      '429',
      '500',
      '503',
      '504',
    ]);
    expect(operation('request').requestBody).toEqual({
      required: false,
      content: json({}),
    });
    expect(operation('hook')).toMatchObject({
      requestBody: { required: false, content: anything },
      responses: { 200: { content: anything } },
    });
    expect(Object.keys(schemas)).toEqual(['AddInput', 'AddOutput']);
    expect(paths).not.toHaveProperty('/api/functions/admins');
  });

  test('admins see files, times and load errors; others nothing', async () => {
    const { body } = await app.request('GET', '/api/admin/functions', undefined, 'admin');
    expect(body).toMatchObject({
      total: 8,
      load_errors: [{ file: 'functions/broken.ts', line: 1, loaded_version: null }],
    });
    expect((body as { items: unknown[] }).items[0]).toMatchObject({
      name: 'add',
      module: 'add',
      file_path: 'functions/add.ts',
      last_loaded_at: expect.stringMatching(/Z$/),
      is_current: true,
    });
    for (const path of ['functions', 'functions/calls', 'function-calls', 'functions/add/source']) {
      expect((await app.request('GET', `/api/admin/${path}`, undefined, 'ann')).status).toBe(403);
      expect((await app.request('GET', `/api/admin/${path}`)).status).toBe(401);
    }
  });

  test('admins read the source', async () => {
    const path = '/api/admin/functions/members/source';
    const { body } = await app.request('GET', path, undefined, 'admin');
    expect(body).toEqual({
      file_path: 'functions/members.ts',
      source: expect.stringContaining('register({}, (ctx) => ctx.user_id);'),
    } as never);
  });

  test('the history is filtered over HTTP, and bad values are refused', async () => {
    const path = '/api/admin/functions/calls';
    const list = (query: string) => app.request('GET', `${path}?${query}`, undefined, 'admin');
    const { body } = await list('function_name=meant&status=failed&error_type=FunctionError');
    const { items } = body as { items: { id: string; error_message: string }[] };
    expect(items).toMatchObject([{ error_message: 'Pay first', trigger_type: 'manual' }]);
    const one = await app.request('GET', `${path}/${items[0]?.id}`, undefined, 'admin');
    expect(one.body).toEqual(items[0] as never);
    expect((await app.request('GET', `${path}/none`, undefined, 'admin')).status).toBe(404);
    const alias = await app.request(
      'GET',
      '/api/admin/function-calls?function_name=meant',
      undefined,
      'admin',
    );
    expect(alias.body).toEqual((await list('function_name=meant')).body);
    expect((await list('started_after=2000-01-01T02:00:00%2B02:00&limit=1')).status).toBe(200);
    for (const bad of [
      'status=done',
      'trigger_type=x',
      'limit=0',
      'offset=-1',
      'started_after=yesterday',
      'started_before=2030-13-45T00:00:00Z',
      'colour=red',
    ])
      expect((await list(bad)).status).toBe(422);
  });
});
