import { type Actor, requireFullAdmin } from '../../core/actor.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { findEmailFault, normalizeEmail } from '../../lib/email.ts';
import { describeFailure, toAppError } from './failure.ts';
import { type Letter, secretsOf } from './letter.ts';
import { createMailQueue } from './queue.ts';
import { sampleLetter } from './sample.ts';
import type {
  MailPreview,
  MailPreviewAnswer,
  MailPreviewBody,
  MailTemplates,
  MailTestBody,
} from './schema.ts';
import { findFaults, renderMail, templateOf, variablesOf } from './templates.ts';
import { createTransport } from './transport.ts';

export type { Letter } from './letter.ts';
export { findTemplateFaults } from './templates.ts';

export interface MailServiceDeps {
  readonly smtpUrl: string | undefined;
  /** There is one when there is a server: the configuration is checked for it. */
  readonly from: string | undefined;
  /** Without a server, mails are written to the log then. */
  readonly isDebug: boolean;
  /** Where people reach this server, for links; never taken from a request. */
  readonly publicUrl: string | undefined;
  readonly logger: Pick<Logger, 'info' | 'warning' | 'error'>;
  /** Asked each time, as an admin may change it while the server runs. */
  readonly instanceName: () => string;
  readonly templates: () => MailTemplates;
  /** Of the mail server, for each step. */
  readonly timeoutMs?: number;
  readonly retryDelaysMs?: readonly number[];
  readonly pauseMs?: () => number;
}

export interface MailService {
  /** Whether mails go anywhere. */
  readonly isOn: boolean;
  /** Throws `unavailable`, the same for every address, when mail is off. */
  requireOn(): void;
  /** How often somebody asked for a mail since the start while mail is off. */
  unsentCount(): number;
  /** Finds out, after the answer, whether there is something to tell, and sends it. Never throws. */
  post(find: () => Promise<Letter | undefined>): void;
  /** The page that takes a one-time token. */
  linkTo(page: 'reset' | 'verify', token: string): string;
  /** Sends a mail with sample values and waits for what the mail server says. */
  sendTest(actor: Actor, body: MailTestBody): Promise<void>;
  preview(actor: Actor, body: MailPreviewBody): MailPreviewAnswer;
  /** Where this server is reached from its own machine, for links while there is no public address. */
  listensAt(url: string): void;
  stop(withinMs: number): Promise<void>;
}

const TIMEOUT_MS = 15_000;
/** Of a test, below what a request may take. */
const TEST_MS = 20_000;

export function createMailService(deps: MailServiceDeps): MailService {
  const { smtpUrl, from, isDebug, logger, instanceName, timeoutMs = TIMEOUT_MS } = deps;
  let baseUrl = deps.publicUrl ?? 'http://localhost';
  const transport =
    smtpUrl === undefined || from === undefined
      ? undefined
      : createTransport({ smtpUrl, from, instanceName, timeoutMs });
  const secrets = transport?.secrets ?? [];
  const isOn = transport !== undefined || isDebug;
  let unsent = 0;

  function render(letter: Letter, templates = deps.templates()): MailPreview {
    return renderMail(letter.kind, templates, {
      ...letter.values,
      instance_name: instanceName(),
    });
  }

  async function send(letter: Letter, signal: AbortSignal, isAlone = false): Promise<void> {
    const mail = render(letter);
    if (transport) return transport.send(letter.to, mail, { signal, isAlone });
    const { subject, text } = mail;
    logger.info('A mail, here because mail.smtp_url is not set', { to: letter.to, subject, text });
  }

  function requireServer(): void {
    if (!isOn)
      throw new AppError(
        'unavailable',
        'This server sends no mail: whoever runs it has to set mail.smtp_url.',
      );
  }

  function requireOn(): void {
    if (!isOn) unsent++;
    requireServer();
  }

  function linkTo(page: 'reset' | 'verify', token: string): string {
    return `${baseUrl}/admin/#/${page}?token=${token}`;
  }

  const queue = createMailQueue({
    send,
    secrets,
    logger,
    ...(deps.retryDelaysMs === undefined ? {} : { retryDelaysMs: deps.retryDelaysMs }),
    ...(deps.pauseMs === undefined ? {} : { pauseMs: deps.pauseMs }),
  });

  return {
    isOn,
    requireOn,
    unsentCount: () => unsent,
    linkTo,
    post(find) {
      if (isOn) queue.post(find);
    },

    async sendTest(actor, { to, kind = 'verify_email' }) {
      requireFullAdmin(actor);
      const fault = findEmailFault(to);
      if (fault !== undefined)
        throw invalidInput([{ loc: ['body', 'to'], msg: fault, type: 'value_error' }]);
      requireServer();
      const letter = { ...sampleLetter(kind, linkTo), to: normalizeEmail(to) };
      try {
        await send(letter, AbortSignal.timeout(TEST_MS), true);
      } catch (error) {
        throw toAppError(describeFailure(error, [...secrets, ...secretsOf(letter)]));
      }
    },

    preview(actor, { kind, template }) {
      requireFullAdmin(actor);
      const faults = template === undefined ? [] : findFaults(kind, template, ['template']);
      if (faults.length > 0) throw invalidInput(faults);
      const templates = template === undefined ? deps.templates() : { [kind]: template };
      return {
        ...render(sampleLetter(kind, linkTo), templates),
        template: templateOf(kind, templates),
        variables: [...variablesOf(kind)],
      };
    },

    listensAt(url) {
      baseUrl = deps.publicUrl ?? url.replace(/\/\/(0\.0\.0\.0|\[::\])(?=:|$)/, '//localhost');
    },

    async stop(withinMs) {
      await queue.stop(withinMs);
      await transport?.close();
    },
  };
}
