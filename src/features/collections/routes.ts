import { Elysia, t } from 'elysia';
import type { Guard } from '../../http/guard.ts';
import { requestContext } from '../../http/request-context.ts';
import { cutPage } from '../../lib/page.ts';
import { CollectionPlan } from './plan-schema.ts';
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
      ({ actor, query: { limit = 100, offset = 0 } }) =>
        cutPage(collections.list(actor), { limit, offset }),
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
      async ({ actor, body, set }) => {
        const collection = await collections.create(actor, body);
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
      ({ actor, request, params: { collection }, body, query }) => {
        const { force = false, dry_run: isDryRun = false } = query;
        // It looks at every record, and is done to its end: nobody may be told that it was not.
        requestContext(request).setTimeout(0);
        return isDryRun
          ? collections.plan(collection, body, force)
          : collections.update(actor, collection, body, force);
      },
      {
        access: 'admin',
        body: UpdateCollectionBody,
        query: t.Object({
          force: t.Optional(
            t.Boolean({
              description: 'Delete values of dropped fields and those that do not fit any more',
            }),
          ),
          dry_run: t.Optional(
            t.Boolean({ description: 'Answer what would happen to stored records; write nothing' }),
          ),
        }),
        detail: {
          operationId: 'updateCollection',
          summary: 'Change a collection; live for the next request',
          description:
            'Stored records are checked first: a change that would lose values is refused (409) with the first ten records concerned. A field is renamed with {"name": "new", "was": "old"}. With dry_run=true the answer is the plan of the change.',
          'x-response': { 200: t.Union([Collection, CollectionPlan]) },
        },
      },
    )
    .delete(
      '/:collection',
      async ({ actor, request, params, query, set }) => {
        requestContext(request).setTimeout(0);
        await collections.delete(actor, params.collection, query.confirm);
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
