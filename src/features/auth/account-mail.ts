import { type Clock, toTimestamp } from '../../core/clock.ts';
import { createSlidingWindow } from '../../lib/sliding-window.ts';
import type { MailService } from '../mail/service.ts';
import type { User } from '../users/schema.ts';
import type { AccountProof, UserStore } from '../users/store.ts';
import type { TokenStore } from './store.ts';
import { createSecret, hashToken } from './tokens.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Of a link for a new password. */
export const RESET_TTL_MS = HOUR_MS;
const CHANGE_TTL_MS = HOUR_MS;
const VERIFY_TTL_MS = 24 * HOUR_MS;
/** Mails to strangers that one account may cause within a minute. */
const MAX_CHANGES = 3;

export interface AccountMailDeps {
  readonly users: Pick<UserStore, 'find' | 'findAccount'>;
  readonly tokens: Pick<TokenStore, 'replaceResetToken' | 'replaceEmailToken'>;
  readonly mail: Pick<MailService, 'requireOn' | 'post' | 'linkTo'>;
  readonly clock: Clock;
}

/**
 * The mails about accounts. Whether there is one to write is found out after the answer, so neither its
 * words nor its time tell which addresses have an account.
 */
export interface AccountMail {
  /** A link for a new password, if there is an account with this address. */
  sendReset(email: string): void;
  /** A link that confirms the address of the account. */
  sendVerification(userId: string): void;
  /** A link, sent to the new address, that makes it the account's. */
  sendChange(user: Pick<User, 'id' | 'email'>, email: string, proof: AccountProof): void;
  /** Tells the owner, should it have been somebody else. */
  tell(kind: 'email_changed' | 'password_changed', email: string): void;
}

export function createAccountMail(deps: AccountMailDeps): AccountMail {
  const { users, tokens, mail, clock } = deps;
  const mails = createSlidingWindow({ limit: 1, windowMs: MINUTE_MS });
  const changes = createSlidingWindow({ limit: MAX_CHANGES, windowMs: MINUTE_MS });

  /** False when a mail like this went there a moment ago: nobody fills somebody's mailbox. */
  function isDue(what: 'password' | 'email', email: string): boolean {
    const now = clock.now();
    const key = `${what} ${email}`;
    if (mails.waitMs(key, now) > 0) return false;
    mails.add(key, now);
    return true;
  }

  function createLink(page: 'reset' | 'verify', ttlMs: number) {
    const token = createSecret();
    return {
      url: mail.linkTo(page, token),
      tokenHash: hashToken(token),
      expiresAt: toTimestamp(clock.now() + ttlMs),
    };
  }

  return {
    sendReset: (asked) =>
      mail.post(async () => {
        const user = (await users.findAccount(asked))?.user;
        if (!user?.is_active) return undefined;
        // To the address of the account, however it was asked for.
        const { email } = user;
        if (!isDue('password', email)) return undefined;
        const { url, ...token } = createLink('reset', RESET_TTL_MS);
        const made = await tokens.replaceResetToken({ ...token, userId: user.id, email });
        if (made !== 'made') return undefined;
        return { kind: 'password_reset', to: email, values: { email, url, expires_in: '1 hour' } };
      }),

    sendVerification: (userId) =>
      mail.post(async () => {
        const user = await users.find(userId);
        if (!user?.is_active || user.email_verified) return undefined;
        const { email } = user;
        if (!isDue('email', email)) return undefined;
        const { url, ...token } = createLink('verify', VERIFY_TTL_MS);
        const purpose = 'verify_email';
        if (!(await tokens.replaceEmailToken({ ...token, purpose, userId, email })))
          return undefined;
        return { kind: purpose, to: email, values: { email, url, expires_in: '24 hours' } };
      }),

    sendChange: ({ id: userId, email: current }, email, proof) =>
      mail.post(async () => {
        const now = clock.now();
        // Its owner hears nothing: they could do nothing about it, and it may be the same person.
        if (await users.findAccount(email)) return undefined;
        if (changes.waitMs(userId, now) > 0 || !isDue('email', email)) return undefined;
        changes.add(userId, now);
        const { url, ...token } = createLink('verify', CHANGE_TTL_MS);
        const purpose = 'change_email';
        if (!(await tokens.replaceEmailToken({ ...token, purpose, userId, email, proof })))
          return undefined;
        const values = { email: current, new_email: email, url, expires_in: '1 hour' };
        return { kind: purpose, to: email, values };
      }),

    tell: (kind, email) => mail.post(async () => ({ kind, to: email, values: { email } })),
  };
}
