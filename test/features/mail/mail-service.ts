import { ANONYMOUS, SYSTEM } from '../../../src/core/actor.ts';
import {
  createMailService,
  type Letter,
  type MailServiceDeps,
} from '../../../src/features/mail/service.ts';
import { until } from '../../support/until.ts';

export const ADMIN = SYSTEM;
export const NOBODY = ANONYMOUS;
export const TOKEN = 'a-token-that-nobody-may-see-in-any-log-0000';

/** A mail service as the server builds it, with what it logged. */
export function openMail(options: Partial<MailServiceDeps> = {}) {
  const lines: string[] = [];
  const log = (level: string) => (message: string, fields?: object) =>
    void lines.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
  const mail = createMailService({
    smtpUrl: undefined,
    from: 'noreply@example.com',
    isDebug: false,
    publicUrl: 'https://api.example.com',
    logger: { info: log('info'), warning: log('warning'), error: log('error') },
    instanceName: () => 'Books',
    templates: () => ({}),
    timeoutMs: 60_000,
    retryDelaysMs: [5, 5],
    pauseMs: () => 0,
    ...options,
  });
  const letter = (to = 'ann@example.com'): Letter => ({
    kind: 'password_reset',
    to,
    values: { email: to, url: mail.linkTo('reset', TOKEN), expires_in: '1 hour' },
  });
  return {
    mail,
    lines,
    letter,
    post: (to?: string) => mail.post(async () => letter(to)),
    /** Waits for a line of the log. */
    async line(pattern: RegExp): Promise<string> {
      const find = () => lines.find((text) => pattern.test(text));
      await until(() => find() !== undefined, `a line of the log like ${pattern}`);
      return find() ?? '';
    },
  };
}
