import {
  type Actor,
  findShownToken,
  noApiTokens,
  onlyAdmins,
  requireFullAdmin,
} from '../../core/actor.ts';
import type { AuditTrail } from '../../core/audit.ts';
import { type Clock, toTimestamp } from '../../core/clock.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import type { UserStore } from '../users/store.ts';
import { type AccountMail, RESET_TTL_MS } from './account-mail.ts';
import { userEntry } from './audit-entries.ts';
import type { LoginLimit } from './login-limit.ts';
import type { Passwords } from './passwords.ts';
import type { PasswordResetBody, ResetLink } from './schema.ts';
import type { Sessions } from './sessions.ts';
import type { ResetTokenRefusal, TokenStore } from './store.ts';
import { createSecret, hashToken } from './tokens.ts';

export interface PasswordResetDeps {
  readonly users: Pick<UserStore, 'find'>;
  readonly tokens: Pick<TokenStore, 'replaceResetToken' | 'isResetToken' | 'resetPassword'>;
  readonly sessions: Pick<Sessions, 'forgetUser'>;
  readonly passwords: Passwords;
  readonly attempts: LoginLimit;
  readonly clock: Clock;
  readonly publicUrl: string | undefined;
  readonly audit: AuditTrail;
}

/** One-time links for a new password. How one comes to its owner is the caller's business. */
export interface PasswordResets {
  /** A link to hand over, which ends older ones; for admins, and at the command line. */
  createResetLink(actor: Actor, userId: string): Promise<ResetLink>;
  /** Sets the password for who holds the link, and ends all sessions. */
  resetPassword(body: PasswordResetBody, address: string): Promise<void>;
}

export function createPasswordReset(
  deps: PasswordResetDeps,
  accountMail: Pick<AccountMail, 'tell'>,
): PasswordResets {
  const { users, tokens, sessions, passwords, attempts, clock, publicUrl, audit } = deps;

  return {
    async createResetLink(actor, userId) {
      requireFullAdmin(actor);
      const token = createSecret();
      const expiresAt = toTimestamp(clock.now() + RESET_TTL_MS);
      const tokenHash = hashToken(token);
      const by = findShownToken(actor);
      const outcome = await tokens.replaceResetToken({ tokenHash, userId, expiresAt, by });
      if (outcome !== 'made') throw refuse(outcome);
      const email = (await users.find(userId))?.email ?? null;
      await audit.note(actor, userEntry('reset_link', { id: userId, email }));
      const url = publicUrl === undefined ? null : `${publicUrl}/admin/#/reset?token=${token}`;
      return { token, url, expires_at: expiresAt };
    },

    async resetPassword({ token, password }, address) {
      const fault = passwords.findFault(password);
      if (fault !== undefined)
        throw invalidInput([{ loc: ['body', 'password'], msg: fault, type: 'value_error' }]);
      attempts.check('password_reset_confirm', address);
      const tokenHash = hashToken(token);
      // Looked at before the password is hashed, so that a stranger's guess costs next to nothing.
      if (!(await tokens.isResetToken(tokenHash, toTimestamp(clock.now())))) throw badLink();
      const passwordHash = await passwords.hash(password);
      const at = toTimestamp(clock.now());
      const user = await tokens.resetPassword({ tokenHash, passwordHash, at });
      if (!user) throw badLink();
      sessions.forgetUser(user.id);
      accountMail.tell('password_changed', user.email);
      await audit.note(
        { kind: 'anonymous', caller: { ip: address } },
        userEntry('reset_password', user),
      );
    },
  };
}

function badLink(): AppError {
  return new AppError(
    'unauthenticated',
    'The link for a new password is unknown, used or too old. Ask for a new one.',
  );
}

function refuse(reason: ResetTokenRefusal): AppError {
  switch (reason) {
    case 'missing':
      return new AppError('not_found', 'There is no user with this id.');
    case 'inactive':
      return new AppError('conflict', 'This account is disabled. Enable it first.');
    case 'not_admin':
      return onlyAdmins();
    case 'is_admin':
      return noApiTokens();
    default:
      return reason satisfies never;
  }
}
