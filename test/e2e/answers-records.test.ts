import { describe, expect } from 'bun:test';
import { openCollection, POSTS } from '../support/fixtures.ts';
import { type Scenario, scenarios } from '../support/scenario.ts';
import { fault, problem, serveForFile, TIMESTAMP, UUID_V7 } from '../support/served.ts';

const served = serveForFile();
const posts = '/api/collections/posts/records';
const open = '/api/collections/open_notes/records';

const COLLECTIONS: readonly Scenario[] = [
  {
    name: 'an anonymous caller makes no collection',
    request: ['POST', '/api/collections', POSTS],
    status: 401,
    body: problem('unauthenticated'),
  },
  {
    name: 'a user makes no collection',
    request: ['POST', '/api/collections', POSTS],
    as: 'ann',
    status: 403,
    body: problem('forbidden'),
  },
  {
    name: 'an admin makes a collection',
    request: ['POST', '/api/collections', POSTS],
    as: 'admin',
    status: 201,
    keys: ['id', 'name', 'label', 'schema', 'options', 'created_at', 'updated_at'],
    body: {
      id: expect.stringMatching(UUID_V7),
      name: 'posts',
      label: 'Posts',
      created_at: expect.stringMatching(TIMESTAMP),
    },
    keep: { posts_id: 'id' },
  },
  {
    name: 'a second one of the same name is a conflict',
    request: ['POST', '/api/collections', POSTS],
    as: 'admin',
    status: 409,
    body: problem('conflict'),
  },
  {
    name: 'a collection open to everybody',
    request: ['POST', '/api/collections', openCollection('open_notes')],
    as: 'admin',
    status: 201,
  },
  {
    name: 'an anonymous caller sees the public collection only',
    request: ['GET', '/api/collections'],
    status: 200,
    body: (body: { items: { name: string }[]; total: number }) => {
      expect(body.items.map((item) => item.name)).toEqual(['open_notes']);
      expect(body.total).toBe(1);
    },
  },
  {
    name: 'an admin sees all of them',
    request: ['GET', '/api/collections'],
    as: 'admin',
    status: 200,
    body: { total: 2, page: 1, page_size: 100 },
  },
  {
    name: 'a collection with its schema',
    request: ['GET', '/api/collections/posts'],
    as: 'ann',
    status: 200,
    body: { id: '{posts_id}', name: 'posts', schema: { fields: expect.any(Array) } },
  },
  {
    name: 'an unknown collection is missing',
    request: ['GET', '/api/collections/nothing'],
    as: 'admin',
    status: 404,
    body: problem('not_found'),
  },
  {
    name: 'a new label is live at once',
    request: ['PATCH', '/api/collections/posts', { label: 'Articles' }],
    as: 'admin',
    status: 200,
    body: { label: 'Articles', name: 'posts' },
  },
];

const CREATES: readonly Scenario[] = [
  {
    name: 'a user creates a record and owns it',
    request: [
      'POST',
      posts,
      { title: 'First', tags: ['a', 'b'], meta: { source: 'web', more: 1 }, price: 1.5 },
    ],
    as: 'ann',
    status: 201,
    keys: ['id', 'collection_id', 'owner_id', 'data', 'created_at', 'updated_at'],
    body: (body: Record<string, unknown>) => {
      expect(body.id).toMatch(UUID_V7);
      expect(body.created_at).toMatch(TIMESTAMP);
      expect(body.updated_at).toBe(body.created_at);
      expect(body.data).toMatchObject({ title: 'First', rating: 0, published: false });
    },
    keep: { first: 'id', owner: 'owner_id' },
  },
  {
    name: 'the owner and the collection stand in the record',
    request: ['GET', `${posts}/{first}`],
    as: 'ann',
    status: 200,
    body: { id: '{first}', owner_id: '{ann_id}', collection_id: '{posts_id}' },
  },
  {
    name: 'all faults of a record are told at once',
    request: ['POST', posts, { rating: 6, price: 'much', slug: 'No Spaces', tags: [1] }],
    as: 'ann',
    status: 422,
    body: fault(
      ['body', 'title'],
      ['body', 'rating'],
      ['body', 'price'],
      ['body', 'slug'],
      ['body', 'tags', 0],
    ),
  },
  {
    name: 'text that is too long is string_too_long',
    request: ['POST', posts, { title: 'x'.repeat(51) }],
    as: 'ann',
    status: 422,
    body: {
      code: 'invalid_input',
      detail: [{ loc: ['body', 'title'], type: 'string_too_long', msg: expect.any(String) }],
    },
  },
  {
    name: 'a typo in a field name is told with the nearest one',
    request: ['POST', posts, { title: 'a', ratng: 1 }],
    as: 'ann',
    status: 422,
    body: { detail: [{ loc: ['body', 'ratng'], msg: expect.stringContaining('rating') }] },
  },
  {
    name: 'a value outside its enum is refused',
    request: ['POST', posts, { title: 'a', status: 'lost' }],
    as: 'ann',
    status: 422,
    body: fault(['body', 'status']),
  },
  {
    name: 'a property of a dict is checked',
    request: ['POST', posts, { title: 'a', meta: {} }],
    as: 'ann',
    status: 422,
    body: fault(['body', 'meta', 'source']),
  },
  {
    name: 'a required field is not null',
    request: ['POST', posts, { title: null }],
    as: 'ann',
    status: 422,
    body: fault(['body', 'title']),
  },
  {
    name: 'a list is no record',
    request: ['POST', posts, [1]],
    as: 'ann',
    status: 422,
    body: { code: 'invalid_input' },
  },
  {
    name: 'an anonymous caller may not create where create is auth',
    request: ['POST', posts, { title: 'a' }],
    status: 401,
    body: problem('unauthenticated'),
  },
  {
    name: 'an anonymous record has no owner',
    request: ['POST', open, { title: 'nobody' }],
    status: 201,
    body: { owner_id: null, data: { title: 'nobody' } },
    keep: { open_first: 'id' },
  },
  {
    name: 'a record in an unknown collection is missing',
    request: ['POST', '/api/collections/nothing/records', {}],
    as: 'ann',
    status: 404,
    body: problem('not_found'),
  },
];

const ACCESS: readonly Scenario[] = [
  {
    name: "another user's list is empty where list is owner",
    request: ['GET', posts],
    as: 'bob',
    status: 200,
    body: { items: [], total: 0, page: 1, page_size: 100 },
  },
  {
    name: "another user's record cannot be seen where read is owner",
    request: ['GET', `${posts}/{first}`],
    as: 'bob',
    status: 404,
    body: problem('not_found'),
  },
  {
    name: "another user's record cannot be changed",
    request: ['PATCH', `${posts}/{first}`, { title: 'stolen' }],
    as: 'bob',
    status: 404,
    body: problem('not_found'),
  },
  {
    name: "another user's record cannot be deleted",
    request: ['DELETE', `${posts}/{first}`],
    as: 'bob',
    status: 404,
    body: problem('not_found'),
  },
  {
    name: 'signing in would help an anonymous lister',
    request: ['GET', posts],
    status: 401,
    body: problem('unauthenticated'),
  },
  {
    name: 'an admin passes all',
    request: ['GET', posts],
    as: 'admin',
    status: 200,
    body: { total: 1 },
  },
  {
    name: 'a change of access is live for the next request',
    request: ['PATCH', '/api/collections/posts', { options: { access: { read: 'public' } } }],
    as: 'admin',
    status: 200,
  },
  {
    name: 'everybody reads it now',
    request: ['GET', `${posts}/{first}`],
    status: 200,
    body: { id: '{first}' },
  },
  {
    name: 'who may see but not change is told so',
    request: ['PATCH', `${posts}/{first}`, { title: 'stolen' }],
    as: 'bob',
    status: 403,
    body: problem('forbidden'),
  },
  {
    name: 'an id that nothing has is missing',
    request: ['GET', `${posts}/019a0000-0000-7000-8000-000000000000`],
    as: 'ann',
    status: 404,
    body: problem('not_found'),
  },
];

const CHANGES: readonly Scenario[] = [
  {
    name: 'a patch replaces what it names and keeps the rest',
    request: ['PATCH', `${posts}/{first}`, { rating: 5, tags: null }],
    as: 'ann',
    status: 200,
    body: (body: { data: object; created_at: string; updated_at: string }) => {
      expect(body.data).toEqual({
        title: 'First',
        rating: 5,
        published: false,
        price: 1.5,
        meta: { source: 'web', more: 1 },
      });
      expect(body.updated_at > body.created_at).toBe(true);
    },
  },
  {
    name: 'a patch that would leave an invalid record is refused',
    request: ['PATCH', `${posts}/{first}`, { title: null }],
    as: 'ann',
    status: 422,
    body: fault(['body', 'title']),
  },
  {
    name: 'and changed nothing',
    request: ['GET', `${posts}/{first}`],
    as: 'ann',
    status: 200,
    body: { data: { title: 'First', rating: 5 } },
  },
  {
    name: 'a collection with records is not deleted by accident',
    request: ['DELETE', '/api/collections/posts'],
    as: 'admin',
    status: 409,
    body: problem('conflict'),
  },
  { name: 'deleting answers 204', request: ['DELETE', `${posts}/{first}`], as: 'ann', status: 204 },
  {
    name: 'what was deleted is missing',
    request: ['GET', `${posts}/{first}`],
    as: 'ann',
    status: 404,
    body: problem('not_found'),
  },
  {
    name: 'the confirmed deletion of a collection takes its records along',
    request: ['DELETE', '/api/collections/open_notes?confirm=open_notes'],
    as: 'admin',
    status: 204,
  },
  {
    name: 'its records are gone with it',
    request: ['GET', `${open}/{open_first}`],
    as: 'admin',
    status: 404,
    body: problem('not_found'),
  },
];

describe("SPEC's answers and errors to the letter: collections", () => {
  scenarios(() => served().target, COLLECTIONS);
});
describe("SPEC's answers and errors to the letter: creating records", () => {
  scenarios(() => served().target, CREATES);
});
describe("SPEC's answers and errors to the letter: access to records", () => {
  scenarios(() => served().target, ACCESS);
});
describe("SPEC's answers and errors to the letter: changing records", () => {
  scenarios(() => served().target, CHANGES);
});
