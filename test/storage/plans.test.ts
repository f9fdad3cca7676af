import { describe, expect, test } from 'bun:test';
import type { Filter, Position, SortTerm } from '../../src/features/records/store.ts';
import { toPageQuery } from '../../src/storage/sqlite/keyset.ts';
import { tableOf } from '../../src/storage/sqlite/record-table.ts';
import { ANN, by, collectionOf } from './contract/harness.ts';
import { openStore } from './open-store.ts';

const FIELDS = [
  { name: 'title', type: 'string', unique: true },
  { name: 'rating', type: 'float', index: true },
  { name: 'done', type: 'boolean', index: true },
  { name: 'author', type: 'reference', collection: 'users' },
  { name: 'kind', type: 'string' },
  { name: 'place', type: 'integer' },
  { name: 'note', type: 'string' },
] as const;

const field = (name: string) => ({ kind: 'field', name }) as const;
const is = (name: string, value: string | number | boolean | null): Filter => ({
  op: 'equals',
  key: field(name),
  value,
});
const than = (name: string, relation: '<' | '>=' | '>', value: string | number): Filter => ({
  op: 'compare',
  key: field(name),
  relation,
  value,
});
const oneOf = (name: string, ...values: string[]): Filter => ({
  op: 'in',
  key: field(name),
  values,
});
const and = (...filters: Filter[]): Filter => ({ op: 'and', filters });
const all: Filter = { op: 'all' };
const mine: Filter = { op: 'owner', id: ANN };
const at = (seq: number, ...values: Position['values']): Position => ({ seq, values });

/** What SQLite does, a line for each step that touches the table or sorts; names without the table's. */
async function planOf(filter: Filter, sort: readonly SortTerm[], after?: Position) {
  using harness = openStore();
  const collection = {
    ...collectionOf('things', FIELDS),
  };
  const options = {
    ...collection.options,
    indexes: [{ fields: ['kind', 'place'], unique: false }],
  };
  await harness.collections.insert({ ...collection, options });
  const table = tableOf(collection.id);
  const { sql, args } = toPageQuery({
    columns: '*',
    table,
    filter,
    sort,
    limit: 10,
    ...(after && { after }),
  });
  return harness.db
    .prepare<{ detail: string }, (string | number | null)[]>(`EXPLAIN QUERY PLAN ${sql}`)
    .all(...args)
    .map(({ detail }) => detail)
    .filter(
      (step) => step.includes(`${table} `) || step === `SCAN ${table}` || step.includes('TEMP'),
    )
    .map((step) =>
      step.replaceAll(`${table}_`, '').replaceAll(`${table}$`, '').replaceAll(table, 't'),
    );
}

const id = by('id');
const newest = by('-created_at');

type Case = readonly [
  name: string,
  filter: Filter,
  sort: readonly SortTerm[],
  after: Position | undefined,
  plan: readonly string[],
];

const SERVED: readonly Case[] = [
  ['the newest', all, newest, undefined, ['SCAN t']],
  ['the newest, on', all, newest, at(9, 'x'), ['SEARCH t USING INTEGER PRIMARY KEY (rowid<?)']],
  [
    'the oldest, on',
    all,
    by('created_at'),
    at(9, 'x'),
    ['SEARCH t USING INTEGER PRIMARY KEY (rowid>?)'],
  ],
  ['by id', all, id, undefined, ['SCAN t USING INDEX sqlite_autoindex_1']],
  ['by id, on', all, id, at(9, 'x'), ['SEARCH t USING INDEX sqlite_autoindex_1 (id>?)']],
  ['one’s own', mine, newest, undefined, ['SEARCH t USING INDEX _owner (owner_id=?)']],
  [
    'one’s own, on',
    mine,
    newest,
    at(9, 'x'),
    ['SEARCH t USING INDEX _owner (owner_id=? AND rowid<?)'],
  ],
  ['equal', is('rating', 5), newest, undefined, ['SEARCH t USING INDEX rating (f_rating=?)']],
  [
    'equal, on',
    is('rating', 5),
    newest,
    at(9, 'x'),
    ['SEARCH t USING INDEX rating (f_rating=? AND rowid<?)'],
  ],
  [
    'equal, sorted by the same, on',
    is('rating', 5),
    by('rating'),
    at(9, 5),
    ['SEARCH t USING INDEX rating (f_rating=? AND rowid>?)'],
  ],
  [
    'equal to null',
    is('rating', null),
    newest,
    undefined,
    ['SEARCH t USING INDEX rating (f_rating=?)'],
  ],
  ['equal to true', is('done', true), newest, undefined, ['SEARCH t USING INDEX done (f_done=?)']],
  [
    'equal, unique',
    is('title', 'a'),
    newest,
    undefined,
    ['SEARCH t USING INDEX title (f_title=?)'],
  ],
  [
    'those that refer to one',
    is('author', ANN),
    newest,
    undefined,
    ['SEARCH t USING INDEX author (f_author=?)'],
  ],
  [
    'one of a few, sorted by the same',
    oneOf('author', ANN, 'x'),
    by('author'),
    undefined,
    ['SEARCH t USING INDEX author (f_author=?)'],
  ],
  [
    'a range',
    than('rating', '>', 5),
    by('rating'),
    undefined,
    ['SEARCH t USING INDEX rating (f_rating>?)'],
  ],
  [
    'a range, downwards',
    than('rating', '<', 5),
    by('-rating'),
    undefined,
    ['SEARCH t USING INDEX rating (f_rating<?)'],
  ],
  [
    'a range with two ends',
    and(than('rating', '>=', 1), than('rating', '<', 5)),
    by('rating'),
    undefined,
    ['SEARCH t USING INDEX rating (f_rating>? AND f_rating<?)'],
  ],
  [
    'a range with two ends, on: of its ends one is left',
    and(than('rating', '>=', 1), than('rating', '<', 5)),
    by('rating'),
    at(9, 3),
    [
      'SEARCH t USING INDEX rating (f_rating=? AND rowid>?)',
      'SEARCH t USING INDEX rating (f_rating>? AND f_rating<?)',
    ],
  ],
  ['sorted upwards, nulls last', all, by('rating'), undefined, ['SCAN t USING INDEX rating']],
  ['sorted downwards, nulls last', all, by('-rating'), undefined, ['SCAN t USING INDEX rating']],
  [
    'sorted upwards, on: ties, then later ones, then nulls',
    all,
    by('rating'),
    at(9, 3),
    [
      'SEARCH t USING INDEX rating (f_rating=? AND rowid>?)',
      'SEARCH t USING INDEX rating (f_rating>?)',
      'SEARCH t USING INDEX rating (f_rating=?)',
    ],
  ],
  [
    'sorted downwards, on',
    all,
    by('-rating'),
    at(9, 3),
    [
      'SEARCH t USING INDEX rating (f_rating=? AND rowid<?)',
      'SEARCH t USING INDEX rating (f_rating<?)',
      'SEARCH t USING INDEX rating (f_rating=?)',
    ],
  ],
  [
    'sorted, on among nulls',
    all,
    by('rating'),
    at(9, null),
    ['SEARCH t USING INDEX rating (f_rating=? AND rowid>?)'],
  ],
  [
    'sorted by several, downwards',
    all,
    by('-kind', '-place'),
    undefined,
    ['SCAN t USING INDEX kind$place'],
  ],
  [
    'equal, sorted by the next field of an index',
    is('kind', 'a'),
    by('place'),
    undefined,
    ['SEARCH t USING INDEX kind$place (f_kind=?)'],
  ],
  [
    'equal, sorted by the next field of an index, on',
    is('kind', 'a'),
    by('-place'),
    at(9, 3),
    [
      'SEARCH t USING INDEX kind$place (f_kind=? AND f_place=? AND rowid<?)',
      'SEARCH t USING INDEX kind$place (f_kind=? AND f_place<?)',
      'SEARCH t USING INDEX kind$place (f_kind=? AND f_place=?)',
    ],
  ],
  [
    'sorted by several, downwards, on',
    all,
    by('-kind', '-place'),
    at(9, 'a', 3),
    [
      'SEARCH t USING INDEX kind$place (f_kind=? AND f_place=? AND rowid<?)',
      'SEARCH t USING INDEX kind$place (f_kind=? AND f_place<?)',
      'SEARCH t USING INDEX kind$place (f_kind=? AND f_place=?)',
      'SEARCH t USING INDEX kind$place (f_kind<?)',
      'SEARCH t USING INDEX kind$place (f_kind=?)',
    ],
  ],
  [
    'sorted by several required ones, upwards',
    all,
    by('kind', 'place').map((term) => ({ ...term, isFilled: true })),
    undefined,
    ['SCAN t USING INDEX kind$place'],
  ],
  [
    'equal in all fields of an index',
    and(is('kind', 'a'), is('place', 1)),
    newest,
    undefined,
    ['SEARCH t USING INDEX kind$place (f_kind=? AND f_place=?)'],
  ],
];

describe('an index serves the whole list', () => {
  for (const [name, filter, sort, after, plan] of SERVED)
    test(name, async () => {
      expect(await planOf(filter, sort, after)).toEqual([...plan]);
    });
});

const SORTED_BY_HAND: readonly Case[] = [
  [
    'one of a few, the newest',
    oneOf('author', ANN, 'x'),
    newest,
    undefined,
    ['SEARCH t USING INDEX author (f_author=?)', 'USE TEMP B-TREE FOR ORDER BY'],
  ],
  [
    'either of two',
    { op: 'or', filters: [is('rating', 5), is('done', true)] },
    newest,
    undefined,
    [
      'SEARCH t USING INDEX rating (f_rating=?)',
      'SEARCH t USING INDEX done (f_done=?)',
      'USE TEMP B-TREE FOR ORDER BY',
    ],
  ],
  // Nulls come first in the index, for each value of its first field anew.
  [
    'sorted by several, upwards',
    all,
    by('kind', 'place'),
    undefined,
    ['SCAN t', 'USE TEMP B-TREE FOR ORDER BY'],
  ],
];

describe('an index finds the rows, and they are sorted by hand', () => {
  for (const [name, filter, sort, after, plan] of SORTED_BY_HAND)
    test(name, async () => {
      expect(await planOf(filter, sort, after)).toEqual([...plan]);
    });
});

test('a range that is not in the order of the list: with two ends it is found, with one end walked past', async () => {
  // SQLite takes an open range for a quarter of all rows: a page is full sooner than they are sorted.
  expect(await planOf(than('rating', '>', 5), newest)).toEqual(['SCAN t']);
  expect(await planOf(and(than('rating', '>', 5), than('rating', '<', 6)), newest)).toEqual([
    'SEARCH t USING INDEX rating (f_rating>? AND f_rating<?)',
    'USE TEMP B-TREE FOR ORDER BY',
  ]);
});

test('no list whose filter and sort have an index scans behind a position', async () => {
  for (const sort of [
    'rating',
    '-rating',
    'done',
    '-done',
    'title',
    '-title',
    'author',
    'id',
    '-id',
    'created_at',
    '-created_at',
  ])
    for (const filter of [all, mine, is('rating', 1), is('done', false)])
      for (const value of [1, null]) {
        const plan = await planOf(filter, by(sort), at(9, sort.endsWith('id') ? 'x' : value));
        for (const step of plan) expect(step).not.toStartWith('SCAN');
      }
});

describe('several by id', () => {
  test('are looked up one by one, also among those of one owner', async () => {
    using harness = openStore();
    const collection = collectionOf('things', FIELDS);
    await harness.collections.insert(collection);
    const asked: string[] = [];
    const { query } = harness.db;
    harness.db.query = ((sql: string) => {
      asked.push(sql);
      return query.call(harness.db, sql);
    }) as typeof query;
    harness.records.findMany({ collectionId: collection.id, filter: mine }, ['a', 'b']);
    const plan = harness.db
      .prepare<{ detail: string }, string[]>(`EXPLAIN QUERY PLAN ${asked.at(-1)}`)
      .all('[]', ANN)
      .map(({ detail }) => detail);
    expect(plan).toContain(
      `SEARCH ${tableOf(collection.id)} USING INDEX sqlite_autoindex_${tableOf(collection.id)}_1 (id=?)`,
    );
  });
});
