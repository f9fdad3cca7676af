import { Type } from '@sinclair/typebox';
import { Elysia, t } from 'elysia';
import { AppError } from '../../core/errors.ts';
import { jsonAnswer, streamAnswer } from '../../http/answer.ts';
import { type Guard, withCaller } from '../../http/guard.ts';
import { readChunks } from '../../http/json-body.ts';
import { requestContext } from '../../http/request-context.ts';
import { EXPORT_FORMATS, type ExportFormat } from './export-formats.ts';
import type { ImportFormat, ImportResult } from './import/import-records.ts';
import { RecordItem } from './schema.ts';
import type { TransferService } from './transfer-service.ts';

export interface TransferRouteOptions {
  readonly maxUploadBytes: number;
  /** Told why an export broke off. */
  readonly onBroken: (request: Request, error: unknown) => void;
}

const CONTENT_TYPES = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  csv: 'text/csv; charset=utf-8; header=present',
} as const satisfies Record<ExportFormat, string>;

/** What a body may be called, without parameters. */
const IMPORT_TYPES: ReadonlyMap<string, ImportFormat> = new Map([
  ['text/csv', 'csv'],
  ['application/x-ndjson', 'ndjson'],
  ['application/ndjson', 'ndjson'],
  ['application/jsonl', 'ndjson'],
]);

const ExportParameters = t.Object(
  {
    format: t.Optional(
      t.UnionEnum([...EXPORT_FORMATS], {
        description: 'json if absent; ndjson has a record a line',
      }),
    ),
    filter: t.Optional(t.String({ description: 'As in a list; filter[title]=cat works too' })),
    fields: t.Optional(
      t.String({ description: 'Narrows data to these fields, comma separated: title,rating' }),
    ),
  },
  { patternProperties: { '^filter\\[[^\\]]+\\]$': t.String() } },
);

const ImportParameters = t.Object({
  dry_run: t.Optional(t.Boolean({ description: 'Writes nothing, but says what would happen' })),
  upsert_by: t.Optional(
    t.String({
      description:
        'id, or a unique field: a row whose value exists already changes the fields that it names in that record',
    }),
  ),
  partial: t.Optional(
    t.Boolean({
      description: 'Keeps the good rows although others are faulty; else it is all or nothing',
    }),
  ),
});

const counts = {
  created: Type.Integer(),
  updated: Type.Integer(),
  failed: Type.Integer({ description: 'Rows with faults' }),
  errors: Type.Array(
    Type.Object({
      line: Type.Integer({ description: 'Where the row begins, counted from 1 with the header' }),
      loc: Type.Array(Type.Union([Type.String(), Type.Integer()])),
      msg: Type.String(),
    }),
    { description: 'Of the first faulty rows, up to 100' },
  ),
};
const ImportAnswer = Type.Object(counts, { $id: 'ImportResult', additionalProperties: false });
const ImportRefused = Type.Object(
  { ...counts, detail: Type.String(), code: Type.Literal('invalid_input') },
  { $id: 'ImportRefused', description: 'Rows have faults: nothing was written' },
);

const AnyError = Type.Unsafe<unknown>({ $ref: '#/components/schemas/Error' });

export function transferRoutes(
  transfers: TransferService,
  guard: Guard,
  { maxUploadBytes, onBroken }: TransferRouteOptions,
) {
  return new Elysia({ prefix: '/api/collections/:collection/records', tags: ['records'] })
    .use(guard)
    .get(
      '/export',
      async ({ request, actor, params, query }) => {
        const { format = 'json', ...rest } = query;
        const { name, pieces } = await transfers.exportRecords(
          withCaller(actor, request),
          params.collection,
          rest,
          format,
        );
        return streamAnswer(request, pieces, {
          onError: (error) => onBroken(request, error),
          headers: {
            'content-type': CONTENT_TYPES[format],
            'content-disposition': `attachment; filename="${name}.${format}"`,
            'cache-control': 'no-store',
          },
        });
      },
      {
        access: 'public',
        query: ExportParameters,
        detail: {
          operationId: 'exportRecords',
          summary: 'Export the records that the caller may list, oldest first, as a file',
          description:
            'An answer that breaks off is no whole file. Values are written as they are, also those that a spreadsheet would run as a formula.',
          'x-response': { 200: Type.Array(RecordItem) },
          'x-response-types': Object.values(CONTENT_TYPES).map((type) => type.replace(/;.*/, '')),
        },
      },
    )
    .post(
      '/import',
      async ({ request, actor, params, query }) => {
        const context = requestContext(request);
        const format = importFormat(request.headers.get('content-type'));
        // The time-out is for requests that are sent at once. While nothing comes, it is this one.
        context.expectStream();
        const result = await transfers.importRecords(
          withCaller(actor, request),
          params.collection,
          readChunks(request, maxUploadBytes),
          {
            format,
            upsertBy: query.upsert_by,
            isDryRun: query.dry_run ?? false,
            isPartial: query.partial ?? false,
            onRead: () => context.setTimeout(0),
          },
        );
        return toAnswer(request, result);
      },
      {
        access: 'public',
        parse: 'none',
        query: ImportParameters,
        detail: {
          operationId: 'importRecords',
          summary: 'Create records from a file, or change them',
          description:
            'CSV with a header, where an empty cell is no value and lists and dicts are JSON; or NDJSON, a line of which is the data of a record or a record as an export has it. The columns id and, for admins, owner_id count; collection_id, created_at and updated_at are ignored.',
          'x-body': Type.String(),
          'x-body-types': [...new Set(IMPORT_TYPES.keys())],
          'x-response': { 200: ImportAnswer, 422: Type.Union([ImportRefused, AnyError]) },
        },
      },
    );
}

function importFormat(contentType: string | null): ImportFormat {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const format = IMPORT_TYPES.get(type);
  if (format) return format;
  const found = contentType === null ? 'without one' : `as ${contentType.slice(0, 80)}`;
  throw new AppError(
    'unsupported_media_type',
    `Send the file with Content-Type: text/csv or application/x-ndjson; it came ${found}.`,
  );
}

function toAnswer(
  request: Request,
  { isRefused, created, updated, failed, errors }: ImportResult,
): Response {
  const body = { created, updated, failed, errors };
  if (!isRefused) return jsonAnswer(request, JSON.stringify(body));
  const detail = `${failed} ${failed === 1 ? 'row has' : 'rows have'} faults: nothing was imported.`;
  const refused = { ...body, detail, code: 'invalid_input' };
  return jsonAnswer(request, JSON.stringify(refused), { status: 422 });
}
