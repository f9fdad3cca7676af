import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { AppError } from '../../../src/core/errors.ts';
import { until } from '../../support/until.ts';
import { createFolder, createFunctionApp, type FunctionApp } from './function-app.ts';

setDefaultTimeout(600_000);

const FILES = {
  'add_numbers.ts': `register({
    description: 'Add two numbers', tags: ['math'],
    input: t.Object({ x: t.Integer(), y: t.Integer(), label: t.Optional(t.String({ maxLength: 3 })) }),
    output: t.Object({ sum: t.Integer() }),
  }, (ctx, { x, y }) => ({ sum: x + y }));`,
  'anything.ts': `register({}, (_ctx, payload) => payload);`,
  'defaults.ts': `register({ input: t.Object({ n: t.Integer({ default: 7 }) }) }, (_ctx, { n }) => n);`,
  'throws.ts': `class CardDeclined extends Error {}
    register({}, () => { throw new CardDeclined('card 4111 declined'); });`,
  'throws_text.ts': `register({}, () => { throw 'just text'; });`,
  'meant.ts': `register({ input: t.Object({ status: t.Integer() }) }, (_ctx, { status }) => {
    throw new FunctionError(status, 'Not enough stock', { left: 2 });
  });`,
  'wrong_output.ts': `register({ output: t.Object({ n: t.Integer() }) }, () => ({ n: 'many' }));`,
  'date_output.ts': `register({ output: t.Object({ at: t.String({ format: 'date-time' }) }) },
    () => ({ at: new Date(0) }));`,
  'returns.ts': `const values = { function: () => () => 1, inner: () => ({ a: { f() {} } }), bigint: () => 1n,
      cycle: () => { const a = {}; a.a = a; return a; }, map: () => new Map([[1, 2]]), nothing: () => undefined };
    register({}, (_ctx, kind) => values[kind]());`,
  'chatty.ts': `register({}, async (ctx) => {
    console.log('hello', { a: 1 }); console.error('bad'); await 1; ctx.log.warning('careful');
  });`,
  'flood.ts': `register({}, () => { for (let i = 0; i < 100_000; i++) console.log('line', i); return 'done'; });`,
  'tells.ts': `register({}, async (ctx, label) => {
    console.log(label, 1); await Bun.sleep(label === 'a' ? 30 : 10); console.log(label, 2);
  });`,
  'env.ts': `register({}, () => ({ ...process.env }));`,
  'context.ts': `register({}, (ctx) => {
    const { db, functions, log, signal, now, ...plain } = ctx;
    return { ...plain, isDate: now instanceof Date, isAborted: signal.aborted };
  });`,
  'own_errors.ts': `register({}, () => { Promise.reject(new Error('nobody awaits this')); return 'fine'; });`,
};

describe('a call', () => {
  const folder = createFolder(FILES);
  let app: FunctionApp;
  beforeAll(async () => {
    app = createFunctionApp(folder, { settings: { env: { ALLOWED: 'yes' } } });
    await app.service.start();
  });
  afterAll(async () => {
    await app.stop();
    folder.dispose();
  });
  const faultsOf = async (name: string, payload: unknown) => {
    const error = await app.call(name, payload).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(AppError);
    return (error as AppError).faults;
  };

  test('answers what the function returns', async () => {
    expect(await app.result('add_numbers', { x: 1, y: 2 })).toEqual({ sum: 3 });
  });

  test('tells every fault of the input at once, in the form of the API', async () => {
    const faults = await faultsOf('add_numbers', { x: 'one', lable: 'a', label: 'long' });
    expect(faults).toEqual(
      expect.arrayContaining([
        { loc: ['body', 'x'], msg: 'must be a whole number', type: 'int_type' },
        { loc: ['body', 'y'], msg: 'is required', type: 'missing' },
        { loc: ['body', 'label'], msg: 'must have at most 3 characters', type: 'string_too_long' },
        {
          loc: ['body', 'lable'],
          msg: 'is not known; did you mean label?',
          type: 'extra_forbidden',
        },
      ]),
    );
    expect(faults).toHaveLength(4);
  });

  test('without a body is refused by a function that takes one', async () => {
    expect(await faultsOf('add_numbers', undefined)).toEqual([
      { loc: ['body'], msg: 'must be an object', type: 'dict_type' },
    ]);
  });

  test('with input that does not fit leaves no trace in the history', async () => {
    const before = await app.service.listCalls({}, { limit: 1, offset: 0 });
    await faultsOf('add_numbers', {});
    expect(await app.service.listCalls({}, { limit: 1, offset: 0 })).toEqual(before);
  });

  test('fills defaults of the input', async () => {
    expect(await app.result('defaults', {})).toBe(7);
  });

  test('without a schema takes and answers any JSON', async () => {
    const value = { a: [1, null, { b: 'ü' }] };
    expect(await app.result('anything', value)).toEqual(value);
    expect(await app.result('anything')).toBeNull();
  });

  test('that throws fails with the name of the class, and hides the message from the public', async () => {
    const seen = await app.call('throws');
    expect(seen).toMatchObject({
      status: 'failed',
      code: 'function_failed',
      errorType: 'CardDeclined',
      error: 'card 4111 declined',
    });
    const hidden = await app.request('POST', '/api/functions/throws', {}, 'ann');
    expect(hidden.status).toBe(500);
    expect(hidden.text).not.toContain('4111');
    const line = app.lines.find(({ message }) => message.includes('card 4111 declined'));
    expect(line?.fields.stack).toContain('functions/throws.ts:2:');
    expect(line?.fields.stack).not.toContain('src/worker');
  });

  test('that throws something else than an error fails as well', async () => {
    expect(await app.call('throws_text')).toMatchObject({ errorType: 'Error', error: 'just text' });
  });

  test('that throws FunctionError keeps its status, message and data', async () => {
    expect(await app.call('meant', { status: 409 })).toMatchObject({
      status: 'failed',
      httpStatus: 409,
      errorType: 'FunctionError',
      error: 'Not enough stock',
      data: '{"left":2}',
    });
    expect(await app.call('meant', { status: 200 })).toMatchObject({ errorType: 'RangeError' });
  });

  test('whose result does not fit the output schema fails and says where', async () => {
    expect(await app.call('wrong_output')).toMatchObject({
      errorType: 'OutputValidationError',
      error:
        'What the function returned does not fit the output schema: result.n must be a whole number.',
    });
  });

  test('may return a Date where the schema says text: what counts is the JSON', async () => {
    expect(await app.result('date_output')).toEqual({ at: '1970-01-01T00:00:00.000Z' });
  });

  test.each(['function', 'inner', 'bigint', 'cycle', 'map'])(
    'that returns what JSON has not (%s) fails and the worker lives on',
    async (kind) => {
      expect(await app.call('returns', kind)).toMatchObject({
        errorType: 'OutputValidationError',
      });
      expect(await app.result('returns', 'nothing')).toBeNull();
    },
  );

  test('writes its console lines to the log with its id', async () => {
    const { callId, logs } = await app.call('chatty');
    expect(logs).toEqual(['hello {\n  a: 1,\n}', 'error: bad', 'warning: careful']);
    const lines = app.lines.filter(({ fields }) => fields.call_id === callId);
    expect(lines.map(({ level }) => level)).toEqual(['info', 'error', 'warning']);
  });

  test('keeps its console lines apart from those of its neighbours', async () => {
    const [a, b] = await Promise.all([app.call('tells', 'a'), app.call('tells', 'b')]);
    expect([a.logs, b.logs]).toEqual([
      ['a 1', 'a 2'],
      ['b 1', 'b 2'],
    ]);
  });

  test('that floods the console is cut off with a note and still answers', async () => {
    const { status, logs } = await app.call('flood');
    expect(status).toBe('succeeded');
    expect(logs).toHaveLength(201);
    expect(logs.at(-1)).toContain('further lines are dropped');
  });

  test('sees no variable of the server but those that were allowed', async () => {
    process.env.TINYBASE_TEST_SECRET = 'secret';
    expect(await app.result('env')).toEqual({ ALLOWED: 'yes' });
  });

  test('learns who calls, when and why', async () => {
    const context = await app.result('context');
    expect(context).toEqual({
      function_name: 'context',
      trigger_type: 'manual',
      trigger_id: null,
      request_id: 'request-1',
      call_id: expect.any(String),
      user_id: null,
      is_admin: true,
      request: null,
      isDate: true,
      isAborted: false,
    });
  });

  test('that leaves a rejected promise behind costs its worker nothing', async () => {
    expect(await app.result('own_errors')).toBe('fine');
    expect(await app.result('own_errors')).toBe('fine');
    // It comes on a way of its own, which may be slower than that of the answers.
    await until(() => app.lines.some(({ message }) => message.includes('nobody awaits this')));
  });

  test('of a function that does not exist is refused', async () => {
    expect(app.call('missing')).rejects.toMatchObject({ code: 'not_found' });
  });
});
