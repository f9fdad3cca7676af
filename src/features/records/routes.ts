import { Elysia, t } from 'elysia';
import { jsonAnswer } from '../../http/answer.ts';
import type { Guard } from '../../http/guard.ts';
import { parseIfMatch, toEtag } from './answer.ts';
import { RecordBody, RecordItem, RecordList } from './schema.ts';
import { type Answered, MAX_LIMIT, type RecordService } from './service.ts';

const NO_CONTENT = { status: 204 };

export function recordRoutes(records: RecordService, guard: Guard) {
  const single = (request: Request, { record, text }: Answered, status = 200) =>
    jsonAnswer(request, text, { status, headers: { etag: toEtag(record) } });

  return new Elysia({ prefix: '/api/collections/:collection/records', tags: ['records'] })
    .use(guard)
    .get(
      '',
      async ({ request, actor, params, query }) =>
        jsonAnswer(request, await records.list(actor, params.collection, query)),
      {
        access: 'public',
        query: t.Object({
          limit: t.Optional(t.Integer({ minimum: 1, maximum: MAX_LIMIT })),
          offset: t.Optional(t.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
          sort: t.Optional(
            t.String({
              description: 'Fields, comma separated; a minus sorts downwards: -rating,title',
            }),
          ),
          sort_by: t.Optional(t.String({ description: 'One field' })),
          sort_order: t.Optional(t.UnionEnum(['asc', 'desc'])),
        }),
        detail: {
          operationId: 'listRecords',
          summary: 'List the records that the caller may see',
          'x-response': { 200: RecordList },
        },
      },
    )
    .post(
      '',
      async ({ request, actor, params, query, body }) =>
        single(
          request,
          await records.create(actor, params.collection, body, {
            id: query.id,
            ownerId: query.owner_id,
          }),
          201,
        ),
      {
        access: 'public',
        body: RecordBody,
        query: t.Object({
          id: t.Optional(
            t.String({ description: "The caller's own UUIDv7, so that a retry is safe" }),
          ),
          owner_id: t.Optional(t.String({ description: 'For admins: the user who owns it' })),
        }),
        detail: {
          operationId: 'createRecord',
          summary: 'Create a record',
          'x-response': { 201: RecordItem },
        },
      },
    )
    .get(
      '/:id',
      ({ request, actor, params }) =>
        single(request, records.get(actor, params.collection, params.id)),
      {
        access: 'public',
        detail: {
          operationId: 'getRecord',
          summary: 'Read a record',
          'x-response': { 200: RecordItem },
        },
      },
    )
    .patch(
      '/:id',
      async ({ request, actor, params, body }) =>
        single(
          request,
          await records.update(
            actor,
            params.collection,
            params.id,
            body,
            parseIfMatch(request.headers.get('if-match')),
          ),
        ),
      {
        access: 'public',
        body: RecordBody,
        detail: {
          operationId: 'updateRecord',
          summary: 'Change fields of a record; null clears one',
          'x-response': { 200: RecordItem },
        },
      },
    )
    .delete(
      '/:id',
      async ({ request, actor, params }) => {
        await records.delete(
          actor,
          params.collection,
          params.id,
          parseIfMatch(request.headers.get('if-match')),
        );
        return new Response(null, NO_CONTENT);
      },
      {
        access: 'public',
        detail: {
          operationId: 'deleteRecord',
          summary: 'Delete a record',
          'x-response': { 204: null },
        },
      },
    );
}
