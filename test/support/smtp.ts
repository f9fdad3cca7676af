import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { until } from './until.ts';

/** A mail as it came in. */
export interface ReceivedMail {
  /** Of the envelope. */
  readonly from: string;
  readonly to: readonly string[];
  /** By name in lower case, unfolded, as they were sent. */
  readonly headers: Readonly<Record<string, string>>;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  readonly raw: string;
  /** Who signed in, if anybody did. */
  readonly user: string | undefined;
}

type Stage = 'from' | 'rcpt' | 'data';
/** The code and words with which a stage is refused. */
type Refusal = readonly [code: number, words: string];

export interface SmtpOptions {
  /** Makes signing in necessary. */
  readonly auth?: { readonly user: string; readonly pass: string };
  /** Offers STARTTLS, with a certificate that nobody vouches for. */
  readonly hasStartTls?: boolean;
  readonly refuse?: (stage: Stage, address: string) => Refusal | undefined;
  readonly port?: number;
}

export interface SmtpDouble extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  /** How many connections there were. */
  connections(): number;
  /** The latest mail to this address, once there are so many. */
  mailTo(address: string, count?: number): Promise<ReceivedMail>;
}

/** A real SMTP server on a free port that keeps what it is sent. */
export async function openSmtp(options: SmtpOptions = {}): Promise<SmtpDouble> {
  const { auth, hasStartTls = false, refuse = () => undefined } = options;
  const mails: ReceivedMail[] = [];
  let connections = 0;
  const toError = (refusal: Refusal | undefined) =>
    refusal && Object.assign(new Error(refusal[1]), { responseCode: refusal[0] });
  const settings: SMTPServerOptions = {
    logger: false,
    authOptional: auth === undefined,
    allowInsecureAuth: true,
    // Connections that clients keep open must not hold the end of a test up.
    closeTimeout: 1,
    disabledCommands: hasStartTls ? [] : ['STARTTLS'],
    onConnect(_session, done) {
      connections++;
      done();
    },
    onAuth({ username, password }, _session, done) {
      if (auth && username === auth.user && password === auth.pass) done(null, { user: username });
      else done(Object.assign(new Error('5.7.8 these are not right'), { responseCode: 535 }));
    },
    onMailFrom: ({ address }, _session, done) => done(toError(refuse('from', address))),
    onRcptTo: ({ address }, _session, done) => done(toError(refuse('rcpt', address))),
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const raw = Buffer.concat(chunks).toString('latin1');
        const { mailFrom, rcptTo } = session.envelope;
        const refusal = toError(refuse('data', raw));
        if (!refusal)
          mails.push({
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            ...parseMail(raw),
            raw,
            user: session.user,
          });
        done(refusal);
      });
    },
  };
  const server = new SMTPServer(settings);
  // A client that hangs up is what some tests are about.
  server.on('error', () => {});
  const port = await new Promise<number>((resolve) => {
    server.listen(options.port ?? 0, '127.0.0.1', () => {
      const address = server.server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  const user = auth ? `${auth.user}:${encodeURIComponent(auth.pass)}@` : '';
  return {
    url: `smtp://${user}127.0.0.1:${port}${auth ? '?starttls=optional' : ''}`,
    port,
    mails,
    connections: () => connections,
    async mailTo(address, count = 1) {
      const found = () => mails.filter(({ to }) => to.includes(address));
      await until(() => found().length >= count).catch(() => undefined);
      const last = found().at(-1);
      if (last && found().length >= count) return last;
      throw new Error(
        `${found().length} of ${count} mails to ${address} came; there are ${mails.map(({ to, subject }) => `${to}: ${subject}`).join(', ') || 'none'}`,
      );
    },
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** The one-time token of the link in a mail. */
export function tokenIn({ text }: ReceivedMail): string {
  const found = /\/admin\/#\/(?:reset|verify)\?token=([A-Za-z0-9_-]+)/.exec(text);
  if (!found?.[1]) throw new Error(`no link in:\n${text}`);
  return found[1];
}

/** As far as nodemailer's mails need it: two parts, in quoted-printable, base64 or plain. */
function parseMail(raw: string) {
  const { headers, body } = splitEntity(raw);
  const boundary = /boundary="([^"]+)"/.exec(headers['content-type'] ?? '')?.[1];
  const parts = boundary === undefined ? [raw] : body.split(`--${boundary}`).slice(1, -1);
  const contents = parts.map((part) => splitEntity(part.replace(/^\r\n/, '')));
  const find = (type: string) => {
    const part = contents.find(({ headers: own }) => own['content-type']?.startsWith(type));
    return part ? decodeBody(part.body, part.headers['content-transfer-encoding']) : '';
  };
  const subject = decodeWords(headers.subject ?? '');
  return { headers, subject, html: find('text/html'), text: find('text/plain') };
}

function splitEntity(raw: string) {
  const end = raw.indexOf('\r\n\r\n');
  const lines = raw
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { headers, body: raw.slice(end + 4) };
}

function decodeBody(body: string, encoding = ''): string {
  if (/base64/i.test(encoding)) return Buffer.from(body, 'base64').toString();
  const bytes = /quoted-printable/i.test(encoding)
    ? decodeQuoted(body.replace(/=\r\n/g, ''))
    : body;
  return Buffer.from(bytes, 'latin1').toString().replace(/\r\n/g, '\n');
}

function decodeQuoted(text: string): string {
  return text.replace(/=([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** RFC 2047. */
function decodeWords(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([qb])\?([^?]*)\?=/gi, (_, kind: string, word: string) =>
      kind.toLowerCase() === 'b'
        ? Buffer.from(word, 'base64').toString()
        : Buffer.from(decodeQuoted(word.replaceAll('_', ' ')), 'latin1').toString(),
    );
}
