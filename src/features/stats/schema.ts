import { type Static, Type } from '@sinclair/typebox';
import { TIME_RANGES, type TimeRange } from '../../lib/time-range.ts';

const count = Type.Integer({ minimum: 0 });
const time = Type.String({ format: 'date-time' });

const percentile = (percent: number) =>
  Type.Union([count, Type.Null()], {
    description: `Milliseconds that ${percent} of 100 calls keep to; null when none has ended`,
  });

/** So many days of a collection are shown, today among them. */
export const ACTIVITY_DAYS = 14;

const Activity = Type.Object(
  {
    last_write_at: Type.Union([time, Type.Null()]),
    created_per_day: Type.Array(count, {
      description: `Records made on each of the last ${ACTIVITY_DAYS} days in UTC, today last`,
    }),
  },
  { description: 'With ?activity=true: it takes a walk over the records' },
);
export type Activity = Static<typeof Activity>;

/** What somebody should look at; empty where all is well. */
const Attention = Type.Object({
  schedules: Type.Array(
    Type.Object({
      id: Type.String({ format: 'uuid' }),
      name: Type.String(),
      function_name: Type.String(),
      last_run_at: time,
    }),
    { description: 'Schedules whose last run did not succeed, latest first' },
  ),
  failed_backup: Type.Union(
    [
      Type.Object({ id: Type.String({ format: 'uuid' }), created_at: time, error: Type.String() }),
      Type.Null(),
    ],
    { description: 'The newest backup, if it failed' },
  ),
  extensions: Type.Array(
    Type.Object({
      name: Type.String(),
      error: Type.Union([Type.String(), Type.Null()], { description: 'Why it does not run' }),
      errors: Type.Integer({ minimum: 0, description: 'In the range' }),
    }),
    { description: 'Extensions that do not run although they should, or that threw errors' },
  ),
  unsent_mails: Type.Integer({
    minimum: 0,
    description: 'Mails that people asked for since the start, in vain: no mail server is set',
  }),
});

/** The figures of the admin app's overview. */
export const Stats = Type.Object(
  {
    range: Type.Unsafe<TimeRange>({ type: 'string', enum: [...TIME_RANGES] }),
    started_after: time,
    users: count,
    new_users: Type.Integer({ minimum: 0, description: 'Accounts made since started_after' }),
    admins: Type.Integer({ minimum: 0, description: 'Those that may sign in' }),
    records: count,
    collections: Type.Array(
      Type.Object({
        name: Type.String(),
        label: Type.String(),
        records: count,
        activity: Type.Optional(Activity),
      }),
    ),
    calls: Type.Object({
      total: count,
      failed: count,
      p50_ms: percentile(50),
      p95_ms: percentile(95),
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
        p50_ms: Type.Integer(),
        p95_ms: Type.Integer(),
        max_ms: Type.Integer(),
      }),
      { description: 'Functions by the duration that 95 of 100 calls keep to, slowest first' },
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
      disk_free_bytes: Type.Union([count, Type.Null()], {
        description: 'Where the database stands; null when it stands in memory',
      }),
      has_mail: Type.Boolean({ description: 'Whether mails go anywhere' }),
      next_schedule: Type.Union(
        [Type.Object({ id: Type.String(), name: Type.String(), next_run_at: time }), Type.Null()],
        { description: 'The schedule that is due next' },
      ),
    }),
    attention: Attention,
  },
  { $id: 'Stats', additionalProperties: false },
);
export type Stats = Static<typeof Stats>;
