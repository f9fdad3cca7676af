import { type Actor, requireSignedIn } from '../../core/actor.ts';
import type { AuditTrail } from '../../core/audit.ts';
import { type Clock, toTimestamp } from '../../core/clock.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import { findEmailFault, normalizeEmail, toAccountEmail } from '../../lib/email.ts';
import type { MailService } from '../mail/service.ts';
import { emailTaken } from '../users/service.ts';
import type { AccountMail } from './account-mail.ts';
import { userEntry } from './audit-entries.ts';
import type { LoginLimit } from './login-limit.ts';
import { createWithProof, type PasswordProofDeps } from './password-proof.ts';
import type { ChangeEmailBody, EmailBody, OneTimeTokenBody } from './schema.ts';
import type { Sessions } from './sessions.ts';
import type { TokenStore } from './store.ts';
import { hashToken } from './tokens.ts';

export interface OwnEmailDeps extends PasswordProofDeps {
  readonly tokens: Pick<TokenStore, 'confirmEmail'>;
  readonly sessions: Pick<Sessions, 'forgetUser'>;
  readonly attempts: LoginLimit;
  readonly clock: Clock;
  readonly audit: AuditTrail;
  readonly mail: Pick<MailService, 'requireOn'>;
}

/** What goes by mail. All but the confirmation answer the same whether there will be a mail or not. */
export interface OwnEmail {
  requestPasswordReset(body: EmailBody, address: string): Promise<void>;
  requestEmailVerification(actor: Actor, address: string): Promise<void>;
  /** The new address counts once the link that is sent there was followed. */
  changeEmail(actor: Actor, body: ChangeEmailBody, address: string): Promise<void>;
  /** For who holds the link: the address is theirs, and the account's when it was to be changed. */
  confirmEmail(body: OneTimeTokenBody, address: string): Promise<void>;
}

export function createOwnEmail(deps: OwnEmailDeps, accountMail: AccountMail): OwnEmail {
  const { tokens, sessions, attempts, clock, audit, mail } = deps;
  const withProof = createWithProof(deps);
  return {
    async requestPasswordReset({ email }, address) {
      requireEmail(email);
      mail.requireOn();
      attempts.check('password_reset_request', address, email);
      accountMail.sendReset(normalizeEmail(email));
    },

    async requestEmailVerification(actor, address) {
      const me = requireSignedIn(actor);
      mail.requireOn();
      attempts.check('verify_email_request', address, me.email);
      accountMail.sendVerification(me.id);
    },

    async changeEmail(actor, body, address) {
      const me = requireSignedIn(actor);
      requireEmail(body.email);
      const email = toAccountEmail(body.email);
      if (email === me.email) throw refuseEmail('is the address of this account already');
      mail.requireOn();
      const { password } = body;
      const shown = { kind: 'change_email', password, key: 'password', address } as const;
      const proof = await withProof(me, shown, async (proven) => proven);
      accountMail.sendChange(me, email, proof);
    },

    async confirmEmail({ token }, address) {
      attempts.check('verify_email_confirm', address);
      const at = toTimestamp(clock.now());
      const outcome = await tokens.confirmEmail({ tokenHash: hashToken(token), at });
      if (outcome === 'unknown') throw badLink();
      if (outcome === 'email_taken') throw emailTaken();
      const { user, before } = outcome;
      // What is remembered of a session holds the address.
      sessions.forgetUser(user.id);
      // That an address is right is no news to an admin.
      if (user.email === before.email) return;
      accountMail.tell('email_changed', before.email);
      await audit.note(
        { kind: 'anonymous', caller: { ip: address } },
        userEntry('change_email', user, { was: { email: before.email } }),
      );
    },
  };
}

function requireEmail(email: string): void {
  const fault = findEmailFault(email);
  if (fault !== undefined) throw refuseEmail(fault);
}

function refuseEmail(msg: string): AppError {
  return invalidInput([{ loc: ['body', 'email'], msg, type: 'value_error' }]);
}

function badLink(): AppError {
  return new AppError(
    'unauthenticated',
    'The link to confirm an address is unknown, used or too old. Ask for a new one.',
  );
}
