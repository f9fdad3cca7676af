import { Elysia, t } from 'elysia';
import { AUDIT_SUBJECTS } from '../../core/audit.ts';
import type { Guard } from '../../http/guard.ts';
import { pageWindow, timeParameter } from '../../http/page-query.ts';
import { AuditPage } from './schema.ts';
import type { AuditService } from './service.ts';

const text = (description: string) =>
  t.Optional(t.String({ minLength: 1, maxLength: 254, description }));

const ListQuery = t.Object(
  {
    action: text('user.delete, or user for all that was done to users.'),
    actor_id: text('The account that did it.'),
    subject_type: t.Optional(t.UnionEnum([...AUDIT_SUBJECTS])),
    subject_id: text('What it was done to.'),
    created_after: timeParameter('RFC 3339; entries of this time or later.'),
    created_before: timeParameter('RFC 3339; entries before this time.'),
    search: text("Part of the subject's name or of the actor's address, in any case."),
    ...pageWindow,
  },
  { additionalProperties: false },
);

export function auditRoutes(audit: Pick<AuditService, 'list'>, guard: Guard) {
  return new Elysia({ prefix: '/api/admin/audit' })
    .use(guard)
    .get('', ({ query: { limit, offset, ...filter } }) => audit.list(filter, { limit, offset }), {
      access: 'admin',
      query: ListQuery,
      detail: {
        operationId: 'listAudit',
        summary: 'List who did what, newest first',
        description:
          'What admins, the command line and the server did, and what people did to their own accounts. Entries are made by the server alone and go after audit.retention_days.',
        tags: ['audit'],
        'x-response': { 200: AuditPage },
      },
    });
}
