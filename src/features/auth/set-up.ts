import { type Clock, toTimestamp } from '../../core/clock.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import type { Hook } from '../../core/hooks.ts';
import { normalizeEmail } from '../../lib/email.ts';
import { findCredentialFaults } from './credentials.ts';
import type { UserEvent } from './events.ts';
import type { LoginLimit } from './login-limit.ts';
import type { Passwords } from './passwords.ts';
import type { SetupBody } from './schema.ts';
import type { Sessions } from './sessions.ts';
import { type SignIn, toSignIn } from './sign-in.ts';
import type { SetupRefusal, TokenStore } from './store.ts';
import { createSecret, hashToken, issueSession } from './tokens.ts';

const SETUP_TTL_MS = 15 * 60_000;

export interface SetUpDeps {
  readonly tokens: TokenStore;
  readonly sessions: Sessions;
  readonly passwords: Passwords;
  readonly attempts: LoginLimit;
  readonly clock: Clock;
  readonly tokenTtlHours: number;
  readonly onLogin: Hook<UserEvent>;
  readonly onRegister: Hook<UserEvent>;
}

/** The first admin: a one-time link that the server prints, and what it opens. */
export interface SetUp {
  /** Makes the first admin, for who holds the one-time link. */
  setUp(body: SetupBody, address: string, device?: string | null): Promise<SignIn>;
  /** The token of a new one-time link, which ends older ones; null when there is an admin already. */
  createSetupToken(): Promise<string | null>;
}

export function createSetUp(deps: SetUpDeps): SetUp {
  const { tokens, sessions, passwords, attempts, clock, tokenTtlHours } = deps;
  return {
    async createSetupToken() {
      const token = createSecret();
      const wasStored = await tokens.replaceSetupToken({
        tokenHash: hashToken(token),
        expiresAt: toTimestamp(clock.now() + SETUP_TTL_MS),
      });
      return wasStored ? token : null;
    },

    async setUp({ token, email, password }, address, device = null) {
      const faults = findCredentialFaults(passwords, email, password);
      if (faults.length > 0) throw invalidInput(faults);
      attempts.check('setup', address);
      const tokenHash = hashToken(token);
      // Looked at before the password is hashed, so that a stranger's guess costs next to nothing.
      const state = await tokens.checkSetupToken(tokenHash, toTimestamp(clock.now()));
      if (state !== 'valid') throw refuse(state);
      const passwordHash = await passwords.hash(password);
      const now = clock.now();
      const issued = issueSession(now, tokenTtlHours, device);
      const made = await tokens.setUpAdmin({
        tokenHash,
        id: Bun.randomUUIDv7('hex', now),
        email: normalizeEmail(email),
        passwordHash,
        at: toTimestamp(now),
        session: issued.session,
      });
      if (typeof made === 'string') throw refuse(made);
      // An account that existed became the admin: whoever was signed in to it is so no more.
      sessions.forgetUser(made.user.id);
      const signIn = toSignIn(issued, made.user);
      if (made.wasCreated) deps.onRegister.emit(signIn.user);
      deps.onLogin.emit(signIn.user);
      return signIn;
    },
  };
}

function refuse(reason: SetupRefusal): AppError {
  return reason === 'has_admin'
    ? new AppError('conflict', 'There is an admin already. Sign in, or ask that admin.')
    : new AppError(
        'unauthenticated',
        'The set-up link is unknown, used or too old. Start the server again for a new one.',
      );
}
