import { expect, test } from 'bun:test';
import type { Fault } from '../../../src/core/errors.ts';
import { parseSchema } from '../../../src/features/collections/definition.ts';
import type { LooseField } from '../records/data-app.ts';
import { CONTEXT } from './schema-context.ts';

const LOC = ['body', 'schema'];

function parse(input: unknown) {
  const faults: Fault[] = [];
  const { schema, renames } = parseSchema(input, LOC, faults, CONTEXT);
  return { fields: schema.fields, renames, faults };
}

/** Path under body.schema and type of every fault, in order. */
function faultsOf(...fields: readonly unknown[]): readonly string[] {
  return parse({ fields }).faults.map(({ loc, type }) => `${loc.slice(2).join('.')} ${type}`);
}

const field = (rest: LooseField) => ({ name: 'a', ...rest });

test.each([
  ['str', 'string'],
  ['text', 'string'],
  ['string', 'string'],
  ['int', 'integer'],
  ['integer', 'integer'],
  ['number', 'float'],
  ['float', 'float'],
  ['bool', 'boolean'],
  ['boolean', 'boolean'],
  ['array', 'list'],
  ['list', 'list'],
  ['object', 'dict'],
  ['dict', 'dict'],
])('%s is stored as %s', (alias, type) => {
  expect(parse({ fields: [field({ type: alias })] })).toMatchObject({
    faults: [],
    fields: [{ name: 'a', type }] as never,
  });
});

test.each([
  ['list[str]', { type: 'list', items: { type: 'string' } }],
  ['array[number]', { type: 'list', items: { type: 'float' } }],
  ['list[list[int]]', { type: 'list', items: { type: 'list', items: { type: 'integer' } } }],
  ['list[dict]', { type: 'list', items: { type: 'dict' } }],
])('%s is stored as a list with items', (type, stored) => {
  const { fields, faults } = parse({ fields: [field({ type })] });
  expect(faults).toEqual([]);
  expect(fields[0]).toEqual({ name: 'a', ...stored } as never);
});

test('list[T] goes with the other options of a list, not with items', () => {
  expect(faultsOf(field({ type: 'list[int]', min_items: 1, unique_items: true }))).toEqual([]);
  expect(faultsOf(field({ type: 'list[int]', items: { type: 'int' } }))).toEqual([
    'fields.0.items conflict',
  ]);
});

test('what is stored is a definition again, and the same', () => {
  const { fields } = parse({
    fields: [
      field({ type: 'list[list[text]]', default: [['a']] }),
      { name: 'b', type: 'bool', required: true },
    ],
  });
  expect(parse({ fields }).fields).toEqual(fields);
});

test.each([
  ['strin', 'string'],
  ['Integer', 'integer'],
  ['boolen', 'boolean'],
  ['lst', 'list'],
  ['flaot', 'float'],
  ['dictt', 'dict'],
])('the unknown type %s is refused, naming the nearest, %s', (type, nearest) => {
  const { faults } = parse({ fields: [field({ type })] });
  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatchObject({ loc: [...LOC, 'fields', 0, 'type'], type: 'enum' });
  expect(faults[0]?.msg).toContain(`did you mean ${nearest}`);
});

test.each([
  ['a type of a million characters', 'x'.repeat(1_000_000)],
  [
    'lists within lists to a million characters',
    `${'list['.repeat(200_000)}int${']'.repeat(200_000)}`,
  ],
  ['lists within lists as far as the length allows', `${'list['.repeat(32)}int${']'.repeat(32)}`],
  ['an open bracket', 'list[int'],
  ['no item', 'list[]'],
  ['two types', 'list[int][int]'],
  ['a newline', 'list[\n]'],
  ['blanks', ' string '],
  ['nothing', ''],
  ['constructor', 'constructor'],
  ['__proto__', '__proto__'],
  ['list[__proto__]', 'list[__proto__]'],
  ['a number', 1],
  ['null', null],
  ['a list', ['int']],
  ['a lone surrogate', '\ud800'],
])('%s as a type is refused in short words at its path, and nothing overflows', (_name, type) => {
  const { faults } = parse({ fields: [field({ type })] });
  expect(faults).toHaveLength(1);
  expect(faults[0]?.loc.slice(0, 4)).toEqual([...LOC, 'fields', 0]);
  expect(faults[0]?.msg.length).toBeLessThan(400);
});

test('20 levels of nesting are fine, 21 are not, and 100,000 do not overflow the stack', () => {
  const nest = (levels: number) => {
    let type: Record<string, unknown> = { type: 'int' };
    for (let level = 1; level < levels; level++)
      type =
        level % 2
          ? { type: 'list', items: type }
          : { type: 'dict', properties: [{ name: 'p', ...type }] };
    return field(type);
  };
  expect(faultsOf(nest(20))).toEqual([]);
  expect(faultsOf(nest(21))[0]).toEndWith('too_deep');
  expect(faultsOf(nest(100_000))[0]).toEndWith('too_deep');
});

test.each(['toString', 'constructor', '__proto__', 'hasOwnProperty', 'valueOf'])(
  'the option %s, which every JavaScript object inherits, is refused as unknown, not an inner error',
  (option) => {
    const input = JSON.parse(`{"fields":[{"name":"a","type":"string","${option}":1}]}`);
    expect(parse(input).faults.map(({ loc, type }) => [loc.join('.'), type])).toEqual([
      [`body.schema.fields.0.${option}`, 'extra_forbidden'],
    ]);
    expect(parse(input).faults[0]?.msg).toContain('is not known');
  },
);

test('an unknown option names the nearest one that fits', () => {
  const { faults } = parse({
    fields: [field({ type: 'str', max_lenght: 3 }), { name: 'b', type: 'int', requird: true }],
  });
  expect(faults.map(({ msg }) => /did you mean (\w+)/.exec(msg)?.[1])).toEqual([
    'max_length',
    'required',
  ]);
});

test.each([
  '',
  'A',
  '1a',
  '_a',
  'a-b',
  'a b',
  'ä',
  'a'.repeat(64),
  'a\n',
  '__proto__',
  "a'b",
  'a"; DROP TABLE x',
])('the field name %p is refused: no text of a user becomes a name in SQL', (name) => {
  expect(faultsOf({ name, type: 'int' })).toEqual(['fields.0.name string_pattern_mismatch']);
});

test('names to 63 characters are fine, SQL words and words of JavaScript too', () => {
  for (const name of [
    'a'.repeat(63),
    'select',
    'constructor',
    'seq',
    'rev',
    'data',
    'f_a',
    'rowid',
    'owner',
  ])
    expect(faultsOf({ name, type: 'int' })).toEqual([]);
});

test('what every record has already is taken at the top, and free inside', () => {
  for (const name of ['id', 'owner_id', 'collection_id', 'created_at', 'updated_at']) {
    expect(faultsOf({ name, type: 'str' })).toEqual(['fields.0.name taken']);
    expect(faultsOf(field({ type: 'dict', properties: [{ name, type: 'str' }] }))).toEqual([]);
  }
});

test('a name twice is refused, at the top and inside', () => {
  expect(faultsOf(field({ type: 'int' }), field({ type: 'str' }))).toEqual([
    'fields.1.name duplicate',
  ]);
  expect(
    faultsOf(field({ type: 'dict', properties: [field({ type: 'int' }), field({ type: 'int' })] })),
  ).toEqual(['fields.0.properties.1.name duplicate']);
});
