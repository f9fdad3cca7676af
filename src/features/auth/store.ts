import type { Scope, ShownToken } from '../../core/actor.ts';
import type { Awaitable } from '../../lib/awaitable.ts';
import type { PageWindow } from '../../lib/page.ts';
import type { User } from '../users/schema.ts';
import type { AccountProof, MadeAdmin } from '../users/store.ts';
import type { ApiToken } from './schema.ts';

/** The key of an instance that was given none. */
export interface SigningKeyStore {
  find(): string | undefined;
  /** Keeps this one, unless there is one already; answers the one that counts. */
  keep(secret: string): Awaitable<string>;
}

/** What sessions, API tokens and one-time tokens need from a database. Tokens come in hashed, never as themselves. */
export interface TokenStore {
  /**
   * The session or API token of an active user, expired or not. Synchronous, unlike every other
   * method of a store: the guard runs before each request and an await there costs a third of the
   * throughput. A database across a network will fill the session cache ahead, in an async hook.
   */
  findToken(tokenHash: string): StoredToken | undefined;
  /**
   * Adds a session, if the user is still active and the password that was verified still counts: a
   * change of password or role that was committed meanwhile wins. False when it did.
   */
  startSession(start: SessionStart): Awaitable<boolean>;
  /**
   * Puts a new session in the place of one that counts still, of the same device since the same sign-in.
   * Undefined when that one is over, so of many at once one succeeds.
   */
  replaceSession(id: string, session: NewSession): Awaitable<ReplacedSession | undefined>;
  /** Ends a session of the user; answers the hash of its token, or undefined when there is none of this id. */
  endSession(userId: string, id: string): Awaitable<string | undefined>;
  /** The same for an admin. */
  endSessionOf(end: SessionEnd): Awaitable<SessionEndOutcome>;
  /** The sessions of a user that are not over at this time, latest sign-in first. */
  listSessions(userId: string, at: string, window: PageWindow): Awaitable<SessionList>;
  /** Sets a password and ends all other sessions and open one-time links, if the proof still counts. */
  changePassword(change: PasswordChange): Awaitable<'changed' | 'no_session' | 'stale'>;
  /** Puts a one-time token for a new password in the place of older ones of the user. */
  replaceResetToken(token: ResetToken): Awaitable<'made' | ResetTokenRefusal>;
  isResetToken(tokenHash: string, at: string): Awaitable<boolean>;
  /**
   * Uses the token up, sets the password, and ends all sessions and open one-time links. What was sent to
   * the account's address confirms it. The user, or undefined, and nothing done, when the token does not
   * count (any more).
   */
  resetPassword(reset: PasswordReset): Awaitable<User | undefined>;
  /**
   * Puts a one-time token that confirms an address in the place of older ones of this purpose. False, and
   * nothing done, when the account is disabled or something that is asked for here has changed.
   */
  replaceEmailToken(token: EmailToken): Awaitable<boolean>;
  /**
   * Uses the token up and sets the account's address and that it is confirmed. A new address ends all
   * open one-time links. Nothing is done when another account has it.
   */
  confirmEmail(confirmation: {
    readonly tokenHash: string;
    readonly at: string;
  }): Awaitable<EmailConfirmed | 'unknown' | 'email_taken'>;
  /** Deletes sessions and one-time tokens that ended before, at most so many of each; answers how many it were. */
  deleteExpired(before: string, max: number): Awaitable<number>;
  recordUse(id: string, at: string): Awaitable<void>;
  /** Adds an API token, unless something speaks against it by the time it is written. */
  addApiToken(token: NewApiToken): Awaitable<'added' | ApiTokenRefusal>;
  /** API tokens of everybody, expired ones too, newest first. */
  listApiTokens(window: PageWindow): Awaitable<ApiTokenList>;
  /** Ends an API token; undefined when there is none of this id. */
  deleteApiToken(id: string): Awaitable<EndedApiToken | undefined>;
  /** Puts a set-up token in the place of all older ones; false, and nothing done, when there is an admin. */
  replaceSetupToken(token: SetupToken): Awaitable<boolean>;
  checkSetupToken(tokenHash: string, at: string): Awaitable<SetupRefusal | 'valid'>;
  /**
   * Uses the token up, makes the admin and starts the session: all of it or nothing. `stale`: the account
   * with this address has another id.
   */
  setUpAdmin(setup: AdminSetup): Awaitable<MadeAdmin | SetupRefusal | 'stale'>;
}

export interface StoredToken {
  readonly id: string;
  readonly user_id: string;
  readonly email: string;
  readonly is_admin: boolean;
  /** Of an API token; null for a session. What the database holds and nobody knows is left out. */
  readonly scopes: readonly Scope[] | null;
  readonly last_used_at: string | null;
  /** Null: it never ends by itself. */
  readonly expires_at: string | null;
}

export interface NewSession {
  readonly id: string;
  /** What its owner knows the device by. */
  readonly name: string | null;
  readonly tokenHash: string;
  readonly createdAt: string;
  readonly expiresAt: string;
}

export interface ReplacedSession {
  readonly user: User;
  /** Of the token that ended. */
  readonly endedHash: string;
}

export interface StoredSession {
  readonly id: string;
  readonly name: string | null;
  readonly created_at: string;
  readonly last_used_at: string;
  readonly expires_at: string;
}

export interface SessionEnd {
  readonly userId: string;
  readonly id: string;
  readonly by: ShownToken | undefined;
}

export type SessionEndOutcome =
  | { readonly kind: 'ended'; readonly tokenHash: string }
  | { readonly kind: 'missing' | 'not_admin' | 'is_admin' };

export interface SessionList {
  readonly items: readonly StoredSession[];
  readonly total: number;
}

export interface PasswordChange {
  readonly userId: string;
  readonly proof: AccountProof;
  readonly passwordHash: string;
  readonly at: string;
}

export interface ResetToken {
  readonly tokenHash: string;
  readonly userId: string;
  readonly expiresAt: string;
  /** Left out at the command line. */
  readonly by?: ShownToken | undefined;
  /** Where it is sent, if it is: it has to be the account's address. */
  readonly email?: string | undefined;
}

export interface EmailToken {
  /** The account's address has to be this one, or becomes it. */
  readonly purpose: 'verify_email' | 'change_email';
  readonly tokenHash: string;
  readonly userId: string;
  readonly email: string;
  readonly expiresAt: string;
  /** That the owner asked for it. */
  readonly proof?: AccountProof | undefined;
}

export interface EmailConfirmed {
  readonly user: User;
  readonly before: User;
}

/** `inactive`: the account is disabled. */
export type ResetTokenRefusal = 'missing' | 'inactive' | 'not_admin' | 'is_admin';

export interface PasswordReset {
  readonly tokenHash: string;
  readonly passwordHash: string;
  readonly at: string;
}

export interface NewApiToken {
  readonly id: string;
  readonly userId: string;
  /** The session or API token that the maker has shown. */
  readonly madeWith: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly tokenHash: string;
  readonly createdAt: string;
  /** Null: it never ends by itself. */
  readonly expiresAt: string | null;
}

/** Why no API token is made: the maker is no admin any more, or it would outlive the one it is made with. */
export type ApiTokenRefusal = 'no_admin' | 'outlives_maker';

export interface EndedApiToken {
  readonly tokenHash: string;
  readonly name: string;
  /** Who made it. */
  readonly userId: string;
}

export interface ApiTokenList {
  readonly items: ApiToken[];
  readonly total: number;
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
  /** Of the account with this address, or for the one to be made. */
  readonly id: string;
  readonly email: string;
  readonly passwordHash: string;
  readonly at: string;
  readonly session: NewSession;
}
