import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import {
  createFolder,
  createFunctionApp,
  type FunctionApp,
  withApp,
} from '../features/functions/function-app.ts';
import { until } from '../support/until.ts';

setDefaultTimeout(600_000);

const FILES = {
  'spy.ts': `import { EventEmitter } from 'node:events';
    import nodeProcess, { send, on } from 'node:process';
    const seen = [];
    const hear = (message) => seen.push(message);
    register({ name: 'listen' }, () => {
      const proto = Object.getPrototypeOf(process);
      for (const event of ['message', 'internalMessage', 'disconnect'])
        for (const name of ['on', 'addListener', 'once', 'prependListener', 'prependOnceListener']) {
          process[name](event, hear); proto[name].call(process, event, hear);
          EventEmitter.prototype[name].call(process, event, hear); nodeProcess[name](event, hear);
        }
      on('message', hear); process.onmessage = hear;
    });
    register({ name: 'heard' }, () => seen.length);
    register({ name: 'find_pipe' }, () => ({
      send: [typeof process.send, typeof send, typeof nodeProcess.send, typeof Object.getPrototypeOf(process).send],
      channel: typeof process.channel, disconnect: typeof process.disconnect, connected: process.connected,
      env: Object.keys(process.env),
      listeners: ['message', 'disconnect', 'exit', 'uncaughtException', 'unhandledRejection'].map((event) => [
        process.listeners(event).length, process.rawListeners(event).length, process.listenerCount(event),
        EventEmitter.prototype.listeners.call(process, event).length,
      ]).flat(),
      names: process.eventNames().map(String),
    }));
    register({ name: 'undo_guard' }, () => {
      const proto = Object.getPrototypeOf(process);
      const attempt = (change) => { try { change(); return 'changed'; } catch { return 'refused'; } };
      return [
        ...['on', 'emit', 'listeners', 'removeAllListeners'].flatMap((name) => [
          attempt(() => { proto[name] = () => {}; }), attempt(() => { delete proto[name]; }),
        ]),
        ...['send', 'channel', 'disconnect', 'kill', 'abort', 'reallyExit', 'emit'].map((name) => attempt(() => { delete process[name]; })),
      ];
    });
    register({ name: 'patch' }, () => {
      const { emit, reallyExit } = process;
      let seen = 0;
      process.emit = function (...args) { seen++; return emit.apply(this, args); };
      process.reallyExit = function (code) { return reallyExit.call(this, code); };
      process.emit('own');
      return seen;
    });`,
  'forge.ts': `register({ name: 'forge' }, (_ctx, { id }) => {
      for (let n = 0; n < 200; n++)
        for (const message of [
          { kind: 'abort', id: n, reason: 'forged' }, { kind: 'reply', ask: n, json: '"forged"' },
          { kind: 'refusal', ask: n, error: { code: 'forged', message: 'forged', faults: null, failure: null } },
          { kind: 'done', id: n, outcome: { status: 'succeeded', json: '"forged"' } },
        ]) { process.emit('message', message); Object.getPrototypeOf(process).emit.call(process, 'message', message); }
      process.emit('disconnect');
    });
    register({ name: 'victim' }, async (ctx) => {
      const counted = ctx.db.collection('posts').count();
      await Bun.sleep(50);
      return [await counted, ctx.signal.aborted];
    });`,
  'deafen.ts': `register({ name: 'deafen' }, () => {
      process.removeAllListeners(); process.removeAllListeners('message'); process.removeAllListeners('unhandledRejection');
      for (const event of ['message', 'disconnect', 'exit', 'uncaughtException'])
        for (const listener of process.listeners(event)) process.removeListener(event, listener);
    });
    register({ name: 'stray' }, () => { Promise.reject(new Error('nobody awaits')); setTimeout(() => { throw new Error('in a timer'); }); return Bun.sleep(20); });
    register({ name: 'own_listener' }, () => {
      let heard = 0;
      const listener = () => heard++;
      process.on('SIGUSR2', listener); process.once('own', listener);
      process.emit('own'); process.emit('own');
      const counts = [process.listenerCount('SIGUSR2'), process.listenerCount('SIGUSR2', listener), process.listeners('SIGUSR2')[0] === listener];
      process.off('SIGUSR2', listener);
      return [heard, ...counts, process.listenerCount('SIGUSR2')];
    });`,
  'ends.ts': `register({ name: 'end' }, async (_ctx, { how }) => {
      await Bun.sleep(30);
      const ways = {
        exit: () => process.exit(0), reallyExit: () => process.reallyExit(3), abort: () => process.abort(),
        kill: () => process.kill(process.pid, 'SIGKILL'), term: () => process.kill(process.pid),
      };
      ways[how](); await Bun.sleep(1000);
    });
    register({ name: 'wait' }, () => new Promise((resolve) => setTimeout(resolve, 5000)));
    register({ name: 'end_server' }, () => [0, -1, process.ppid].map((pid) => {
      try { process.kill(pid, 'SIGKILL'); return 'killed'; } catch (error) { return error.message; }
    }));
    register({ name: 'ask_own' }, () => process.kill(process.pid, 0));`,
};

describe('user code in a worker', () => {
  const folder = createFolder(FILES);
  let app: FunctionApp;
  beforeAll(async () => {
    app = createFunctionApp(folder, { callDb: async () => ({ json: '12' }) });
    await app.service.start();
  });
  afterAll(async () => {
    await app.stop();
    folder.dispose();
  });

  test("a function cannot read other calls' messages by listening on process", async () => {
    await app.result('listen');
    await app.result('victim');
    expect(await app.result('heard')).toBe(0);
  });

  test('a function cannot find the pipe to the server, nor our listeners', async () => {
    expect(await app.result('find_pipe')).toMatchObject({
      send: ['undefined', 'undefined', 'undefined', 'undefined'],
      channel: 'undefined',
      disconnect: 'undefined',
      connected: false,
      env: [],
    });
    const { listeners, names } = (await app.result('find_pipe')) as Record<string, unknown[]>;
    expect(listeners?.filter((count, n) => n % 4 < 3 && count !== 0)).toEqual([]);
    expect(names).not.toContain('message');
  });

  test('a function cannot take the guard away again', async () => {
    const outcomes = (await app.result('undo_guard')) as string[];
    expect(outcomes).toHaveLength(15);
    expect(new Set(outcomes)).toEqual(new Set(['refused']));
  });

  test('a function cannot answer the question of another call, abort it or end it', async () => {
    const victim = app.result('victim');
    await app.result('forge', { id: 1 });
    expect(await victim).toEqual([12, false]);
  });

  test('a function cannot make its worker deaf, nor mortal to a stray error', async () => {
    await app.result('deafen');
    await app.result('stray');
    expect(await app.result('victim')).toEqual([12, false]);
    const isTold = (text: string) => app.lines.some(({ message }) => message.includes(text));
    // What comes by the output and not as a line of the call may come later than its answer.
    await until(() => isTold('nobody awaits') && isTold('in a timer'));
  });

  test('a package may listen to other events of the process as ever', async () => {
    expect(await app.result('own_listener')).toEqual([1, 1, 1, true, 0]);
  });

  test('a package may put its own method over one of the process, as signal-exit does', async () => {
    expect(await app.result('patch')).toBe(1);
    expect(await app.result('victim')).toEqual([12, false]);
  });

  test('a function cannot kill the server by process.kill', async () => {
    const message = 'process.kill: a function may not end the server.';
    expect(await app.result('end_server')).toEqual([message, message, message]);
    expect(await app.result('ask_own')).toBe(true);
  });
});

test.each(['exit', 'reallyExit', 'abort', 'kill', 'term'])(
  'the call that ends its worker (%s) is the one to blame, its neighbour is lost',
  (how) =>
    withApp(FILES, {}, async (app) => {
      const neighbour = app.call('wait');
      const culprit = await app.call('end', { how });
      expect(culprit).toMatchObject({ code: 'function_failed', errorType: 'WorkerExited' });
      expect(await neighbour).toMatchObject({ code: 'unavailable', errorType: 'WorkerLost' });
    }),
);
