import { Type } from '@sinclair/typebox';

/** As the document shows a record when it does not know of which collection. */
export const RecordItem = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    collection_id: Type.String({ format: 'uuid' }),
    owner_id: Type.Union([Type.String({ format: 'uuid' }), Type.Null()]),
    data: Type.Record(Type.String(), Type.Unknown()),
    created_at: Type.String({ format: 'date-time' }),
    updated_at: Type.String({ format: 'date-time' }),
  },
  { $id: 'Record', additionalProperties: false },
);

export const RecordList = Type.Object(
  {
    items: Type.Array(RecordItem),
    total: Type.Integer(),
    page: Type.Integer({ description: 'Counted from 1' }),
    page_size: Type.Integer(),
  },
  { $id: 'RecordList', additionalProperties: false },
);

export const RecordBody = Type.Record(Type.String(), Type.Unknown(), {
  description: 'The data of the record, as the schema of the collection says.',
});
