import { Elysia, t } from 'elysia';
import type { Actor } from '../../core/actor.ts';
import { type Origin, originOf } from '../../core/origin.ts';
import { jsonAnswer } from '../../http/answer.ts';
import type { Guard } from '../../http/guard.ts';
import { requestContext } from '../../http/request-context.ts';
import { withoutSource } from '../../http/without-source.ts';
import { type Answered, parseIfMatch, toEtag } from './answer.ts';
import { type ListQuery, MAX_LIMIT } from './list-query.ts';
import { BatchAnswer, BatchBody, RecordBody, RecordItem, RecordList } from './schema.ts';
import type { RecordService } from './service.ts';
import type { ShowQuery } from './show-query.ts';

const NO_CONTENT = { status: 204 };

/** How a single record is shown, and each of a list. */
const SHOWN = {
  fields: t.Optional(
    t.String({ description: 'Narrows data to these fields, comma separated: title,rating' }),
  ),
  expand: t.Optional(
    t.String({
      description:
        'Up to 5 reference fields, comma separated: what they refer to comes along under expanded, null where you may not read it',
    }),
  ),
};

const ListParameters = t.Object(
  {
    limit: t.Optional(
      t.Integer({
        minimum: 1,
        maximum: MAX_LIMIT,
        description: 'Records on a page; 100 if absent',
      }),
    ),
    offset: t.Optional(
      t.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'Records to skip; for deep pages cursor is faster',
      }),
    ),
    cursor: t.Optional(
      t.String({
        description:
          'next_cursor of the page before, with the same sort and filter and without offset; stable while records are added',
      }),
    ),
    sort: t.Optional(
      t.String({
        description:
          'Fields, comma separated; a minus sorts downwards: -rating,title. Newest first if absent',
      }),
    ),
    sort_by: t.Optional(t.String({ description: 'One field, instead of sort' })),
    sort_order: t.Optional(t.UnionEnum(['asc', 'desc'], { description: 'Goes with sort_by' })),
    filter: t.Optional(
      t.String({
        description:
          "Such as rating >= 3 && (title ~ 'cat' || tags ?= 'pet'). Knows = != < <= > >= ~ !~ ?= in (…) && || ! and @me, @now, null. For plain equality filter[title]=cat works too",
      }),
    ),
    ...SHOWN,
    count: t.Optional(
      t.UnionEnum(['false', 'true', 'exact'], {
        description:
          'false leaves total null and saves its cost; exact counts anew where a total may be half a second old',
      }),
    ),
  },
  { patternProperties: { '^filter\\[[^\\]]+\\]$': t.String() } },
);

const OneParameters = t.Object(SHOWN);

/** What of a request a read looks at. */
interface Asked<Query, Param extends string = never> {
  readonly request: Request;
  readonly actor: Actor;
  readonly params: Readonly<Record<'collection' | Param, string>>;
  readonly query: Query;
}

const by = (request: Request, actor: Actor): Origin =>
  originOf(actor, () => requestContext(request).id);

export function recordRoutes(records: RecordService, guard: Guard) {
  const single = (request: Request, { record, text }: Answered, status = 200) =>
    jsonAnswer(request, text, { status, headers: { etag: toEtag(record) } });

  return new Elysia({ prefix: '/api/collections/:collection/records', tags: ['records'] })
    .use(guard)
    .get(
      '',
      withoutSource(({ request, actor, params, query }: Asked<ListQuery>) => {
        const text = records.list(actor, params.collection, query);
        return text instanceof Promise
          ? text.then((later) => jsonAnswer(request, later))
          : jsonAnswer(request, text);
      }),
      {
        access: 'public',
        query: ListParameters,
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
          await records.create(
            actor,
            params.collection,
            body,
            { id: query.id, ownerId: query.owner_id },
            by(request, actor),
          ),
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
      withoutSource(({ request, actor, params, query }: Asked<ShowQuery, 'id'>) => {
        const { collection, id } = params;
        const { fields, expand } = query;
        // Synchronous on purpose: nearly every read is one of these.
        if (fields === undefined && expand === undefined)
          return single(request, records.get(actor, collection, id));
        const answer = records.getWith(actor, collection, id, { fields, expand });
        return answer.then((found) => single(request, found));
      }),
      {
        access: 'public',
        query: OneParameters,
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
            by(request, actor),
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
          by(request, actor),
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

export function batchRoutes(records: RecordService, guard: Guard) {
  return new Elysia({ prefix: '/api/batch', tags: ['records'] })
    .use(guard)
    .post(
      '',
      async ({ request, actor, body }) =>
        jsonAnswer(request, await records.batch(actor, body.requests, by(request, actor))),
      {
        access: 'public',
        body: BatchBody,
        detail: {
          operationId: 'changeRecords',
          summary: 'Change up to 500 records together or not at all',
          description:
            'Creates, changes and deletes records of any collections in one transaction. Later requests see what earlier ones did, so a record may refer to one that was made just before with an id of your own. When one of them is refused nothing is written, and the error says which one it was: requests[3], counted from 0.',
          'x-response': { 200: BatchAnswer },
        },
      },
    );
}
