import { type Static, Type } from '@sinclair/typebox';

const closed = { additionalProperties: false } as const;
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);
const words = <const T extends readonly string[]>(values: T, description: string) =>
  Type.Unsafe<T[number]>(Type.String({ enum: [...values], description }));
const timestamp = (description: string) => Type.String({ format: 'date-time', description });

const timezone = Type.Optional(
  Type.String({
    maxLength: 100,
    description: 'A name of the IANA list, such as Europe/Berlin; UTC when left out.',
  }),
);

export const OnceSchedule = Type.Object(
  {
    method: Type.Literal('once'),
    timezone,
    date: Type.String({ maxLength: 10, description: 'As YYYY-MM-DD.' }),
    time: Type.String({
      maxLength: 8,
      description:
        'As HH:MM or HH:MM:SS. A time that the zone skips is the first moment after the gap, one that comes twice the first of the two.',
    }),
  },
  { ...closed, title: 'once' },
);
export type OnceSchedule = Static<typeof OnceSchedule>;

export const INTERVAL_UNITS = ['seconds', 'minutes', 'hours', 'days'] as const;
export type IntervalUnit = (typeof INTERVAL_UNITS)[number];

export const IntervalSchedule = Type.Object(
  {
    method: Type.Literal('interval'),
    timezone,
    unit: words(INTERVAL_UNITS, 'Days keep the local time of day; shorter units are real time.'),
    value: Type.Integer({ minimum: 1, description: 'How many; a hundred years at most.' }),
  },
  { ...closed, title: 'interval' },
);
export type IntervalSchedule = Static<typeof IntervalSchedule>;

const CronSchedule = Type.Object(
  {
    method: Type.Literal('cron'),
    timezone,
    cron: Type.String({
      maxLength: 200,
      description:
        'Minute, hour, day of the month, month, day of the week; with a sixth field, the second comes first. Or a nickname such as @daily.',
    }),
    description: Type.Optional(
      Type.String({ maxLength: 1_000, description: 'For people; it decides nothing.' }),
    ),
  },
  { ...closed, title: 'cron' },
);

/** When a function runs. */
export const Schedule = Type.Union([OnceSchedule, IntervalSchedule, CronSchedule], {
  $id: 'Schedule',
});
export type Schedule = Static<typeof Schedule>;

export const RUN_STATUSES = ['running', 'succeeded', 'failed', 'interrupted'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** A function that runs by the clock, as admins see it. */
export const FunctionSchedule = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    name: Type.String(),
    function_name: Type.String(),
    payload: Type.Unknown({ description: 'What the function is given.' }),
    schedule: Schedule,
    is_active: Type.Boolean({ description: 'False: it does not run by itself.' }),
    last_run_at: nullable(timestamp('When it was started last; null: never.')),
    next_run_at: nullable(timestamp('When it is due next; null while it is not active.')),
    last_status: nullable(
      words(
        RUN_STATUSES,
        'How the last run ended. interrupted: the server ended while it ran, and it was not tried again. null: it never ran.',
      ),
    ),
    last_call_id: nullable(
      Type.String({ format: 'uuid', description: 'The function call of the last run.' }),
    ),
    last_skipped_at: nullable(
      timestamp('The last due time that passed without a run, as the one before still ran.'),
    ),
    retry_at: nullable(
      timestamp('When the last run, which failed, is tried again; null: it is not.'),
    ),
    created_by_user_id: nullable(Type.String()),
    created_at: timestamp('When the schedule was made.'),
    updated_at: timestamp('When somebody changed it last.'),
  },
  { ...closed, $id: 'FunctionSchedule' },
);
export type FunctionSchedule = Static<typeof FunctionSchedule>;

export const SchedulePage = Type.Object(
  {
    items: Type.Array(FunctionSchedule),
    total: Type.Integer({ description: 'How many fit, on all pages.' }),
    page: Type.Integer({ description: 'Counted from 1.' }),
    page_size: Type.Integer(),
  },
  { ...closed, $id: 'SchedulePage' },
);
export type SchedulePage = Static<typeof SchedulePage>;

const name = Type.String({ minLength: 1, maxLength: 200, description: 'For people.' });
const functionName = Type.String({ minLength: 1, maxLength: 200 });
/** Lists show the payload of each schedule. */
export const MAX_PAYLOAD_BYTES = 64 * 1024;
const payload = Type.Unknown({
  description: "JSON of 64 KB at most that fits the function's input; {} when left out.",
});
const isActive = Type.Boolean({ description: 'False: it does not run by itself.' });

export const ScheduleBody = Type.Object(
  {
    name,
    function_name: functionName,
    payload: Type.Optional(payload),
    schedule: Schedule,
    is_active: Type.Optional(isActive),
  },
  { ...closed, $id: 'ScheduleBody' },
);
export type ScheduleBody = Static<typeof ScheduleBody>;

export const SchedulePatch = Type.Object(
  {
    name: Type.Optional(name),
    function_name: Type.Optional(functionName),
    payload: Type.Optional(payload),
    schedule: Type.Optional(Schedule),
    is_active: Type.Optional(isActive),
  },
  { ...closed, $id: 'SchedulePatch' },
);
export type SchedulePatch = Static<typeof SchedulePatch>;

export const SchedulePreviewBody = Type.Object(
  { schedule: Schedule },
  { ...closed, $id: 'SchedulePreviewBody' },
);
export type SchedulePreviewBody = Static<typeof SchedulePreviewBody>;

export const SchedulePreview = Type.Object(
  {
    next_runs: Type.Array(Type.String({ format: 'date-time' }), {
      maxItems: 5,
      description: 'The next five times, were it made now; one of a schedule that runs once.',
    }),
  },
  { ...closed, $id: 'SchedulePreview' },
);
export type SchedulePreview = Static<typeof SchedulePreview>;

export const StartedRun = Type.Object(
  { call_id: Type.String({ format: 'uuid', description: 'Its place in the history of calls.' }) },
  { ...closed, $id: 'StartedRun' },
);
export type StartedRun = Static<typeof StartedRun>;
