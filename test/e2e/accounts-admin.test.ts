import { describe, expect, test } from 'bun:test';
import { client, createUser } from '../support/binary.ts';
import { scenarios } from '../support/scenario.ts';
import { fault, problem, serveForFile, TIMESTAMP, UUID_V7 } from '../support/served.ts';
import { bearer, NEXT, PASSWORD, SESSION } from './account-shapes.ts';
import { makeCollection, recordsOf } from './bulk.ts';

const ONE_TIME_TOKEN = /^[A-Za-z0-9_-]{43}$/;
const NOBODY = '01900000-0000-7000-8000-000000000000';
const USER_KEYS = [
  'id',
  'email',
  'is_admin',
  'is_active',
  'email_verified',
  'created_at',
  'updated_at',
  'last_seen_at',
];

describe("SPEC's answers and errors to the letter: users, for admins", () => {
  const served = serveForFile({}, async ({ admin }) => {
    await makeCollection(admin, 'notes', [{ name: 'text', type: 'string' }]);
    await makeCollection(admin, 'drafts', [{ name: 'text', type: 'string' }]);
    const writer = await createUser(admin.url, 'writer@example.com');
    for (const name of ['notes', 'notes', 'drafts']) await writer.post(recordsOf(name), {});
  });
  scenarios(
    () => served().target,
    [
      {
        name: 'a user is made',
        request: [
          'POST',
          '/api/admin/users',
          { email: 'Eve@Example.com', password: PASSWORD, email_verified: true },
        ],
        as: 'admin',
        status: 201,
        keys: USER_KEYS,
        body: {
          id: expect.stringMatching(UUID_V7),
          is_admin: false,
          is_active: true,
          email_verified: true,
          created_at: expect.stringMatching(TIMESTAMP),
          updated_at: expect.stringMatching(TIMESTAMP),
          last_seen_at: null,
        },
        keep: { eve: 'id' },
      },
      {
        name: 'an address that is taken in another case is a conflict',
        request: ['POST', '/api/admin/users', { email: 'EVE@example.com' }],
        as: 'admin',
        status: 409,
        body: problem('conflict'),
      },
      {
        name: 'both faults of a new user are told at once',
        request: ['POST', '/api/admin/users', { email: 'nothing', password: 'short' }],
        as: 'admin',
        status: 422,
        body: fault(['body', 'email'], ['body', 'password']),
      },
      {
        name: 'mass assignment: a hash cannot be sent along',
        request: ['POST', '/api/admin/users', { email: 'x@example.com', password_hash: 'x' }],
        as: 'admin',
        status: 422,
        body: fault(['body', 'password_hash']),
      },
      {
        name: 'a user is found by a part of the address in any case',
        request: ['GET', '/api/admin/users?search=EVE@'],
        as: 'admin',
        status: 200,
        keys: ['items', 'total', 'page', 'page_size'],
        body: { items: [{ id: '{eve}', is_admin: false }], total: 1, page: 1, page_size: 100 },
      },
      {
        name: 'a search knows no wildcards',
        request: ['GET', '/api/admin/users?search=%25'],
        as: 'admin',
        status: 200,
        body: { items: [], total: 0 },
      },
      {
        name: 'a user is read, without the hash',
        request: ['GET', '/api/admin/users/{eve}'],
        as: 'admin',
        status: 200,
        keys: USER_KEYS,
        body: { id: '{eve}', email: 'eve@example.com' },
      },
      {
        name: 'a user that is not there is not found',
        request: ['GET', `/api/admin/users/${NOBODY}`],
        as: 'admin',
        status: 404,
        body: problem('not_found'),
      },
      {
        name: 'an id that is none is not found',
        request: ['GET', '/api/admin/users/..%2f..%2fhealth'],
        as: 'admin',
        status: 404,
        body: problem('not_found'),
      },
      {
        name: 'eve signs in',
        request: ['POST', '/api/auth/login', { email: 'eve@example.com', password: PASSWORD }],
        status: 200,
        keep: { eve_token: 'token' },
      },
      {
        name: 'her sessions are listed',
        request: ['GET', '/api/admin/users/{eve}/sessions'],
        as: 'admin',
        status: 200,
        body: { items: [{ ...SESSION, is_current: false }], total: 1, page: 1, page_size: 100 },
        keep: { eve_session: 'items.0.id' },
      },
      {
        name: 'her session does not end under another user',
        request: ['DELETE', '/api/admin/users/{bob_id}/sessions/{eve_session}'],
        as: 'admin',
        status: 404,
        body: problem('not_found'),
      },
      {
        name: 'her session ends',
        request: ['DELETE', '/api/admin/users/{eve}/sessions/{eve_session}'],
        as: 'admin',
        status: 204,
        body: undefined,
      },
      {
        name: 'and her token with it',
        request: ['GET', '/api/auth/me', undefined, bearer('eve_token')],
        status: 401,
      },
      {
        name: 'a new address counts as not verified',
        request: ['PATCH', '/api/admin/users/{eve}', { email: 'Eve2@example.com' }],
        as: 'admin',
        status: 200,
        keys: USER_KEYS,
        body: { id: '{eve}', email: 'eve2@example.com', email_verified: false },
      },
      {
        name: 'an address of another is a conflict',
        request: ['PATCH', '/api/admin/users/{eve}', { email: 'BOB@example.com' }],
        as: 'admin',
        status: 409,
        body: problem('conflict'),
      },
      {
        name: 'the last admin stays one',
        request: ['GET', '/api/auth/me'],
        as: 'admin',
        status: 200,
        keep: { admin_id: 'id' },
      },
      {
        name: 'not demoted',
        request: ['PATCH', '/api/admin/users/{admin_id}', { is_admin: false }],
        as: 'admin',
        status: 409,
        body: problem('conflict'),
      },
      {
        name: 'not disabled',
        request: ['PATCH', '/api/admin/users/{admin_id}', { is_active: false }],
        as: 'admin',
        status: 409,
        body: problem('conflict'),
      },
      {
        name: 'not deleted',
        request: ['DELETE', '/api/admin/users/{admin_id}'],
        as: 'admin',
        status: 409,
        body: problem('conflict'),
      },
      {
        name: 'a link for a new password is made',
        request: ['POST', '/api/admin/users/{eve}/reset-link'],
        as: 'admin',
        status: 200,
        keys: ['token', 'url', 'expires_at'],
        body: {
          token: expect.stringMatching(ONE_TIME_TOKEN),
          url: null,
          expires_at: expect.stringMatching(TIMESTAMP),
        },
        headers: { 'cache-control': 'no-store' },
        keep: { link: 'token' },
      },
      {
        name: 'a password that is too short does not use the link up',
        request: [
          'POST',
          '/api/auth/password-reset/confirm',
          { token: '{link}', password: 'short' },
        ],
        status: 422,
        body: fault(['body', 'password']),
      },
      {
        name: 'the link sets the password',
        request: ['POST', '/api/auth/password-reset/confirm', { token: '{link}', password: NEXT }],
        status: 204,
        body: undefined,
      },
      {
        name: 'a used link is 401',
        request: ['POST', '/api/auth/password-reset/confirm', { token: '{link}', password: NEXT }],
        status: 401,
        body: problem('unauthenticated'),
      },
      {
        name: 'an unknown link is 401',
        request: ['POST', '/api/auth/password-reset/confirm', { token: 'x', password: NEXT }],
        status: 401,
        body: problem('unauthenticated'),
      },
      {
        name: 'the password of the link counts',
        request: ['POST', '/api/auth/login', { email: 'eve2@example.com', password: NEXT }],
        status: 200,
      },
      {
        name: 'the writer is found',
        request: ['GET', '/api/admin/users?search=writer'],
        as: 'admin',
        status: 200,
        keep: { writer: 'items.0.id' },
      },
      {
        name: 'what an account owns is counted by collection',
        request: ['GET', '/api/admin/users/{writer}/records'],
        as: 'admin',
        status: 200,
        body: {
          total: 3,
          collections: [
            { name: 'drafts', label: expect.any(String), records: 1 },
            { name: 'notes', label: expect.any(String), records: 2 },
          ],
        },
      },
      {
        name: 'a choice that there is not is refused',
        request: ['DELETE', '/api/admin/users/{writer}?records=all'],
        as: 'admin',
        status: 422,
        body: fault(['query', 'records']),
      },
      {
        name: 'an account goes, its records stay',
        request: ['DELETE', '/api/admin/users/{writer}?records=keep'],
        as: 'admin',
        status: 204,
        body: undefined,
      },
      {
        name: 'its records have no owner',
        request: ['GET', recordsOf('notes')],
        as: 'admin',
        status: 200,
        body: { items: [{ owner_id: null }, { owner_id: null }], total: 2 },
      },
      {
        name: 'an account goes once',
        request: ['DELETE', '/api/admin/users/{writer}'],
        as: 'admin',
        status: 404,
        body: problem('not_found'),
      },
      {
        name: 'bob writes a note',
        request: ['POST', recordsOf('notes'), {}],
        as: 'bob',
        status: 201,
      },
      {
        name: 'an account goes with its records',
        request: ['DELETE', '/api/admin/users/{bob_id}?records=delete'],
        as: 'admin',
        status: 204,
        body: undefined,
      },
      {
        name: 'only those of others are left',
        request: ['GET', recordsOf('notes')],
        as: 'admin',
        status: 200,
        body: { total: 2 },
      },
    ],
  );

  const ROUTES = [
    ['GET', ''],
    ['POST', ''],
    ['GET', '/{id}'],
    ['PATCH', '/{id}'],
    ['DELETE', '/{id}'],
    ['GET', '/{id}/records'],
    ['GET', '/{id}/sessions'],
    ['DELETE', `/{id}/sessions/${NOBODY}`],
    ['POST', '/{id}/reset-link'],
  ] as const;
  for (const [method, path] of ROUTES)
    test(`IDOR: ${method} /api/admin/users${path} is for admins, not even for oneself`, async () => {
      const { ann, anonymous } = served();
      const address = `/api/admin/users${path.replace('{id}', ann.id)}`;
      const body = method === 'POST' && path === '' ? { email: 'z@example.com' } : undefined;
      const sent = method === 'PATCH' ? { is_admin: true } : body;
      const asUser = await ann.request(method, address, sent);
      expect(asUser.status).toBe(403);
      expect(asUser.body).toEqual(problem('forbidden'));
      const asNobody = await client(anonymous.url).request(method, address, sent);
      expect(asNobody.status).toBe(401);
      expect(asNobody.body).toEqual(problem('unauthenticated'));
    });
});
