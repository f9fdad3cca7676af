import { Elysia } from 'elysia';
import { type AuthRoutesDeps, addressOf } from './routes.ts';
import { ChangeEmailBody, EmailBody, OneTimeTokenBody } from './schema.ts';

const tags = ['auth'];
const ONE_MAIL =
  'At most one such mail a minute goes to an address. 503 when the server sends no mail.';

/** What people do by way of their mailbox. */
export function emailRoutes({ auth, guard }: Pick<AuthRoutesDeps, 'auth' | 'guard'>) {
  return new Elysia({ prefix: '/api/auth' })
    .use(guard)
    .post(
      '/password-reset/request',
      async ({ body, request, set }) => {
        await auth.requestPasswordReset(body, addressOf(request));
        set.status = 202;
      },
      {
        access: 'open',
        body: EmailBody,
        detail: {
          operationId: 'requestPasswordReset',
          summary: 'Ask for a mail with a link for a new password',
          description: `The answer is the same whether there is such an account or not. The link counts once, for an hour, and ends older ones. ${ONE_MAIL}`,
          tags,
          'x-response': { 202: null },
        },
      },
    )
    .post(
      '/verify-email/request',
      async ({ actor, request, set }) => {
        await auth.requestEmailVerification(actor, addressOf(request));
        set.status = 202;
      },
      {
        access: 'auth',
        detail: {
          operationId: 'requestEmailVerification',
          summary: "Ask for a mail that confirms the address of one's own account",
          description: `The link counts once, for 24 hours, and ends older ones. There is no mail when the address is confirmed already. ${ONE_MAIL}`,
          tags,
          'x-response': { 202: null },
        },
      },
    )
    .post(
      '/verify-email/confirm',
      async ({ body, request, set }) => {
        await auth.confirmEmail(body, addressOf(request));
        set.status = 204;
      },
      {
        access: 'open',
        body: OneTimeTokenBody,
        detail: {
          operationId: 'confirmEmail',
          summary: 'Confirm an address with a one-time link',
          description:
            'Sets `email_verified`. A link to change the address makes it the one of the account, ends other one-time links and tells the old address; 409 when another account has it by then. A token that is unknown, used or too old is 401.',
          tags,
          'x-response': { 204: null },
        },
      },
    )
    .post(
      '/change-email',
      async ({ actor, body, request, set }) => {
        await auth.changeEmail(actor, body, addressOf(request));
        set.status = 202;
      },
      {
        access: 'auth',
        body: ChangeEmailBody,
        detail: {
          operationId: 'changeEmail',
          summary: "Change the address of one's own account",
          description: `A mail goes to the new address; it counts once the link in there was followed, within an hour. The answer is the same when another account has that address. A wrong password is 422 on \`password\`. ${ONE_MAIL}`,
          tags,
          'x-response': { 202: null },
        },
      },
    );
}
