import { expect, test } from 'bun:test';
import type { Collection, Field } from '../../admin/src/api/types.ts';
import { connectionsOf, indexCountOf } from '../../admin/src/views/collections/connections.ts';
import {
  fieldRulesOf,
  fieldRuleWords,
  hiddenFields,
  withRules,
} from '../../admin/src/views/collections/field-access.ts';

const FIELDS: readonly Field[] = [
  { name: 'title', type: 'string' },
  { name: 'cost', type: 'float', read: 'admin', write: 'admin' },
  { name: 'note', type: 'string', read: 'owner' },
];

test('a rule of a field is a sentence', () => {
  const words = (read?: 'admin' | 'auth', write?: 'admin' | 'owner') =>
    fieldRuleWords({ read, write });
  expect(words('admin', 'admin')).toBe(
    'read and written by admins only; others have it in no answer or export, and cannot filter by it',
  );
  expect(words(undefined, 'owner')).toBe('read as the record, written by the owner');
});

test('a field that a person may not read is named for them', () => {
  const rules = fieldRulesOf(FIELDS);
  expect(hiddenFields(rules, 'nobody')).toEqual(['cost', 'note']);
  expect(hiddenFields(rules, 'owner')).toEqual(['cost']);
  expect(hiddenFields(rules, 'admin')).toEqual([]);
});

test('only the levels of a field change, also on a schema that has moved on', () => {
  const rules = [{ name: 'cost', type: 'float', read: undefined, write: 'admin' } as const];
  const moved: Field[] = [...FIELDS.slice(1, 2), { name: 'isbn', type: 'string' }];
  expect(withRules(moved, rules)).toEqual([
    { name: 'cost', type: 'float', write: 'admin' },
    { name: 'isbn', type: 'string' },
  ]);
});

test('references lead from a field to a collection, and count as indexes', () => {
  const books: Collection = {
    id: '1',
    name: 'books',
    label: 'Books',
    schema: {
      fields: [
        { name: 'author', type: 'reference', collection: 'authors', on_delete: 'cascade' },
        { name: 'reader', type: 'reference', collection: 'users' },
        { name: 'code', type: 'string', unique: true },
      ],
    },
    options: {
      access: { list: 'owner', read: 'owner', create: 'auth', update: 'owner', delete: 'owner' },
      indexes: [{ fields: ['author', 'code'], unique: false }],
    },
    created_at: '',
    updated_at: '',
  };
  expect(connectionsOf([books])).toEqual([
    { from: 'books', field: 'author', to: 'authors', deletion: 'cascade' },
    { from: 'books', field: 'reader', to: 'users', deletion: 'restrict' },
  ]);
  expect(indexCountOf(books)).toBe(4);
});
