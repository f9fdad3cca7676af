import { describe, expect, test } from 'bun:test';
import type { AccessRules, Collection, Field } from '../../admin/src/api/types.ts';
import { shellQuote } from '../../admin/src/views/api/api-request.ts';
import {
  accessSentence,
  accessShort,
  DEFAULT_ACCESS,
  openCollections,
  PRESETS,
  presetOf,
  publicQuestion,
  tryAs,
} from '../../admin/src/views/collections/access.ts';
import { errorsOf } from '../../admin/src/views/collections/api-errors.ts';
import {
  API_OPERATIONS,
  type ApiOperation,
  example,
  exampleData,
} from '../../admin/src/views/collections/api-examples.ts';
import {
  listRows,
  sortRows,
  sparkPoints,
  sparkWords,
} from '../../admin/src/views/collections/collection-list.ts';
import {
  createBody,
  nameFault,
  nameFrom,
  readCollectionText,
} from '../../admin/src/views/collections/new-collection.ts';

const OPEN: AccessRules = {
  list: 'public',
  read: 'public',
  create: 'auth',
  update: 'owner',
  delete: 'owner',
};
const ADMIN = PRESETS.find((preset) => preset.key === 'admin')?.rules as AccessRules;

function collection(name: string, access: AccessRules, fields: Field[] = []): Collection {
  const at = '2026-01-01T00:00:00.000Z';
  return {
    id: name,
    name,
    label: name,
    schema: { fields },
    options: { access },
    created_at: at,
    updated_at: at,
  };
}

describe('access in words', () => {
  const say = (rules: AccessRules) =>
    accessSentence(rules)
      .map(({ text }) => text)
      .join('');

  test('the sentence', () => {
    expect(say(OPEN)).toBe(
      'Anyone on the internet may see the list and open a record. Signed-in people may create records. Owners may change and delete only their own records. Admins may do everything.',
    );
    expect(say(ADMIN)).toBe('Only admins may do anything here.');
    expect(say({ ...ADMIN, list: 'public', read: 'public' })).toBe(
      'Anyone on the internet may see the list and open a record. Only admins may create, change and delete records. Admins may do everything.',
    );
  });

  test.each([
    [DEFAULT_ACCESS, 'Owner only'],
    [OPEN, 'Anyone reads, owner writes'],
    [ADMIN, 'Admins only'],
    [{ ...ADMIN, list: 'public', read: 'public' }, 'Anyone reads, admins write'],
    [{ ...OPEN, create: 'public' }, 'Anyone creates'],
    [{ ...OPEN, create: 'public', delete: 'public' }, 'Anyone creates and deletes'],
    [
      { list: 'auth', read: 'auth', create: 'auth', update: 'auth', delete: 'auth' },
      'Signed-in people read and write',
    ],
  ] as [AccessRules, string][])('%j is %s', (rules, words) => {
    expect(accessShort(rules).text).toBe(words);
  });

  test('levels that are not said are the defaults', () => {
    const read = (access: unknown) =>
      readCollectionText(JSON.stringify({ schema: { fields: [] }, options: { access } }));
    expect(read({ list: 'public' }).access).toEqual({ ...DEFAULT_ACCESS, list: 'public' });
    expect(read({ list: 'everyone' }).faults[0]?.place).toBe('options.access.list');
    expect(read({ copy: 'public' }).faults[0]?.place).toBe('options.access.copy');
    expect(presetOf(DEFAULT_ACCESS)?.key).toBe('own');
  });

  test('opening a write to the internet is asked once, reading is not', () => {
    expect(publicQuestion('books', OPEN, { ...OPEN, delete: 'public' })).toBe(
      'Anyone on the internet will be able to delete records of books.',
    );
    const open = { ...OPEN, delete: 'public' as const };
    expect(publicQuestion('books', open, open)).toBeUndefined();
    expect(publicQuestion('books', DEFAULT_ACCESS, OPEN)).toBeUndefined();
    expect(publicQuestion('books', undefined, open)).toBeDefined();
  });

  test('what is open to anyone', () => {
    const found = openCollections([
      collection('a', ADMIN),
      collection('b', { ...OPEN, create: 'public' }),
    ]);
    expect(found).toEqual([{ name: 'b', reads: ['list', 'read'], writes: ['create'] }]);
  });
});

describe('tryAs', () => {
  const words = (...args: Parameters<typeof tryAs>) =>
    tryAs(...args).map(({ isAllowed, text }) => `${isAllowed ? '+' : '-'} ${text}`);

  test('nobody', () => {
    expect(words('nobody', OPEN, 40)).toEqual([
      '+ 40 records',
      '+ any record',
      '- 401, sign in first',
      '- 401, sign in first',
      '- 401, sign in first',
    ]);
  });

  test('a stranger is told 403 of what they can see, 404 of what they cannot', () => {
    expect(words('signed-in', OPEN, 1).slice(3)).toEqual([
      '- 403, it is not theirs',
      '- 403, it is not theirs',
    ]);
    expect(words('signed-in', DEFAULT_ACCESS, 1)).toEqual([
      '+ only their own records',
      '- 404, as if it were not there',
      '+ a record of their own',
      '- 404, as if it were not there',
      '- 404, as if it were not there',
    ]);
    expect(words('signed-in', ADMIN, 1)[0]).toBe('- 404, as if there were no such collection');
  });

  test('the owner, and an admin', () => {
    expect(words('owner', DEFAULT_ACCESS, 1).every((text) => text.startsWith('+'))).toBe(true);
    expect(words('owner', { ...DEFAULT_ACCESS, delete: 'admin' }, 1)[4]).toBe('- 403, admins only');
    expect(words('admin', ADMIN, undefined)).toEqual([
      '+ all records',
      '+ any record',
      '+ a record of their own',
      '+ any record',
      '+ any record',
    ]);
  });
});

describe('examples', () => {
  const FIELDS: Field[] = [
    { name: 'note', type: 'string' },
    { name: 'isbn', type: 'string', required: true, min_length: 13, max_length: 13, unique: true },
    { name: 'price', type: 'float', min: 20 },
    { name: 'kind', type: 'string', enum: ["it's", 'b'] },
    { name: 'tags', type: 'list', items: { type: 'string' } },
    { name: 'size', type: 'dict', properties: [{ name: 'w', type: 'integer', max: 0 }] },
  ];
  const books = collection('books', { ...DEFAULT_ACCESS, list: 'public' }, FIELDS);
  const facts = { origin: 'http://h:1', collection: books, id: 'ID' };

  test('values keep to the rules', () => {
    const data = exampleData(FIELDS);
    expect(data).toMatchObject({ price: 20, kind: "it's", tags: ['A tag'], size: { w: 0 } });
    expect(data.isbn).toHaveLength(13);
  });

  test('public needs no token, the rest names $TOKEN and nobody’s', () => {
    expect(example('list', facts).curl).toBe(
      "curl 'http://h:1/api/collections/books/records?limit=20&sort=-created_at'",
    );
    expect(example('read', facts).curl).toBe(
      'curl \'http://h:1/api/collections/books/records/ID\' \\\n  -H "Authorization: Bearer $TOKEN"',
    );
    expect(example('delete', facts).typescript).toContain(".delete('ID')");
    expect(example('delete', facts).typescript).toContain("token: '$TOKEN'");
    expect(example('list', facts).typescript).not.toContain('token');
  });

  test('a quote in a value does not end the shell word', () => {
    expect(shellQuote("it's")).toBe("'it'\\''s'");
    expect(example('create', facts).curl).toContain("it'\\''s");
  });

  test('TypeScript parses', () => {
    for (const operation of API_OPERATIONS) {
      const { typescript } = example(operation, facts);
      expect(() => new Bun.Transpiler({ loader: 'ts' }).transformSync(typescript)).not.toThrow();
    }
  });

  test('errors name what is unique', () => {
    expect(errorsOf('create', books)).toContainEqual({
      status: 409,
      text: 'The value of isbn is taken',
    });
    expect(errorsOf('list', books).map(({ status }) => status)).toEqual([401, 404, 422]);
  });

  test('what may be seen but not done is 403; what may not be seen is 404 alone', () => {
    const forbidden = (operation: ApiOperation, access: AccessRules, fields: Field[] = []) =>
      errorsOf(operation, collection('books', access, fields))
        .filter(({ status }) => status === 403)
        .map(({ text }) => text);
    const own: AccessRules = {
      list: 'owner',
      read: 'owner',
      create: 'auth',
      update: 'owner',
      delete: 'owner',
    };
    for (const operation of API_OPERATIONS) expect(forbidden(operation, own)).toEqual([]);
    const shared: AccessRules = { ...own, list: 'auth', read: 'auth' };
    for (const operation of ['update', 'delete', 'batch'] as const)
      expect(forbidden(operation, shared)).toEqual(['The record is somebody else’s']);
    for (const operation of ['list', 'read', 'create', 'export'] as const)
      expect(forbidden(operation, shared)).toEqual([]);
    expect(forbidden('update', ADMIN)).toEqual([]);
    expect(forbidden('update', { ...ADMIN, read: 'public' })).toEqual(['Not an admin']);
    const unread: AccessRules = { ...own, list: 'auth', read: 'admin' };
    for (const operation of ['update', 'delete', 'batch'] as const)
      expect(forbidden(operation, unread)).toEqual([]);
    const secret: Field[] = [{ name: 'cost', type: 'float', read: 'admin', write: 'admin' }];
    expect(forbidden('list', own, secret)).toHaveLength(1);
    expect(forbidden('create', own, secret)).toHaveLength(1);
    expect(forbidden('read', own, secret)).toEqual([]);
  });
});

describe('a new collection', () => {
  test('names', () => {
    expect(nameFault('books', [])).toBeUndefined();
    for (const bad of ['', 'Books', '1a', 'users', 'tb_x', 'taken', 'a'.repeat(64)])
      expect(nameFault(bad, ['taken'])).toBeString();
    expect(nameFrom('  Stock moves, 2024! ')).toBe('stock_moves_2024');
    expect(nameFrom('Éditions 1')).toBe('editions_1');
    expect(nameFrom('2 b')).toBe('b');
    expect(nameFrom('日本')).toBe('');
  });

  test('JSON of a whole collection, or of a schema', () => {
    const whole = { ...collection('books', OPEN, [{ name: 'a', type: 'string' }]), label: 'Books' };
    expect(readCollectionText(JSON.stringify(whole))).toEqual({
      faults: [],
      fields: [{ name: 'a', type: 'string' }],
      name: 'books',
      label: 'Books',
      access: OPEN,
    });
    expect(readCollectionText('{"fields":[]}')).toEqual({ faults: [], fields: [] });
    expect(
      readCollectionText('{"name":"x","schema":{"fields":[{"name":"a"}]}}').faults[0]?.place,
    ).toBe('schema.fields.0.type');
  });

  test('the body has no empty label', () => {
    expect(createBody('a', ' ', [], OPEN)).toEqual({
      name: 'a',
      schema: { fields: [] },
      options: { access: OPEN },
    });
  });
});

test('the list sorts by several columns, uncounted ones first', () => {
  const rows = listRows([collection('b', OPEN), collection('a', OPEN), collection('c', OPEN)], {
    b: 2,
    a: 2,
  });
  const names = (text: string, isDown: boolean) =>
    sortRows(rows, [{ key: text, isDown }]).map(({ name }) => name);
  expect(names('records', false)).toEqual(['c', 'a', 'b']);
  expect(names('records', true)).toEqual(['a', 'b', 'c']);
  expect(names('name', true)).toEqual(['c', 'b', 'a']);
});

test('fourteen days are a line whose highest day reaches the top, and a sentence', () => {
  expect(sparkPoints([0, 1, 4], 100, 20)).toBe('0.0,20.0 50.0,15.0 100.0,0.0');
  expect(sparkPoints([0, 0], 100, 20)).toBe('0.0,20.0 100.0,20.0');
  expect(sparkWords([0, 1, 4])).toBe('5 new records in 3 days, 4 of them today');
  expect(sparkWords([0, 0])).toBe('Nothing new in 2 days');
});

test('the list knows the last write only where the server told it', () => {
  const activity = { a: { last_write_at: '2030-01-01T00:00:00.000Z', created_per_day: [1] } };
  const rows = listRows([collection('a', OPEN), collection('b', OPEN)], {}, activity);
  expect(rows.map(({ written, days }) => [written, days])).toEqual([
    ['2030-01-01T00:00:00.000Z', [1]],
    ['', undefined],
  ]);
});
