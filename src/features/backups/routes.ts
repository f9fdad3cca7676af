import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { bytesAnswer, jsonAnswer } from '../../http/answer.ts';
import type { Guard } from '../../http/guard.ts';
import { PageQuery } from '../../http/page-query.ts';
import { requestContext } from '../../http/request-context.ts';
import { Backup, BackupPage } from './schema.ts';
import type { BackupService } from './service.ts';

const FILE_TYPE = 'application/vnd.sqlite3';

export interface BackupRouteOptions {
  /** Told why a download broke off. */
  readonly onBroken: (request: Request, error: unknown) => void;
}

export function backupRoutes(
  backups: BackupService,
  guard: Guard,
  { onBroken }: BackupRouteOptions,
) {
  return new Elysia({ prefix: '/api/admin/backups', tags: ['backups'] })
    .use(guard)
    .get('', ({ actor, query }) => backups.list(actor, query), {
      access: 'admin',
      query: PageQuery,
      detail: {
        operationId: 'listBackups',
        summary: 'List the backups that this server made, newest first',
        'x-response': { 200: BackupPage },
      },
    })
    .post(
      '',
      async ({ request, actor }) =>
        jsonAnswer(request, JSON.stringify(await backups.create(actor)), { status: 202 }),
      {
        access: 'admin',
        detail: {
          operationId: 'createBackup',
          summary: 'Begin a backup',
          description:
            'It runs on after the answer: read it again until its status is done or failed. 409 while another one is made or checked.',
          'x-response': { 202: Backup },
        },
      },
    )
    .get('/:id', ({ actor, params }) => backups.get(actor, params.id), {
      access: 'admin',
      detail: {
        operationId: 'getBackup',
        summary: 'Get a backup, with its progress while it runs',
        'x-response': { 200: Backup },
      },
    })
    .post(
      '/:id/check',
      ({ request, actor, params }) => {
        // All of the file is read.
        requestContext(request).setTimeout(0);
        return backups.check(actor, params.id);
      },
      {
        access: 'admin',
        detail: {
          operationId: 'checkBackup',
          summary: 'Check a backup: its SHA-256, and whether it can be restored',
          description: 'Answers when all of it was read; check_result is ok or says what is wrong.',
          'x-response': { 200: Backup },
        },
      },
    )
    .get(
      '/:id/download',
      async ({ request, actor, params }) => {
        const { name, chunks } = await backups.download(actor, params.id);
        return bytesAnswer(request, chunks, {
          onError: (error) => onBroken(request, error),
          headers: {
            'content-type': FILE_TYPE,
            'content-disposition': `attachment; filename="${name}"`,
            'cache-control': 'no-store',
          },
        });
      },
      {
        access: 'admin',
        detail: {
          operationId: 'downloadBackup',
          summary: 'Download the file of a backup',
          description:
            'For an admin who has signed in, not for API tokens: it holds every account and token.',
          'x-response': { 200: Type.Unsafe<unknown>({ type: 'string', format: 'binary' }) },
          'x-response-types': [FILE_TYPE],
        },
      },
    )
    .delete(
      '/:id',
      async ({ actor, params, set }) => {
        await backups.remove(actor, params.id);
        set.status = 204;
      },
      {
        access: 'admin',
        detail: {
          operationId: 'deleteBackup',
          summary: 'Delete a backup with its file',
          'x-response': { 204: null },
        },
      },
    );
}
