import { Elysia, t } from 'elysia';
import type { Guard } from '../../http/guard.ts';
import { User, UserPage } from './schema.ts';
import type { UserService } from './service.ts';

const ListQuery = t.Object(
  {
    limit: t.Integer({ minimum: 1, maximum: 1000, default: 100 }),
    offset: t.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 }),
    search: t.Optional(
      t.String({ maxLength: 254, description: 'Part of the e-mail address, in any case.' }),
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
        tags: ['users'],
        'x-response': { 200: UserPage },
      },
    })
    .get('/:id', ({ actor, params }) => users.get(actor, params.id), {
      access: 'admin',
      detail: {
        operationId: 'getUser',
        summary: 'Read an account',
        tags: ['users'],
        'x-response': { 200: User },
      },
    });
}
