import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { createFolder, createFunctionApp, type FunctionApp } from './function-app.ts';

setDefaultTimeout(600_000);

/** `throw_it` takes the name of one of these. */
const THROWN = `{
  text: 'just text', nothing: undefined, null: null, number: 5, symbol: Symbol('s'),
  bare: Object.create(null), list: [1, 2],
  getter: { get message() { throw new Error('trap'); }, get name() { throw new Error('trap'); }, get stack() { throw 1; } },
  proxy: new Proxy({}, { get() { throw new Error('trap'); }, getPrototypeOf() { throw new Error('trap'); }, has() { throw 1; }, ownKeys() { throw 2; } }),
  error_proxy: new Proxy(new Error('x'), { get() { throw new Error('trap'); } }),
  error_getter: Object.defineProperty(new Error('x'), 'message', { get() { throw new Error('trap'); } }),
  odd_name: Object.assign(new Error('x'), { name: { toString() { throw 1; } } }),
  long_name: Object.assign(new Error('x'), { name: 'A b\\n'.repeat(500) }),
  odd_message: Object.defineProperty(new Error('x'), 'message', { value: { a: 1 } }),
  odd_stack: Object.assign(new Error('x'), { stack: 5 }),
  long_message: new Error('m'.repeat(1_000_000)),
  cyclic_cause: (() => { const e = new Error('round'); e.cause = new Error('and round', { cause: e }); return e; })(),
  deep_cause: Array.from({ length: 500 }).reduce((cause, _, n) => new Error('level ' + n, { cause }), undefined),
  odd_cause: new Error('x', { cause: new Proxy({}, { get() { throw 1; }, getPrototypeOf() { throw 1; } }) }),
  many: new AggregateError(Array.from({ length: 1000 }, (_, n) => new TypeError('part ' + n)), ''),
  odd_many: Object.assign(new AggregateError([], 'x'), { errors: null }),
  cyclic_data: (() => { const data = {}; data.data = data; return new FunctionError(409, 'taken', data); })(),
  bigint_data: new FunctionError(409, 'taken', { n: 1n }),
  trap_data: new FunctionError(409, 'taken', { toJSON() { throw new Error('trap'); } }),
  huge_data: new FunctionError(409, 'taken', 'x'.repeat(3_000_000)),
  odd_status: Object.assign(new FunctionError(409, 'taken'), { status: 200 }),
  text_status: Object.assign(new FunctionError(409, 'taken'), { status: '409' }),
  time_out: new DOMException('The operation timed out.', 'TimeoutError'),
}`;

const FILES = {
  'throw_it.ts': `register({ auth: 'public' }, async (_ctx, { kind }) => { const thrown = ${THROWN}; throw thrown[kind]; });`,
  'places.ts': `import { helper } from './lib/helper.ts';
interface Payload { readonly how: string }

register({ auth: 'public' }, async (_ctx, payload) => {
  const { how } = payload as Payload;
  if (how === 'here') throw new Error('here');
  await Bun.sleep(1);
  if (how === 'after await') throw new Error('after await');
  if (how === 'helper') await helper();
  if (how === 'package') (await import('broken-package')).fail();
  try { await helper(); } catch (cause) { throw new Error('wrapped', { cause }); }
});`,
  'db.ts': `register({ auth: 'public' }, (ctx) => ctx.db.collection('posts').get('x').then(() => ctx.db.collection('posts').count()));`,
  'outer.ts': `register({ auth: 'public' }, (ctx) => ctx.functions.call('places', { how: 'here' }));`,
  'meant.ts': `register({ auth: 'public' }, () => { throw new FunctionError(402, 'Pay first', { price: 5 }); });`,
};

describe('a call that fails', () => {
  const folder = createFolder(FILES);
  folder.writeRaw(
    'functions/lib/helper.ts',
    'export type Odd = { a: 1 };\n\nexport async function helper(): Promise<void> {\n  await 1;\n  throw new RangeError("from the helper");\n}\n',
  );
  folder.writeRaw('functions/node_modules/broken-package/package.json', '{"main":"index.js"}');
  folder.writeRaw(
    'functions/node_modules/broken-package/index.js',
    '\n\nexports.fail = () => {\n  throw new SyntaxError("in a package");\n};\n',
  );
  let app: FunctionApp;
  beforeAll(async () => {
    app = createFunctionApp(folder);
    await app.service.start();
  });
  afterAll(async () => {
    await app.stop();
    folder.dispose();
  });
  const post = async (name: string, body: unknown, as?: string) => {
    const answer = await app.request('POST', `/api/functions/${name}`, body, as);
    return {
      status: answer.status,
      body: answer.body as Record<string, string>,
      text: answer.text,
    };
  };

  test.each([
    ['text', 'Error', 'just text'],
    ['nothing', 'Error', 'undefined'],
    ['null', 'Error', 'null'],
    ['number', 'Error', '5'],
    ['symbol', 'Error', 'Symbol(s)'],
    ['bare', 'Error', ''],
    ['list', 'Error', '[ 1, 2 ]'],
    ['getter', 'Error', ''],
    ['proxy', 'Error', ''],
    ['error_proxy', 'Error', ''],
    ['error_getter', 'Error', 'cannot be read'],
    ['odd_name', 'Error', 'x'],
    ['long_name', 'AbAbAb', 'x'],
    ['odd_message', 'Error', '[object Object]'],
    ['odd_stack', 'Error', 'x'],
    ['long_message', 'Error', 'mmmm'],
    ['cyclic_cause', 'Error', 'round'],
    ['deep_cause', 'Error', 'level 499'],
    ['odd_cause', 'Error', 'x'],
    ['many', 'AggregateError', 'part 0; part 1'],
    ['odd_many', 'AggregateError', 'x'],
    ['time_out', 'TimeoutError', 'The operation timed out.'],
  ])(
    'whatever was thrown (%s), is answered, and the worker lives on',
    async (kind, type, message) => {
      const { status, body, text } = await post('throw_it', { kind }, 'admin');
      expect([status, body.status, body.code]).toEqual([500, 'failed', 'function_failed']);
      expect(body.error_type).toStartWith(type);
      expect(body.error_type?.length).toBeLessThanOrEqual(100);
      expect(body.error).toContain(message);
      expect(text.length).toBeLessThan(20_000);
    },
  );

  test.each(['cyclic_data', 'bigint_data', 'trap_data', 'huge_data'])(
    'with a FunctionError whose data JSON cannot hold (%s) keeps its status and message',
    async (kind) => {
      const { status, body } = await post('throw_it', { kind });
      expect([status, body.error, body.data]).toEqual([409, 'taken', undefined]);
    },
  );

  test.each(['odd_status', 'text_status'])(
    'with a FunctionError whose status was changed to none of an error (%s) is a 500',
    async (kind) => {
      const { status, body } = await post('throw_it', { kind });
      expect([status, body.error]).toEqual([500, 'taken']);
    },
  );

  test.each([
    ['here', 'functions/places.ts:6:'],
    ['after await', 'functions/places.ts:8:'],
    ['helper', 'functions/lib/helper.ts:5:'],
    ['package', 'functions/node_modules/broken-package/index.js:4:'],
  ])('shows an admin the true place (%s), and hides our own frames', async (how, place) => {
    const { body } = await post('places', { how }, 'admin');
    expect(body.stack).toContain(place);
    // Relative to the project, as an editor shows it.
    expect(body.stack).not.toContain(folder.root);
    expect(body.stack).not.toContain('src/worker');
    expect(body.stack).not.toMatch(/processTicks|async_hooks/);
    const line = app.lines.findLast(({ fields }) => fields.call_id === body.call_id);
    expect(line?.fields.stack).toContain(place);
  });

  test('shows the place of the caller as well, and of every cause', async () => {
    const { body } = await post('places', { how: 'cause' }, 'admin');
    expect(body.error).toBe('wrapped');
    expect(body.stack).toMatch(
      /places\.ts:11:[\s\S]*Caused by: RangeError: from the helper[\s\S]*helper\.ts:5:/,
    );
  });

  test('in a function that it called shows the place there', async () => {
    const { body } = await post('outer', {}, 'admin');
    expect(body.error).toBe('here');
    expect(body.stack).toMatch(/Caused by: [\s\S]*places\.ts:6:/);
  });

  test('shows the public neither message nor stack nor path', async () => {
    for (const as of [undefined, 'ann']) {
      const { text, body } = await post('places', { how: 'here' }, as);
      expect(text).not.toContain('places.ts');
      expect(body).not.toHaveProperty('stack');
      expect(body.error).toContain('An admin finds the reason');
    }
  });

  test('by what ctx.db refused is a failure like any other', async () => {
    const hidden = await post('db', {});
    expect([hidden.status, hidden.body.error_type]).toEqual([500, 'TinyBaseError']);
    expect(hidden.body.error).toContain('An admin finds the reason');
    expect((await post('db', {}, 'admin')).body.error).toBe('There is no database.');
  });

  test('on purpose tells its message and data to everybody, and its place to admins only', async () => {
    const { status, body } = await post('meant', {});
    expect([status, body.error]).toEqual([402, 'Pay first']);
    expect(body).toMatchObject({ data: { price: 5 }, error_type: 'FunctionError' });
    expect(body).not.toHaveProperty('stack');
    expect((await post('meant', {}, 'admin')).body.stack).toContain('functions/meant.ts:1:');
  });
});

test('in debug everybody reads the reason and the place', async () => {
  const folder = createFolder({
    'a.ts': `register({ auth: 'public' }, () => { throw new Error('why'); });`,
  });
  const app = createFunctionApp(folder, { isDebug: true });
  await app.service.start();
  const { body } = await app.request('POST', '/api/functions/a', {});
  expect(body).toMatchObject({ error: 'why', stack: expect.stringContaining('functions/a.ts:1:') });
  await app.stop();
  folder.dispose();
});

test('a file that throws something unreadable while it loads is reported, and stops no other', async () => {
  const folder = createFolder({
    'a.ts': `throw Object.create(null);`,
    'b.ts': `throw new Proxy({}, { get() { throw 1; }, getPrototypeOf() { throw 1; } });`,
    'c.ts': `register({}, () => 'fine');`,
  });
  const app = createFunctionApp(folder);
  await app.service.start();
  expect(app.service.loadErrors().map(({ file }) => file)).toEqual([
    'functions/a.ts',
    'functions/b.ts',
  ]);
  expect(await app.result('c')).toBe('fine');
  await app.stop();
  folder.dispose();
});
