import { type Static, Type } from '@sinclair/typebox';
import { TIME_RANGES } from '../../lib/time-range.ts';
import { FUNCTION_ACCESS, TRIGGER_TYPES } from '../../protocol/messages.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);
const words = <const T extends readonly string[]>(values: T) =>
  Type.Unsafe<T[number]>(Type.String({ enum: [...values] }));
const timestamp = (description: string) => Type.String({ format: 'date-time', description });
const jsonSchema = (description: string) =>
  nullable(Type.Record(Type.String(), Type.Unknown(), { description }));
const pageOf = <T extends Parameters<typeof Type.Array>[0]>(items: T) => ({
  items: Type.Array(items),
  total: Type.Integer({ description: 'How many fit, on all pages.' }),
  page: Type.Integer({ description: 'Counted from 1.' }),
  page_size: Type.Integer(),
});

const functionFields = {
  name: Type.String(),
  description: nullable(Type.String()),
  auth: words(FUNCTION_ACCESS),
  tags: Type.Array(Type.String()),
  timeout_seconds: nullable(Type.Number({ description: "null: the server's own limit." })),
  input_schema: jsonSchema('JSON Schema of the body; null: anything.'),
  output_schema: jsonSchema('JSON Schema of the result; null: anything.'),
  raw_body: Type.Boolean({ description: 'It takes a body of any content type, as it comes.' }),
};

/** A function as those see it who may call it. */
export const FunctionInfo = Type.Object(functionFields, {
  $id: 'FunctionInfo',
  additionalProperties: false,
});
export type FunctionInfo = Static<typeof FunctionInfo>;

export const FunctionPage = Type.Object(pageOf(FunctionInfo), {
  $id: 'FunctionPage',
  additionalProperties: false,
});
export type FunctionPage = Static<typeof FunctionPage>;

/** A function as admins see it. */
export const AdminFunction = Type.Object(
  {
    ...functionFields,
    module: Type.String({ description: "The file's name without its ending." }),
    file_path: Type.String(),
    last_loaded_at: timestamp('When the code that answers now was loaded.'),
    is_current: Type.Boolean({
      description: 'False: its file does not load now, and the last good version answers.',
    }),
  },
  { $id: 'AdminFunction', additionalProperties: false },
);
export type AdminFunction = Static<typeof AdminFunction>;

export const LoadError = Type.Object(
  {
    file: Type.String(),
    line: nullable(Type.Integer()),
    column: nullable(Type.Integer()),
    message: Type.String(),
    loaded_version: Type.Union([Type.Literal('previous'), Type.Null()], {
      description: 'previous: the last good version of the file still answers; null: nothing does.',
    }),
  },
  { $id: 'LoadError', additionalProperties: false },
);
export type LoadError = Static<typeof LoadError>;

export const AdminFunctionPage = Type.Object(
  { ...pageOf(AdminFunction), load_errors: Type.Array(LoadError) },
  { $id: 'AdminFunctionPage', additionalProperties: false },
);
export type AdminFunctionPage = Static<typeof AdminFunctionPage>;

export const FunctionSource = Type.Object(
  { file_path: Type.String(), source: Type.String() },
  { $id: 'FunctionSource', additionalProperties: false },
);
export type FunctionSource = Static<typeof FunctionSource>;

export const CALL_STATUSES = ['running', 'succeeded', 'failed'] as const;
export type CallStatus = (typeof CALL_STATUSES)[number];

/** One run of a function. What went in and what came out is stored nowhere. */
export const FunctionCall = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    function_name: Type.String(),
    status: words(CALL_STATUSES),
    trigger_type: words(TRIGGER_TYPES),
    trigger_id: nullable(
      Type.String({ description: 'A schedule, or the call that made this one.' }),
    ),
    requested_by_user_id: nullable(Type.String()),
    started_at: nullable(timestamp('When a worker began it.')),
    finished_at: nullable(timestamp('When it ended; null while it runs.')),
    duration_ms: nullable(Type.Integer()),
    error_message: nullable(Type.String()),
    error_type: nullable(
      Type.String({
        description:
          'The name of what was thrown, or TimeoutError, OutputValidationError, WorkerExited, OutOfMemory, WorkerLost, Interrupted; of a schedule also FunctionNotFound, InputValidationError, Unavailable, with which it did not begin.',
      }),
    ),
    created_at: timestamp('When the call was asked for.'),
  },
  { $id: 'FunctionCall', additionalProperties: false },
);
export type FunctionCall = Static<typeof FunctionCall>;

export const FunctionCallPage = Type.Object(pageOf(FunctionCall), {
  $id: 'FunctionCallPage',
  additionalProperties: false,
});
export type FunctionCallPage = Static<typeof FunctionCallPage>;

/** Calls over time. */
export const FunctionCallHistogram = Type.Object(
  {
    total: Type.Integer(),
    failed: Type.Integer(),
    bucket_seconds: Type.Integer({ minimum: 1 }),
    buckets: Type.Array(
      Type.Object({
        started_at: timestamp('Where it begins; a multiple of its length.'),
        calls: Type.Integer(),
        failed: Type.Integer(),
      }),
      { description: 'Every bucket in order, empty ones too; 61 at most.' },
    ),
  },
  { $id: 'FunctionCallHistogram', additionalProperties: false },
);
export type FunctionCallHistogram = Static<typeof FunctionCallHistogram>;

const millis = (percent: number) =>
  nullable(
    Type.Integer({
      description: `${percent} of 100 calls took no longer; null when none has ended.`,
    }),
  );

/** How the functions do. */
export const FunctionMetrics = Type.Object(
  {
    range: words(TIME_RANGES),
    started_after: timestamp('Calls that began at this time or later are counted.'),
    items: Type.Array(
      Type.Object({
        function_name: Type.String(),
        is_loaded: Type.Boolean({
          description: 'False: only the history still knows this function.',
        }),
        calls: Type.Integer(),
        failures: Type.Integer(),
        failure_rate: nullable(
          Type.Number({ description: 'Failures by calls, from 0 to 1; null without a call.' }),
        ),
        p50_ms: millis(50),
        p95_ms: millis(95),
        last_called_at: nullable(
          timestamp('The last call in the whole history; null when there is none.'),
        ),
      }),
      { description: 'Every function that is loaded or was called, by name.' },
    ),
  },
  { $id: 'FunctionMetrics', additionalProperties: false },
);
export type FunctionMetrics = Static<typeof FunctionMetrics>;

/** The answer of a call that went well. */
export const CallSuccess = Type.Object(
  {
    call_id: Type.String({ format: 'uuid' }),
    status: Type.Literal('succeeded'),
    result: Type.Unknown(),
    logs: Type.Optional(
      Type.Array(Type.String(), { description: 'Console lines, for an admin with ?logs=true.' }),
    ),
  },
  { $id: 'CallSuccess', additionalProperties: false },
);
export type CallSuccess = Static<typeof CallSuccess>;

/** The answer of a call that failed. */
export const CallFailed = Type.Object(
  {
    call_id: Type.String({ format: 'uuid' }),
    status: Type.Literal('failed'),
    error: Type.String({
      description:
        'The message for admins, in debug, or of a FunctionError; a general sentence otherwise.',
    }),
    error_type: Type.String(),
    detail: Type.String(),
    code: words(['function_failed', 'function_timeout', 'unavailable']),
    data: Type.Optional(Type.Unknown({ description: 'The data of a FunctionError.' })),
    stack: Type.Optional(
      Type.String({ description: 'Where it was thrown; for admins and in debug only.' }),
    ),
    logs: Type.Optional(Type.Array(Type.String())),
  },
  { $id: 'CallFailed', additionalProperties: false },
);
export type CallFailed = Static<typeof CallFailed>;
