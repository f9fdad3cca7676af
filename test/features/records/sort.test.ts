import { expect, test } from 'bun:test';
import { parseSort } from '../../../src/features/records/sort.ts';
import { contextOf, FIELDS, faultsOf } from './query-context.ts';

const CONTEXT = contextOf();
const terms = (sort: string) =>
  parseSort({ sort }, CONTEXT).map(
    ({ key, isDescending }) => `${isDescending ? '-' : ''}${key.kind}:${key.name}`,
  );

test('every type that a column can hold has an order', () => {
  const sortable = [
    'title',
    'rating',
    'price',
    'seen',
    'day',
    'moment',
    'mail',
    'link',
    'token',
    'author',
  ];
  for (const { name } of FIELDS)
    if (sortable.includes(name)) expect(terms(`-${name}`)).toEqual([`-field:${name}`]);
    else if (name !== 'secret')
      expect(faultsOf(() => terms(name))[0]?.msg).toContain('which has no order');
  for (const name of ['id', 'owner_id', 'created_at', 'updated_at'])
    expect(terms(name)).toEqual([`system:${name}`]);
});

test('a field that is named again decides nothing more', () => {
  expect(terms('title,-rating,-title,title')).toEqual(['field:title', '-field:rating']);
});

test('a part of a dict has no order of its own, nor has anything a caller makes up', () => {
  for (const name of [
    'address.city',
    'meta.a',
    'raw.a',
    '__proto__',
    'constructor',
    'seq',
    'f_title',
    '',
  ])
    expect(faultsOf(() => terms(name))).toMatchObject([
      { loc: ['query', 'sort'], msg: expect.stringContaining('there is no field') },
    ]);
});
