import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { type Frame, Outbox, readFrame } from '../../src/protocol/frames.ts';
import type { ToServer } from '../../src/protocol/messages.ts';

/** As it comes out of the pipe. */
const carry = (frame: Frame) => structuredClone(frame);

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\ud800', '\n', 'a'.repeat(40_000)),
);
const id = fc.nat();
const message: fc.Arbitrary<ToServer> = fc.oneof(
  fc.record({ kind: fc.constant('started' as const), id }),
  fc.record({ kind: fc.constant('line' as const), id, level: fc.constant('info' as const), text }),
  fc.record({
    kind: fc.constant('done' as const),
    id,
    outcome: fc.oneof(
      fc.record({ status: fc.constant('succeeded' as const), json: text }),
      fc.record({
        status: fc.constant('answered' as const),
        http_status: fc.constant(200),
        headers: fc.array(fc.tuple(text, text), { maxLength: 2 }),
        body: fc.oneof(text, fc.uint8Array()),
      }),
      fc.record({
        status: fc.constant('invalid_input' as const),
        // A path of a foreign schema library may hold anything.
        faults: fc.constant([{ loc: [Number.NaN], msg: 'm', type: 't' }]),
      }),
    ),
  }),
  fc.record({
    kind: fc.constant('loaded' as const),
    version: id,
    functions: fc.constant([]),
    errors: fc.constant([]),
  }),
);

describe('frames', () => {
  test('whatever is sent, and whenever it is flushed, comes out the same and in its order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(message, fc.boolean())), (steps) => {
        const frames: Frame[] = [];
        const outbox = new Outbox<ToServer>((frame) => frames.push(frame));
        for (const [one, isFlushed] of steps) {
          outbox.add(one);
          if (isFlushed) outbox.flush();
        }
        outbox.flush();
        expect(frames.flatMap((frame) => readFrame(carry(frame)))).toEqual(
          steps.map(([one]) => one),
        );
      }),
    );
  });

  test('small messages share one frame', () => {
    const frames: Frame[] = [];
    const outbox = new Outbox<ToServer>((frame) => frames.push(frame));
    for (const n of [1, 2, 3]) expect(outbox.add({ kind: 'started', id: n })).toBe(n);
    expect(frames).toEqual([]);
    outbox.flush();
    expect(frames).toHaveLength(1);
  });

  test.each(['', '{', '[', '{"kind":"pong","n":1}', '1', 'null'])(
    'text of a worker that is no frame counts as one bad message: %s',
    (frame) => {
      expect(readFrame(frame)).toEqual([undefined]);
    },
  );
});
