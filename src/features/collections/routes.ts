import { Elysia, t } from 'elysia';
import type { Guard } from '../../http/guard.ts';
import {
  Collection,
  CollectionList,
  CreateCollectionBody,
  UpdateCollectionBody,
} from './schema.ts';
import type { CollectionService } from './service.ts';

export function collectionRoutes(collections: CollectionService, guard: Guard) {
  return new Elysia({ prefix: '/api/collections', tags: ['collections'] })
    .use(guard)
    .get(
      '',
      ({ actor, query: { limit = 100, offset = 0 } }) => {
        const all = collections.list(actor);
        return {
          items: all.slice(offset, offset + limit),
          total: all.length,
          page: Math.floor(offset / limit) + 1,
          page_size: limit,
        };
      },
      {
        access: 'public',
        query: t.Object({
          limit: t.Optional(t.Integer({ minimum: 1, maximum: 1000 })),
          offset: t.Optional(t.Integer({ minimum: 0 })),
        }),
        detail: {
          operationId: 'listCollections',
          summary: 'List the collections whose records the caller may list or read',
          'x-response': { 200: CollectionList },
        },
      },
    )
    .post(
      '',
      async ({ body, set }) => {
        const collection = await collections.create(body);
        set.status = 201;
        return collection;
      },
      {
        access: 'admin',
        body: CreateCollectionBody,
        detail: {
          operationId: 'createCollection',
          summary: 'Make a collection',
          'x-response': { 201: Collection },
        },
      },
    )
    .get('/:collection', ({ actor, params }) => collections.get(actor, params.collection), {
      access: 'public',
      detail: {
        operationId: 'getCollection',
        summary: 'Read a collection, schema included',
        'x-response': { 200: Collection },
      },
    })
    .patch(
      '/:collection',
      ({ params, body, query }) =>
        collections.update(params.collection, body, query.force ?? false),
      {
        access: 'admin',
        body: UpdateCollectionBody,
        query: t.Object({
          force: t.Optional(
            t.Boolean({
              description: 'Delete values of dropped fields and those that do not fit any more',
            }),
          ),
        }),
        detail: {
          operationId: 'updateCollection',
          summary: 'Change a collection; live for the next request',
          description:
            'Stored records are checked first: a change that would lose values is refused (409) with the first ten records concerned. A field is renamed with {"name": "new", "was": "old"}.',
          'x-response': { 200: Collection },
        },
      },
    )
    .delete(
      '/:collection',
      async ({ params, query, set }) => {
        await collections.delete(params.collection, query.confirm);
        set.status = 204;
      },
      {
        access: 'admin',
        query: t.Object({
          confirm: t.Optional(t.String({ description: 'The name again, when there are records' })),
        }),
        detail: {
          operationId: 'deleteCollection',
          summary: 'Delete a collection and its records',
          'x-response': { 204: null },
        },
      },
    );
}
