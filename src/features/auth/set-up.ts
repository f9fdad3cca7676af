import type { AuditTrail } from '../../core/audit.ts';
import { type Clock, toTimestamp } from '../../core/clock.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import type { Hook } from '../../core/hooks.ts';
import { toAccountEmail } from '../../lib/email.ts';
import type { UserStore } from '../users/store.ts';
import { toSignedIn, userEntry } from './audit-entries.ts';
import { findCredentialFaults } from './credentials.ts';
import type { UserEvent } from './events.ts';
import type { IssueSession } from './issue-session.ts';
import type { LoginLimit } from './login-limit.ts';
import type { Passwords } from './passwords.ts';
import type { SetupBody } from './schema.ts';
import type { Sessions } from './sessions.ts';
import { type SignIn, toSignIn } from './sign-in.ts';
import type { AdminSetup, SetupRefusal, TokenStore } from './store.ts';
import { createSecret, hashToken } from './tokens.ts';

const SETUP_TTL_MS = 15 * 60_000;
/** How often it starts over because the account was made or deleted meanwhile. */
const MAX_ATTEMPTS = 2;

export interface SetUpDeps {
  readonly users: Pick<UserStore, 'findAccount'>;
  readonly tokens: TokenStore;
  readonly sessions: Sessions;
  readonly passwords: Passwords;
  readonly attempts: LoginLimit;
  readonly clock: Clock;
  readonly issueSession: IssueSession;
  readonly onLogin: Hook<UserEvent>;
  readonly onRegister: Hook<UserEvent>;
  readonly audit: AuditTrail;
}

/** The first admin: a one-time link that the server prints, and what it opens. */
export interface SetUp {
  /** Makes the first admin, for who holds the one-time link. */
  setUp(body: SetupBody, address: string, device?: string | null): Promise<SignIn>;
  /** The token of a new one-time link, which ends older ones; null when there is an admin already. */
  createSetupToken(): Promise<string | null>;
}

export function createSetUp(deps: SetUpDeps): SetUp {
  const { users, tokens, sessions, passwords, attempts, clock, issueSession, audit } = deps;

  async function makeAdmin(
    setup: Omit<AdminSetup, 'id' | 'at' | 'session'>,
    device: string | null,
  ) {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const now = clock.now();
      const account = await users.findAccount(setup.email);
      const id = account?.user.id ?? Bun.randomUUIDv7('hex', now);
      const issued = await issueSession(id, device);
      const at = toTimestamp(now);
      const made = await tokens.setUpAdmin({ ...setup, id, at, session: issued.session });
      if (made === 'stale') continue;
      if (typeof made === 'string') throw refuse(made);
      return { made, issued };
    }
    throw new AppError('conflict', 'This account was made or deleted just now. Try again.');
  }

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
      const setup = { tokenHash, email: toAccountEmail(email), passwordHash };
      const { made, issued } = await makeAdmin(setup, device);
      // An account that existed became the admin: whoever was signed in to it is so no more.
      sessions.forgetUser(made.user.id);
      const { session } = issued;
      await audit.note(
        toSignedIn(made.user, session, address),
        userEntry('set_up', made.user, { was_created: made.wasCreated, session_id: session.id }),
      );
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
