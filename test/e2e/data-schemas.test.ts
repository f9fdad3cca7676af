import { describe, expect, test } from 'bun:test';
import { serveForFile } from '../support/served.ts';
import { accessOf, define, expectFaults } from './data-support.ts';

const served = serveForFile();
const ID = '0190a8b4-7c1e-7d3a-9f52-1c2d3e4f5a6b';
const field = (options: object) => ({ name: 'v', type: 'string', ...options });
const at = (...rest: readonly (string | number)[]) => ['body', 'schema', 'fields', 0, ...rest];
const properties = (...list: readonly object[]) => ({ name: 'v', type: 'dict', properties: list });
const items = (item: object) => ({ name: 'v', type: 'list', items: item });
const inDict = (option: object) => properties({ name: 'p', type: 'string', ...option });

/** Each has one fault, and where it is. */
const SENSELESS: readonly (readonly [what: string, field: unknown, ...loc: (string | number)[]])[] =
  [
    ['no name', { type: 'string' }, 'name'],
    ['no type', { name: 'v' }, 'type'],
    ['a type that is none', { name: 'v', type: 'varchar' }, 'type'],
    ['a type that is no text', { name: 'v', type: 5 }, 'type'],
    ['a list of a type that is none', { name: 'v', type: 'list[strin]' }, 'type'],
    ['a field that is no object', 'title'],
    ['a name with a capital', { name: 'V', type: 'string' }, 'name'],
    ['a name of 64 characters', { name: 'v'.repeat(64), type: 'string' }, 'name'],
    ...['id', 'owner_id', 'collection_id', 'created_at', 'updated_at'].map(
      (name) => [`the taken name ${name}`, { name, type: 'string' }, 'name'] as const,
    ),
    ['an unknown option', field({ max_lenght: 1 }), 'max_lenght'],
    ['an option called constructor', field({ constructor: 1 }), 'constructor'],
    ['min above max', { name: 'v', type: 'integer', min: 2, max: 1 }, 'min'],
    [
      'dates the wrong way round',
      { name: 'v', type: 'date', min: '2024-02-01', max: '2024-01-01' },
      'min',
    ],
    [
      'moments the wrong way round, in different offsets',
      {
        name: 'v',
        type: 'datetime',
        min: '2024-01-01T00:00:00-01:00',
        max: '2024-01-01T00:30:00Z',
      },
      'min',
    ],
    ['a bound that is no date', { name: 'v', type: 'date', min: '2024-02-30' }, 'min'],
    ['a number as the bound of a date', { name: 'v', type: 'date', max: 5 }, 'max'],
    ['a text as the bound of a number', { name: 'v', type: 'integer', max: '5' }, 'max'],
    ['half an integer as a bound', { name: 'v', type: 'integer', min: 0.5 }, 'min'],
    ['min_length above max_length', field({ min_length: 2, max_length: 1 }), 'min_length'],
    ['a negative length', field({ min_length: -1 }), 'min_length'],
    [
      'min_items above max_items',
      { name: 'v', type: 'list', min_items: 2, max_items: 1 },
      'min_items',
    ],
    [
      'more different items than there are',
      { name: 'v', type: 'list', min_items: 3, unique_items: true, items: { type: 'boolean' } },
      'min_items',
    ],
    ['an empty enum', field({ enum: [] }), 'enum'],
    ['an enum with a value twice', field({ enum: ['a', 'a'] }), 'enum'],
    ['an enum of another type', field({ enum: [1] }), 'enum'],
    ['an enum with null', field({ enum: ['a', null] }), 'enum'],
    ['an enum whose value is too long', field({ enum: ['abc'], max_length: 2 }), 'enum'],
    ['an enum against the pattern', field({ enum: ['a'], pattern: '^b$' }), 'enum'],
    ['an enum outside the bounds', { name: 'v', type: 'integer', enum: [5], max: 4 }, 'enum'],
    ['an enum of half an integer', { name: 'v', type: 'integer', enum: [0.5] }, 'enum'],
    ...['boolean', 'date', 'datetime', 'email', 'url', 'uuid', 'list', 'dict', 'json'].map(
      (type) => [`an enum for ${type}`, { name: 'v', type, enum: ['a'] }, 'enum'] as const,
    ),
    ['a pattern for integer', { name: 'v', type: 'integer', pattern: 'a' }, 'pattern'],
    ['a broken pattern', field({ pattern: '(' }), 'pattern'],
    ['a look-ahead', field({ pattern: '(?=x)y' }), 'pattern'],
    ['a look-behind', field({ pattern: '(?<!x)y' }), 'pattern'],
    ['a back-reference', field({ pattern: '(a)\\1' }), 'pattern'],
    ['a default of another type', field({ default: 5 }), 'default'],
    ['a default that is null', field({ default: null }), 'default'],
    ['a default that is too long', field({ default: 'abc', max_length: 2 }), 'default'],
    ['a default outside the enum', field({ default: 'c', enum: ['a', 'b'] }), 'default'],
    ['a default that is no e-mail', { name: 'v', type: 'email', default: 'ann' }, 'default'],
    [
      'a default with a wrong item',
      { name: 'v', type: 'list[integer]', default: [1, 'a'] },
      'default',
      1,
    ],
    [
      'a default "now" beside max',
      { name: 'v', type: 'datetime', default: 'now', max: '2099-01-01T00:00:00Z' },
      'default',
    ],
    ['a default "now" for integer', { name: 'v', type: 'integer', default: 'now' }, 'default'],
    ['required and nullable', field({ required: true, nullable: true }), 'nullable'],
    ['required that is no boolean', field({ required: 'yes' }), 'required'],
    ...['list', 'dict', 'json'].flatMap((type) => [
      [`unique for ${type}`, { name: 'v', type, unique: true }, 'unique'] as const,
      [`an index for ${type}`, { name: 'v', type, index: true }, 'index'] as const,
    ]),
    ['items for string', field({ items: { type: 'string' } }), 'items'],
    ['min_items for string', field({ min_items: 1 }), 'min_items'],
    ['properties for list', { name: 'v', type: 'list', properties: [] }, 'properties'],
    ['additional for list', { name: 'v', type: 'list', additional: true }, 'additional'],
    ['max_bytes for dict', { name: 'v', type: 'dict', max_bytes: 5 }, 'max_bytes'],
    ['max_bytes of nothing', { name: 'v', type: 'json', max_bytes: 0 }, 'max_bytes'],
    ['min for string', field({ min: 1 }), 'min'],
    ['max_length for integer', { name: 'v', type: 'integer', max_length: 1 }, 'max_length'],
    ['a collection for string', field({ collection: 'users' }), 'collection'],
    ['on_delete for string', field({ on_delete: 'cascade' }), 'on_delete'],
    ['a reference to nowhere', { name: 'v', type: 'reference' }, 'collection'],
    [
      'a reference to an unknown collection',
      { name: 'v', type: 'reference', collection: 'no_such' },
      'collection',
    ],
    [
      'an unknown on_delete',
      { name: 'v', type: 'reference', collection: 'users', on_delete: 'explode' },
      'on_delete',
    ],
    [
      'set_null where it is required',
      { name: 'v', type: 'reference', collection: 'users', on_delete: 'set_null', required: true },
      'on_delete',
    ],
    [
      'set_null where null is forbidden',
      { name: 'v', type: 'reference', collection: 'users', on_delete: 'set_null', nullable: false },
      'on_delete',
    ],
    [
      'a default for a reference',
      { name: 'v', type: 'reference', collection: 'users', default: ID },
      'default',
    ],
    ['an access level that is none', field({ read: 'everyone' }), 'read'],
    ['a write level that is none', field({ write: true }), 'write'],
    ['items with a name', items({ name: 'i', type: 'string' }), 'items', 'name'],
    ['items that are no field', { name: 'v', type: 'list', items: 'string' }, 'items'],
    [
      'items beside list[T]',
      { name: 'v', type: 'list[string]', items: { type: 'string' } },
      'items',
    ],
    ['items that are required', items({ type: 'string', required: true }), 'items', 'required'],
    ['items with a default', items({ type: 'string', default: 'a' }), 'items', 'default'],
    ['items with a wrong constraint', items({ type: 'string', min: 1 }), 'items', 'min'],
    ['items of an unknown type', items({ type: 'strin' }), 'items', 'type'],
    [
      'items that are references',
      items({ type: 'reference', collection: 'users' }),
      'items',
      'type',
    ],
    ['a unique property', inDict({ unique: true }), 'properties', 0, 'unique'],
    ['an indexed property', inDict({ index: true }), 'properties', 0, 'index'],
    ['a property with a read level', inDict({ read: 'admin' }), 'properties', 0, 'read'],
    ['a property with a wrong default', inDict({ default: 5 }), 'properties', 0, 'default'],
    [
      'a property with a bad name',
      properties({ name: 'P', type: 'string' }),
      'properties',
      0,
      'name',
    ],
    [
      'a property twice',
      properties({ name: 'p', type: 'string' }, { name: 'p', type: 'string' }),
      'properties',
      1,
      'name',
    ],
    ['properties that are no list', { name: 'v', type: 'dict', properties: {} }, 'properties'],
  ];

describe('every combination that makes no sense is 422 at its path when the schema is saved', () => {
  test.each(SENSELESS.map(([what, ...rest]) => [what, rest] as const))(
    '%s',
    async (what, [one, ...loc]) => {
      const { admin } = served();
      const body = { name: 'senseless', schema: { fields: [one] } };
      expectFaults(await admin.post('/api/collections', body), what, at(...loc));
    },
  );

  const indexes = (...list: readonly unknown[]) => ({
    name: 'senseless',
    schema: {
      fields: [
        { name: 'a', type: 'string' },
        { name: 'b', type: 'integer' },
        { name: 'tags', type: 'list' },
      ],
    },
    options: { indexes: list },
  });
  const inIndex = (...rest: readonly (string | number)[]) => [
    'body',
    'options',
    'indexes',
    ...rest,
  ];
  test.each([
    ['over one field', indexes({ fields: ['a'] }), inIndex(0, 'fields')],
    ['over an unknown field', indexes({ fields: ['a', 'c'] }), inIndex(0, 'fields', 1)],
    ['over a field twice', indexes({ fields: ['a', 'a'] }), inIndex(0, 'fields', 1)],
    ['over a list', indexes({ fields: ['a', 'tags'] }), inIndex(0, 'fields', 1)],
    ['of an unknown option', indexes({ fields: ['a', 'b'], uniqe: true }), inIndex(0, 'uniqe')],
    [
      'with unique that is no boolean',
      indexes({ fields: ['a', 'b'], unique: 1 }),
      inIndex(0, 'unique'),
    ],
    ['that is there twice', indexes({ fields: ['a', 'b'] }, { fields: ['a', 'b'] }), inIndex(1)],
  ])('an index %s', async (what, body, loc) => {
    expectFaults(await served().admin.post('/api/collections', body), what, loc);
  });

  test('an unknown option, operation or access level of the collection', async () => {
    const { admin } = served();
    const attempt = (options: unknown) =>
      admin.post('/api/collections', { name: 'senseless', schema: { fields: [] }, options });
    expectFaults(await attempt({ acess: {} }), 'acess', ['body', 'options', 'acess']);
    expectFaults(await attempt({ access: { lst: 'public' } }), 'lst', [
      'body',
      'options',
      'access',
      'lst',
    ]);
    expectFaults(await attempt({ access: { list: 'all' } }), 'all', [
      'body',
      'options',
      'access',
      'list',
    ]);
  });

  test('more than 200 fields, 64 indexes or 20 levels', async () => {
    const { admin } = served();
    const attempt = (fields: readonly unknown[]) =>
      admin.post('/api/collections', { name: 'senseless', schema: { fields } });
    const many = (count: number, options: object = {}) =>
      Array.from({ length: count }, (_, n) => ({ name: `f${n}`, type: 'string', ...options }));
    expectFaults(await attempt(many(201)), '201 fields', ['body', 'schema', 'fields']);
    expectFaults(await attempt(many(65, { index: true })), '65 indexes', [
      'body',
      'schema',
      'fields',
    ]);
    let deep: object = { type: 'string' };
    for (let level = 0; level < 20; level++) deep = { type: 'list', items: deep };
    const place = Array.from({ length: 20 }, () => 'items');
    expectFaults(await attempt([{ name: 'v', ...deep }]), '21 levels', at(...place));
    expect((await admin.get('/api/collections/senseless')).status).toBe(404);
    await define(admin, 'widest', many(200));
    await define(admin, 'most_indexed', many(64, { index: true }));
  });

  test('all faults of a schema are told at once', async () => {
    const fields = [
      { name: 'a', type: 'integer', min: 'x' },
      { name: 'a', type: 'string' },
      {
        name: 'c',
        type: 'list',
        items: { type: 'dict', properties: [{ name: 'D', type: 'int' }] },
      },
    ];
    expectFaults(
      await served().admin.post('/api/collections', { name: 'senseless', schema: { fields } }),
      'three faults',
      at('min'),
      ['body', 'schema', 'fields', 1, 'name'],
      ['body', 'schema', 'fields', 2, 'items', 'properties', 0, 'name'],
    );
  });
});

test("the collection's own access is what the schema says when all of it is saved", async () => {
  const { admin } = served();
  await define(admin, 'kept', [{ name: 'v', type: 'int', min: 0 }], { access: accessOf('admin') });
  const { body } = await admin.get('/api/collections/kept');
  expect(body.schema.fields).toEqual([{ name: 'v', type: 'integer', min: 0 }]);
  expect(body.options.access).toEqual(accessOf('admin'));
});
