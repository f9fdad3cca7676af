import type { ShownToken } from '../../core/actor.ts';
import type { Awaitable } from '../../lib/awaitable.ts';
import type { FileFault } from '../../lib/file-fault.ts';
import type { User } from './schema.ts';

/** What user accounts need from a database. E-mail addresses come in as accounts have them (lib/email.ts). */
export interface UserStore {
  /** Adds an account, an active one of a plain user if nothing else is said. */
  create(user: NewUser): Awaitable<User | 'email_taken' | 'not_admin'>;
  find(id: string): Awaitable<User | undefined>;
  /** Those that exist, in any order. */
  findMany(ids: readonly string[]): Awaitable<readonly User[]>;
  /** By a normalized address, whose domain may also be in letters. */
  findAccount(email: string): Awaitable<Account | undefined>;
  /** The same by its id. */
  findAccountOf(id: string): Awaitable<Account | undefined>;
  /** Newest first. */
  list(query: UserQuery): Awaitable<UserList>;
  /** True when there is an admin who can sign in. */
  hasAdmin(): Awaitable<boolean>;
  /** Disabled ones too, by e-mail address. */
  listAdmins(): Awaitable<readonly User[]>;
  /**
   * Changes an account, or says why not: the last admin who can sign in stays one. A new password ends
   * its sessions and one-time links, so does disabling it; a new address ends the links alone.
   */
  change(change: UserChange): Awaitable<UserChangeOutcome>;
  /**
   * Deletes an account with its tokens, and does to records that refer to it what their fields say. Its
   * own records go with it or lose their owner. All of it or nothing; when there are many of them, the
   * writes of others wait meanwhile.
   */
  delete(removal: UserRemoval): Awaitable<UserRemovalOutcome>;
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
  readonly isAdmin?: boolean | undefined;
  readonly isActive?: boolean | undefined;
  readonly isEmailVerified?: boolean | undefined;
  /** Left out by those who need not be an admin. */
  readonly by?: ShownToken | undefined;
}

/** What the owner of an account has shown, looked at in the commit. */
export interface AccountProof {
  readonly sessionId: string;
  /** The hash that the password was verified against. */
  readonly passwordHash: string;
}

export interface UserChange {
  readonly id: string;
  readonly at: string;
  readonly email?: string | undefined;
  readonly isAdmin?: boolean | undefined;
  readonly isActive?: boolean | undefined;
  /** Left out with a new address: it counts as not verified. */
  readonly isEmailVerified?: boolean | undefined;
  readonly passwordHash?: string | undefined;
  /** Their own session outlives a new password. */
  readonly by?: ShownToken | undefined;
}

/** `not_admin`: who asks is none any more. `is_admin`: an API token would touch the account of one. */
type Refusal = { readonly kind: 'missing' | 'not_admin' | 'is_admin' | 'last_admin' };
export type UserChangeOutcome =
  | { readonly kind: 'done'; readonly user: User; readonly before: User }
  | { readonly kind: 'email_taken' }
  | Refusal;

export interface UserRemoval {
  readonly id: string;
  readonly at: string;
  /** What becomes of the records that it owns. */
  readonly records: 'keep' | 'delete';
  readonly by?: ShownToken | undefined;
  readonly proof?: AccountProof | undefined;
}

export type UserRemovalOutcome =
  | { readonly kind: 'done'; readonly user: User }
  /** The proof lapsed: the session ended, or the password was changed. */
  | { readonly kind: 'no_session' | 'stale' }
  /** Records of a collection, by its name, refer to the account or to one of its records, with `restrict`. */
  | { readonly kind: 'referenced'; readonly collection: string; readonly field: string }
  | Refusal;

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
  readonly is_admin?: boolean;
  readonly is_active?: boolean;
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
  /** What it was; the same as `user` when it had to be made. */
  readonly before: User;
  readonly wasCreated: boolean;
  /** An existing account got the role with this. */
  readonly wasPromoted: boolean;
}

/** What the import of accounts needs. */
export interface UserImportStore {
  /**
   * Adds the accounts of a file, in one transaction: all of them, or none when one has a fault. One whose
   * address has an account is skipped and changes nothing.
   */
  importUsers(
    request: UserImportRequest,
    onProgress: (rowsDone: number) => void,
  ): Promise<UserImportOutcome>;
  /** The accounts of a database of another program; undefined when the file is no database. */
  openForeign(path: string, columns: readonly string[]): ForeignUsers | undefined;
}

export interface ForeignUsers {
  readonly total: number;
  /** Each with those of the columns that there are, as they are. */
  rows(): Iterable<Readonly<Record<string, unknown>>>;
  close(): void;
}

/** A checked account on its way, a line of JSON in a file. */
export interface UserImportRow {
  /** In the file that it comes from. */
  readonly line: number;
  readonly id: string;
  readonly email: string;
  readonly passwordHash: string;
  readonly isAdmin: boolean;
  readonly isActive: boolean;
  readonly isEmailVerified: boolean;
  readonly createdAt: string;
}

export interface UserImportRequest {
  /** Of UserImportRows; see core/spool.ts. */
  readonly file: string;
  readonly at: string;
  /** False: those who are admins there become users here. */
  readonly keepsAdmins: boolean;
  /** Writes nothing, but answers what would be. */
  readonly isDryRun: boolean;
  /** Keeps the good ones although others have faults. */
  readonly isPartial: boolean;
  /** Rows with faults that never came into the file. */
  readonly failedBefore: number;
}

export interface UserImportOutcome {
  readonly created: number;
  /** Of the created ones. */
  readonly admins: number;
  readonly adminsAsUsers: number;
  readonly withoutPassword: number;
  /** There is an account with their address already. */
  readonly skipped: number;
  /** The first of them. */
  readonly skippedLines: readonly number[];
  readonly failed: number;
  readonly errors: readonly FileFault[];
}
