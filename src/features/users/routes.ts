import { Elysia, t } from 'elysia';
import type { Guard } from '../../http/guard.ts';
import { pageWindow } from '../../http/page-query.ts';
import { User, UserBody, UserPage, UserPatch, UserRecords } from './schema.ts';
import type { UserService } from './service.ts';

const tags = ['users'];

const ListQuery = t.Object(
  {
    ...pageWindow,
    search: t.Optional(
      t.String({ maxLength: 254, description: 'Part of the e-mail address, in any case.' }),
    ),
    is_admin: t.Optional(t.Boolean({ description: 'Only admins, or only those who are not.' })),
    is_active: t.Optional(t.Boolean({ description: 'Only those who may sign in, or the others.' })),
  },
  { additionalProperties: false },
);

const DeleteQuery = t.Object(
  {
    records: t.Optional(
      t.UnionEnum(['keep', 'delete'], {
        description:
          'Whether the records that the account owns stay, without an owner (default), or go with it.',
      }),
    ),
  },
  { additionalProperties: false },
);

export function userRoutes(users: UserService, guard: Guard) {
  return new Elysia({ prefix: '/api/admin/users' })
    .use(guard)
    .get('', ({ actor, query }) => users.list(actor, query), {
      access: 'admin',
      query: ListQuery,
      detail: {
        operationId: 'listUsers',
        summary: 'List the accounts, newest first',
        tags,
        'x-response': { 200: UserPage },
      },
    })
    .post(
      '',
      async ({ actor, body, set }) => {
        const user = await users.create(actor, body);
        set.status = 201;
        return user;
      },
      {
        access: 'admin',
        body: UserBody,
        detail: {
          operationId: 'createUser',
          summary: 'Make an account',
          description: 'Also while registration is closed. An API token makes no admins.',
          tags,
          'x-response': { 201: User },
        },
      },
    )
    .get('/:id', ({ actor, params }) => users.get(actor, params.id), {
      access: 'admin',
      detail: {
        operationId: 'getUser',
        summary: 'Read an account',
        tags,
        'x-response': { 200: User },
      },
    })
    .patch('/:id', ({ actor, params, body }) => users.update(actor, params.id, body), {
      access: 'admin',
      body: UserPatch,
      detail: {
        operationId: 'updateUser',
        summary: 'Change an account',
        description:
          'It counts at once: a disabled account is signed out and its API tokens are good for nothing while it is; an admin who is none any more keeps the rights of a user. The last admin who can sign in stays one (409). An API token changes no admins.',
        tags,
        'x-response': { 200: User },
      },
    })
    .delete(
      '/:id',
      async ({ actor, params, query, set }) => {
        await users.delete(actor, params.id, query.records ?? 'keep');
        set.status = 204;
      },
      {
        access: 'admin',
        query: DeleteQuery,
        detail: {
          operationId: 'deleteUser',
          summary: 'Delete an account',
          description:
            'With its tokens, and all of it or nothing. Records that refer to the account, or to a record that goes, do what their field says (`on_delete`); `restrict` refuses (409). The last admin who can sign in stays (409). An API token deletes no admins.',
          tags,
          'x-response': { 204: null },
        },
      },
    )
    .get('/:id/records', ({ actor, params }) => users.countRecords(actor, params.id), {
      access: 'admin',
      detail: {
        operationId: 'countUserRecords',
        summary: 'Count the records that an account owns',
        tags,
        'x-response': { 200: UserRecords },
      },
    });
}
