import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { ANONYMOUS, SYSTEM } from '../../../src/core/actor.ts';
import { AppError, invalidInput } from '../../../src/core/errors.ts';
import type { CallDb } from '../../../src/features/functions/caller.ts';
import { functionRoutes } from '../../../src/features/functions/routes.ts';
import { createHttpApp } from '../../http/http-app.ts';
import { until } from '../../support/until.ts';
import { ANN, CALL, withApp } from './function-app.ts';

setDefaultTimeout(600_000);

/** Stands for the records feature, and notes what it was asked. */
function createDb() {
  const asked: unknown[] = [];
  const callDb: CallDb = async (actor, request, { caller, call_id, request_id }) => {
    asked.push({ actor: actor.kind, caller: caller.kind, request, request_id });
    expect(call_id).toMatch(/^[0-9a-f-]{36}$/);
    switch (request.op) {
      case 'list':
        return { json: '{"items":[],"total":0,"page":1,"page_size":100}' };
      case 'count':
        return { json: '12' };
      case 'create':
        throw invalidInput([{ loc: ['body', 'title'], msg: 'is required', type: 'missing' }]);
      case 'get':
        throw new AppError('not_found', 'There is no record x.');
      case 'delete':
        throw new Error('a secret of the server');
      case 'batch':
        return { json: '{"results":[{"status":204,"record":null}]}' };
      default:
        return { json: `{"id":"${request.id}","data":${JSON.stringify(request.data)}}` };
    }
  };
  return { asked, callDb };
}

describe('ctx.db', () => {
  test('sends lists of names and switches as a URL would, and a batch as it is', async () => {
    const { asked, callDb } = createDb();
    const source = `register({}, async (ctx) => {
      const posts = ctx.db.collection('posts');
      await posts.list({ filter: 'a = 1', fields: ['a', 'b'], expand: ['author'], count: false });
      await posts.count({ filter: 'a = 1' });
      return ctx.db.batch([{ method: 'DELETE', collection: 'posts', id: 'x' }]);
    });`;
    await withApp({ 'posts.ts': source }, { callDb }, async (app) => {
      expect(await app.result('posts', null, ANN)).toEqual([{ status: 204, record: null }]);
      expect(asked).toMatchObject([
        {
          request: { query: { filter: 'a = 1', fields: 'a,b', expand: 'author', count: 'false' } },
        },
        { request: { query: { filter: 'a = 1' } } },
        { request: { requests: [{ method: 'DELETE', collection: 'posts', id: 'x' }] } },
      ]);
    });
  });

  test('asks the server, with full rights or with those of the caller', async () => {
    const { asked, callDb } = createDb();
    await withApp(
      {
        'posts.ts': `register({}, async (ctx) => {
          const posts = ctx.db.collection('posts');
          const mine = ctx.db.as_caller().collection('posts');
          return [
            (await posts.list({ sort: '-a', limit: 5 })).total,
            await mine.count(),
            await mine.get('x'),
            (await posts.update('x', { when: new Date(0), gone: null })).data,
          ];
        });`,
      },
      { callDb },
      async (app) => {
        const data = { when: '1970-01-01T00:00:00.000Z', gone: null };
        expect(await app.result('posts', null, ANN)).toEqual([0, 12, null, data]);
        const common = { caller: 'user', request_id: 'request-1' };
        expect(asked).toEqual([
          {
            actor: 'system',
            ...common,
            request: {
              op: 'list',
              collection: 'posts',
              as_caller: false,
              query: { sort: '-a', limit: 5 },
            },
          },
          {
            actor: 'user',
            ...common,
            request: { op: 'count', collection: 'posts', as_caller: true, query: {} },
          },
          {
            actor: 'user',
            ...common,
            request: { op: 'get', collection: 'posts', as_caller: true, id: 'x', query: {} },
          },
          {
            actor: 'system',
            ...common,
            request: { op: 'update', collection: 'posts', as_caller: false, id: 'x', data },
          },
        ]);
      },
    );
  });

  test('throws what the server refuses, with its code and faults, and hides what broke', () =>
    withApp(
      {
        'refused.ts': `register({}, async (ctx) => {
          const posts = ctx.db.collection('posts');
          const seen = [];
          for (const run of [
            () => posts.create({}), () => posts.delete('x'), () => posts.list({ wrong: 1 }), () => ctx.db.collection().count(),
          ]) await run().catch((e) => seen.push([e instanceof TinyBaseError, e.code, e.message, e.faults.length]));
          return seen;
        });`,
        'uncaught.ts': `register({}, (ctx) => ctx.db.collection('posts').create({}));`,
      },
      createDb(),
      async (app) => {
        expect(await app.result('refused')).toEqual([
          [true, 'invalid_input', 'body.title: is required', 1],
          [true, 'internal', expect.not.stringContaining('secret'), 0],
          [true, 'invalid_input', expect.stringContaining('does not know wrong'), 1],
          [true, 'invalid_input', expect.stringContaining('name of a collection'), 1],
        ]);
        expect(await app.call('uncaught')).toMatchObject({ errorType: 'TinyBaseError' });
        const line = app.lines.find(({ message }) => message.includes('broke the server'));
        expect(String(line?.fields.error)).toContain('a secret of the server');
      },
    ));

  test('takes a thousand questions at once', () =>
    withApp(
      {
        'many.ts': `register({}, async (ctx) => {
          const counts = await Promise.all(Array.from({ length: 1_000 }, () => ctx.db.collection('a').count()));
          return counts.reduce((a, b) => a + b);
        });`,
      },
      createDb(),
      async (app) => expect(await app.result('many')).toBe(12_000),
    ));

  test('refuses a call that has ended, whatever it asks for', () =>
    withApp(
      {
        'late.ts': `const errors = [];
          const note = (e) => errors.push([e.name, e.code, e.message.split(':')[0]]);
          register({ name: 'leave' }, (ctx) => { setTimeout(() => {
            ctx.db.collection('a').count().catch(note); ctx.db.as_caller().batch([]).catch(note);
            ctx.functions.call('leave').catch(note); ctx.log.info('a late line'); console.log('another');
          }, 5); });
          register({ name: 'look' }, async () => { while (errors.length < 3) await Bun.sleep(5); return errors; });`,
      },
      createDb(),
      async (app) => {
        await app.result('leave');
        const refused = ['TinyBaseError', 'conflict', 'This call has ended'];
        expect(await app.result('look')).toEqual([refused, refused, refused]);
        // What it still writes is no line of the call, but is not lost either.
        const isThere = (text: string) =>
          app.lines.some(({ message }) => message === `[after the end of its call] ${text}`);
        await until(() => isThere('a late line') && isThere('another'));
      },
    ));
});

describe('ctx.functions', () => {
  const FILES = {
    'outer.ts': `register({}, async (ctx, payload) => {
      const inner = await ctx.functions.call('inner', payload);
      return { inner, outer: ctx.call_id };
    });`,
    'inner.ts': `register({ auth: 'admin', input: t.Object({ n: t.Integer() }) }, (ctx, { n }) => {
      if (n === 1) throw new FunctionError(409, 'taken', { n });
      if (n === 2) throw new RangeError('too much');
      return { user: ctx.user_id, trigger: ctx.trigger_id, type: ctx.trigger_type };
    });`,
    'deep.ts': `register({}, (ctx, n) => n === 0 ? 'ground' : ctx.functions.call('deep', n - 1));`,
    'catches.ts': `register({}, (ctx, [name, payload]) => ctx.functions.call(name, payload)
      .catch((e) => [e.name, e.message, e.code ?? e.status ?? null, e.data ?? null]));`,
  };

  test('runs as a call of its own, in the name of the caller, whatever its auth says', () =>
    withApp(FILES, {}, async (app) => {
      const { inner, outer } = (await app.result('outer', { n: 0 }, ANN)) as Record<
        string,
        unknown
      >;
      expect(inner).toEqual({ user: 'ann', trigger: outer, type: 'manual' });
      const page = await app.service.listCalls(
        { trigger_id: String(outer) },
        { limit: 9, offset: 0 },
      );
      expect(page.items).toMatchObject([
        { function_name: 'inner', requested_by_user_id: 'ann', status: 'succeeded' },
      ]);
    }));

  test('throws in the caller what the called one threw', () =>
    withApp(FILES, {}, async (app) => {
      const tell = (name: string, payload: unknown) => app.result('catches', [name, payload]);
      expect(await tell('inner', { n: 1 })).toEqual(['FunctionError', 'taken', 409, { n: 1 }]);
      expect(await tell('inner', { n: 2 })).toEqual(['RangeError', 'too much', null, null]);
      expect(await tell('inner', {})).toEqual([
        'TinyBaseError',
        'body.n: is required',
        'invalid_input',
        null,
      ]);
      expect(await tell('missing', {})).toEqual([
        'TinyBaseError',
        'There is no function missing.',
        'not_found',
        null,
      ]);
      // A FunctionError goes through to the outer caller as it is.
      expect(await app.call('outer', { n: 1 })).toMatchObject({ httpStatus: 409, error: 'taken' });
    }));

  test('never deadlocks, with one worker that takes one call at a time', () =>
    withApp(FILES, { callsPerWorker: 1 }, async (app) => {
      const all = Array.from({ length: 10 }, () => app.result('deep', 5));
      expect(await Promise.all(all)).toEqual(Array.from({ length: 10 }, () => 'ground'));
    }));

  test('stops at a depth: a circle ends with a sentence', () =>
    withApp(FILES, {}, async (app) => {
      expect(await app.result('deep', 8)).toBe('ground');
      expect(await app.call('deep', 9)).toMatchObject({
        status: 'failed',
        error: expect.stringContaining('a circle?'),
      });
    }));
});

test('a schedule has no user, passes auth, and as_caller then means everybody', async () => {
  const { asked, callDb } = createDb();
  await withApp(
    {
      'job.ts': `register({ auth: 'admin' }, async (ctx) => {
        await ctx.db.as_caller().collection('a').count();
        return [ctx.user_id, ctx.is_admin, ctx.trigger_type, ctx.trigger_id];
      });`,
    },
    { callDb },
    async (app) => {
      const trigger = { type: 'schedule', id: 'schedule-1' } as const;
      const called = await app.service.call(SYSTEM, 'job', null, { ...CALL, trigger });
      expect(called).toMatchObject({ json: '[null,false,"schedule","schedule-1"]' });
      expect(asked).toMatchObject([{ actor: 'anonymous' }]);
      expect(app.service.call(ANONYMOUS, 'job', null, CALL)).rejects.toMatchObject({
        code: 'unauthenticated',
      });
    },
  );
});

describe('ctx.signal', () => {
  const FILES = {
    'waits.ts': `let state = 'none';
      register({ name: 'wait', auth: 'public' }, async (ctx) => {
        state = 'waiting';
        await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve, { once: true }));
        state = [ctx.signal.aborted, ctx.signal.reason.name, ctx.signal.reason.message];
      });
      register({ name: 'limited', timeout_seconds: 0.2 }, async (ctx) => {
        ctx.signal.addEventListener('abort', () => process.stdout.write('heard: ' + ctx.signal.reason.message + '\\n'));
        await Bun.sleep(60_000);
      });
      register({ name: 'parent' }, (ctx) => ctx.functions.call('wait'));
      register({ name: 'leaves' }, async (ctx) => {
        state = 'none';
        void ctx.functions.call('wait').catch(() => {});
        while (state !== 'waiting') await Bun.sleep(5);
      });
      register({ name: 'look', auth: 'public' }, () => state);`,
  };
  const GONE = [true, 'AbortError', 'The caller has gone.'];

  test('is aborted when the caller hangs up, over a real connection', () =>
    withApp(FILES, {}, async (app) => {
      const http = await createHttpApp({
        routes: (guard) => functionRoutes(app.service, guard, { maxBodyBytes: 1024 }),
      });
      const { url } = await http.server.listen();
      const controller = new AbortController();
      const call = fetch(`${url}/api/functions/wait`, {
        method: 'POST',
        signal: controller.signal,
      }).catch((error: unknown) => String(error));
      await until(async () => (await app.result('look')) === 'waiting');
      controller.abort();
      expect(await call).toContain('abort');
      await until(async () => (await app.result('look')) !== 'waiting');
      expect(await app.result('look')).toEqual(GONE);
      await http.server.stop();
    }));

  test('is aborted when the caller of the caller has gone, or no longer waits', () =>
    withApp(FILES, {}, async (app) => {
      const controller = new AbortController();
      const { signal } = controller;
      const call = app.service.call(ANN, 'parent', undefined, { ...CALL, signal });
      await until(async () => (await app.result('look')) === 'waiting');
      controller.abort();
      await call;
      expect(await app.result('look')).toEqual(GONE);

      await app.result('leaves');
      await until(async () => Array.isArray(await app.result('look')));
      expect(await app.result('look')).toEqual(GONE);
    }));

  test('is aborted for a call whose caller goes before it begins', () =>
    withApp(FILES, {}, async (app) => {
      const gone = new AbortController();
      const call = app.service.call(SYSTEM, 'wait', undefined, { ...CALL, signal: gone.signal });
      gone.abort();
      expect(await call).toMatchObject({ status: 'succeeded' });
    }));

  test('of a caller who goes while the call waits for a worker: it never begins and is no call', () =>
    withApp(
      { 'count.ts': `let n = 0; register({}, async () => { await Bun.sleep(200); return ++n; });` },
      { callsPerWorker: 1 },
      async (app) => {
        const gone = new AbortController();
        const first = app.result('count');
        const signals = [gone.signal, AbortSignal.abort()];
        const dropped = signals.map((signal) =>
          app.service.call(SYSTEM, 'count', undefined, { ...CALL, signal }).then(
            () => 'ran',
            ({ code }) => code,
          ),
        );
        gone.abort();
        expect(await Promise.all(dropped)).toEqual(['conflict', 'conflict']);
        expect([await first, await app.result('count')]).toEqual([1, 2]);
        const { total } = await app.service.listCalls({}, { limit: 10, offset: 0 });
        expect(total).toBe(2);
      },
    ));

  test('is aborted when the time is up', () =>
    withApp(FILES, {}, async (app) => {
      expect(await app.call('limited')).toMatchObject({ errorType: 'TimeoutError' });
      await until(() => app.lines.some(({ message }) => message === 'heard: The time is up.'));
    }));
});

describe('one context', () => {
  test('has everything that it should, and nothing else', () =>
    withApp(
      {
        'keys.ts': `register({}, (ctx) => [Object.keys(ctx).sort(), Object.keys(ctx.db).sort(), Object.keys(ctx.db.as_caller()).sort(),
          Object.keys(ctx.db.collection('a')).sort(), Object.keys(ctx.functions), Object.keys(ctx.log)]);`,
      },
      {},
      async (app) => {
        expect(await app.result('keys')).toEqual([
          [
            ...['call_id', 'db', 'function_name', 'functions', 'is_admin', 'log', 'now'],
            ...['request', 'request_id', 'signal', 'trigger_id', 'trigger_type', 'user_id'],
          ],
          ['as_caller', 'batch', 'collection'],
          ['batch', 'collection'],
          ['count', 'create', 'delete', 'get', 'list', 'update'],
          ['call'],
          ['debug', 'info', 'warning', 'error'],
        ]);
      },
    ));

  test('cannot be changed by another call', () =>
    withApp(
      {
        'change.ts': `register({ name: 'change' }, (ctx) => {
            const evil = () => 'evil';
            for (const part of [ctx, ctx.db, ctx.log, ctx.functions, ctx.db.collection('a')])
              for (const key of Object.keys(part)) try { part[key] = evil; } catch {}
          });
          register({ name: 'look' }, async (ctx) => [ctx.user_id, await ctx.db.collection('a').count()]);`,
      },
      createDb(),
      async (app) => {
        await app.result('change');
        expect(await app.result('look', null, ANN)).toEqual(['ann', 12]);
      },
    ));

  test('knows its lines in timers, promises and callbacks, whatever its neighbours write', () =>
    withApp(
      {
        'tells.ts': `register({}, async (ctx, name) => {
          await Promise.all([
            new Promise((resolve) => setTimeout(() => { console.log(name, 'timer'); resolve(); }, 5)),
            Promise.resolve().then(() => console.log(name, 'promise')),
            new Promise((resolve) => queueMicrotask(() => { console.log(name, 'microtask'); resolve(); })),
            new Promise((resolve) => setImmediate(() => { console.log(name, 'immediate'); resolve(); })),
            new Promise((resolve) => process.nextTick(() => { console.log(name, 'tick'); resolve(); })),
            ctx.db.collection('a').count().then(() => console.log(name, 'answer')),
          ]);
        });`,
      },
      createDb(),
      async (app) => {
        const names = Array.from({ length: 20 }, (_, n) => `call ${n}`);
        const calls = await Promise.all(names.map((name) => app.call('tells', name)));
        const words = ['answer', 'immediate', 'microtask', 'promise', 'tick', 'timer'];
        for (const [n, name] of names.entries())
          expect([...(calls[n]?.logs ?? [])].sort()).toEqual(
            words.map((word) => `${name} ${word}`),
          );
      },
    ));
});
