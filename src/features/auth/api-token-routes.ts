import { Elysia } from 'elysia';
import type { Guard } from '../../http/guard.ts';
import { PageQuery } from '../../http/page-query.ts';
import type { ApiTokens } from './api-tokens.ts';
import { ApiTokenBody, ApiTokenPage, MadeApiToken } from './schema.ts';

const tags = ['api tokens'];

export function apiTokenRoutes(apiTokens: ApiTokens, guard: Guard) {
  return new Elysia({ prefix: '/api/admin/api-tokens' })
    .use(guard)
    .get('', ({ actor, query }) => apiTokens.list(actor, query), {
      access: 'admin',
      query: PageQuery,
      detail: {
        operationId: 'listApiTokens',
        summary: 'List the API tokens of all admins, newest first',
        tags,
        'x-response': { 200: ApiTokenPage },
      },
    })
    .post(
      '',
      async ({ actor, body, set }) => {
        const made = await apiTokens.create(actor, body);
        set.status = 201;
        set.headers['cache-control'] = 'no-store';
        return made;
      },
      {
        access: 'admin',
        body: ApiTokenBody,
        detail: {
          operationId: 'createApiToken',
          summary: 'Make an API token',
          description:
            'It acts for the admin who makes it, within its scopes, and for no longer than that account is active. The answer is the only place where it is ever shown.',
          tags,
          'x-response': { 201: MadeApiToken },
        },
      },
    )
    .delete(
      '/:id',
      async ({ actor, params, set }) => {
        await apiTokens.delete(actor, params.id);
        set.status = 204;
      },
      {
        access: 'admin',
        detail: {
          operationId: 'deleteApiToken',
          summary: 'End an API token at once',
          tags,
          'x-response': { 204: null },
        },
      },
    );
}
