import { AppError, invalidInput } from '../../core/errors.ts';
import { toLine } from './templates.ts';

/** Why a mail was not sent. */
export interface MailFailure {
  /** A sentence for people, without secrets. */
  readonly msg: string;
  /** The same mail may go through later. */
  readonly isTemporary: boolean;
  /** It is the address that was refused, for good. */
  readonly isRecipient: boolean;
}

const MAX_LENGTH = 300;
/** OpenSSL's names for certificates that cannot be trusted. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)|ERR_TLS/;
const MEANS = {
  EDNS: ['The name of the mail server is not known', true],
  ETIMEDOUT: ['The mail server did not answer in time', true],
  EABORT: ['The mail server did not answer in time', true],
  ECONNECTION: ['The connection to the mail server broke', true],
  ESOCKET: ['The mail server cannot be reached', true],
  ETLS: ['No safe connection to the mail server could be made', false],
  EAUTH: ['The mail server refused the user name or password of mail.smtp_url', false],
  ENOAUTH: ['The mail server wants a user name and password in mail.smtp_url', false],
} as const satisfies Record<string, readonly [string, boolean]>;

/** What nodemailer threw, in words. Servers quote what they were sent, so `secrets` are taken out. */
export function describeFailure(error: unknown, secrets: readonly string[]): MailFailure {
  const { code, originalCode, responseCode, response, message, command } = toFields(error);
  const said = (text: string) => hide(toLine(text), secrets).slice(0, MAX_LENGTH);
  const isTemporaryAnswer = responseCode !== undefined && isTemporaryCode(responseCode);
  if (CERTIFICATE.test(originalCode) || /certificate/i.test(message))
    return {
      msg: `The certificate of the mail server is not trusted (${said(message)})`,
      isTemporary: false,
      isRecipient: false,
    };
  const known = isKnown(code) ? MEANS[code] : undefined;
  if (known !== undefined) {
    const [text, isTemporary] = known;
    const reason = said(response || originalCode || message);
    return {
      msg: reason === '' ? text : `${text} (${reason})`,
      isTemporary: responseCode === undefined ? isTemporary : isTemporaryAnswer,
      isRecipient: false,
    };
  }
  return {
    msg: `The mail server refused the mail (${said(response || message)})`,
    isTemporary: isTemporaryAnswer,
    isRecipient: command.startsWith('RCPT') && responseCode !== undefined && !isTemporaryAnswer,
  };
}

/** The same as an answer to the admin who sends a test. */
export function toAppError({ msg, isRecipient }: MailFailure): AppError {
  return isRecipient
    ? invalidInput([{ loc: ['body', 'to'], msg: `was refused: ${msg}`, type: 'value_error' }])
    : new AppError('unavailable', `${msg}.`);
}

/** RFC 5321, 4.2.1; 503 says that the conversation got out of step, which a new one does not. */
function isTemporaryCode(code: number): boolean {
  return (code >= 400 && code < 500) || code === 503;
}

function isKnown(code: string): code is keyof typeof MEANS {
  return Object.hasOwn(MEANS, code);
}

function hide(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret !== '')
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, secret) => rest.replaceAll(secret, '[hidden]'), text);
}

function toFields(error: unknown) {
  const from: object = typeof error === 'object' && error !== null ? error : {};
  const text = (name: string) => {
    const value: unknown = Reflect.get(from, name);
    return typeof value === 'string' ? value : '';
  };
  const responseCode: unknown = Reflect.get(from, 'responseCode');
  return {
    code: text('code'),
    originalCode: text('originalCode'),
    response: text('response'),
    command: text('command'),
    message: error instanceof Error ? error.message : String(error),
    responseCode: typeof responseCode === 'number' ? responseCode : undefined,
  };
}
