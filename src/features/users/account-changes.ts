import {
  type Actor,
  findShownToken,
  noApiTokens,
  onlyAdmins,
  requireFullAdmin,
} from '../../core/actor.ts';
import type { AuditTrail } from '../../core/audit.ts';
import { type Clock, toTimestamp } from '../../core/clock.ts';
import { AppError, type Fault, invalidInput } from '../../core/errors.ts';
import { findEmailFault, toAccountEmail } from '../../lib/email.ts';
import { createEntry, deleteEntry, updateEntry } from './audit-entries.ts';
import { NO_PASSWORD } from './no-password.ts';
import { emailTaken, lastAdmin, noUser } from './refusals.ts';
import type { User, UserBody, UserPatch } from './schema.ts';
import type { UserChangeOutcome, UserRemovalOutcome, UserStore } from './store.ts';

export interface AccountChangesDeps {
  readonly users: Pick<UserStore, 'create' | 'change' | 'delete'>;
  readonly clock: Clock;
  /** The rule for new passwords, and how they are hashed: auth's business. */
  readonly passwords: {
    findFault(password: string): string | undefined;
    hash(password: string): Promise<string>;
  };
  /** Called after a change to an account: what is remembered of its sessions is out of date. */
  readonly forgetUser: (id: string) => void;
  /** Called after an account was made. */
  readonly onCreate: (user: User) => void;
  readonly audit: AuditTrail;
}
type Passwords = AccountChangesDeps['passwords'];

/** What admins do to accounts. Each is looked at again in the commit, where what came first wins. */
export interface AccountChanges {
  create(actor: Actor, body: UserBody): Promise<User>;
  update(actor: Actor, id: string, patch: UserPatch): Promise<User>;
  /** Its records stay, without an owner, or go with it. */
  delete(actor: Actor, id: string, records: 'keep' | 'delete'): Promise<void>;
}

export function createAccountChanges({
  users,
  clock,
  passwords,
  forgetUser,
  onCreate,
  audit,
}: AccountChangesDeps): AccountChanges {
  const toHash = async (password: string | undefined) =>
    password === undefined ? undefined : passwords.hash(password);

  return {
    async create(actor, body) {
      requireFullAdmin(actor);
      const by = findShownToken(actor);
      if (by?.isApiToken && body.is_admin) throw noApiTokens();
      requireGood(passwords, body);
      const now = clock.now();
      const user = await users.create({
        id: Bun.randomUUIDv7('hex', now),
        email: toAccountEmail(body.email),
        passwordHash: (await toHash(body.password)) ?? NO_PASSWORD,
        createdAt: toTimestamp(now),
        isAdmin: body.is_admin,
        isActive: body.is_active,
        isEmailVerified: body.email_verified,
        by,
      });
      if (user === 'not_admin') throw onlyAdmins();
      if (user === 'email_taken') throw emailTaken();
      await audit.note(actor, createEntry(user));
      onCreate(user);
      return user;
    },

    async update(actor, id, patch) {
      requireFullAdmin(actor);
      requireGood(passwords, patch);
      const outcome = await users.change({
        id,
        at: toTimestamp(clock.now()),
        email: patch.email === undefined ? undefined : toAccountEmail(patch.email),
        isAdmin: patch.is_admin,
        isActive: patch.is_active,
        isEmailVerified: patch.email_verified,
        passwordHash: await toHash(patch.password),
        by: findShownToken(actor),
      });
      if (outcome.kind !== 'done') throw refuse(outcome);
      const { user, before } = outcome;
      forgetUser(user.id);
      const entry = updateEntry(before, user, patch.password !== undefined);
      if (entry) await audit.note(actor, entry);
      return user;
    },

    async delete(actor, id, records) {
      requireFullAdmin(actor);
      const at = toTimestamp(clock.now());
      const outcome = await users.delete({ id, records, at, by: findShownToken(actor) });
      if (outcome.kind !== 'done') throw refuse(outcome);
      const { user } = outcome;
      forgetUser(user.id);
      await audit.note(actor, deleteEntry(user, records));
    },
  };
}

/** Everything wrong with what is given of an account. */
export function findAccountFaults(
  passwords: Pick<Passwords, 'findFault'>,
  {
    email,
    password,
  }: { readonly email?: string | undefined; readonly password?: string | undefined },
): readonly Fault[] {
  const found = {
    email: email === undefined ? undefined : findEmailFault(email),
    password: password === undefined ? undefined : passwords.findFault(password),
  };
  return Object.entries(found).flatMap(([key, msg]) =>
    msg === undefined ? [] : [toFault(key, msg)],
  );
}

function requireGood(passwords: Passwords, given: Parameters<typeof findAccountFaults>[1]): void {
  const faults = findAccountFaults(passwords, given);
  if (faults.length > 0) throw invalidInput(faults);
}

export function toFault(key: string, msg: string): Fault {
  return { loc: ['body', key], msg, type: 'value_error' };
}

type NotDone = Exclude<UserChangeOutcome | UserRemovalOutcome, { readonly kind: 'done' }>;

function refuse(outcome: NotDone): AppError {
  switch (outcome.kind) {
    case 'missing':
      return noUser();
    case 'not_admin':
    // The proof of an owner, which no admin shows.
    case 'no_session':
    case 'stale':
      return onlyAdmins();
    case 'is_admin':
      return noApiTokens();
    case 'email_taken':
      return emailTaken();
    case 'last_admin':
      return lastAdmin();
    case 'referenced':
      return new AppError(
        'conflict',
        `This account cannot be deleted: records refer to it, or to one of its records, by ${outcome.collection}.${outcome.field}. Change those first.`,
      );
    default:
      return outcome satisfies never;
  }
}
