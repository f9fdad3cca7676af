import { type Static, Type } from '@sinclair/typebox';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);
const time = (description: string) => Type.String({ format: 'date-time', description });

/** A copy of the database, wherever it lies. */
export const Backup = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    status: Type.Union([Type.Literal('running'), Type.Literal('done'), Type.Literal('failed')]),
    trigger_type: Type.Union([Type.Literal('manual'), Type.Literal('schedule')], {
      description: 'schedule: made by backup.cron.',
    }),
    location: Type.String({
      description: 'A file, from the folder of the project, or s3://<bucket>/<key>.',
    }),
    progress: nullable(
      Type.Number({ description: 'From 0 to 1 while it runs and that is known, else null.' }),
    ),
    size_bytes: nullable(Type.Integer()),
    sha256: nullable(Type.String({ description: 'Of the file, in hex.' })),
    error: nullable(Type.String({ description: 'Why it failed.' })),
    created_at: time('When it was begun.'),
    finished_at: nullable(time('When it was done or failed.')),
    checked_at: nullable(time('When it was checked last.')),
    check_result: nullable(
      Type.String({ description: 'ok, or what the last check found wrong with it.' }),
    ),
  },
  { $id: 'Backup', additionalProperties: false },
);
export type Backup = Static<typeof Backup>;

export const BackupPage = Type.Object(
  {
    items: Type.Array(Backup),
    total: Type.Integer({ description: 'How many there are, on all pages.' }),
    page: Type.Integer({ description: 'Counted from 1.' }),
    page_size: Type.Integer(),
    destination: Type.String({
      description: 'Where the next one goes: a folder, or s3://<bucket>.',
    }),
    next_run_at: nullable(time('When backup.cron makes the next one; null when that is not set.')),
  },
  { $id: 'BackupPage', additionalProperties: false },
);
export type BackupPage = Static<typeof BackupPage>;
