import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { createFolder, createFunctionApp } from './function-app.ts';

setDefaultTimeout(600_000);

const folder = createFolder({
  'tell.ts': `register({ auth: 'admin' }, (ctx, payload) => { console.log(JSON.stringify({ payload, trigger: ctx.trigger_type, trigger_id: ctx.trigger_id, user: ctx.user_id, admin: ctx.is_admin, call: ctx.call_id, request: ctx.request })); });`,
  'strict.ts': `let count = 0; register({ name: 'strict', input: t.Object({ n: t.Integer() }) }, () => { count++; }); register({ name: 'count' }, () => { console.log('count ' + count); });`,
  'stuck.ts': `register({ timeout_seconds: 0.5, input: { '~standard': { version: 1, vendor: 'x', validate() { for (;;); } } } }, () => 1);`,
  'fails.ts': `register({}, () => { throw new Error('no'); });`,
});
const app = createFunctionApp(folder, { settings: { timeoutSeconds: 2 } });

beforeAll(() => app.service.start());
afterAll(async () => {
  await app.service.stop();
  folder.dispose();
});

let calls = 0;
async function run(name: string, json = '{}') {
  const callId = `call ${++calls}`;
  let begun = 0;
  const end = await app.service.runScheduled({
    callId,
    scheduleId: 'schedule',
    name,
    json,
    onStarted: () => void begun++,
  });
  return { end, begun, call: await app.service.getCall(callId) };
}

describe('a run of the scheduler', () => {
  test('has no user and no rights of an admin, and `auth` is not checked', async () => {
    const { end, begun, call } = await run('tell', '{"a":[1]}');
    expect(end).toEqual({ call, isWithoutRoom: false });
    expect(begun).toBe(1);
    expect(JSON.parse(app.lines.at(-1)?.message ?? '')).toEqual({
      payload: { a: [1] },
      trigger: 'schedule',
      trigger_id: 'schedule',
      user: null,
      admin: false,
      call: call.id,
      request: null,
    });
    expect(call).toMatchObject({
      status: 'succeeded',
      trigger_type: 'schedule',
      trigger_id: 'schedule',
      requested_by_user_id: null,
    });
  });

  test('of a function that throws is failed', async () => {
    const { end, call } = await run('fails');
    expect(end).toEqual({ call, isWithoutRoom: false });
    expect(call).toMatchObject({ status: 'failed', error_type: 'Error', error_message: 'no' });
  });

  test('of a function that has vanished is in the history as failed', async () => {
    const { end, begun, call } = await run('gone');
    expect(end).toEqual({ call, isWithoutRoom: false });
    expect(begun).toBe(0);
    expect(call).toMatchObject({
      status: 'failed',
      function_name: 'gone',
      error_type: 'FunctionNotFound',
      started_at: null,
    });
  });

  test('whose payload does not fit any more is in the history as failed, and stays there', async () => {
    const { end, call } = await run('strict', '{"n":"one"}');
    expect(end).toEqual({ call, isWithoutRoom: false });
    expect(call).toMatchObject({ status: 'failed', error_type: 'InputValidationError' });
    await Bun.sleep(300);
    expect(await app.service.getCall(call.id)).toMatchObject({ status: 'failed' });
  });
});

describe('looking at an input', () => {
  test('tells what does not fit, and does not call the function', async () => {
    expect(await app.service.checkInput('strict', { n: 1 })).toEqual({ kind: 'fits' });
    expect(await app.service.checkInput('strict', { n: 'x', m: 1 })).toEqual({
      kind: 'faulty',
      faults: [
        { loc: ['body', 'm'], msg: expect.any(String), type: 'extra_forbidden' },
        { loc: ['body', 'n'], msg: expect.any(String), type: 'int_type' },
      ],
    });
    expect(await app.service.checkInput('tell', [1])).toEqual({ kind: 'fits' });
    await run('count');
    expect(app.lines.at(-1)?.message).toBe('count 0');
    const { total } = await app.service.listCalls(
      { function_name: 'strict' },
      { limit: 10, offset: 0 },
    );
    // The run above whose payload did not fit.
    expect(total).toBe(1);
  });

  test('names the function that was probably meant', async () => {
    expect(await app.service.checkInput('strickt', {})).toEqual({
      kind: 'unknown',
      hint: '; did you mean strict?',
    });
  });

  test('a schema that never ends costs its worker, not the server', async () => {
    const checking = app.service.checkInput('stuck', {});
    const error = await checking.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'unavailable' });
    expect(await app.service.checkInput('strict', { n: 1 })).toEqual({ kind: 'fits' });
  });
});
