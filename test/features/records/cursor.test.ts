import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { AppError } from '../../../src/core/errors.ts';
import { decodeCursor, encodeCursor } from '../../../src/features/records/cursor.ts';
import type { Position, SortTerm } from '../../../src/features/records/store.ts';
import { faultsOf } from './query-context.ts';

const sortOf = (count: number): readonly SortTerm[] =>
  Array.from({ length: count }, () => ({
    key: { kind: 'field', name: 'x' },
    isDescending: false,
  }));
const raw = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

const positions: fc.Arbitrary<Position> = fc.record(
  {
    values: fc.array(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('\0', 'a\0b', '"', '\\', '😀', '\u2028', '\uffff'),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
        fc.maxSafeInteger(),
        fc.constant(null),
      ),
      { maxLength: 8 },
    ),
    seq: fc.maxSafeNat(),
  },
  { noNullPrototype: true },
);

describe('a cursor', () => {
  test('keeps every position as it is, in letters that a URL takes', () => {
    fc.assert(
      fc.property(positions, fc.string({ maxLength: 16 }), (position, fingerprint) => {
        const cursor = encodeCursor(position, fingerprint);
        expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(decodeCursor(cursor, fingerprint, sortOf(position.values.length))).toEqual(position);
      }),
      { numRuns: 2_000 },
    );
  });

  test('of another sort, filter or collection is refused', () => {
    const cursor = encodeCursor({ values: ['a'], seq: 1 }, 'this list');
    const other = {
      loc: ['query', 'cursor'],
      msg: expect.stringContaining('another sort, filter'),
    };
    expect(faultsOf(() => decodeCursor(cursor, 'that list', sortOf(1)))).toMatchObject([other]);
    expect(faultsOf(() => decodeCursor(cursor, 'this list', sortOf(2)))).toMatchObject([other]);
  });

  test.each([
    ['nothing', ''],
    ['a number', '5'],
    ['what is no base64url', '!!!'],
    ['padded base64', `${raw([1, 'f', [1], 1])}==`],
    ['a space at the end', `${raw([1, 'f', [1], 1])} `],
    ['no JSON', Buffer.from('[1,"f",[1],').toString('base64url')],
    ['broken UTF-8', Buffer.from([91, 49, 44, 34, 0xff, 34, 93]).toString('base64url')],
    ['null', raw(null)],
    ['an object', raw({ values: [1], seq: 1 })],
    ['too little', raw([1, 'f', [1]])],
    ['too much', raw([1, 'f', [1], 1, 1])],
    ['another version', raw([2, 'f', [1], 1])],
    ['a fingerprint that is no text', raw([1, null, [1], 1])],
    ['values that are no list', raw([1, 'f', { length: 1 }, 1])],
    ['a value that is true', raw([1, 'f', [true], 1])],
    ['a value that is a list', raw([1, 'f', [[]], 1])],
    ['a value that is an object', raw([1, 'f', [{ toString: 1 }], 1])],
    ['a seq below 0', raw([1, 'f', [1], -1])],
    ['a seq of one and a half', raw([1, 'f', [1], 1.5])],
    ['a seq as text', raw([1, 'f', [1], '1'])],
    [
      'a seq that is no safe integer',
      Buffer.from('[1,"f",[1],9007199254740993]').toString('base64url'),
    ],
    ['an endless value', Buffer.from('[1,"f",[1e999],1]').toString('base64url')],
    ['another spelling', Buffer.from('[1, "f",[1],1]').toString('base64url')],
    ['half a character', Buffer.from('[1,"f",["\\ud800"],1]').toString('base64url')],
    ['SQL', raw([1, 'f', ['x'], '1; DROP TABLE collection'])],
    ['megabytes', 'A'.repeat(3_000_000)],
    ['deep nesting', Buffer.from('['.repeat(500_000)).toString('base64url')],
  ])('that holds %s is refused in words', (_name, cursor) => {
    expect(faultsOf(() => decodeCursor(cursor, 'f', sortOf(1)))).toMatchObject([
      { loc: ['query', 'cursor'], msg: expect.stringContaining('is not a cursor') },
    ]);
  });

  test('damaged anywhere is refused, or is a position of the same form', () => {
    const cursor = encodeCursor({ values: ['ä😀', 1.5, null], seq: 12 }, 'fingerprint');
    fc.assert(
      fc.property(fc.nat(), fc.nat(2), fc.string({ maxLength: 2 }), (at, length, piece) => {
        const start = at % cursor.length;
        const damaged = cursor.slice(0, start) + piece + cursor.slice(start + length);
        try {
          const { values, seq } = decodeCursor(damaged, 'fingerprint', sortOf(3));
          expect(values).toHaveLength(3);
          expect(Number.isSafeInteger(seq)).toBe(true);
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
        }
      }),
      { numRuns: 3_000 },
    );
  });
});
