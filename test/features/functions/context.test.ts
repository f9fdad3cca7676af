import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { ANONYMOUS, SYSTEM } from '../../../src/core/actor.ts';
import { AppError, invalidInput } from '../../../src/core/errors.ts';
import type { CallDb } from '../../../src/features/functions/caller.ts';
import { ANN, CALL, withApp } from './function-app.ts';

setDefaultTimeout(60_000);

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

  test('refuses a call that has ended', () =>
    withApp(
      {
        'late.ts': `let error = null;
          register({ name: 'leave' }, (ctx) => { setTimeout(() => ctx.db.collection('a').count().catch((e) => { error = e.message; }), 5); });
          register({ name: 'look' }, async () => { while (!error) await Bun.sleep(5); return error; });`,
      },
      createDb(),
      async (app) => {
        await app.result('leave');
        expect(await app.result('look')).toContain('has ended');
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
