import { type Mailbox, parseMailbox } from '../../lib/mailbox.ts';
import { parseSmtpUrl, type SmtpServer } from '../../lib/smtp-url.ts';
import { describeFailure } from './failure.ts';
import type { MailPreview } from './schema.ts';
import { toLine } from './templates.ts';

export interface TransportDeps {
  readonly smtpUrl: string;
  readonly from: string;
  /** The sender's name when `from` is a plain address. */
  readonly instanceName: () => string;
  /** For connecting, greeting and each pause of the server. */
  readonly timeoutMs: number;
}

export interface MailTransport {
  /** Resolves once the mail server has taken the mail. `isAlone`: on a connection of its own. */
  send(
    to: string,
    mail: MailPreview,
    options: { readonly signal: AbortSignal; readonly isAlone?: boolean },
  ): Promise<void>;
  /** What must not get into a log. */
  readonly secrets: readonly string[];
  close(): Promise<void>;
}

/** A connection that nothing needs any more goes after this. */
const IDLE_MS = 20_000;
/** Says to programs that answer by themselves that nobody reads it (RFC 3834). */
const AUTOMATIC = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' };

export function createTransport(deps: TransportDeps): MailTransport {
  const { instanceName, timeoutMs } = deps;
  const server = parseSmtpUrl(deps.smtpUrl);
  const from = parseMailbox(deps.from);
  if (!server || !from) throw new Error('mail.smtp_url or mail.from was not checked before');
  const options = toOptions(server, timeoutMs);
  let pool: ReturnType<typeof openPool> | undefined;

  // Imported when needed: most starts of this program send nothing.
  async function openPool() {
    const { createTransport: create } = await import('nodemailer');
    return create({
      ...options,
      pool: true,
      maxConnections: 1,
      maxRequeues: 1,
      idleTimeout: IDLE_MS,
    });
  }
  async function openOne() {
    const { createTransport: create } = await import('nodemailer');
    return create(options);
  }

  return {
    secrets: toSecrets(server),

    async send(to, { subject, html, text }, { signal, isAlone = false }) {
      const message = {
        // As objects: nothing in them is read as a list of addresses.
        from: toSender(from, instanceName()),
        to: toPlain(to),
        envelope: { from: toPlain(from.address), to: toPlain(to) },
        subject,
        html,
        text,
        headers: AUTOMATIC,
        signal,
      };
      if (!isAlone) {
        pool ??= openPool();
        await (await pool).sendMail(message);
        return;
      }
      const one = await openOne();
      try {
        await one.sendMail(message);
      } finally {
        one.close();
      }
    },

    async close() {
      (await pool)?.close();
    },
  };
}

/** Connects, signs in and leaves; answers in a sentence why that does not work. */
export async function findServerFault(
  smtpUrl: string,
  timeoutMs: number,
): Promise<string | undefined> {
  const server = parseSmtpUrl(smtpUrl);
  if (!server) return 'mail.smtp_url cannot be read.';
  const { createTransport: create } = await import('nodemailer');
  const one = create(toOptions(server, timeoutMs));
  try {
    await one.verify();
    return undefined;
  } catch (error) {
    return `${describeFailure(error, toSecrets(server)).msg}.`;
  } finally {
    one.close();
  }
}

function toOptions({ host, port, tls, auth }: SmtpServer, timeoutMs: number) {
  return {
    host,
    port,
    secure: tls === 'immediate',
    requireTLS: tls === 'required',
    tls: { minVersion: 'TLSv1.2' },
    ...(auth === undefined ? {} : { auth }),
    dnsTimeout: timeoutMs,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // A text is a text, whatever path or address it looks like.
    disableFileAccess: true,
    disableUrlAccess: true,
  } as const;
}

function toPlain(address: string) {
  return { name: '', address };
}

function toSender({ name, address }: Mailbox, instanceName: string) {
  return { name: toLine(name ?? instanceName), address };
}

/** The password as it was given, and as it goes over the wire. */
function toSecrets({ auth }: SmtpServer): readonly string[] {
  if (auth === undefined) return [];
  const { user, pass } = auth;
  return [
    pass,
    encodeURIComponent(pass),
    Buffer.from(pass).toString('base64'),
    Buffer.from(`\0${user}\0${pass}`).toString('base64'),
  ];
}
