import type { Awaitable } from '../../lib/awaitable.ts';
import type { MadeAdmin } from '../users/store.ts';

/** What sessions and one-time tokens need from a database. Tokens come in hashed, never as themselves. */
export interface TokenStore {
  /**
   * The session of an active user, expired or not. Synchronous, unlike every other method of a
   * store: the guard runs before each request and an await there costs a third of the throughput.
   * A database across a network will fill the session cache ahead, in an async hook.
   */
  findSession(tokenHash: string): StoredSession | undefined;
  /**
   * Adds a session, if the user is still active and the password that was verified still counts: a
   * change of password or role that was committed meanwhile wins. False when it did.
   */
  startSession(start: SessionStart): Awaitable<boolean>;
  /** Ends a session; answers the hash of its token, or undefined when it had ended already. */
  endSession(id: string): Awaitable<string | undefined>;
  recordUse(id: string, at: string): Awaitable<void>;
  /** Puts a set-up token in the place of all older ones; false, and nothing done, when there is an admin. */
  replaceSetupToken(token: SetupToken): Awaitable<boolean>;
  checkSetupToken(tokenHash: string, at: string): Awaitable<SetupRefusal | 'valid'>;
  /** Uses the token up, makes the admin and starts the session: all of it or nothing. */
  setUpAdmin(setup: AdminSetup): Awaitable<MadeAdmin | SetupRefusal>;
}

export interface StoredSession {
  readonly id: string;
  readonly user_id: string;
  readonly email: string;
  readonly is_admin: boolean;
  readonly last_used_at: string | null;
  /** Null: it never ends by itself. */
  readonly expires_at: string | null;
}

export interface NewSession {
  readonly id: string;
  readonly tokenHash: string;
  readonly createdAt: string;
  readonly expiresAt: string;
}

export interface SessionStart {
  readonly userId: string;
  readonly session: NewSession;
  /** The hash that the password was verified against. */
  readonly passwordHash: string;
  /** Takes the place of that hash. */
  readonly renewedHash: string | undefined;
}

export interface SetupToken {
  readonly tokenHash: string;
  readonly expiresAt: string;
}

/** Why a set-up is refused: the token is unknown, used or too old, or there is an admin already. */
export type SetupRefusal = 'no_token' | 'has_admin';

export interface AdminSetup {
  readonly tokenHash: string;
  /** For the account, should it have to be made. */
  readonly id: string;
  readonly email: string;
  readonly passwordHash: string;
  readonly at: string;
  readonly session: NewSession;
}
