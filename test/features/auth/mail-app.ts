import { openSmtp, type SmtpDouble, tokenIn } from '../../support/smtp.ts';
import { until } from '../../support/until.ts';
import { type AuthApp, type AuthAppOptions, createAuthApp, PASSWORD } from './auth-app.ts';

export const ANN = 'ann@example.com';
export const NEW = 'ann.new@example.com';
export const NEXT = 'battery staple';

export type MailApp = Awaited<ReturnType<typeof openMailApp>>;

/** An app with a mail server, where ann is registered and signed in and has her first mail. */
export async function openMailApp(smtp: SmtpDouble, options: AuthAppOptions = {}) {
  // The mail server is shared by the tests of a file: each app knows its own mails by their sender.
  const mailFrom = `${crypto.randomUUID()}@example.com`;
  const app = createAuthApp({ smtpUrl: smtp.url, mailFrom, ...options });
  const id: string = (await app.register(ANN)).body.id;
  const token = await app.signIn(ANN);
  const since = () => smtp.mails.filter(({ from }) => from === mailFrom);
  await until(() => since().length > 0);
  function lastMail(address: string, text = '') {
    const found = since().findLast((mail) => mail.to.includes(address) && mail.text.includes(text));
    if (!found) throw new Error(`no such mail went to ${address}`);
    return found;
  }
  return {
    ...app,
    id,
    token,
    /** Those that this app has sent: to whom, and what about. */
    sent: () => since().map(({ to, subject }) => `${to[0]}: ${subject}`),
    lastMail,
    /** The token of the latest link that was sent to this address. */
    lastToken: (address: string) => tokenIn(lastMail(address, '#/')),
    /** Waits until everything before has been sent: mails go one by one. */
    async settle() {
      const mark = `${crypto.randomUUID()}@example.com`;
      app.mail.post(async () => ({ kind: 'email_changed', to: mark, values: { email: mark } }));
      await smtp.mailTo(mark);
      return since().filter(({ to }) => !to.includes(mark)).length;
    },
    requestReset: (email: string, headers = {}) =>
      app.call('POST', '/api/auth/password-reset/request', { body: { email }, headers }),
    confirmReset: (token: string, password = NEXT) =>
      app.call('POST', '/api/auth/password-reset/confirm', { body: { token, password } }),
    requestVerification: (token: string) =>
      app.call('POST', '/api/auth/verify-email/request', { token }),
    confirmEmail: (token: unknown, headers = {}) =>
      app.call('POST', '/api/auth/verify-email/confirm', { body: { token }, headers }),
    changeEmail: (token: string, email = NEW, password = PASSWORD) =>
      app.call('POST', '/api/auth/change-email', { token, body: { email, password } }),
    me: async (token: string) => (await app.call('GET', '/api/auth/me', { token })).body,
    disable: (userId: string) => app.db.run('UPDATE user SET is_active = 0 WHERE id = ?', [userId]),
    /** Past the minute in which nothing else goes to the same address. */
    passMinute() {
      app.clock.ms += 61_000;
    },
  };
}

export { type AuthApp, openSmtp, PASSWORD, type SmtpDouble };
