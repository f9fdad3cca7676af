import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Field, Json } from '../../admin/src/api/types.ts';
import { checkField, isWebAddress } from '../../admin/src/components/fields/check.ts';
import { noteOf } from '../../admin/src/components/fields/describe.ts';
import { randomUuid } from '../../admin/src/components/fields/random-uuid.ts';
import { titleOf } from '../../admin/src/components/fields/record-title.ts';
import {
  fromLocalInput,
  isDay,
  toLocalInput,
  toUtc,
} from '../../admin/src/components/fields/times.ts';
import { asBroken, brokenText } from '../../admin/src/components/fields/values.ts';

const UUID = '0190a8b4-7c1e-7d3a-9f52-1c2d3e4f5a6b';

describe('times', () => {
  test('only days of the calendar are days', () => {
    expect(isDay('2024-02-29')).toBe(true);
    expect(['2023-02-29', '2024-13-01', '2024-1-1', ''].filter(isDay)).toEqual([]);
  });

  test.each([
    ['2026-07-01T12:30:15+02:00', '2026-07-01T10:30:15.000Z'],
    ['2026-07-01t12:30:15.25z', '2026-07-01T12:30:15.250Z'],
    ['2026-07-01T12:30:15', undefined],
    ['2026-02-30T12:30:15Z', undefined],
    ['soon', undefined],
  ])('%s in UTC is %p', (text, utc) => {
    expect(toUtc(text)).toBe(utc as never);
  });

  test('what the input shows in the zone of the viewer is the same moment', () => {
    // Not in the hour that is there twice when summer ends: an input has no word for which of the two.
    const moments = fc.date({
      min: new Date('1000-01-02T00:00:00Z'),
      max: new Date('9999-12-30T00:00:00Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(moments, (moment) => {
        const local = toLocalInput(moment.toISOString());
        const back = new Date(String(fromLocalInput(local))).getTime();
        return toLocalInput(new Date(back).toISOString()) === local;
      }),
    );
    expect(fromLocalInput('')).toBeUndefined();
  });
});

describe('checks before the server has its say', () => {
  const fault = (field: Omit<Field, 'name'>, value: Json) =>
    checkField({ name: 'it', ...field }, value, true).it;

  test.each([
    [{ type: 'date' }, '2026-02-28'],
    [{ type: 'datetime' }, '2026-02-28T10:00:00+01:00'],
    [{ type: 'email' }, 'Ada@example.com'],
    [{ type: 'url' }, 'HTTPS://example.com/a?b#c'],
    [{ type: 'uuid' }, UUID.toUpperCase()],
    [{ type: 'reference', collection: 'books' }, UUID],
    [{ type: 'json' }, 'a text'],
    [{ type: 'json' }, [1, { a: null }]],
  ] as [Omit<Field, 'name'>, Json][])('%j takes %j', (field, value) => {
    expect(fault(field, value)).toBeUndefined();
  });

  test.each([
    [{ type: 'date' }, '', 'A whole date'],
    [{ type: 'date', min: '2026-01-01' }, '2025-12-31', 'Not before 2026-01-01.'],
    [{ type: 'datetime' }, '2026-02-28', 'A whole time'],
    [{ type: 'datetime', max: '2026-01-01T00:00:00.000Z' }, '2026-01-01T00:30:00+01:00', undefined],
    [
      { type: 'datetime', max: '2026-01-01T00:00:00.000Z' },
      '2026-01-01T00:00:00-01:00',
      'Not after',
    ],
    [{ type: 'email' }, 'no address', 'An e-mail address'],
    [{ type: 'email', max_length: 8 }, 'ada@example.com', 'At most 8 characters'],
    [{ type: 'url' }, 'example.com', 'A whole address'],
    [{ type: 'uuid' }, 'x', 'A UUID'],
    [{ type: 'reference', collection: 'books' }, 'Fern', 'Choose a record of books'],
    [{ type: 'reference', collection: 'users' }, 'rui', 'Choose a user'],
    [{ type: 'json' }, asBroken(''), 'Nothing here yet'],
    [{ type: 'json', max_bytes: 4 }, 'äb', 'At most 4 bytes as JSON, this has 5.'],
  ] as [Omit<Field, 'name'>, Json, string | undefined][])(
    '%j and %j: %p',
    (field, value, words) => {
      if (words === undefined) expect(fault(field, value)).toBeUndefined();
      else expect(fault(field, value)).toStartWith(words);
    },
  );

  test('an address that would run as a script in the page is none', () => {
    for (const text of [
      'javascript:alert(1)',
      ' javascript:alert(1)',
      'data:text/html,x',
      '//x.com',
    ])
      expect(isWebAddress(text)).toBe(false);
  });

  test('text that is no JSON yet is told from a text that is the value', () => {
    expect(brokenText(asBroken('{'))).toBe('{');
    expect(brokenText('{')).toBeUndefined();
  });
});

test('notes say what a value must be', () => {
  expect(noteOf({ type: 'date', min: '2026-01-01', required: true })).toBe(
    'required, from 2026-01-01',
  );
  expect(noteOf({ type: 'json', max_bytes: 2000 })).toBe('up to 2,000 bytes');
  expect(noteOf({ type: 'reference', collection: 'users' })).toBe('of users');
});

test('a record without a text is called by its e-mail address, then by its web address', () => {
  const fields: Field[] = [
    { name: 'site', type: 'url' },
    { name: 'mail', type: 'email' },
  ];
  const data = { site: 'https://example.com', mail: 'ada@example.com' };
  expect(titleOf({ id: UUID, data }, fields)).toBe('ada@example.com');
});

test('new UUIDs are of version 4 and differ', () => {
  const made = Array.from({ length: 50 }, randomUuid);
  expect(new Set(made).size).toBe(50);
  for (const text of made)
    expect(text).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
