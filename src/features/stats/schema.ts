import { type Static, Type } from '@sinclair/typebox';
import { TIME_RANGES, type TimeRange } from '../../lib/time-range.ts';

const count = Type.Integer({ minimum: 0 });
const time = Type.String({ format: 'date-time' });

/** The figures of the admin app's overview. */
export const Stats = Type.Object(
  {
    range: Type.Unsafe<TimeRange>({ type: 'string', enum: [...TIME_RANGES] }),
    started_after: time,
    users: count,
    records: count,
    collections: Type.Array(
      Type.Object({ name: Type.String(), label: Type.String(), records: count }),
    ),
    calls: Type.Object({
      total: count,
      failed: count,
      bucket_seconds: Type.Integer({ minimum: 1 }),
      buckets: Type.Array(Type.Object({ started_at: time, calls: count, failed: count }), {
        description: 'Every bucket of the range in order, empty ones too',
      }),
    }),
    failures: Type.Array(
      Type.Object({
        function_name: Type.String(),
        error_type: Type.Union([Type.String(), Type.Null()]),
        count,
        last_at: time,
      }),
      { description: 'By function and error type, most first' },
    ),
    slowest: Type.Array(
      Type.Object({
        function_name: Type.String(),
        calls: count,
        average_ms: Type.Number(),
        max_ms: Type.Integer(),
      }),
      { description: 'Functions by the average duration of their calls, slowest first' },
    ),
    index_hints: Type.Array(
      Type.Object({
        collection: Type.String(),
        fields: Type.Array(Type.String()),
        kind: Type.Unsafe<'filter' | 'sort'>({ type: 'string', enum: ['filter', 'sort'] }),
        count,
        last_at: time,
        msg: Type.String(),
      }),
      { description: 'Lists of big collections that an index would make fast, last asked first' },
    ),
    health: Type.Object({
      version: Type.String(),
      uptime_seconds: count,
      database_bytes: count,
      memory_bytes: count,
    }),
  },
  { $id: 'Stats', additionalProperties: false },
);
export type Stats = Static<typeof Stats>;
