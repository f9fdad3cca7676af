import {
  type Actor,
  findShownToken,
  noApiTokens,
  onlyAdmins,
  requireFullAdmin,
} from '../../core/actor.ts';
import { type Clock, toTimestamp } from '../../core/clock.ts';
import { AppError, type Fault, invalidInput } from '../../core/errors.ts';
import { findEmailFault, normalizeEmail } from '../../lib/email.ts';
import { emailTaken, lastAdmin, noUser } from './refusals.ts';
import type { User, UserBody, UserPatch } from './schema.ts';
import type { UserChangeOutcome, UserRemovalOutcome, UserStore } from './store.ts';

/** No hash of any password: nobody can sign in with it, and trying takes as long as ever. */
const NO_PASSWORD = '!';

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
        email: normalizeEmail(body.email),
        passwordHash: (await toHash(body.password)) ?? NO_PASSWORD,
        createdAt: toTimestamp(now),
        isAdmin: body.is_admin,
        isActive: body.is_active,
        isEmailVerified: body.email_verified,
        by,
      });
      if (user === 'not_admin') throw onlyAdmins();
      if (user === 'email_taken') throw emailTaken();
      return user;
    },

    async update(actor, id, patch) {
      requireFullAdmin(actor);
      requireGood(passwords, patch);
      const outcome = await users.change({
        id,
        at: toTimestamp(clock.now()),
        email: patch.email === undefined ? undefined : normalizeEmail(patch.email),
        isAdmin: patch.is_admin,
        isActive: patch.is_active,
        isEmailVerified: patch.email_verified,
        passwordHash: await toHash(patch.password),
        by: findShownToken(actor),
      });
      const user = userOf(outcome);
      forgetUser(user.id);
      return user;
    },

    async delete(actor, id, records) {
      requireFullAdmin(actor);
      const at = toTimestamp(clock.now());
      const user = userOf(await users.delete({ id, records, at, by: findShownToken(actor) }));
      forgetUser(user.id);
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

function userOf(outcome: UserChangeOutcome | UserRemovalOutcome): User {
  switch (outcome.kind) {
    case 'done':
      return outcome.user;
    case 'missing':
      throw noUser();
    case 'not_admin':
    // The proof of an owner, which no admin shows.
    case 'no_session':
    case 'stale':
      throw onlyAdmins();
    case 'is_admin':
      throw noApiTokens();
    case 'email_taken':
      throw emailTaken();
    case 'last_admin':
      throw lastAdmin();
    case 'referenced':
      throw new AppError(
        'conflict',
        `This account cannot be deleted: records refer to it, or to one of its records, by ${outcome.collection}.${outcome.field}. Change those first.`,
      );
    default:
      return outcome satisfies never;
  }
}
