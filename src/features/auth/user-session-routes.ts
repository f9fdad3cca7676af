import { Elysia } from 'elysia';
import type { Guard } from '../../http/guard.ts';
import { PageQuery } from '../../http/page-query.ts';
import { ResetLink, SessionPage } from './schema.ts';
import type { AuthService } from './service.ts';

const tags = ['users'];

type Auth = Pick<AuthService, 'sessionsOf' | 'endSessionOf' | 'createResetLink'>;

/** What admins do about how others sign in. */
export function userSessionRoutes(auth: Auth, guard: Guard) {
  return new Elysia({ prefix: '/api/admin/users' })
    .use(guard)
    .get('/:id/sessions', ({ actor, params, query }) => auth.sessionsOf(actor, params.id, query), {
      access: 'admin',
      query: PageQuery,
      detail: {
        operationId: 'listUserSessions',
        summary: 'List the devices on which an account is signed in',
        tags,
        'x-response': { 200: SessionPage },
      },
    })
    .delete(
      '/:id/sessions/:sid',
      async ({ actor, params, set }) => {
        await auth.endSessionOf(actor, params.id, params.sid);
        set.status = 204;
      },
      {
        access: 'admin',
        detail: {
          operationId: 'endUserSession',
          summary: 'Sign an account out on a device',
          tags,
          'x-response': { 204: null },
        },
      },
    )
    .post(
      '/:id/reset-link',
      async ({ actor, params, set }) => {
        const link = await auth.createResetLink(actor, params.id);
        set.headers['cache-control'] = 'no-store';
        return link;
      },
      {
        access: 'admin',
        detail: {
          operationId: 'createResetLink',
          summary: 'Make a one-time link for a new password',
          description:
            'For when there is no mail: hand it over yourself. It counts for an hour, once, and ends older ones. Not for admins when an API token asks.',
          tags,
          'x-response': { 200: ResetLink },
        },
      },
    );
}
