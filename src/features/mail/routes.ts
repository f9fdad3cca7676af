import { Elysia } from 'elysia';
import type { Guard } from '../../http/guard.ts';
import { MailPreviewAnswer, MailPreviewBody, MailTestBody } from './schema.ts';
import type { MailService } from './service.ts';

const tags = ['settings'];

export function mailRoutes(mail: Pick<MailService, 'sendTest' | 'preview'>, guard: Guard) {
  return new Elysia({ prefix: '/api/admin/settings/mail' })
    .use(guard)
    .post(
      '/test',
      async ({ actor, body, set }) => {
        await mail.sendTest(actor, body);
        set.status = 204;
      },
      {
        access: 'admin',
        body: MailTestBody,
        detail: {
          operationId: 'sendTestMail',
          summary: 'Send a mail with sample values',
          description:
            'Waits for the mail server and answers what it says: 204 when it took the mail, 422 on `to` when it refused the address, 503 for everything else, also when mail is off.',
          tags,
          'x-response': { 204: null },
        },
      },
    )
    .post('/preview', ({ actor, body }) => mail.preview(actor, body), {
      access: 'admin',
      body: MailPreviewBody,
      detail: {
        operationId: 'previewMail',
        summary: 'See a mail with sample values',
        description:
          'With the template that is given, or else with the one that counts now. A fault in the template is 422. Show the HTML in a sandbox: an admin wrote it.',
        tags,
        'x-response': { 200: MailPreviewAnswer },
      },
    });
}
