import {
  type Actor,
  findShownToken,
  noApiTokens,
  onlyAdmins,
  requireFullAdmin,
} from '../../core/actor.ts';
import { type Clock, toTimestamp } from '../../core/clock.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import type { LoginLimit } from './login-limit.ts';
import type { Passwords } from './passwords.ts';
import type { PasswordResetBody, ResetLink } from './schema.ts';
import type { Sessions } from './sessions.ts';
import type { ResetTokenRefusal, TokenStore } from './store.ts';
import { createSecret, hashToken } from './tokens.ts';

const RESET_TTL_MS = 60 * 60_000;

export interface PasswordResetDeps {
  readonly tokens: Pick<TokenStore, 'replaceResetToken' | 'isResetToken' | 'resetPassword'>;
  readonly sessions: Pick<Sessions, 'forgetUser'>;
  readonly passwords: Passwords;
  readonly attempts: LoginLimit;
  readonly clock: Clock;
  readonly publicUrl: string | undefined;
}

/** One-time links for a new password. How one comes to its owner is the caller's business. */
export interface PasswordResets {
  /** A link to hand over, which ends older ones; for admins, and at the command line. */
  createResetLink(actor: Actor, userId: string): Promise<ResetLink>;
  /** Sets the password for who holds the link, and ends all sessions. */
  resetPassword(body: PasswordResetBody, address: string): Promise<void>;
}

export function createPasswordReset(deps: PasswordResetDeps): PasswordResets {
  const { tokens, sessions, passwords, attempts, clock, publicUrl } = deps;
  return {
    async createResetLink(actor, userId) {
      requireFullAdmin(actor);
      const token = createSecret();
      const expiresAt = toTimestamp(clock.now() + RESET_TTL_MS);
      const tokenHash = hashToken(token);
      const by = findShownToken(actor);
      const outcome = await tokens.replaceResetToken({ tokenHash, userId, expiresAt, by });
      if (outcome !== 'made') throw refuse(outcome);
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
      const userId = await tokens.resetPassword({ tokenHash, passwordHash, at });
      if (userId === undefined) throw badLink();
      sessions.forgetUser(userId);
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
