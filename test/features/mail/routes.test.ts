import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Elysia } from 'elysia';
import { type Actor, ANONYMOUS } from '../../../src/core/actor.ts';
import { AppError } from '../../../src/core/errors.ts';
import { mailRoutes } from '../../../src/features/mail/routes.ts';
import type { MailServiceDeps } from '../../../src/features/mail/service.ts';
import { createGuard } from '../../../src/http/guard.ts';
import { openSmtp, type SmtpDouble } from '../../support/smtp.ts';
import { openMail } from './mail-service.ts';

const ACTORS: Readonly<Record<string, Actor>> = {
  boss: { kind: 'admin', id: '1', email: 'boss@example.com', tokenId: '1' },
  ann: { kind: 'user', id: '2', email: 'ann@example.com', tokenId: '2' },
  deployer: {
    kind: 'admin',
    id: '1',
    email: 'boss@example.com',
    tokenId: '3',
    scopes: ['functions:deploy'],
  },
};
const STATUS: Readonly<Record<string, number>> = {
  invalid_input: 422,
  unauthenticated: 401,
  forbidden: 403,
  unavailable: 503,
};

function open(options: Partial<MailServiceDeps> = {}) {
  const { mail } = openMail(options);
  const guard = createGuard((request) => ACTORS[request.headers.get('x-as') ?? ''] ?? ANONYMOUS);
  const http = new Elysia({ normalize: false, strictPath: true })
    .onError(({ error, code, set }) => {
      if (!(error instanceof AppError)) {
        set.status = code === 'VALIDATION' ? 422 : 500;
        return { detail: String(error) };
      }
      set.status = STATUS[error.code] ?? 500;
      return { detail: error.faults ?? error.message };
    })
    .use(mailRoutes(mail, guard));
  return async (path: 'test' | 'preview', body: unknown, as = 'boss') => {
    const response = await http.handle(
      new Request(`http://localhost/api/admin/settings/mail/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-as': as },
        body: JSON.stringify(body),
      }),
    );
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  };
}

const TO = 'boss@example.com';
let smtp: SmtpDouble;
beforeAll(async () => {
  smtp = await openSmtp({
    refuse: (stage, address) => {
      if (stage !== 'rcpt') return undefined;
      if (address.startsWith('gone')) return [550, '5.1.1 no such mailbox'];
      return address.startsWith('busy') ? [450, '4.2.0 come back later'] : undefined;
    },
  });
});
afterAll(() => smtp[Symbol.asyncDispose]());

describe('a test', () => {
  test('is sent before the answer, with sample values that open nothing', async () => {
    const call = open({ smtpUrl: smtp.url, timeoutMs: 60_000 });
    expect(await call('test', { to: TO })).toEqual({ status: 204, body: undefined });
    const mail = smtp.mails.at(-1);
    expect(mail).toMatchObject({ to: [TO], subject: 'Confirm your e-mail address for Books' });
    expect(await call('test', { to: TO, kind: 'password_changed' })).toMatchObject({ status: 204 });
    expect(smtp.mails.at(-1)?.subject).toBe('The password of your Books account was changed');
  });

  test('says what the mail server says', async () => {
    const call = open({ smtpUrl: smtp.url });
    const gone = await call('test', { to: 'gone@example.com' });
    expect(gone.status).toBe(422);
    expect(gone.body.detail[0]).toMatchObject({ loc: ['body', 'to'] });
    expect(gone.body.detail[0].msg).toContain('550 5.1.1 no such mailbox');
    const busy = await call('test', { to: 'busy@example.com' });
    expect(busy.status).toBe(503);
    expect(busy.body.detail).toContain('450 4.2.0 come back later');
  });

  test('says what keeps it from the mail server, without the password', async () => {
    const down = await open({ smtpUrl: 'smtp://ann:secret-word@127.0.0.1:9' })('test', { to: TO });
    expect(down.status).toBe(503);
    expect(down.body.detail).toContain('The mail server cannot be reached (ECONNREFUSED');
    await using strict = await openSmtp({ auth: { user: 'ann', pass: 'right' } });
    const url = strict.url.replace('right', 'secret-word');
    const refused = await open({ smtpUrl: url })('test', { to: TO });
    expect(refused.status).toBe(503);
    expect(refused.body.detail).toContain('refused the user name or password of mail.smtp_url');
    for (const { body } of [down, refused]) expect(JSON.stringify(body)).not.toContain('secret');
  });

  test('needs mail to be on, and in debug mode goes to the log', async () => {
    const off = await open()('test', { to: TO });
    expect(off.status).toBe(503);
    expect(off.body.detail).toContain('mail.smtp_url');
    expect((await open({ isDebug: true })('test', { to: TO })).status).toBe(204);
  });

  for (const body of [
    {},
    { to: 'x' },
    { to: `${TO}\r\nBcc: a@b.c` },
    { to: TO, kind: 'spam' },
    { to: TO, x: 1 },
  ])
    test(`${JSON.stringify(body)} is refused`, async () => {
      expect((await open({ smtpUrl: smtp.url })('test', body)).status).toBe(422);
    });
});

describe('a preview', () => {
  test('shows what counts now, what it is made from and what there is to say', async () => {
    const call = open({ templates: () => ({ email_changed: { subject: 'Own: {{email}}' } }) });
    const { status, body } = await call('preview', { kind: 'email_changed' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      subject: 'Own: ann@example.com',
      template: { subject: 'Own: {{email}}' },
      variables: ['instance_name', 'email'],
    });
    expect(body.html).toContain('Books');
    expect(body.template.html).toContain('{{instance_name}}');
  });

  test('shows a template before it is saved, works while mail is off, and tells its faults', async () => {
    const call = open();
    const template = { text: 'Hello {{email}}: {{url}}' };
    const good = await call('preview', { kind: 'password_reset', template });
    expect(good.body.text).toStartWith(
      'Hello ann@example.com: https://api.example.com/admin/#/reset',
    );
    const bad = await call('preview', { kind: 'password_reset', template: { text: '{{name}}' } });
    expect(bad.status).toBe(422);
    expect(bad.body.detail).toMatchObject([
      { loc: ['body', 'template', 'text'] },
      { loc: ['body', 'template', 'text'] },
    ]);
  });
});

for (const path of ['test', 'preview'] as const)
  test(`${path} is for admins`, async () => {
    const call = open({ isDebug: true });
    const body = path === 'test' ? { to: TO } : { kind: 'verify_email' };
    expect((await call(path, body, 'nobody')).status).toBe(401);
    expect((await call(path, body, 'ann')).status).toBe(403);
    expect((await call(path, body, 'deployer')).status).toBe(403);
  });
