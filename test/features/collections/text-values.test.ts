import { describe, expect, test } from 'bun:test';
import { findNonJson } from '../../../src/lib/json-value.ts';
import type { LooseField } from '../records/data-app.ts';
import { compile } from './compile-fields.ts';
import { fits } from './json-schema-check.ts';

const field = (rest: LooseField) => ({ name: 'a', ...rest });
const ID = '0190a8b4-7c1e-7d3a-9f52-1c2d3e4f5a6b';

/** definition → what is sent and how it is stored, or the type of the fault. */
const VALUES: readonly (readonly [
  LooseField,
  good: readonly (string | readonly [sent: string, stored: string])[],
  bad: readonly (readonly [unknown, string])[],
])[] = [
  [
    { type: 'date' },
    ['0001-01-01', '9999-12-31', '2024-02-29', '2000-02-29', '1969-12-31'],
    [
      ['2023-02-29', 'date_parsing'],
      ['1900-02-29', 'date_parsing'],
      ['2023-02-30', 'date_parsing'],
      ['2024-04-31', 'date_parsing'],
      ['2024-00-10', 'date_parsing'],
      ['2024-13-01', 'date_parsing'],
      ['2024-01-00', 'date_parsing'],
      ['2024-01-32', 'date_parsing'],
      ['0000-01-01', 'date_parsing'],
      ['10000-01-01', 'date_parsing'],
      ['-0001-01-01', 'date_parsing'],
      ['2024-1-1', 'date_parsing'],
      ['20240101', 'date_parsing'],
      ['2024/01/01', 'date_parsing'],
      ['2024-01-01T00:00:00Z', 'date_parsing'],
      ['2024-01-01\n', 'date_parsing'],
      [' 2024-01-01', 'date_parsing'],
      ['٢٠٢٤-01-01', 'date_parsing'],
      ['now', 'date_parsing'],
      ['', 'date_parsing'],
      [20240101, 'date_type'],
      [false, 'date_type'],
      [{}, 'date_type'],
    ],
  ],
  [
    { type: 'date', min: '2024-01-31', max: '2024-02-01' },
    ['2024-01-31', '2024-02-01'],
    [
      ['2024-01-30', 'greater_than_equal'],
      ['2024-02-02', 'less_than_equal'],
    ],
  ],
  [
    { type: 'datetime' },
    [
      '2024-02-29T12:30:15.250Z',
      '0001-01-01T00:00:00.000Z',
      '9999-12-31T23:59:59.999Z',
      ['2024-01-01T00:00:00Z', '2024-01-01T00:00:00.000Z'],
      ['2024-01-01t00:00:00z', '2024-01-01T00:00:00.000Z'],
      ['2024-01-01T00:00:00.5Z', '2024-01-01T00:00:00.500Z'],
      ['2024-01-01T00:00:00.123999999Z', '2024-01-01T00:00:00.123Z'],
      ['2024-01-01T00:00:00+02:00', '2023-12-31T22:00:00.000Z'],
      ['2024-12-31T23:00:00-05:30', '2025-01-01T04:30:00.000Z'],
      ['2024-01-01T00:00:00-00:00', '2024-01-01T00:00:00.000Z'],
      ['2024-01-01T00:00:00+23:59', '2023-12-31T00:01:00.000Z'],
      ['0001-01-01T01:00:00+01:00', '0001-01-01T00:00:00.000Z'],
      ['0000-12-31T23:30:00-00:30', '0001-01-01T00:00:00.000Z'],
      ['1960-01-01T00:00:00.9999Z', '1960-01-01T00:00:00.999Z'],
      ['0099-06-15T00:00:00Z', '0099-06-15T00:00:00.000Z'],
    ],
    [
      ['2024-01-01', 'datetime_parsing'],
      ['2024-01-01T00:00:00', 'datetime_parsing'],
      ['2024-01-01 00:00:00Z', 'datetime_parsing'],
      ['2024-01-01T00:00Z', 'datetime_parsing'],
      ['2024-01-01T24:00:00Z', 'datetime_parsing'],
      ['2024-01-01T00:60:00Z', 'datetime_parsing'],
      ['2024-01-01T00:00:61Z', 'datetime_parsing'],
      ['2016-12-31T23:59:60Z', 'datetime_parsing'],
      ['2024-01-01T00:00:00.Z', 'datetime_parsing'],
      ['2024-01-01T00:00:00,5Z', 'datetime_parsing'],
      ['2024-01-01T00:00:00+0200', 'datetime_parsing'],
      ['2024-01-01T00:00:00+24:00', 'datetime_parsing'],
      ['2024-01-01T00:00:00+01:60', 'datetime_parsing'],
      ['2023-02-29T00:00:00Z', 'datetime_parsing'],
      ['0001-01-01T00:00:00+00:01', 'datetime_parsing'],
      ['9999-12-31T23:59:59-00:01', 'datetime_parsing'],
      ['+002024-01-01T00:00:00Z', 'datetime_parsing'],
      ['2024-01-01T00:00:00Z ', 'datetime_parsing'],
      ['now', 'datetime_parsing'],
      ['', 'datetime_parsing'],
      [1704067200000, 'datetime_type'],
      [true, 'datetime_type'],
    ],
  ],
  [
    { type: 'datetime', min: '2024-01-01T00:00:00+01:00', max: '2024-01-01T00:00:00Z' },
    [
      ['2023-12-31T23:00:00Z', '2023-12-31T23:00:00.000Z'],
      ['2024-01-01T05:00:00+05:00', '2024-01-01T00:00:00.000Z'],
      ['2024-01-01T00:00:00.0009Z', '2024-01-01T00:00:00.000Z'],
    ],
    [
      ['2023-12-31T22:59:59.999Z', 'greater_than_equal'],
      ['2024-01-01T00:00:00.001Z', 'less_than_equal'],
      ['2024-01-01T00:00:00-00:01', 'less_than_equal'],
    ],
  ],
  [
    { type: 'email' },
    [
      'ada@example.com',
      'a@b.c',
      'root@localhost',
      "o'neil+x@mail.example.co.uk",
      'jürgen@köln.de',
      ['Ada@Example.COM', 'ada@example.com'],
      ['e\u0301@b.c', 'é@b.c'],
      `${'a'.repeat(248)}@b.com`,
    ],
    [
      ['', 'email_parsing'],
      ['a', 'email_parsing'],
      ['a@b', 'email_parsing'],
      ['@b.c', 'email_parsing'],
      ['a@', 'email_parsing'],
      ['a@b@c.d', 'email_parsing'],
      ['a@b..c', 'email_parsing'],
      ['a@.c', 'email_parsing'],
      ['a b@c.d', 'email_parsing'],
      ['a@b.c\r\nBcc: x@y.z', 'email_parsing'],
      ['Ada <ada@b.c>', 'email_parsing'],
      ['a@b.c,d@e.f', 'email_parsing'],
      ['a\u200b@b.c', 'email_parsing'],
      ['\ud800@b.c', 'email_parsing'],
      [`${'a'.repeat(249)}@b.com`, 'email_parsing'],
      [1, 'email_type'],
      [['a@b.c'], 'email_type'],
    ],
  ],
  [{ type: 'email', max_length: 6 }, ['ab@c.d'], [['abc@d.e', 'string_too_long']]],
  [
    { type: 'url' },
    [
      'http://a',
      'https://example.com/a?b=c#d',
      'HTTPS://Example.com:8443/%20',
      'https://de.wikipedia.org/wiki/Köln',
      'http://[::1]:80/',
      'http://127.0.0.1/../a',
    ],
    [
      ['', 'url_parsing'],
      ['example.com', 'url_parsing'],
      ['/path', 'url_parsing'],
      ['//example.com', 'url_parsing'],
      ['http:example.com', 'url_parsing'],
      ['http:///example.com', 'url_parsing'],
      ['http://', 'url_parsing'],
      ['http://a b', 'url_parsing'],
      ['http://a/b c', 'url_parsing'],
      ['http://a\\b', 'url_parsing'],
      ['http://a:99999', 'url_parsing'],
      ['http://[::1', 'url_parsing'],
      ['javascript:alert(1)', 'url_parsing'],
      ['java\nscript://a', 'url_parsing'],
      ['ht\ntp://a', 'url_parsing'],
      [' http://a', 'url_parsing'],
      ['http://a\u0000', 'url_parsing'],
      ['http://a/\ud800', 'url_parsing'],
      ['data:text/html,x', 'url_parsing'],
      ['ftp://a', 'url_parsing'],
      ['file:///etc/passwd', 'url_parsing'],
      [1, 'url_type'],
      [{}, 'url_type'],
    ],
  ],
  [{ type: 'url', max_length: 9 }, ['http://ab'], [['http://abc', 'string_too_long']]],
  [
    { type: 'uuid' },
    [
      ID,
      '00000000-0000-0000-0000-000000000000',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
      '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
      [ID.toUpperCase(), ID],
    ],
    [
      ['', 'uuid_parsing'],
      [ID.replaceAll('-', ''), 'uuid_parsing'],
      [`{${ID}}`, 'uuid_parsing'],
      [`urn:uuid:${ID}`, 'uuid_parsing'],
      [`${ID}\n`, 'uuid_parsing'],
      [` ${ID}`, 'uuid_parsing'],
      [ID.replace('b', 'g'), 'uuid_parsing'],
      [`${ID}0`, 'uuid_parsing'],
      [1, 'uuid_type'],
      [[ID], 'uuid_type'],
    ],
  ],
  [
    { type: 'reference', collection: 'things' },
    [ID, [ID.toUpperCase(), ID]],
    [
      ['', 'uuid_parsing'],
      ['things/1', 'uuid_parsing'],
      [7, 'uuid_type'],
      [{ id: ID }, 'uuid_type'],
    ],
  ],
];

describe('values', () => {
  for (const [definition, good, bad] of VALUES) {
    test(`of ${JSON.stringify(definition)}`, () => {
      const { create, whole, patch } = compile(field(definition));
      for (const parse of [create, whole, patch]) {
        for (const value of good) {
          const [sent, stored] = typeof value === 'string' ? [value, value] : value;
          const answer = parse({ a: sent });
          expect([sent, answer.faults, answer.value.a]).toEqual([sent, [], stored]);
          expect(parse({ a: stored }).value.a).toEqual(stored);
        }
        for (const [value, type] of bad)
          expect([value, parse({ a: value }).faults]).toEqual([value, [`a ${type}`]]);
      }
    });

    test(`of ${JSON.stringify(definition)} are what its documented schema says`, () => {
      const { createSchema } = compile(field(definition)).compiled;
      for (const value of good)
        expect([value, fits(createSchema, { a: [value].flat()[0] })]).toEqual([value, true]);
      for (const [value] of bad)
        if (!findNonJson(value))
          expect([value, fits(createSchema, { a: value })]).toEqual([value, false]);
    });
  }

  test('a leap second is refused in so many words, since nothing behind it could keep one', () => {
    const { create } = compile(field({ type: 'datetime' }));
    expect(create({ a: '2016-12-31T23:59:60Z' }).all[0]?.msg).toContain('leap second');
  });

  test('the spelling of a value decides nothing where items must differ', () => {
    const { create } = compile(
      field({ type: 'list', items: { type: 'datetime' }, unique_items: true }),
      { name: 'b', type: 'list', items: { type: 'uuid' }, unique_items: true },
    );
    const { faults } = create({
      a: ['2024-01-01T00:00:00Z', '2024-01-01T01:00:00+01:00'],
      b: [ID, ID.toUpperCase()],
    });
    expect(faults).toEqual(['a.1 unique_items', 'b.1 unique_items']);
  });
});

describe('values of type json', () => {
  test('are anything JSON can say, kept as they are', () => {
    const { create, whole, patch } = compile(field({ type: 'json' }));
    const proto = JSON.parse('{"__proto__":{"x":1},"constructor":null}');
    for (const value of ['', 0, -0.5, 1e308, false, [], {}, [null], { x: null }, proto])
      for (const parse of [create, whole, patch]) {
        const answer = parse({ a: value });
        expect(answer.faults).toEqual([]);
        expect(JSON.stringify(answer.value.a)).toBe(JSON.stringify(value));
      }
  });

  test('are refused where JSON has no word, at the path inside', () => {
    const { create } = compile(field({ type: 'json' }));
    const bad: readonly (readonly [unknown, string])[] = [
      ['\ud800', 'a json_type'],
      [{ x: ['ok', '\udc00'] }, 'a.x.1 json_type'],
      [{ '\ud800': 1 }, 'a.\ud800 json_type'],
      [Number.NaN, 'a json_type'],
      [[JSON.parse('1e400')], 'a.0 json_type'],
      [1n, 'a json_type'],
      [new Date(), 'a json_type'],
      [[undefined], 'a.0 json_type'],
    ];
    // Of a key, the fault names the object it is in.
    for (const [value, fault] of bad)
      expect(create({ a: value }).faults[0]).toBe(fault.replace('.\ud800', ''));
  });

  test('null is no value at the top and a value inside', () => {
    const required = compile(field({ type: 'json', required: true }));
    expect(required.create({ a: null }).faults).toEqual(['a missing']);
    expect(required.create({ a: [null] }).faults).toEqual([]);
    const optional = compile(field({ type: 'json' }));
    expect(optional.create({ a: null })).toMatchObject({ value: {}, faults: [] });
  });

  test('are counted in bytes of UTF-8', () => {
    const { create } = compile(field({ type: 'json', max_bytes: 6 }));
    for (const value of ['abcd', '😀', 'éé', [1, 2], 123456, { a: 1 }.a])
      expect(create({ a: value }).faults).toEqual([]);
    for (const value of ['abcde', '😀a', 'ééa', [1, 234], 1234567, { a: 12 }])
      expect(create({ a: value }).faults).toEqual(['a too_long']);
  });
});
