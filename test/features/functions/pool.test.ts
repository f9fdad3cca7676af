// Runs alone: it measures.
import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import fc from 'fast-check';
import { CallQueue } from '../../../src/features/functions/call-queue.ts';
import { Quarantine } from '../../../src/features/functions/quarantine.ts';
import type { Entry } from '../../../src/features/functions/worker-process.ts';
import { withApp } from './function-app.ts';

setDefaultTimeout(600_000);

/** Keeps its worker busy, a little at a time. */
const WORK = `register({}, () => { const end = Date.now() + 5; while (Date.now() < end); });`;
const SLEEP = `register({}, async (_ctx, ms) => { await Bun.sleep(ms); return ms; });`;
const ADD = `register({}, (_ctx, [x, y]) => x + y);`;

describe('pool', () => {
  test('a flood of one function delays the others by a few of its calls, not by all', () =>
    withApp({ 'work.ts': WORK, 'add.ts': ADD }, {}, async (app) => {
      let done = 0;
      const flood = Promise.all(
        Array.from({ length: 400 }, () => app.call('work').finally(() => done++)),
      );
      for (let n = 0; n < 5; n++) {
        const before = done;
        expect(await app.result('add', [1, 2])).toBe(3);
        // What its worker was sent ahead, and what ended meanwhile.
        expect(done - before).toBeLessThan(100);
      }
      expect(done).toBeLessThan(400);
      for (const called of await flood) expect(called.status).toBe('succeeded');
    }));

  test('work in many small calls is not taken for one that spins', () =>
    withApp({ 'work.ts': WORK, 'pid.ts': `register({}, () => process.pid);` }, {}, async (app) => {
      const pid = await app.result('pid');
      await Promise.all(Array.from({ length: 300 }, () => app.result('work')));
      expect(await app.result('pid')).toBe(pid);
    }));

  test('when the queue is full, a call of another function takes the place of the newest of the flood', () =>
    withApp(
      { 'sleep.ts': SLEEP, 'add.ts': ADD },
      { settings: { maxQueue: 4 }, callsPerWorker: 1 },
      async (app) => {
        const flood = Array.from({ length: 5 }, (_, n) =>
          app.call('sleep', 100 + n).then(
            ({ status }) => status,
            ({ code, retryAfterSeconds }) => [code, retryAfterSeconds],
          ),
        );
        const added = app.result('add', [1, 2]);
        expect(await added).toBe(3);
        expect(await Promise.all(flood)).toEqual([
          'succeeded',
          'succeeded',
          'succeeded',
          'succeeded',
          ['unavailable', 1],
        ]);
      },
    ));
});

const entry = (id: number, name: string): Entry => ({
  id,
  job: {
    header: {
      function_name: name,
      trigger_type: 'manual',
      trigger_id: null,
      request_id: '',
      call_id: '',
      user_id: null,
      is_admin: false,
      now: 0,
      request: null,
    },
    payload: null,
    timeoutMs: 1,
    depth: 0,
    onStarted() {},
    onLine() {},
    ask: async () => ({ json: '' }),
    onEnd() {},
  },
  queuedAt: 0,
  worker: undefined,
  sentAt: 0,
  isStarted: false,
  isHeldUp: false,
  timer: undefined,
});

const nameOf = ({ job }: Entry) => job.header.function_name;
const names = fc.constantFrom('a', 'b', 'c');
const step = fc.oneof(
  fc.record({ op: fc.constant('push' as const), name: names }),
  fc.record({ op: fc.constant('first' as const), name: names }),
  fc.record({ op: fc.constant('shift' as const) }),
  fc.record({ op: fc.constant('take' as const), name: names }),
  fc.record({ op: fc.constant('give' as const), name: names }),
);

describe('the queue', () => {
  test('loses no call and gives none twice, and keeps those of one function in their order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = new CallQueue();
        const waiting = new Set<Entry>();
        const left = (taken: Entry | undefined) => {
          if (taken) expect(waiting.delete(taken)).toBe(true);
        };
        let next = 0;
        for (const { op, ...rest } of steps) {
          const name = 'name' in rest ? rest.name : '';
          const fresh = entry(next++, name);
          if (op === 'push' || op === 'first') waiting.add(fresh);
          if (op === 'push') queue.push(fresh);
          else if (op === 'first') queue.pushFirst(fresh);
          else if (op === 'give') left(queue.giveWay(name));
          else if (op === 'take')
            for (const taken of queue.take((e) => nameOf(e) === name)) left(taken);
          else {
            const seen = queue.peek();
            const taken = queue.shift();
            expect(taken).toBe(seen as Entry);
            left(taken);
          }
          expect(queue.size).toBe(waiting.size);
        }
        for (let taken = queue.shift(); taken; taken = queue.shift()) left(taken);
        expect(waiting.size).toBe(0);
      }),
    );
  });

  test('lets the functions take turns', () => {
    const queue = new CallQueue();
    for (const [id, name] of [...'aaaabbc'].entries()) queue.push(entry(id, name));
    const order = [];
    for (let taken = queue.shift(); taken; taken = queue.shift()) order.push(nameOf(taken));
    expect(order.join('')).toBe('abcabaa');
  });
});

describe('the quarantine', () => {
  test('holds whoever was caught alone, and of several only until one of them is caught', () => {
    const quarantine = new Quarantine();
    const held = () => [...'abcd'].filter((name) => quarantine.has(name)).join('');
    quarantine.accuse(new Set(['a', 'b', 'c']));
    expect(held()).toBe('abc');
    quarantine.noteGoodCall('b');
    expect(held()).toBe('ac');
    quarantine.accuse(new Set(['a']));
    expect(held()).toBe('a');
    // It is known for it: nobody else is suspected beside it.
    quarantine.accuse(new Set(['a', 'd']));
    expect(held()).toBe('a');
    for (let n = 0; n < 19; n++) quarantine.noteGoodCall('a');
    expect(held()).toBe('a');
    quarantine.noteGoodCall('a');
    expect(held()).toBe('');
  });
});
