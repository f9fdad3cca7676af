import { type Actor, isFullAdmin, requireFullAdmin, SYSTEM, userIdOf } from '../../core/actor.ts';
import { toTimestamp } from '../../core/clock.ts';
import { invalidInput } from '../../core/errors.ts';
import { normalizeEmail, toAccountEmail } from '../../lib/email.ts';
import { toPage } from '../../lib/page.ts';
import {
  type AccountChanges,
  type AccountChangesDeps,
  createAccountChanges,
  findAccountFaults,
  toFault,
} from './account-changes.ts';
import { createEntry, updateEntry } from './audit-entries.ts';
import { type PlainUser, toPlainUser } from './plain-user.ts';
import { noUser } from './refusals.ts';
import type { User, UserPage, UserRecords } from './schema.ts';
import type { UserQuery, UserStore } from './store.ts';

export { deleteEntry } from './audit-entries.ts';
export { toPlainUser } from './plain-user.ts';
export { emailTaken, lastAdmin } from './refusals.ts';

export interface UserServiceDeps extends AccountChangesDeps {
  readonly users: UserStore;
  /** The records that somebody owns, by collection. */
  readonly countRecords: (userId: string) => Promise<UserRecords['collections']>;
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

export interface UserService extends AccountChanges {
  list(actor: Actor, query: UserQuery): Promise<UserPage>;
  get(actor: Actor, id: string): Promise<User>;
  /** Those of the users whom the actor may see: an admin everybody, a user themself. */
  findVisible(actor: Actor, ids: readonly string[]): Promise<readonly PlainUser[]>;
  /** Makes or promotes an admin, for those at the machine; the password may be left out to promote. */
  addAdmin(email: string, password?: string): Promise<AddedAdmin>;
  hasAdmin(): Promise<boolean>;
  listAdmins(): Promise<readonly User[]>;
  countRecords(actor: Actor, id: string): Promise<UserRecords>;
}

export function createUserService(deps: UserServiceDeps): UserService {
  const { users, clock, passwords, forgetUser, audit } = deps;
  return {
    async list(actor, query) {
      requireFullAdmin(actor);
      const found = await users.list(
        query.search === undefined ? query : { ...query, search: normalizeEmail(query.search) },
      );
      return toPage(found, query);
    },

    async get(actor, id) {
      requireFullAdmin(actor);
      const user = await users.find(id);
      if (!user) throw noUser();
      return user;
    },

    async findVisible(actor, ids) {
      const own = userIdOf(actor);
      const visible = isFullAdmin(actor) ? ids : ids.filter((id) => id === own);
      return (await users.findMany(visible)).map(toPlainUser);
    },

    async addAdmin(email, password) {
      const faults = findAccountFaults(passwords, { email, password });
      if (faults.length > 0) throw invalidInput(faults);
      const now = clock.now();
      const made = await users.makeAdmin({
        id: Bun.randomUUIDv7('hex', now),
        email: toAccountEmail(email),
        passwordHash: password === undefined ? undefined : await passwords.hash(password),
        at: toTimestamp(now),
      });
      if (!made)
        throw invalidInput([toFault('password', 'is needed: there is no account to promote yet')]);
      const { user, wasCreated, wasPromoted } = made;
      forgetUser(user.id);
      const wasPasswordSet = password !== undefined;
      const entry = wasCreated ? createEntry(user) : updateEntry(made.before, user, wasPasswordSet);
      if (entry) await audit.note(SYSTEM, entry);
      return { id: user.id, email: user.email, wasCreated, wasPromoted, wasPasswordSet };
    },

    hasAdmin: async () => users.hasAdmin(),
    listAdmins: async () => users.listAdmins(),

    async countRecords(actor, id) {
      requireFullAdmin(actor);
      if (!(await users.find(id))) throw noUser();
      const counts = await deps.countRecords(id);
      const collections = counts.toSorted((a, b) => (a.name < b.name ? -1 : 1));
      return { total: collections.reduce((sum, { records }) => sum + records, 0), collections };
    },

    ...createAccountChanges(deps),
  };
}
