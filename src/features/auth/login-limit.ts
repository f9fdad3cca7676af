import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { createCountedCache } from '../../lib/counted-cache.ts';
import { MAX_EMAIL_LENGTH, toAccountEmail } from '../../lib/email.ts';
import { toNetwork } from '../../lib/ip-address.ts';
import { createSlidingWindow, type SlidingWindow } from '../../lib/sliding-window.ts';

/** What the attempts of each kind guess at or use up. Kinds with the same answer share their counts. */
const SUBJECTS = {
  login: 'password',
  change_password: 'password',
  change_email: 'password',
  delete_account: 'password',
  register: 'register',
  setup: 'setup',
  password_reset_request: 'password_reset_request',
  password_reset_confirm: 'password_reset_confirm',
  verify_email_request: 'verify_email_request',
  verify_email_confirm: 'verify_email_confirm',
} as const;
export type AttemptKind = keyof typeof SUBJECTS;

export interface LoginLimitDeps {
  readonly perMinute: number;
  readonly clock: Clock;
}

/** How often somebody may try what only the owner of an account should manage. */
export interface LoginLimit {
  /**
   * Counts an attempt, or throws `too_many_requests`. Call it before the work; what it refuses costs
   * nothing and counts nowhere, so that nobody uses up the attempts of others by being refused.
   * `address` is the caller's, `email` the account in question, in any spelling, if there is one.
   */
  check(kind: AttemptKind, address: string, email?: string): Attempt;
}

export interface Attempt {
  /** The right password was shown: this address may try this account anew. */
  succeed(): void;
}

const WINDOW_MS = 60_000;
const PER_ADDRESS = 5;
const PER_EMAIL = 3;
const MAX_KNOWN = 10_000;
/** Stands for every text that is too long to be an account's. */
const NO_ACCOUNT = 'too long';

export function createLoginLimit({ perMinute, clock }: LoginLimitDeps): LoginLimit {
  const window = (limit: number) => createSlidingWindow({ limit, windowMs: WINDOW_MS });
  const both = window(perMinute);
  const byAddress = window(perMinute * PER_ADDRESS);
  const byEmail = window(perMinute * PER_EMAIL);
  // Where an account was signed in to, nobody elsewhere can use up its attempts: the count over all
  // addresses would let a stranger with many of them keep its owner out.
  const known = createCountedCache<true>(MAX_KNOWN);

  return {
    check(kind, address, email) {
      const subject = SUBJECTS[kind];
      const fromAddress = `${subject} ${toNetwork(address)}`;
      const counts: (readonly [SlidingWindow, string])[] = [[byAddress, fromAddress]];
      const account = email === undefined ? undefined : toAccountKey(email);
      const pair = `${fromAddress} ${account}`;
      if (account !== undefined) {
        counts.push([both, pair]);
        if (!known.has(pair)) counts.push([byEmail, `${subject} ${account}`]);
      }
      const now = clock.now();
      const waitMs = Math.max(...counts.map(([count, key]) => count.waitMs(key, now)));
      if (waitMs > 0) throw tooMany(waitMs);
      for (const [count, key] of counts) count.add(key, now);
      return {
        succeed() {
          if (account === undefined) return;
          both.clear(pair);
          known.set(pair, true);
        },
      };
    },
  };
}

/** As the account is looked up, so that no spelling of an address is counted apart from the others. */
function toAccountKey(email: string): string {
  const key = toAccountEmail(email);
  return key.length > MAX_EMAIL_LENGTH * 2 ? NO_ACCOUNT : key;
}

function tooMany(waitMs: number): AppError {
  const retryAfterSeconds = Math.ceil(waitMs / 1000);
  return new AppError(
    'too_many_requests',
    `Too many attempts. Try again in ${retryAfterSeconds} seconds.`,
    { retryAfterSeconds },
  );
}
