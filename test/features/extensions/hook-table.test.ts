import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createEventQueue } from '../../../src/features/extensions/event-queue.ts';
import { createHookTable } from '../../../src/features/extensions/hook-table.ts';
import type { RunRequest } from '../../../src/features/extensions/host-process.ts';
import type { HookName } from '../../../src/protocol/extensions.ts';

const HOOKS: readonly HookName[] = ['on_record_create', 'before_record_create'];
const hook = fc.constantFrom(...HOOKS);
const filter = fc.constantFrom(null, 'posts', 'tags');

test('the table finds whoever registered for it, by name and once', () => {
  const lists = fc.dictionary(
    fc.constantFrom('a', 'b', 'c'),
    fc.array(fc.record({ hook, filter })),
  );
  fc.assert(
    fc.property(
      lists,
      hook,
      fc.constantFrom(null, 'posts', 'tags', 'other'),
      (given, asked, key) => {
        const table = createHookTable(given);
        const expected = Object.keys(given)
          .sort()
          .filter((name) =>
            given[name]?.some(
              (one) => one.hook === asked && (one.filter === null || one.filter === key),
            ),
          );
        expect(table.find(asked, key)).toEqual(expected);
        expect(table.has(asked, key)).toBe(expected.length > 0);
      },
    ),
  );
});

const event = (text: string): RunRequest => ({
  extension: 'a',
  hook: 'on_record_create',
  key: null,
  origin: { extension: 'a', userId: null, requestId: null, depth: 1 },
  event: text,
});

test('the queue gives back what it took, in order, and what is put first first', () => {
  const step = fc.oneof(
    fc.record({ op: fc.constantFrom('push' as const, 'first' as const), text: fc.string() }),
    fc.record({ op: fc.constant('shift' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = createEventQueue();
      const model: string[] = [];
      for (const one of steps) {
        if (one.op === 'shift') expect(queue.shift()?.event).toBe(model.shift());
        else if (one.op === 'push') {
          expect(queue.push(event(one.text))).toBe(true);
          model.push(one.text);
        } else {
          queue.pushFirst(event(one.text));
          model.unshift(one.text);
        }
        expect(queue.size).toBe(model.length);
      }
    }),
  );
});

test('a few large events fill the queue as many small ones do', () => {
  const queue = createEventQueue();
  const megabyte = event('x'.repeat(1024 * 1024));
  let taken = 0;
  while (queue.push(megabyte)) taken++;
  expect([taken, queue.size, queue.isHalfFull, queue.takeDropped(), queue.takeDropped()]).toEqual([
    32,
    32,
    true,
    1,
    0,
  ]);
  for (let n = 0; n < 20; n++) queue.shift();
  expect([queue.isHalfFull, queue.push(megabyte)]).toEqual([false, true]);
});
