import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '../../scripts/support/http-client.ts';
import {
  client,
  createAdmin,
  createUser,
  runBinary,
  type ServerProcess,
  startBinary,
} from '../support/binary.ts';
import { openSmtp, type ReceivedMail, type SmtpDouble, tokenIn } from '../support/smtp.ts';

const PASSWORD = 'a long enough password';
const NEXT = 'another long password';
const SMTP_PASSWORD = 'p@ss of the mail server';
const PUBLIC_URL = 'https://books.example.com';

let smtp: SmtpDouble;
let server: ServerProcess;
let admin: Client;
let anonymous: Client;
beforeAll(async () => {
  smtp = await openSmtp({ auth: { user: 'books', pass: SMTP_PASSWORD } });
  server = await startBinary({
    env: {
      TINYBASE_MAIL_SMTP_URL: smtp.url,
      TINYBASE_MAIL_FROM: 'Books <noreply@books.example.com>',
      TINYBASE_SERVER_PUBLIC_URL: PUBLIC_URL,
      TINYBASE_SERVER_LOG_LEVEL: 'debug',
      TINYBASE_AUTH_LOGIN_ATTEMPTS_PER_MINUTE: '1000',
      // A slow machine hashes fifty passwords in more than the 30 s that a request may take.
      TINYBASE_SERVER_REQUEST_TIMEOUT_SECONDS: '3600',
    },
  });
  admin = await createAdmin(server);
  anonymous = client(server.url);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await smtp?.[Symbol.asyncDispose]();
});

const requestReset = (email: string, headers: Record<string, string> = {}) =>
  anonymous.request('POST', '/api/auth/password-reset/request', { email }, headers);
const confirmReset = (token: string, password = NEXT) =>
  anonymous.post('/api/auth/password-reset/confirm', { token, password });
const confirmEmail = (token: string) => anonymous.post('/api/auth/verify-email/confirm', { token });
const signIn = (email: string, password: string) =>
  anonymous.post('/api/auth/login', { email, password });
/** 50 at once; how many got each status. */
async function fifty(send: (n: number) => Promise<{ readonly status: number }>) {
  const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => send(n)));
  const count = (wanted: number) => answers.filter(({ status }) => status === wanted).length;
  return { 204: count(204), 401: count(401) };
}

test('a forgotten password is set anew by mail, once, even by 50 at once', async () => {
  const ann = await createUser(server.url, 'ann@example.com');
  await smtp.mailTo('ann@example.com');
  const answer = await requestReset('Ann@example.com');
  expect([answer.status, answer.body]).toEqual([202, undefined]);
  const mail = await smtp.mailTo('ann@example.com', 2);
  expect(mail.user).toBe('books');
  expect(mail.headers.from).toBe('Books <noreply@books.example.com>');
  const token = tokenIn(mail);
  expect(mail.text).toContain(`${PUBLIC_URL}/admin/#/reset?token=${token}`);
  expect(await fifty(() => confirmReset(token))).toEqual({ 204: 1, 401: 49 });
  expect((await ann.get('/api/auth/me')).status).toBe(401);
  expect((await signIn('ann@example.com', PASSWORD)).status).toBe(401);
  expect((await signIn('ann@example.com', NEXT)).status).toBe(200);
  expect((await smtp.mailTo('ann@example.com', 3)).subject).toContain('password');
});

test('an address is confirmed by the mail after the registration, once, even by 50 at once', async () => {
  const bob = await createUser(server.url, 'bob@example.com');
  expect((await bob.get('/api/auth/me')).body.email_verified).toBe(false);
  const token = tokenIn(await smtp.mailTo('bob@example.com'));
  expect(await fifty(() => confirmEmail(token))).toEqual({ 204: 1, 401: 49 });
  expect((await bob.get('/api/auth/me')).body.email_verified).toBe(true);
  expect((await bob.post('/api/auth/verify-email/request')).status).toBe(202);
});

test('an address changes once its link was followed, even by 50 at once; the old one is told', async () => {
  const cem = await createUser(server.url, 'cem@example.com');
  await smtp.mailTo('cem@example.com');
  const change = (email: string, password = PASSWORD) =>
    cem.post('/api/auth/change-email', { email, password });
  expect((await change('new@example.com', 'not it')).status).toBe(422);
  // Somebody else's: the same answer, and no mail to anybody.
  const taken = await change('ann@example.com');
  const free = await change('new@example.com');
  expect([taken.status, taken.body]).toEqual([free.status, free.body]);
  expect(free.status).toBe(202);
  const token = tokenIn(await smtp.mailTo('new@example.com'));
  expect((await cem.get('/api/auth/me')).body.email).toBe('cem@example.com');
  expect(await fifty(() => confirmEmail(token))).toEqual({ 204: 1, 401: 49 });
  expect((await cem.get('/api/auth/me')).body).toMatchObject({
    email: 'new@example.com',
    email_verified: true,
  });
  expect((await smtp.mailTo('cem@example.com', 2)).subject).toContain('was changed');
});

test('host header injection: links lead to the public address, whatever the request says', async () => {
  await createUser(server.url, 'dan@example.com');
  await smtp.mailTo('dan@example.com');
  const { status } = await requestReset('dan@example.com', {
    host: 'evil.example',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'https',
    forwarded: 'host=evil.example;proto=https',
    origin: 'https://evil.example',
  });
  expect(status).toBe(202);
  const mail = await smtp.mailTo('dan@example.com', 2);
  const links = [...mail.html.matchAll(/href="([^"]*)"/g)].map(([, url]) => url);
  expect(links.length).toBeGreaterThan(0);
  for (const url of links) expect(url).toStartWith(`${PUBLIC_URL}/admin/#/reset?token=`);
  expect(mail.raw).not.toContain('evil');
});

test('header injection: a line break in an address, a name or a subject reaches no mail', async () => {
  const before = smtp.mails.length;
  for (const email of [
    'dan@example.com\r\nBcc: all@example.com',
    'dan@example.com%0d%0aBcc: x',
    'a@b.c,d@e.f',
  ])
    expect((await requestReset(email)).status).toBe(422);
  for (const body of [
    { instance_name: 'Books\r\nBcc: all@example.com' },
    { mail_templates: { password_reset: { subject: 'Hi\r\nBcc: all@example.com' } } },
  ])
    expect((await admin.patch('/api/admin/settings', body)).status).toBe(422);
  expect(smtp.mails).toHaveLength(before);
});

test('user enumeration: nobody, a disabled account and one that was just mailed get the same answer', async () => {
  const off = await createUser(server.url, 'off@example.com');
  await smtp.mailTo('off@example.com');
  await admin.patch(`/api/admin/users/${off.id}`, { is_active: false });
  await createUser(server.url, 'eve@example.com');
  await smtp.mailTo('eve@example.com');
  await requestReset('eve@example.com');
  await smtp.mailTo('eve@example.com', 2);
  const shapes = [];
  for (const email of ['nobody@example.com', 'off@example.com', 'eve@example.com']) {
    const { status, body, headers } = await requestReset(email);
    const names = [...headers.keys()].filter((name) => !['x-request-id', 'date'].includes(name));
    shapes.push({ status, body, names: names.sort() });
  }
  for (const shape of shapes) expect(shape).toEqual(shapes[0] as (typeof shapes)[0]);
  // What comes later in the queue is out by then.
  await createUser(server.url, 'last@example.com');
  await smtp.mailTo('last@example.com');
  expect(smtp.mails.filter(({ to }) => /off|nobody/.test(String(to)))).toHaveLength(1);
});

test('a text that an admin wrote is in the next mail, after a look at it', async () => {
  const own = { subject: 'Hello {{email}}', text: 'By hand: {{url}}' };
  const preview = { kind: 'password_reset', template: own };
  const shown = await admin.post('/api/admin/settings/mail/preview', preview);
  expect(shown.body).toMatchObject({ subject: 'Hello ann@example.com' });
  const saved = await admin.patch('/api/admin/settings', {
    instance_name: 'Books & Tea',
    mail_templates: { password_reset: own },
  });
  expect(saved.status).toBe(200);
  await createUser(server.url, 'fay@example.com');
  expect((await smtp.mailTo('fay@example.com')).subject).toContain('for Books & Tea');
  await requestReset('fay@example.com');
  const mail = await smtp.mailTo('fay@example.com', 2);
  expect(mail.subject).toBe('Hello fay@example.com');
  expect(mail.text).toStartWith(`By hand: ${PUBLIC_URL}/admin/#/reset?token=`);
  expect(mail.html).toContain('Books &amp; Tea');
  const unknown = { mail_templates: { password_reset: { text: '{{url}} {{nmae}}' } } };
  expect((await admin.patch('/api/admin/settings', unknown)).status).toBe(422);
});

test('an admin sends a test', async () => {
  const to = 'boss@example.com';
  expect((await admin.post('/api/admin/settings/mail/test', { to })).status).toBe(204);
  expect((await smtp.mailTo(to)).to).toEqual([to]);
});

test('secrets: no token is in a log or the database, nor is the password of the mail server', async () => {
  const tokens = smtp.mails
    .filter(({ text }: ReceivedMail) => text.includes('token='))
    .map(tokenIn);
  expect(tokens.length).toBeGreaterThan(10);
  const log = server.stdout() + server.stderr();
  expect(log).toContain('/api/auth/password-reset/request');
  const kept = ['', '-wal'].map((end) =>
    readFileSync(join(server.dir, `tinybase.db${end}`), 'latin1'),
  );
  for (const text of [log, ...kept]) {
    for (const token of tokens) expect(text.includes(token)).toBe(false);
    for (const pass of [SMTP_PASSWORD, encodeURIComponent(SMTP_PASSWORD)])
      expect(text.includes(pass)).toBe(false);
  }
});

test('a stop sends what is on its way', async () => {
  await using other = await startBinary({
    env: {
      TINYBASE_MAIL_SMTP_URL: smtp.url,
      TINYBASE_MAIL_FROM: 'noreply@books.example.com',
      TINYBASE_SERVER_PUBLIC_URL: PUBLIC_URL,
    },
  });
  await createUser(other.url, 'gus@example.com');
  expect(await other.stop()).toBe(0);
  expect(smtp.mails.filter(({ to }) => to.includes('gus@example.com'))).toHaveLength(1);
});

describe('without a mail server', () => {
  test('what needs mail says which setting is missing, the same for every address', async () => {
    await using off = await startBinary();
    const ann = await createUser(off.url, 'ann@example.com');
    const answers = [
      await client(off.url).post('/api/auth/password-reset/request', { email: 'ann@example.com' }),
      await client(off.url).post('/api/auth/password-reset/request', { email: 'nobody@x.com' }),
      await ann.post('/api/auth/verify-email/request'),
      await ann.post('/api/auth/change-email', { email: 'new@example.com', password: PASSWORD }),
    ];
    for (const { status, body } of answers) {
      expect(status).toBe(503);
      expect(body).toEqual(answers[0]?.body);
      expect(body).toMatchObject({ code: 'unavailable' });
      expect(body.detail).toContain('mail.smtp_url');
    }
  });

  test('in debug mode mails are in the log, with links that lead here', async () => {
    await using debug = await startBinary({ env: { TINYBASE_DEBUG: 'true' } });
    await createUser(debug.url, 'ann@example.com');
    const link = new RegExp(
      `http://127\\.0\\.0\\.1:${debug.port}/admin/#/verify\\?token=([\\w-]+)[^\\w-]`,
    );
    while (!link.test(debug.stderr())) await Bun.sleep(5);
    const token = link.exec(debug.stderr())?.[1];
    const answer = await client(debug.url).post('/api/auth/verify-email/confirm', { token });
    expect(answer.status).toBe(204);
  });

  test('one without a sender or a public address keeps the server from starting', async () => {
    const env = { TINYBASE_MAIL_SMTP_URL: 'smtp://a:secret-word@mail.example.com' };
    const { code, stderr } = await runBinary(['serve', '--port', '0'], { env });
    expect(code).not.toBe(0);
    expect(stderr).toContain('mail.from is missing beside mail.smtp_url');
    expect(stderr).toContain('server.public_url is missing beside mail.smtp_url');
    expect(stderr).not.toContain('secret-word');
  });
});
