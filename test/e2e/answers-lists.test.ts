import { describe } from 'bun:test';
import { POSTS } from '../support/fixtures.ts';
import { type Scenario, scenarios } from '../support/scenario.ts';
import { fault, serveForFile } from '../support/served.ts';

const posts = '/api/collections/posts/records';
const served = serveForFile({}, async ({ admin }) => {
  await admin.post('/api/collections', POSTS);
});

const titles = (...expected: string[]) => ({
  items: expected.map((title) => ({ data: { title } })),
});

const LISTS: readonly Scenario[] = [
  ...[
    ['apple', 3],
    ['banana', 1],
    ['cherry', 3],
    ['date', 2],
  ].map(
    ([title, rating]): Scenario => ({
      name: `a record to list: ${title}`,
      request: ['POST', posts, { title, rating }],
      as: 'bob',
      status: 201,
    }),
  ),
  {
    name: 'the newest stands first unless said otherwise',
    request: ['GET', posts],
    as: 'bob',
    status: 200,
    body: { ...titles('date', 'cherry', 'banana', 'apple'), total: 4, page: 1, page_size: 100 },
  },
  {
    name: 'limit and offset cut a page and total counts all',
    request: ['GET', `${posts}?limit=2&offset=2&sort=created_at`],
    as: 'bob',
    status: 200,
    body: { ...titles('cherry', 'date'), total: 4, page: 2, page_size: 2 },
  },
  {
    name: 'sort takes several fields and a minus',
    request: ['GET', `${posts}?sort=-rating,title`],
    as: 'bob',
    status: 200,
    body: titles('apple', 'cherry', 'date', 'banana'),
  },
  {
    name: 'sort_by and sort_order work too',
    request: ['GET', `${posts}?sort_by=title&sort_order=desc`],
    as: 'bob',
    status: 200,
    body: titles('date', 'cherry', 'banana', 'apple'),
  },
  {
    name: 'an offset beyond the end is an empty page',
    request: ['GET', `${posts}?offset=100`],
    as: 'bob',
    status: 200,
    body: { items: [], total: 4 },
  },
  ...['limit=0', 'limit=1001', 'limit=ten', 'limit=1.5', 'offset=-1', 'sort=ratng', 'limt=1'].map(
    (query): Scenario => ({
      name: `?${query} is refused, not bent`,
      request: ['GET', `${posts}?${query}`],
      as: 'bob',
      status: 422,
      body: fault(['query', query.split('=')[0] ?? '']),
    }),
  ),
  {
    name: 'a repeated parameter is refused',
    request: ['GET', `${posts}?limit=1&limit=2`],
    as: 'bob',
    status: 422,
    body: fault(['query', 'limit']),
  },
];

describe("SPEC's answers and errors to the letter: listing records", () => {
  scenarios(() => served().target, LISTS);
});
