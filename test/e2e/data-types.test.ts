import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Fault } from '../../src/core/errors.ts';
import { arbitraryData, arbitrarySchema, compileRandom } from '../support/random-schema.ts';
import { serveForFile } from '../support/served.ts';
import { add, define, expectFaults, listOf, recordsOf, sendText } from './data-support.ts';

const served = serveForFile();

interface TypeCase {
  readonly name: string;
  /** The options of the field `v`. */
  readonly field: Readonly<Record<string, unknown>>;
  /** JSON as it is sent, and as it must be stored and answered where that is something else. */
  readonly good: readonly (string | readonly [sent: string, stored: string])[];
  /** JSON that is refused, and where inside `v` when not at `v` itself. */
  readonly bad: readonly (string | readonly [sent: string, ...loc: (string | number)[]])[];
}

const json = (value: unknown) => JSON.stringify(value);
const texts = (...values: readonly string[]) => values.map(json);
const DAY = '2024-02-29';
const ID = '0190a8b4-7c1e-7d3a-9f52-1c2d3e4f5a6b';
const FOUR_BYTES = '\u{1F4A9}';

const TYPES: readonly TypeCase[] = [
  {
    name: 'string',
    field: { type: 'string' },
    good: [
      ...texts(
        '',
        ' ',
        'a',
        '0',
        'null',
        FOUR_BYTES,
        '\u0000\u001f\u007f',
        "'; DROP TABLE user;--",
      ),
      ...texts('x'.repeat(100_000), '\u2028\u2029', 'e\u0301', '\u00e9', '\ufeff', '\\"'),
    ],
    bad: ['0', '1.5', 'true', 'false', '[]', '{}', '["a"]'],
  },
  {
    name: 'string with lengths, counted in characters and not in their halves',
    field: { type: 'str', min_length: 2, max_length: 3 },
    good: texts('ab', 'abc', FOUR_BYTES.repeat(3)),
    bad: texts('', 'a', FOUR_BYTES, 'abcd', FOUR_BYTES.repeat(4)),
  },
  {
    name: 'string with a pattern, found anywhere',
    field: { type: 'text', pattern: 'b+[0-9]$' },
    good: texts('b1', 'aab1', 'abbb9'),
    bad: texts('', 'b', '1b', 'b1 ', 'B1'),
  },
  {
    name: 'string with an enum',
    field: { type: 'string', enum: ['draft', 'done', ''] },
    good: texts('draft', 'done', ''),
    bad: texts('Draft', 'draft ', 'dones'),
  },
  {
    name: 'integer',
    field: { type: 'integer' },
    good: [
      '0',
      '1',
      '-1',
      '9007199254740991',
      '-9007199254740991',
      ['1.0', '1'],
      ['1e3', '1000'],
      ['-0', '0'],
    ],
    bad: ['1.5', '9007199254740992', '-9007199254740992', '1e308', '"1"', 'true', '[]', '{}', '""'],
  },
  {
    name: 'integer with bounds, both included',
    field: { type: 'int', min: -2, max: 3 },
    good: ['-2', '0', '3'],
    bad: ['-3', '4'],
  },
  {
    name: 'integer with an enum',
    field: { type: 'integer', enum: [0, 2] },
    good: ['0', '2'],
    bad: ['1', '"0"'],
  },
  {
    name: 'float',
    field: { type: 'float' },
    good: [
      '0',
      '0.1',
      '-2.5',
      '1e308',
      '-1e308',
      '5e-324',
      '9007199254740993',
      ['-0', '0'],
      ['1.50', '1.5'],
    ],
    bad: ['"1"', 'true', '[]', '{}', '""'],
  },
  {
    name: 'float with bounds',
    field: { type: 'number', min: -0.5, max: 0.5 },
    good: ['-0.5', '0', '0.5'],
    bad: ['-0.51', '0.51', '1e308'],
  },
  {
    name: 'boolean',
    field: { type: 'bool' },
    good: ['true', 'false'],
    bad: ['0', '1', '"true"', '""', '[]', '{}'],
  },
  {
    name: 'date',
    field: { type: 'date' },
    good: texts(DAY, '0001-01-01', '9999-12-31', '1999-12-31'),
    bad: [
      ...texts(
        '',
        '2023-02-29',
        '2024-13-01',
        '2024-00-10',
        '2024-01-32',
        '24-01-01',
        '0000-01-01',
      ),
      ...texts('2024-1-1', `${DAY}T00:00:00Z`, ` ${DAY}`, '10000-01-01', '-001-01-01', 'today'),
      '0',
      '20240229',
      'true',
      '[]',
    ],
  },
  {
    name: 'date with bounds',
    field: { type: 'date', min: '2024-01-01', max: '2024-12-31' },
    good: texts('2024-01-01', '2024-12-31'),
    bad: texts('2023-12-31', '2025-01-01'),
  },
  {
    name: 'datetime, kept in UTC with milliseconds',
    field: { type: 'datetime' },
    good: (
      [
        [`${DAY}T12:30:00Z`, `${DAY}T12:30:00.000Z`],
        [`${DAY}T12:30:00.5Z`, `${DAY}T12:30:00.500Z`],
        [`${DAY}t12:30:00.123z`, `${DAY}T12:30:00.123Z`],
        [`${DAY}T12:30:00.1239Z`, `${DAY}T12:30:00.123Z`],
        [`${DAY}T12:30:00+02:00`, `${DAY}T10:30:00.000Z`],
        [`${DAY}T23:30:00-05:30`, '2024-03-01T05:00:00.000Z'],
        ['2024-01-01T00:00:00+14:00', '2023-12-31T10:00:00.000Z'],
        [`${DAY}T12:30:00-00:00`, `${DAY}T12:30:00.000Z`],
        ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
        ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
      ] as const
    ).map(([sent, stored]) => [json(sent), json(stored)]),
    bad: [
      ...texts(
        '',
        'now',
        DAY,
        `${DAY}T12:30:00`,
        `${DAY} 12:30:00Z`,
        `${DAY}T12:30Z`,
        '2023-02-29T00:00:00Z',
      ),
      ...texts(`${DAY}T24:00:00Z`, `${DAY}T12:60:00Z`, `${DAY}T23:59:61Z`, `${DAY}T00:00:00+24:00`),
      ...texts('0001-01-01T00:00:00+01:00', '9999-12-31T23:59:59-01:00', `${DAY}T12:30:00+0200`),
      '0',
      '1709209800000',
      'true',
    ],
  },
  {
    name: 'datetime with bounds, compared as moments',
    field: { type: 'datetime', min: '2024-01-01T00:00:00Z', max: '2024-01-01T01:00:00Z' },
    good: [
      [json('2024-01-01T02:00:00+02:00'), json('2024-01-01T00:00:00.000Z')],
      [json('2023-12-31T20:00:00-05:00'), json('2024-01-01T01:00:00.000Z')],
    ],
    bad: texts('2024-01-01T01:59:59+02:00', '2024-01-01T01:00:00.001Z'),
  },
  {
    name: 'email, in lower case',
    field: { type: 'email' },
    good: [
      json('a@b.c'),
      json('first.last+tag@sub.example.com'),
      [json('ANN@Example.COM'), json('ann@example.com')],
      [json('ÄNNE@EXAMPLE.ORG'), json('änne@example.org')],
    ],
    bad: [
      ...texts(
        '',
        'ann',
        'ann@',
        '@example.com',
        'a@b@c.d',
        'a b@c.d',
        'a@b..c',
        'Ann <a@b.c>',
        'a@b.c\n',
      ),
      json(`${'a'.repeat(250)}@b.cd`),
      '0',
      '[]',
    ],
  },
  {
    name: 'email with max_length',
    field: { type: 'email', max_length: 7 },
    good: texts('a@bc.de'),
    bad: texts('ab@bc.de'),
  },
  {
    name: 'url',
    field: { type: 'url' },
    good: texts(
      'https://example.com',
      'http://a.b/c?d=%20#e',
      'https://[::1]:8080/',
      'https://user@example.com/',
    ),
    bad: [
      ...texts(
        '',
        'example.com',
        '/a',
        '//example.com',
        'javascript:alert(1)',
        'ftp://example.com',
        'https://',
      ),
      ...texts(
        'data:text/html,x',
        'https://exa mple.com',
        ' https://example.com',
        'https://a.b\n',
        'http:\\\\a.b',
      ),
      '0',
    ],
  },
  {
    name: 'uuid, in lower case',
    field: { type: 'uuid' },
    good: [
      json(ID),
      json('00000000-0000-0000-0000-000000000000'),
      [json(ID.toUpperCase()), json(ID)],
    ],
    bad: [
      ...texts('', 'x', `{${ID}}`, ID.replaceAll('-', ''), `${ID} `, ID.replace('a', 'g')),
      '0',
    ],
  },
  {
    name: 'list of anything',
    field: { type: 'list' },
    good: ['[]', '[0,false,"",null,[],{}]', '[[[1]]]', '[{"a":null}]'],
    bad: ['""', '0', '{}', 'true', '"[]"'],
  },
  {
    name: 'list of strings',
    field: { type: 'list[string]' },
    good: ['[]', '[""]', '["a","a"]'],
    bad: [
      ['[1]', 0],
      ['["a",null]', 1],
      ['["a",["b"]]', 1],
    ],
  },
  {
    name: 'list of a list',
    field: { type: 'array[array[int]]' },
    good: ['[]', '[[],[1,2]]'],
    bad: [
      ['[1]', 0],
      ['[[1],[2,"3"]]', 1, 1],
    ],
  },
  {
    name: 'list with the constraints of its items, and null where it is allowed by name',
    field: { type: 'list', items: { type: 'integer', min: 1, nullable: true } },
    good: ['[1,null,2]'],
    bad: [
      ['[0]', 0],
      ['[1,"a"]', 1],
    ],
  },
  {
    name: 'list whose items are brought to their spelling',
    field: { type: 'list[email]' },
    good: [['["A@B.C","d@e.f"]', '["a@b.c","d@e.f"]']],
    bad: [['["a"]', 0]],
  },
  {
    name: 'list with min_items and max_items',
    field: { type: 'list', min_items: 1, max_items: 2 },
    good: ['[1]', '[1,1]'],
    bad: ['[]', '[1,2,3]'],
  },
  {
    name: 'list with unique_items, whatever the order of keys',
    field: { type: 'list', unique_items: true },
    good: ['[]', '[1,"1",true,null]', '[{"a":1},{"a":2}]', '[[1,2],[2,1]]'],
    bad: [
      ['[1,2,1]', 2],
      ['[null,null]', 1],
      ['[{"a":1,"b":2},{"b":2,"a":1}]', 1],
    ],
  },
  {
    name: 'dict of anything',
    field: { type: 'dict' },
    good: [
      '{}',
      '{"a":{"b":[1,null]}}',
      '{"":0,"with space":"","ключ":false}',
      '{"__proto__":{"a":1}}',
    ],
    bad: ['[]', '""', '0', 'true', '"{}"'],
  },
  {
    name: 'dict with properties and nothing else',
    field: {
      type: 'object',
      properties: [
        { name: 'source', type: 'string', required: true },
        { name: 'size', type: 'integer', min: 0, default: 0 },
        { name: 'at', type: 'dict', properties: [{ name: 'x', type: 'float', required: true }] },
      ],
    },
    good: [
      ['{"source":"web"}', '{"source":"web","size":0}'],
      '{"source":"","size":7,"at":{"x":0}}',
    ],
    bad: [
      ['{}', 'source'],
      ['{"source":null}', 'source'],
      ['{"source":"a","more":1}', 'more'],
      ['{"source":"a","size":-1}', 'size'],
      ['{"source":"a","at":{}}', 'at', 'x'],
      ['{"source":"a","at":{"x":1,"y":1}}', 'at', 'y'],
    ],
  },
  {
    name: 'dict with properties and whatever else comes',
    field: { type: 'dict', additional: true, properties: [{ name: 'n', type: 'integer' }] },
    good: ['{"n":1,"more":[{}]}', '{}', '{"constructor":"a"}'],
    bad: [['{"n":"1"}', 'n']],
  },
  {
    name: 'dict that stays empty',
    field: { type: 'dict', additional: false },
    good: ['{}'],
    bad: [['{"a":1}', 'a']],
  },
  {
    name: 'json',
    field: { type: 'json' },
    good: [
      '0',
      'false',
      '""',
      '[]',
      '{}',
      '[null]',
      '{"a":{"b":null}}',
      '"text"',
      '1e308',
      '{"__proto__":1}',
    ],
    bad: [],
  },
  {
    name: 'json with max_bytes, counted as UTF-8',
    field: { type: 'json', max_bytes: 6 },
    good: ['[1,2]', json(FOUR_BYTES), ['[ 1, 2 ]', '[1,2]']],
    bad: ['[1,2,3]', json(`${FOUR_BYTES}x`)],
  },
];

describe('each type and each constraint: what is good is stored and read back the same, what is bad is 422 at its place', () => {
  for (const [index, { name, field, good, bad }] of TYPES.entries()) {
    test(name, async () => {
      const { admin } = served();
      const collection = `type_${index}`;
      await define(admin, collection, [{ name: 'v', ...field }]);
      for (const one of good) {
        const [sent, stored] = typeof one === 'string' ? [one, one] : one;
        const body = `{"v":${sent}}`;
        const made = await sendText(admin, 'POST', recordsOf(collection), body);
        const context = `${sent.slice(0, 100)}: ${made.status} ${json(made.body).slice(0, 500)}`;
        expect(made.status, context).toBe(201);
        const path = `${recordsOf(collection)}/${made.body.id}`;
        const read = await admin.get(path);
        for (const { body: record } of [made, read])
          expect(json(record.data), context).toBe(json({ v: JSON.parse(stored) }));
        // And a change to it is the same as a new one.
        const changed = await sendText(admin, 'PATCH', path, body);
        if (field.type !== 'object') expect(json(changed.body.data)).toBe(json(read.body.data));
        expect((await admin.delete(path)).status).toBe(204);
      }
      const { id } = await add(admin, collection, {});
      for (const one of bad) {
        const [sent, ...loc] = typeof one === 'string' ? [one] : one;
        const body = `{"v":${sent}}`;
        const make = await sendText(admin, 'POST', recordsOf(collection), body);
        expectFaults(make, `POST ${sent.slice(0, 100)}`, ['body', 'v', ...loc]);
        const change = await sendText(admin, 'PATCH', `${recordsOf(collection)}/${id}`, body);
        expectFaults(change, `PATCH ${sent.slice(0, 100)}`, ['body', 'v', ...loc]);
      }
      const { body } = await admin.get(listOf(collection, { count: 'exact' }));
      expect(body.total).toBe(1);
      expect(body.items[0].data).toEqual({});
    });
  }
});

/** Random schemas and data, every type and constraint among them. */
const SEED = Number(process.env.FUZZ_SEED ?? Math.trunc(Math.random() * 2 ** 31));
const SCHEMAS = 150;

test('random schemas and records: what validates is stored and read back the same, the rest is 422', async () => {
  console.log(`  FUZZ_SEED=${SEED}`);
  const { admin } = served();
  const samples = fc.sample(
    arbitrarySchema().chain((fields) =>
      fc.tuple(
        fc.constant(fields),
        fc.array(arbitraryData(fields), { minLength: 3, maxLength: 6 }),
      ),
    ),
    { seed: SEED, numRuns: SCHEMAS },
  );
  const seen = { good: 0, bad: 0 };
  for (const [index, [fields, list]] of samples.entries()) {
    const collection = `random_${index}`;
    await define(admin, collection, fields);
    const { body: made } = await admin.get(`/api/collections/${collection}`);
    expect(json(made.schema.fields)).toBe(json(fields));
    const { parseNew } = compileRandom(fields);
    let stored = 0;
    for (const sent of list) {
      // Some of it is nothing that JSON can say.
      const data = JSON.parse(json(sent));
      const faults: Fault[] = [];
      parseNew(data, [], faults);
      const context = `seed ${SEED}: ${json(fields)} with ${json(data)}`;
      const answer = await admin.post(recordsOf(collection), data);
      if (faults.length > 0) {
        seen.bad++;
        expect([answer.status, answer.body.code], context).toEqual([422, 'invalid_input']);
        for (const { loc } of answer.body.detail) expect(loc[0], context).toBe('body');
        continue;
      }
      seen.good++;
      stored++;
      expect(answer.status, `${context}: ${json(answer.body)}`).toBe(201);
      const path = `${recordsOf(collection)}/${answer.body.id}`;
      const whole = json(answer.body.data);
      expect(json((await admin.get(path)).body.data), context).toBe(whole);
      // What was answered is good input again, and changes nothing.
      expect(json((await admin.patch(path, {})).body.data), context).toBe(whole);
      expect(json((await admin.patch(path, answer.body.data)).body.data), context).toBe(whole);
    }
    const { body } = await admin.get(listOf(collection, { count: 'exact' }));
    expect(body.total).toBe(stored);
  }
  expect(Math.min(seen.good, seen.bad)).toBeGreaterThan(SCHEMAS / 5);
});
