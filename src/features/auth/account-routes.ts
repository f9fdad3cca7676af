import { Elysia } from 'elysia';
import { PageQuery } from '../../http/page-query.ts';
import { type AuthRoutesDeps, addressOf } from './routes.ts';
import { ChangePasswordBody, DeleteMeBody, PasswordResetBody, SessionPage } from './schema.ts';
import { toClearedCookie } from './session-cookie.ts';

const tags = ['auth'];

/** What people do with their own account once they have one. */
export function accountRoutes({ auth, guard, isHttps }: AuthRoutesDeps) {
  return new Elysia({ prefix: '/api/auth' })
    .use(guard)
    .get('/sessions', ({ actor, query }) => auth.ownSessions(actor, query), {
      access: 'auth',
      query: PageQuery,
      detail: {
        operationId: 'listSessions',
        summary: 'List the devices on which one is signed in, latest sign-in first',
        tags,
        'x-response': { 200: SessionPage },
      },
    })
    .delete(
      '/sessions/:id',
      async ({ actor, params, request, set }) => {
        const wasShown = await auth.endOwnSession(actor, params.id);
        if (wasShown) set.headers['set-cookie'] = toClearedCookie(isHttps(request));
        set.status = 204;
      },
      {
        access: 'auth',
        detail: {
          operationId: 'endSession',
          summary: 'Sign out on one of these devices',
          tags,
          'x-response': { 204: null },
        },
      },
    )
    .post(
      '/change-password',
      async ({ actor, body, request, set }) => {
        await auth.changePassword(actor, body, addressOf(request));
        set.status = 204;
      },
      {
        access: 'auth',
        body: ChangePasswordBody,
        detail: {
          operationId: 'changePassword',
          summary: "Change one's own password",
          description:
            'Ends all other sessions and open one-time links. API tokens stay: delete those by themselves. A wrong current password is 422 on `current_password`.',
          tags,
          'x-response': { 204: null },
        },
      },
    )
    .delete(
      '/me',
      async ({ actor, body, request, set }) => {
        await auth.deleteMe(actor, body, addressOf(request));
        set.headers['set-cookie'] = toClearedCookie(isHttps(request));
        set.status = 204;
      },
      {
        access: 'auth',
        body: DeleteMeBody,
        detail: {
          operationId: 'deleteMe',
          summary: "Delete one's own account",
          description:
            'Its records stay, without an owner: delete them before if they shall go. A wrong password is 422 on `password`. The last admin stays (409), and so does an account that records refer to with `restrict`.',
          tags,
          'x-response': { 204: null },
        },
      },
    )
    .post(
      '/password-reset/confirm',
      async ({ body, request, set }) => {
        await auth.resetPassword(body, addressOf(request));
        set.status = 204;
      },
      {
        access: 'open',
        body: PasswordResetBody,
        detail: {
          operationId: 'confirmPasswordReset',
          summary: 'Set a new password with a one-time link',
          description:
            'Ends all sessions of the account. A token that is unknown, used or too old is 401.',
          tags,
          'x-response': { 204: null },
        },
      },
    );
}
