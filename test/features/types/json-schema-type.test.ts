import { describe, expect, test } from 'bun:test';
import { Type as t } from '@sinclair/typebox';
import fc from 'fast-check';
import { declareSchema } from '../../../src/features/types/json-schema-type.ts';
import { takeSchemaName } from '../../../src/lib/schema-name.ts';
import { findTypeFaults } from '../../support/type-check.ts';

function declare(schema: unknown, name = 'T'): string {
  const taken = new Set([name]);
  const takeName = (wish: string) => takeSchemaName(wish, [''], taken);
  return declareSchema(schema, { name, takeName }).join('\n');
}

/** The type alone, on one line. */
function print(schema: unknown): string {
  return declare(schema).replace('export type T = ', '').replace(/;$/, '').replaceAll(/\s+/g, ' ');
}

const plain = (schema: object): unknown => JSON.parse(JSON.stringify(schema));

describe('a JSON Schema becomes the type that it means', () => {
  const table: readonly (readonly [name: string, schema: unknown, type: string])[] = [
    ['a text', { type: 'string', format: 'email', minLength: 3 }, 'string'],
    ['a whole number', { type: 'integer' }, 'number'],
    ['several types', { type: ['string', 'null', 'integer'] }, 'string | null | number'],
    ['nullable, as OpenAPI 3.0 writes it', { type: 'string', nullable: true }, 'string | null'],
    ['anything', {}, 'unknown'],
    ['true', true, 'unknown'],
    ['false', false, 'never'],
    ['null, which is no schema', null, 'unknown'],
    ['a type that does not exist', { type: 'date' }, 'unknown'],
    ['a constant', { const: 'on' }, '"on"'],
    ['a constant object', { const: { a: [1, null, true] } }, '{ a: [1, null, true] }'],
    ['an enum', { type: 'string', enum: ['a', "b'", 3, null] }, `"a" | "b'" | 3 | null`],
    ['an empty enum', { enum: [] }, 'never'],
    ['a list', { type: 'array', items: { type: ['string', 'null'] } }, '(string | null)[]'],
    ['a list of anything', { type: 'array' }, 'unknown[]'],
    [
      'a tuple',
      { type: 'array', prefixItems: [{ type: 'string' }, { type: 'number' }] },
      '[string, number]',
    ],
    [
      'a tuple as TypeBox writes it',
      plain(t.Tuple([t.String(), t.Union([t.Null(), t.Number()])])),
      '[string, null | number]',
    ],
    [
      'a tuple with a rest and places that may be left out',
      {
        prefixItems: [{ type: 'string' }, { type: ['number', 'null'] }],
        minItems: 1,
        items: { type: 'boolean' },
      },
      '[string, (number | null)?, ...boolean[]]',
    ],
    [
      'an object',
      plain(t.Object({ a: t.String(), b: t.Optional(t.Integer()) })),
      '{ a: string; b?: number; }',
    ],
    [
      'an object without anything',
      { type: 'object', additionalProperties: false },
      '{ [key: string]: never }',
    ],
    ['an object of which nothing is said', { type: 'object' }, '{ [key: string]: unknown }'],
    ['a record', plain(t.Record(t.String(), t.Number())), '{ [key: string]: number; }'],
    [
      'other members of a type, beside named ones',
      { properties: { a: { type: 'string' } }, additionalProperties: { type: 'number' } },
      '{ a?: string; [key: string]: unknown; }',
    ],
    [
      'required, of which nothing else is said',
      { type: 'object', required: ['a'] },
      '{ a: unknown; }',
    ],
    [
      'a union',
      { anyOf: [{ type: 'string' }, { type: 'array', items: {} }] },
      'string | unknown[]',
    ],
    ['a union with anything', { anyOf: [{ type: 'string' }, {}] }, 'unknown'],
    [
      'all of several',
      { allOf: [{ required: ['a'] }, { oneOf: [{ type: 'string' }, { type: 'null' }] }] },
      '{ a: unknown; } & (string | null)',
    ],
    [
      'an object that has further conditions',
      { type: 'object', anyOf: [{ required: ['a'] }, { required: ['b'] }] },
      '{ a: unknown; } | { b: unknown; }',
    ],
  ];
  for (const [name, schema, type] of table)
    test(name, () => {
      expect(print(schema)).toBe(type);
    });
});

describe('references', () => {
  test('lead to a type of their own, which is declared once', () => {
    const declared = declare({
      $defs: { point: { type: 'array', items: { type: 'number' } } },
      type: 'object',
      properties: { from: { $ref: '#/$defs/point' }, to: { $ref: '#/$defs/point' } },
      required: ['from'],
    });
    expect(declared).toBe(
      'export type T = {\n  from: TPoint;\n  to?: TPoint;\n};\nexport type TPoint = number[];',
    );
  });

  test('a schema may hold itself, as a tree does', () => {
    const tree = plain(
      t.Recursive((self) => t.Object({ name: t.String(), nodes: t.Array(self) }), { $id: 'Tree' }),
    );
    expect(print(tree)).toBe('{ name: string; nodes: T[]; }');
    expect(print({ type: 'array', items: { $ref: '#' } })).toBe('T[]');
  });

  test('one that leads nowhere is unknown', () => {
    for (const $ref of [
      '#/$defs/none',
      'https://example.com/x',
      '#/%',
      3,
      '#/__proto__',
      '#/toString',
    ])
      expect(print({ $ref })).toBe('unknown');
  });

  test('a circle without anything in it says nothing, and compiles', () => {
    const circles = {
      itself: { $ref: '#' },
      inUnion: { anyOf: [{ $ref: '#' }, { type: 'string' }] },
      ofTwo: {
        $defs: {
          a: { $ref: '#/$defs/b' },
          b: { anyOf: [{ $ref: '#/$defs/a' }, { type: 'null' }] },
        },
        $ref: '#/$defs/a',
      },
      besides: {
        $defs: { b: { anyOf: [{ $ref: '#' }, { type: 'number' }] } },
        anyOf: [
          { type: 'object', properties: { x: { $ref: '#/$defs/b' } } },
          { $ref: '#/$defs/b' },
        ],
      },
    };
    const text = Object.entries(circles).map(([name, schema]) => declare(schema, toName(name)));
    expect(findTypeFaults({ 'a.ts': text.join('\n') })).toEqual([]);
  });

  test('a schema of ten thousand levels ends', () => {
    let deep: object = { type: 'string' };
    for (let level = 0; level < 10_000; level++) deep = { type: 'array', items: deep };
    expect(findTypeFaults({ 'a.ts': declare(deep) })).toEqual([]);
  });
});

describe('what somebody wrote cannot leave its place', () => {
  const evil = [
    '*/ } export const owned = 1; /*',
    '*\\/ */',
    '**/',
    'a\n*/\nexport const owned = 1;',
    '@ts-ignore',
    '@ts-nocheck',
    '\u2028*/ export const owned = 1',
    '\u202e/* \ud800 \u0000',
    '"; export const owned = 1; "',
    '`$' + '{owned}`',
    "'\\",
    ']: string; [owned',
    '__proto__',
    'constructor',
    '',
    'new',
    'a b',
  ];

  test('hostile descriptions, titles and defaults are comments and no code', () => {
    const properties = Object.fromEntries(
      evil.map((words, index) => [
        `p${index}`,
        { type: 'string', description: words, default: words, title: words },
      ]),
    );
    const text = declare({ type: 'object', description: evil.join('\n'), properties });
    expect(findTypeFaults({ 'a.ts': `${text}\nexport const wrong: number = '';` })).toEqual([
      expect.stringContaining("Type 'string' is not assignable to type 'number'"),
    ]);
    expect(findTypeFaults({ 'a.ts': `${text}\nexport const owned = 2;` })).toEqual([]);
  });

  test('hostile names and values are names and values', () => {
    const properties = Object.fromEntries(evil.map((words) => [words, { enum: [words] }]));
    const text = declare({ type: 'object', properties, required: evil });
    const uses = evil.map((words) => `  [${JSON.stringify(words)}]: ${JSON.stringify(words)},`);
    expect(
      findTypeFaults({ 'a.ts': `${text}\nexport const all: T = {\n${uses.join('\n')}\n};` }),
    ).toEqual([]);
  });

  test('names of parts cannot be anything but names', () => {
    const $defs = Object.fromEntries(evil.map((words) => [words, { type: 'string' }]));
    const pointer = (words: string) =>
      `#/$defs/${words.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('%', '%25')}`;
    const items = { anyOf: evil.map((words) => ({ $ref: pointer(words) })) };
    const text = declare({ $defs, type: 'array', items });
    expect(findTypeFaults({ 'a.ts': text })).toEqual([]);
    expect(text).toContain('TPart');
  });
});

/** Any schema, sensible or not, with references among them. */
const anySchema: fc.Arbitrary<unknown> = fc.letrec<{ schema: unknown; object: unknown }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<unknown>(
      true,
      false,
      {},
      { type: 'string' },
      { type: 'null' },
      { nullable: true },
    ),
    fc.record({ $ref: fc.constantFrom('#', '#/$defs/a', '#/$defs/b', '#/$defs/c') }),
    fc.record({ const: fc.jsonValue({ maxDepth: 2 }) }),
    fc.record({ enum: fc.array(fc.jsonValue({ maxDepth: 1 }), { maxLength: 3 }) }),
    tie('object'),
  ),
  object: fc.record(
    {
      type: fc.constantFrom<unknown>(
        'object',
        'array',
        ['object', 'null'],
        'integer',
        'nonsense',
        7,
      ),
      description: fc.string({ unit: 'binary' }),
      properties: fc.dictionary(fc.string({ unit: 'binary' }), tie('schema'), { maxKeys: 3 }),
      required: fc.array(fc.string({ unit: 'binary' }), { maxLength: 2 }),
      additionalProperties: tie('schema'),
      patternProperties: fc.dictionary(fc.string(), tie('schema'), { maxKeys: 2 }),
      items: fc.oneof(tie('schema'), fc.array(tie('schema'), { maxLength: 2 })),
      prefixItems: fc.array(tie('schema'), { maxLength: 3 }),
      minItems: fc.nat(3),
      anyOf: fc.array(tie('schema'), { maxLength: 3 }),
      oneOf: fc.array(tie('schema'), { maxLength: 2 }),
      allOf: fc.array(tie('schema'), { maxLength: 2 }),
    },
    { requiredKeys: [] },
  ),
})).schema;
const anyDocument = fc
  .record({ a: anySchema, b: anySchema, c: anySchema, root: anySchema })
  .map(({ root, ...$defs }) => (typeof root === 'object' ? { ...root, $defs } : root));

test('whatever the schema, what comes out is TypeScript without a fault', () => {
  // Many in one program: starting the compiler costs more than the schemas do.
  const documents = fc.sample(anyDocument, { numRuns: 400, seed: 20_260_121 });
  const more = fc.sample(anyDocument, 400);
  const text = [...documents, ...more].map((schema, index) => declare(schema, `S${index}`));
  const faults = findTypeFaults({ 'a.ts': text.join('\n') });
  expect(faults).toEqual([]);
});

function toName(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
