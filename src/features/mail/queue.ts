import type { Logger } from '../../core/logger.ts';
import { describeFailure } from './failure.ts';
import { type Letter, secretsOf } from './letter.ts';

export interface MailQueueDeps {
  readonly send: (letter: Letter, signal: AbortSignal) => Promise<void>;
  /** What must not get into a log, whatever is sent. */
  readonly secrets: readonly string[];
  readonly logger: Pick<Logger, 'info' | 'warning' | 'error'>;
  /** Before the second try, the third, … */
  readonly retryDelaysMs?: readonly number[];
  /** Before it is looked at whom to write to. */
  readonly pauseMs?: () => number;
}

/** What is to be sent, in memory: a request never waits for the mail server. */
export interface MailQueue {
  /** Finds out later whether there is something to tell, and sends it. Never throws. */
  post(find: () => Promise<Letter | undefined>): void;
  /** Sends what is there, as far as the time allows. */
  stop(withinMs: number): Promise<void>;
}

const RETRY_DELAYS_MS = [2_000, 15_000, 60_000];
const MAX_POSTED = 10_000;
const MAX_LETTERS = 1_000;
/** For all of one try: a server may well answer now and then without ever taking the mail. */
const SEND_MS = 60_000;
/**
 * Writing a token makes the next answer late. When that is must not be to tell from outside, nor whether
 * it is at all, so it comes at random.
 */
const MAX_PAUSE_MS = 250;

export function createMailQueue(deps: MailQueueDeps): MailQueue {
  const { send, logger, retryDelaysMs = RETRY_DELAYS_MS } = deps;
  const { pauseMs = () => Math.random() * MAX_PAUSE_MS } = deps;
  const pauses = new Map<ReturnType<typeof setTimeout>, () => void>();
  const retries = new Set<ReturnType<typeof setTimeout>>();
  const ready: { readonly letter: Letter; readonly failures: number }[] = [];
  const stopping = new AbortController();
  let isStopped = false;
  let posted = 0;
  let dropped = 0;
  let finding = Promise.resolve();
  let sending: Promise<void> | undefined;

  function start(find: () => Promise<Letter | undefined>): void {
    finding = finding.then(async () => {
      try {
        const letter = await find();
        if (letter) add(letter, 0);
      } catch (error) {
        logger.error('A mail could not be written', { error });
      } finally {
        posted--;
      }
    });
  }

  function add(letter: Letter, failures: number): void {
    if (ready.length + retries.size >= MAX_LETTERS) drop();
    else {
      ready.push({ letter, failures });
      sending ??= sendAll();
    }
  }

  async function sendAll(): Promise<void> {
    for (let next = ready.shift(); next; next = ready.shift()) {
      const { letter, failures } = next;
      try {
        const limit = AbortSignal.timeout(SEND_MS);
        await send(letter, AbortSignal.any([limit, stopping.signal]));
      } catch (error) {
        fail(letter, failures + 1, error);
      }
    }
    // In the same turn as the last look: what comes next has to start it anew.
    sending = undefined;
  }

  function fail(letter: Letter, failures: number, error: unknown): void {
    const { msg, isTemporary } = describeFailure(error, [...deps.secrets, ...secretsOf(letter)]);
    const fields = { kind: letter.kind, to: letter.to, tries: failures, cause: msg };
    const delayMs = isTemporary && !isStopped ? retryDelaysMs[failures - 1] : undefined;
    if (delayMs === undefined) {
      logger.error('A mail could not be sent', fields);
      return;
    }
    logger.warning('A mail could not be sent yet; it is tried again', fields);
    const timer = setTimeout(() => {
      retries.delete(timer);
      add(letter, failures);
    }, delayMs);
    retries.add(timer);
  }

  /** Told once for each time that it gets full: whoever floods it must not flood the log too. */
  function drop(): void {
    if (dropped++ === 0) logger.error('Too many mails are waiting: new ones are not sent');
  }

  return {
    post(find) {
      if (isStopped) return;
      if (posted >= MAX_POSTED) {
        drop();
        return;
      }
      if (dropped > 0 && ready.length === 0) {
        logger.warning(`${dropped} mails were not sent because too many were waiting`);
        dropped = 0;
      }
      posted++;
      const timer = setTimeout(() => {
        pauses.delete(timer);
        start(find);
      }, pauseMs());
      pauses.set(timer, () => start(find));
    },

    async stop(withinMs) {
      isStopped = true;
      let lost = retries.size;
      for (const timer of retries) clearTimeout(timer);
      retries.clear();
      for (const [timer, begin] of pauses) {
        clearTimeout(timer);
        begin();
      }
      pauses.clear();
      await finding;
      const deadline = setTimeout(() => {
        lost += ready.length;
        ready.length = 0;
        stopping.abort();
      }, withinMs);
      await sending;
      clearTimeout(deadline);
      if (lost > 0) logger.error(`${lost} mails were not sent because the server stops`);
    },
  };
}
