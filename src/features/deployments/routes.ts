import { Type } from '@sinclair/typebox';
import { Elysia, t } from 'elysia';
import { AppError } from '../../core/errors.ts';
import { jsonAnswer } from '../../http/answer.ts';
import type { Guard } from '../../http/guard.ts';
import { readChunks } from '../../http/json-body.ts';
import { PageQuery } from '../../http/page-query.ts';
import { requestContext } from '../../http/request-context.ts';
import {
  ActivatedDeployment,
  COMPARISONS,
  DeploymentChanges,
  DeploymentPage,
  DeployResult,
} from './schema.ts';
import type { DeploymentService } from './service.ts';

export interface DeploymentRouteOptions {
  readonly maxUploadBytes: number;
}

const ARCHIVE_TYPES = ['application/gzip', 'application/x-gzip', 'application/octet-stream'];

const DeployParameters = t.Object(
  {
    dry_run: t.Optional(
      t.Boolean({ description: 'Does all but the switch: says what would change, keeps nothing' }),
    ),
    message: t.Optional(
      t.String({ minLength: 1, maxLength: 500, description: 'Shown in the list of deployments' }),
    ),
  },
  { additionalProperties: false },
);

const ChangesQuery = t.Object(
  {
    since: t.Optional(
      t.UnionEnum([...COMPARISONS], {
        description:
          'active (if absent): what it would change if it were made active. before: what it changed of the version before it',
      }),
    ),
  },
  { additionalProperties: false },
);

export function deploymentRoutes(
  deployments: DeploymentService,
  guard: Guard,
  { maxUploadBytes }: DeploymentRouteOptions,
) {
  return new Elysia({ prefix: '/api/admin/functions', tags: ['functions'] })
    .use(guard)
    .post(
      '/deploy',
      async ({ request, actor, query }) => {
        requireArchive(request.headers.get('content-type'));
        const context = requestContext(request);
        // The time-out is for requests that are sent at once. While nothing comes, it is this one.
        context.expectStream();
        const { dry_run: isDryRun = false, message } = query;
        const result = await deployments.deploy(actor, readChunks(request, maxUploadBytes), {
          isDryRun,
          message,
          signal: request.signal,
          onReceived: () => context.setTimeout(0),
        });
        return jsonAnswer(request, JSON.stringify(result), { status: isDryRun ? 200 : 201 });
      },
      {
        access: 'admin',
        parse: 'none',
        query: DeployParameters,
        detail: {
          operationId: 'deployFunctions',
          summary: 'Replace all functions by those of an archive',
          description:
            'A tar.gz with the folder functions/ and, if there is one, the file functions.ts beside it; without node_modules, .env files and links. Packages are installed from functions/package.json and its lock file. Only when every file loads does it become active, at once; else nothing changes.',
          'x-body': Type.Unsafe<unknown>({ type: 'string', format: 'binary' }),
          'x-body-types': ARCHIVE_TYPES,
          'x-response': { 200: DeployResult, 201: DeployResult },
        },
      },
    )
    .get('/deployments', ({ actor, query }) => deployments.list(actor, query), {
      access: 'admin',
      query: PageQuery,
      detail: {
        operationId: 'listDeployments',
        summary: 'List the deployments that are kept, newest first',
        description: 'When none is active, the functions come from the folder of the project.',
        'x-response': { 200: DeploymentPage },
      },
    })
    .get(
      '/deployments/:id/changes',
      ({ actor, params, query }) => deployments.changes(actor, params.id, query.since ?? 'active'),
      {
        access: 'admin',
        query: ChangesQuery,
        detail: {
          operationId: 'compareDeployment',
          summary: 'Read which functions and files of a deployment are other ones',
          description:
            'A function counts as changed when its own file is another. Of the folder of the project only functions are compared: all files count as added.',
          'x-response': { 200: DeploymentChanges },
        },
      },
    )
    .post(
      '/deployments/:id/activate',
      ({ request, actor, params }) => {
        // Loading takes as long as the functions' own files do.
        requestContext(request).setTimeout(0);
        return deployments.activate(actor, params.id);
      },
      {
        access: 'admin',
        detail: {
          operationId: 'activateDeployment',
          summary: 'Make a deployment active again, or the folder of the project with the id local',
          description: 'It is loaded first: when it does not load any more, nothing changes.',
          'x-response': { 200: ActivatedDeployment },
        },
      },
    );
}

function requireArchive(contentType: string | null): void {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (ARCHIVE_TYPES.includes(type)) return;
  const found = contentType === null ? 'without one' : `as ${contentType.slice(0, 80)}`;
  throw new AppError(
    'unsupported_media_type',
    `Send the archive with Content-Type: application/gzip; it came ${found}.`,
  );
}
