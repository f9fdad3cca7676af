import { describe, expect, test } from 'bun:test';
import { SYSTEM } from '../../../src/core/actor.ts';
import { findConversion } from '../../../src/features/collections/conversions.ts';
import type { FieldKind } from '../../../src/features/collections/schema.ts';
import { newId } from '../../../src/lib/ids.ts';
import { createOpenCollection, refusal } from '../records/data-app.ts';
import { openThings } from './things.ts';

const A = { name: 'a', type: 'int' };
const B = { name: 'b', type: 'str' };

const planFields = (
  { app }: Awaited<ReturnType<typeof openThings>>,
  fields: readonly object[],
  force = false,
) => app.collections.plan('things', { schema: { fields } }, force);

describe('a change of type', () => {
  test.each<[from: FieldKind, to: FieldKind, value: unknown, becomes: unknown]>([
    ['integer', 'string', 12, '12'],
    ['float', 'string', 0.5, '0.5'],
    ['boolean', 'string', true, 'true'],
    ['integer', 'float', 3, 3],
    ['float', 'integer', 3, 3],
    ['string', 'integer', '-12', -12],
    ['string', 'float', '1.50', 1.5],
    ['string', 'float', '1e3', 1_000],
    ['string', 'boolean', 'false', false],
    ['string', 'date', '2024-02-29', '2024-02-29'],
    ['string', 'datetime', '2024-02-29T12:00:00+02:00', '2024-02-29T10:00:00.000Z'],
    ['string', 'email', 'Ann@Example.com', 'ann@example.com'],
    ['string', 'url', 'https://example.com/a', 'https://example.com/a'],
    [
      'string',
      'uuid',
      '0190A8B4-7C1E-7D3A-9F52-1C2D3E4F5A6B',
      '0190a8b4-7c1e-7d3a-9f52-1c2d3e4f5a6b',
    ],
    ['date', 'datetime', '2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['datetime', 'date', '2024-02-29T00:00:00.000Z', '2024-02-29'],
    ['date', 'string', '2024-02-29', '2024-02-29'],
    ['list', 'json', [1], [1]],
    ['dict', 'json', { x: 1 }, { x: 1 }],
    ['string', 'json', '[1]', '[1]'],
  ])('from %s to %s: %p becomes %p', async (from, to, value, becomes) => {
    using things = await openThings([{ name: 'a', type: from }], [{ a: value }, {}]);
    const after = [{ name: 'a', type: to }];
    const { rewritten, possible } = await planFields(things, after);
    expect({ rewritten, possible }).toEqual({
      rewritten: Bun.deepEquals(value, becomes) ? 0 : 1,
      possible: true,
    });
    await things.change(after);
    expect(things.data()).toEqual([{ a: becomes }, {}]);
  });

  test.each<[from: FieldKind, to: FieldKind, value: unknown]>([
    ['string', 'integer', '1.0'],
    ['string', 'integer', '01'],
    ['string', 'integer', ' 1'],
    ['string', 'integer', '9007199254740993'],
    ['string', 'float', '0.1234567890123456789'],
    ['string', 'float', '1e400'],
    ['string', 'float', '1e-400'],
    ['string', 'float', '0x10'],
    ['string', 'float', ''],
    ['string', 'boolean', 'yes'],
    ['string', 'date', '2024-02-30'],
    ['string', 'email', 'ann'],
    ['datetime', 'date', '2024-02-29T00:00:00.001Z'],
    ['float', 'integer', 1.5],
    ['integer', 'boolean', 1],
    ['string', 'list', 'x'],
    ['list', 'string', ['x']],
  ])('from %s to %s: %p is refused, and cleared by force alone', async (from, to, value) => {
    using things = await openThings([{ name: 'a', type: from }], [{ a: value }]);
    const after = [{ name: 'a', type: to }];
    expect((await refusal(() => things.change(after))).message).toStartWith(
      '1 stored record does not fit the new schema: ',
    );
    expect(things.data()).toEqual([{ a: value }]);
    await things.change(after, true);
    expect(things.data()).toEqual([{}]);
  });

  test('leaves what it cannot convert as it is, for the check to name', () => {
    expect(findConversion('string', 'integer')?.('x')).toBe('x');
    expect(findConversion('uuid', 'reference')).toBeUndefined();
  });

  test('to a reference wants every value to be the id of a record', async () => {
    using things = await openThings([B]);
    const { app } = things;
    await createOpenCollection(app, 'targets', []);
    const target = (await app.records.create(SYSTEM, 'targets', {})).record.id;
    const missing = newId();
    for (const b of [target.toUpperCase(), missing]) await things.create({ b });
    const after = [{ name: 'b', type: 'reference', collection: 'targets' }];
    const error = await refusal(() => things.change(after));
    expect(error.message).toContain(
      `b must be the id of a record of targets, and ${missing} is none`,
    );
    await things.change(after, true);
    expect(things.data()).toEqual([{ b: target }, {}]);
  });

  test('of values that become alike is refused where they must differ', async () => {
    using things = await openThings(
      [{ ...B, unique: true }],
      [{ b: '2024-01-01T00:00:00Z' }, { b: '2024-01-01T01:00:00+01:00' }],
    );
    const before = things.snapshot();
    for (const force of [false, true]) {
      const after = [{ name: 'b', type: 'datetime', unique: true }];
      expect(await planFields(things, after, force)).toMatchObject({
        possible: false,
        changes: [
          { effect: 'rewrites', count: 2 },
          { effect: 'blocked', count: 2 },
        ],
      });
      expect((await refusal(() => things.change(after, force))).message).toStartWith(
        'b cannot be unique: 2 stored records hold a value that others hold too: ',
      );
    }
    expect(things.snapshot()).toEqual(before);
  });

  test('with unique, where the doubles are among the values that force clears, is possible', async () => {
    using things = await openThings([A], [{ a: 9 }, { a: 9 }, { a: 1 }]);
    await things.change([{ ...A, max: 5, unique: true }], true);
    expect(things.data()).toEqual([{}, {}, { a: 1 }]);
  });
});
