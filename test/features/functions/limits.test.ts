import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { type Actor, ANONYMOUS, SYSTEM } from '../../../src/core/actor.ts';
import { AppError } from '../../../src/core/errors.ts';
import { createConcurrencyLimit } from '../../../src/features/functions/limit.ts';
import { until } from '../../support/until.ts';
import { ADMIN, ANN, CALL, type FunctionApp, withApp } from './function-app.ts';

setDefaultTimeout(600_000);

const BOB: Actor = { kind: 'user', id: 'bob', email: 'bob@example.com', tokenId: 't3' };
const ANN_ELSEWHERE: Actor = { ...ANN, tokenId: 't4' } as Actor;
const tokenOf = (tokenId: string): Actor =>
  ({ ...ANN, tokenId, scopes: ['functions:call'] }) as Actor;

const FILES = {
  'waits.ts': `register({ auth: 'public' }, (ctx) => new Promise((end) => {
      globalThis.ends ??= [];
      globalThis.ends.push(end);
      ctx.signal.addEventListener('abort', end);
    }));`,
  'release.ts': `register({}, () => { const ends = globalThis.ends ?? []; globalThis.ends = []; for (const end of ends) end(); return ends.length; });`,
  'quick.ts': `register({ input: t.Object({ n: t.Integer() }) }, () => 1);`,
  'fails.ts': `register({}, () => { throw new Error('no'); });`,
  'hangs.ts': `register({ timeout_seconds: 0.2 }, () => new Promise(() => {}));`,
  'exits.ts': `register({}, () => process.exit(3));`,
  'parent.ts': `register({}, async (ctx) => (await Promise.all([1, 2, 3].map((n) => ctx.functions.call('quick', { n })))).length);`,
};

async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ended';
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
}

/** Begins calls that wait; answers, once all of them run, how to end them. */
async function hold(app: FunctionApp, actors: readonly Actor[]) {
  const ended = Promise.all(actors.map((actor) => app.service.call(actor, 'waits', null, CALL)));
  const window = { limit: 1, offset: 0 };
  const filter = { function_name: 'waits', status: 'running' } as const;
  await until(async () => (await app.service.listCalls(filter, window)).total === actors.length);
  return async () => {
    expect(await app.result('release')).toBe(actors.length);
    await ended;
  };
}

describe('calls that one user may have running', () => {
  test('one more is refused with a word on when to come back, and others are not concerned', () =>
    withApp(FILES, { settings: { maxConcurrentPerUser: 2 } }, async (app) => {
      const release = await hold(app, [ANN, ANN_ELSEWHERE]);
      const refused = app.service.call(ANN, 'quick', { n: 1 }, CALL);
      expect(await refused.catch((error) => error)).toMatchObject({
        code: 'too_many_requests',
        retryAfterSeconds: 1,
        message: expect.stringContaining('max_concurrent_per_user allows: 2.'),
      });
      for (const actor of [BOB, ADMIN, SYSTEM])
        expect(await codeOf(app.service.call(actor, 'quick', { n: 1 }, CALL))).toBe('ended');
      const { status } = await app.request('POST', '/api/functions/quick', { n: 1 }, 'ann');
      expect(status).toBe(429);
      await release();
      expect(await codeOf(app.service.call(ANN, 'quick', { n: 1 }, CALL))).toBe('ended');
    }));

  test('a second session of the same user does not evade it', () =>
    withApp(FILES, { settings: { maxConcurrentPerUser: 1 } }, async (app) => {
      const release = await hold(app, [ANN]);
      const second = app.service.call(ANN_ELSEWHERE, 'quick', { n: 1 }, CALL);
      expect(await codeOf(second)).toBe('too_many_requests');
      await release();
    }));

  test('each API token counts for itself, beside the sessions of its owner', () =>
    withApp(FILES, { settings: { maxConcurrentPerUser: 1 } }, async (app) => {
      const release = await hold(app, [ANN, tokenOf('a'), tokenOf('b')]);
      for (const actor of [ANN, tokenOf('a'), tokenOf('b')])
        expect(await codeOf(app.service.call(actor, 'quick', { n: 1 }, CALL))).toBe(
          'too_many_requests',
        );
      await release();
    }));

  test('anonymous callers, the server itself and schedules are not counted', () =>
    withApp(FILES, { settings: { maxConcurrentPerUser: 1 } }, async (app) => {
      const release = await hold(app, [ANONYMOUS, ANONYMOUS, SYSTEM, SYSTEM, ANN]);
      expect(app.service.callCount()).toBe(5);
      const trigger = { type: 'schedule', id: 'plan' } as const;
      const scheduled = app.service.call(ANN, 'quick', { n: 1 }, { ...CALL, trigger });
      expect(await codeOf(scheduled)).toBe('ended');
      await release();
    }));

  test('what a call calls is part of it', () =>
    withApp(FILES, { settings: { maxConcurrentPerUser: 1 } }, async (app) => {
      expect(await app.result('parent', null, ANN)).toBe(3);
    }));

  test('a call that fails, is refused, hangs, ends its worker or is unknown gives its place back', () =>
    withApp(FILES, { settings: { maxConcurrentPerUser: 1 } }, async (app) => {
      const attempts: readonly (readonly [string, unknown, string])[] = [
        ['fails', null, 'ended'],
        ['quick', { n: 'x' }, 'invalid_input'],
        ['nobody', null, 'not_found'],
        ['hangs', null, 'ended'],
        ['exits', null, 'ended'],
        ['quick', { n: 1 }, 'ended'],
      ];
      for (const [name, payload, code] of attempts)
        expect([name, await codeOf(app.service.call(ANN, name, payload, CALL))]).toEqual([
          name,
          code,
        ]);
    }));

  test('who hangs up does not get the place back before the function has ended', () =>
    withApp(
      {
        ...FILES,
        'deaf.ts': `import { existsSync } from 'node:fs';
          register({}, async (_ctx, file) => { while (!existsSync(file)) await Bun.sleep(5); });`,
      },
      { settings: { maxConcurrentPerUser: 1 } },
      async (app, folder) => {
        const file = `${folder.root}/go`;
        const gone = new AbortController();
        const call = app.service.call(ANN, 'deaf', file, { ...CALL, signal: gone.signal });
        await until(() => app.service.callCount() === 1);
        gone.abort();
        expect(await codeOf(app.service.call(ANN, 'quick', { n: 1 }, CALL))).toBe(
          'too_many_requests',
        );
        writeFileSync(file, '');
        await call;
        expect(await codeOf(app.service.call(ANN, 'quick', { n: 1 }, CALL))).toBe('ended');
      },
    ));
});

test('whatever begins and ends in whatever order, nobody has more running than allowed, and no place is lost', async () => {
  const actors: readonly Actor[] = [ANN, ANN_ELSEWHERE, BOB, tokenOf('a'), ANONYMOUS];
  const keys = ['ann', 'ann', 'bob', 'token', undefined];
  const step = fc.record({
    actor: fc.nat({ max: actors.length - 1 }),
    act: fc.constantFrom('begin', 'begin', 'begin', 'end', 'fail', 'throw'),
    pick: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(step, { maxLength: 60 }),
      async (max, steps) => {
        const limit = createConcurrencyLimit(max);
        const running: { key: string | undefined; settle: (isGood: boolean) => Promise<void> }[] =
          [];
        const countOf = (key: string | undefined) => running.filter((r) => r.key === key).length;
        for (const { actor, act, pick } of steps) {
          const key = keys[actor];
          if (act === 'begin' || act === 'throw') {
            const mayRun = key === undefined || countOf(key) < max;
            const { promise, resolve, reject } = Promise.withResolvers<void>();
            let hasBegun = false;
            const done = limit.run(actors[actor] as Actor, () => {
              hasBegun = true;
              if (act === 'throw') throw new Error('at once');
              return promise;
            });
            expect(hasBegun).toBe(mayRun);
            if (!mayRun) expect(await codeOf(done)).toBe('too_many_requests');
            else if (act === 'throw') expect(await codeOf(done)).toBe('Error: at once');
            else
              running.push({
                key,
                async settle(isGood) {
                  if (isGood) resolve();
                  else reject(new Error('later'));
                  expect(await codeOf(done)).toBe(isGood ? 'ended' : 'Error: later');
                },
              });
          } else {
            const [picked] = running.splice(pick % Math.max(running.length, 1), 1);
            await picked?.settle(act === 'end');
          }
        }
        for (const { settle } of running.splice(0)) await settle(true);
        for (const actor of actors) {
          const ends = Array.from({ length: max }, () => Promise.withResolvers<void>());
          const all = ends.map(({ promise }) => limit.run(actor, () => promise));
          for (const { resolve } of ends) resolve();
          await Promise.all(all);
        }
      },
    ),
    { numRuns: 200 },
  );
});
