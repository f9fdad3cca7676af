import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createSlidingWindow } from '../../src/lib/sliding-window.ts';
import { above, expectAtBest } from '../support/at-best.ts';

const WINDOW_MS = 60_000;

test('no stretch of the window ever holds more than the limit, and waiting as told is enough', () => {
  const steps = fc.array(fc.nat({ max: 30_000 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), steps, (limit, gaps) => {
      const count = createSlidingWindow({ limit, windowMs: WINDOW_MS });
      const taken: number[] = [];
      let now = 0;
      for (const gap of gaps) {
        now += gap;
        const within = taken.filter((time) => now - time < WINDOW_MS);
        const waitMs = count.waitMs('a', now);
        expect(waitMs > 0).toBe(within.length >= limit);
        expect(count.waitMs('a', now + waitMs)).toBe(0);
        if (waitMs > 1) expect(count.waitMs('a', now + waitMs - 1)).toBe(1);
        if (waitMs > 0) continue;
        count.add('a', now);
        taken.push(now);
      }
    }),
  );
});

test('keys count apart, and a cleared one starts anew', () => {
  const count = createSlidingWindow({ limit: 1, windowMs: WINDOW_MS });
  count.add('a', 0);
  expect(count.waitMs('a', 0)).toBe(WINDOW_MS);
  expect(count.waitMs('b', 0)).toBe(0);
  count.clear('a');
  expect(count.waitMs('a', 0)).toBe(0);
});

test('a clock that jumps back, by a year or to nothing, locks nobody for longer than the window', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e12 }), (jump) => {
      const count = createSlidingWindow({ limit: 2, windowMs: WINDOW_MS });
      const before = 1e12;
      count.add('a', before - 1);
      count.add('a', before);
      const now = before - jump;
      expect(count.waitMs('a', now)).toBeLessThanOrEqual(WINDOW_MS);
      expect(count.waitMs('a', now + WINDOW_MS)).toBe(0);
    }),
  );
});

test('a flood of keys does not fill the memory, and takes the oldest first', () => {
  const count = createSlidingWindow({ limit: 1, windowMs: WINDOW_MS });
  for (let n = 0; n < 50_000; n++) count.add(`key ${n}`, 0);
  expect(count.size()).toBe(10_000);
  expect(count.waitMs('key 49999', 0)).toBe(WINDOW_MS);
  expect(count.waitMs('key 0', 0)).toBe(0);
});

test('a high limit does not fill the memory either', () => {
  const count = createSlidingWindow({ limit: 50_000, windowMs: WINDOW_MS });
  for (let key = 0; key < 30; key++) for (let n = 0; n < 1_000; n++) count.add(`key ${key}`, n);
  expect(count.size()).toBe(30);
  for (let key = 0; key < 2_000; key++) for (let n = 0; n < 300; n++) count.add(`other ${key}`, n);
  expect(count.size()).toBeLessThan(2_000);
});

test('an attempt costs no more when fifty thousand are counted already than when there are fifty', () => {
  /** The best of some rounds, as anything else on the machine only ever adds to it. */
  const measure = (counted: number): number => {
    let best = Number.POSITIVE_INFINITY;
    const count = createSlidingWindow({ limit: 60_000, windowMs: WINDOW_MS });
    for (let n = 0; n < counted; n++) count.add('a', n);
    for (let round = 0; round < 10; round++) {
      const began = performance.now();
      for (let n = 0; n < 100; n++) {
        count.waitMs('a', counted);
        count.add('a', counted);
      }
      best = Math.min(best, performance.now() - began);
    }
    return best;
  };
  measure(50);
  return expectAtBest(() => above(measure(50) * 20, { 'fifty thousand': measure(50_000) }));
});

test('times that no longer count are forgotten, however many came in between', () => {
  const count = createSlidingWindow({ limit: 3, windowMs: 100 });
  const taken: number[] = [];
  for (let now = 0; now < 5_000; now += 7) {
    const within = taken.filter((time) => now - time < 100);
    const leaves = within.at(-3);
    expect(count.waitMs('a', now)).toBe(leaves === undefined ? 0 : leaves + 100 - now);
    count.add('a', now);
    taken.push(now);
  }
});
