import type { Awaitable } from '../../lib/awaitable.ts';
import type { User } from './schema.ts';

/** What user accounts need from a database. E-mail addresses come in normalized (lib/email.ts). */
export interface UserStore {
  /** Adds an active account; undefined when the e-mail address is taken. */
  create(user: NewUser): Awaitable<User | undefined>;
  find(id: string): Awaitable<User | undefined>;
  /** Those that exist, in any order. */
  findMany(ids: readonly string[]): Awaitable<readonly User[]>;
  findAccount(email: string): Awaitable<Account | undefined>;
  /** Newest first. */
  list(query: UserQuery): Awaitable<UserList>;
  /** True when there is an admin who can sign in. */
  hasAdmin(): Awaitable<boolean>;
  /**
   * Makes the account an active admin, or adds it. A password given for an existing account replaces
   * the old one and ends its sessions and open one-time links. Undefined when there is no such
   * account and no password to make one with.
   */
  makeAdmin(grant: AdminGrant): Awaitable<MadeAdmin | undefined>;
}

export interface NewUser {
  readonly id: string;
  readonly email: string;
  readonly passwordHash: string;
  readonly createdAt: string;
}

/** An account with what signing in needs. Never answered to anybody. */
export interface Account {
  readonly user: User;
  readonly passwordHash: string;
}

export interface UserQuery {
  readonly limit: number;
  readonly offset: number;
  /** Part of the e-mail address, taken literally. */
  readonly search?: string;
}

export interface UserList {
  readonly items: User[];
  readonly total: number;
}

export interface AdminGrant {
  /** For the account, should it have to be made. */
  readonly id: string;
  readonly email: string;
  readonly passwordHash: string | undefined;
  readonly at: string;
}

export interface MadeAdmin {
  readonly user: User;
  readonly wasCreated: boolean;
  /** An existing account got the role with this. */
  readonly wasPromoted: boolean;
}
