import { Type } from '@sinclair/typebox';

/** As the document shows a record when it does not know of which collection. */
export const RecordItem = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    collection_id: Type.String({ format: 'uuid' }),
    owner_id: Type.Union([Type.String({ format: 'uuid' }), Type.Null()]),
    data: Type.Record(Type.String(), Type.Unknown(), {
      description: 'The values; a field without one, or that the caller may not read, is left out',
    }),
    expanded: Type.Optional(
      Type.Record(Type.String(), Type.Union([Type.Object({}), Type.Null()]), {
        description:
          'With expand: for each field named there, what it refers to, or null when that may not be read',
      }),
    ),
    created_at: Type.String({ format: 'date-time' }),
    updated_at: Type.String({ format: 'date-time' }),
  },
  { $id: 'Record', additionalProperties: false },
);

export const RecordList = Type.Object(
  {
    items: Type.Array(RecordItem),
    total: Type.Union([Type.Integer(), Type.Null()], {
      description: 'How many there are on all pages; null with count=false',
    }),
    page: Type.Union([Type.Integer(), Type.Null()], {
      description: 'Counted from 1; null behind a cursor',
    }),
    page_size: Type.Integer(),
    next_cursor: Type.Union([Type.String(), Type.Null()], {
      description: 'Send it as cursor for the next page; null on the last one',
    }),
  },
  { $id: 'RecordList', additionalProperties: false },
);

export const RecordBody = Type.Record(Type.String(), Type.Unknown(), {
  description: 'The data of the record, as the schema of the collection says.',
});

export const MAX_BATCH = 500;
export const BATCH_METHODS = ['POST', 'PATCH', 'DELETE'] as const;

/** One change of several. */
const BatchRequest = Type.Object(
  {
    method: Type.Union(BATCH_METHODS.map((method) => Type.Literal(method))),
    collection: Type.String({ description: 'Its name' }),
    id: Type.Optional(
      Type.String({
        description: "The record of PATCH and DELETE; with POST the caller's own UUIDv7",
      }),
    ),
    data: Type.Optional(RecordBody),
    owner_id: Type.Optional(
      Type.String({ description: 'With POST, for admins: the user who owns the new record' }),
    ),
    if_match: Type.Optional(
      Type.String({
        description:
          'With PATCH and DELETE: the ETag that the record must still have, quotes and all',
      }),
    ),
  },
  { $id: 'BatchRequest', additionalProperties: false },
);

export const BatchBody = Type.Object(
  { requests: Type.Array(BatchRequest, { maxItems: MAX_BATCH }) },
  { $id: 'Batch', additionalProperties: false },
);

export const BatchAnswer = Type.Object(
  {
    results: Type.Array(
      Type.Object({
        status: Type.Union([Type.Literal(201), Type.Literal(200), Type.Literal(204)]),
        record: Type.Union([RecordItem, Type.Null()], { description: 'Null after DELETE' }),
      }),
      { description: 'One for each request, in their order' },
    ),
  },
  { $id: 'BatchResults', additionalProperties: false },
);
