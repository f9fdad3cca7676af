import { type Actor, isAdmin, userIdOf } from '../../core/actor.ts';
import { type Clock, toTimestamp } from '../../core/clock.ts';
import { AppError, type Fault, invalidInput } from '../../core/errors.ts';
import { findEmailFault, normalizeEmail } from '../../lib/email.ts';
import type { User, UserPage } from './schema.ts';
import type { UserQuery, UserStore } from './store.ts';

export interface UserServiceDeps {
  readonly users: UserStore;
  readonly clock: Clock;
  /** The rule for new passwords, and how they are hashed: auth's business. */
  readonly passwords: {
    findFault(password: string): string | undefined;
    hash(password: string): Promise<string>;
  };
  /** Called after a change to an account: what is remembered of its sessions is out of date. */
  readonly forgetUser: (id: string) => void;
}

export interface AddedAdmin {
  readonly id: string;
  readonly email: string;
  readonly wasCreated: boolean;
  /** An existing account got the role; false when it had it already. */
  readonly wasPromoted: boolean;
  /** The given password counts now; on an existing account this has ended its sessions. */
  readonly wasPasswordSet: boolean;
}

export interface UserService {
  list(actor: Actor, query: UserQuery): Promise<UserPage>;
  get(actor: Actor, id: string): Promise<User>;
  /** Those of the users whom the actor may see: an admin everybody, a user themself. */
  findVisible(actor: Actor, ids: readonly string[]): Promise<readonly User[]>;
  /** Makes or promotes an admin, for those at the machine; the password may be left out to promote. */
  addAdmin(email: string, password?: string): Promise<AddedAdmin>;
  hasAdmin(): Promise<boolean>;
}

export function createUserService(deps: UserServiceDeps): UserService {
  const { users, clock, passwords, forgetUser } = deps;
  return {
    async list(actor, query) {
      requireAdmin(actor);
      const { items, total } = await users.list(
        query.search === undefined ? query : { ...query, search: normalizeEmail(query.search) },
      );
      const page = Math.floor(query.offset / query.limit) + 1;
      return { items, total, page, page_size: query.limit };
    },

    async get(actor, id) {
      requireAdmin(actor);
      const user = await users.find(id);
      if (!user) throw new AppError('not_found', 'There is no user with this id.');
      return user;
    },

    async findVisible(actor, ids) {
      const own = userIdOf(actor);
      return users.findMany(isAdmin(actor) ? ids : ids.filter((id) => id === own));
    },

    async addAdmin(email, password) {
      const emailFault = findEmailFault(email);
      const passwordFault = password === undefined ? undefined : passwords.findFault(password);
      const faults = [
        ...(emailFault ? [toFault('email', emailFault)] : []),
        ...(passwordFault ? [toFault('password', passwordFault)] : []),
      ];
      if (faults.length > 0) throw invalidInput(faults);
      const now = clock.now();
      const made = await users.makeAdmin({
        id: Bun.randomUUIDv7('hex', now),
        email: normalizeEmail(email),
        passwordHash: password === undefined ? undefined : await passwords.hash(password),
        at: toTimestamp(now),
      });
      if (!made)
        throw invalidInput([toFault('password', 'is needed: there is no account to promote yet')]);
      const { user, wasCreated, wasPromoted } = made;
      forgetUser(user.id);
      const wasPasswordSet = password !== undefined;
      return { id: user.id, email: user.email, wasCreated, wasPromoted, wasPasswordSet };
    },

    hasAdmin: async () => users.hasAdmin(),
  };
}

function requireAdmin(actor: Actor): void {
  if (!isAdmin(actor)) throw new AppError('forbidden', 'Only an admin may do this.');
}

function toFault(key: string, msg: string): Fault {
  return { loc: ['body', key], msg, type: 'value_error' };
}
