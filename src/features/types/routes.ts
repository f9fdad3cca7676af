import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { streamAnswer } from '../../http/answer.ts';
import type { Guard } from '../../http/guard.ts';
import type { TypesService } from './service.ts';

const FILE_NAME = 'tinybase.ts';
const FILE_TYPE = 'text/plain';

export interface TypesRouteOptions {
  /** Told why a download broke off. */
  readonly onBroken: (request: Request, error: unknown) => void;
}

export function typesRoutes(types: TypesService, guard: Guard, { onBroken }: TypesRouteOptions) {
  return new Elysia({ prefix: '/api/admin/types', tags: ['types'] }).use(guard).get(
    '',
    async ({ request }) =>
      streamAnswer(request, once(await types.forClients()), {
        onError: (error) => onBroken(request, error),
        headers: {
          'content-type': `${FILE_TYPE}; charset=utf-8`,
          'content-disposition': `attachment; filename="${FILE_NAME}"`,
          'cache-control': 'no-store',
        },
      }),
    {
      access: 'admin',
      detail: {
        operationId: 'downloadTypes',
        summary: 'Download the types of every collection and function, with a client',
        description: 'One TypeScript file without any import; `tinybase types` writes the same.',
        'x-response': { 200: Type.String() },
        'x-response-types': [FILE_TYPE],
      },
    },
  );
}

async function* once(text: string) {
  yield { text };
}
