import type { Database } from 'bun:sqlite';
import type {
  Account,
  AdminGrant,
  MadeAdmin,
  NewUser,
  UserStore,
} from '../../features/users/store.ts';
import { toAccountEmail } from '../../lib/email.ts';
import type { Connection } from './connection.ts';
import type { Lanes } from './lanes.ts';
import { signOut } from './sign-out.ts';
import { changeUser } from './user-changes.ts';
import { createUserList } from './user-list.ts';
import {
  findUser,
  hasAdmin,
  isStillAdmin,
  toUser,
  USER_COLUMNS,
  type UserRow,
} from './user-rows.ts';

/** All of a UserStore but what deletes; see user-removal.ts. */
export function createUserStore(connection: Connection, lanes: Lanes): Omit<UserStore, 'delete'> {
  const { db, write } = connection;
  const byIds = db.query<UserRow, [string]>(
    `SELECT ${USER_COLUMNS} FROM user WHERE id IN (SELECT value FROM json_each(?))`,
  );
  const byEmail = db.query<UserRow & { password_hash: string }, [string]>(
    `SELECT ${USER_COLUMNS}, password_hash FROM user WHERE email = ?`,
  );
  const byIdWithHash = db.query<UserRow & { password_hash: string }, [string]>(
    `SELECT ${USER_COLUMNS}, password_hash FROM user WHERE id = ?`,
  );
  const insert = db.query<UserRow, [string, string, string, number, number, number, string]>(
    `INSERT INTO user (id, email, password_hash, is_admin, is_active, email_verified, created_at, updated_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) ON CONFLICT (email) DO NOTHING RETURNING ${USER_COLUMNS}`,
  );
  const admins = db.query<UserRow, []>(
    `SELECT ${USER_COLUMNS} FROM user WHERE is_admin = 1 ORDER BY email`,
  );

  function create(user: NewUser) {
    const { id, email, passwordHash, createdAt, by } = user;
    if (by && !isStillAdmin(db, by)) return 'not_admin';
    const { isAdmin = false, isActive = true, isEmailVerified = false } = user;
    const flags = [Number(isAdmin), Number(isActive), Number(isEmailVerified)] as const;
    const row = insert.get(id, email, passwordHash, ...flags, createdAt);
    return row ? toUser(row) : 'email_taken';
  }

  return {
    create: (user) => write(() => create(user), { isAtomic: true }),
    find: (id) => findUser(db, id),
    findMany: (ids) => (ids.length === 0 ? [] : byIds.all(JSON.stringify(ids)).map(toUser)),
    findAccount(email) {
      // Two accounts of one mailbox, from when that could be: the very address tells them apart.
      const asked = byEmail.get(email);
      const other = asked ? email : toAccountEmail(email);
      return toAccount(other === email ? asked : byEmail.get(other));
    },
    findAccountOf: (id) => toAccount(byIdWithHash.get(id)),
    list: createUserList(connection, lanes),
    hasAdmin: () => hasAdmin(db),
    listAdmins: () => admins.all().map(toUser),
    change: (change) => write(() => changeUser(db, change)),
    makeAdmin: (grant) => write(() => makeAdmin(db, grant)),
  };
}

function toAccount(
  row: (UserRow & { readonly password_hash: string }) | null,
): Account | undefined {
  return row ? { user: toUser(row), passwordHash: row.password_hash } : undefined;
}

/** See UserStore.makeAdmin. Part of a job: it writes more than once. */
export function makeAdmin(db: Database, grant: AdminGrant): MadeAdmin | undefined {
  const { id, email, passwordHash, at } = grant;
  const before = db
    .query<UserRow, [string]>(`SELECT ${USER_COLUMNS} FROM user WHERE email = ?`)
    .get(email);
  if (!before) {
    if (passwordHash === undefined) return undefined;
    const added = db
      .query<UserRow, [string, string, string, string]>(
        `INSERT INTO user (id, email, password_hash, is_admin, created_at, updated_at)
         VALUES (?1, ?2, ?3, 1, ?4, ?4) RETURNING ${USER_COLUMNS}`,
      )
      .get(id, email, passwordHash, at) as UserRow;
    const user = toUser(added);
    return { user, before: user, wasCreated: true, wasPromoted: false };
  }
  const wasPromoted = before.is_admin === 0;
  if (!wasPromoted && before.is_active === 1 && passwordHash === undefined)
    return { user: toUser(before), before: toUser(before), wasCreated: false, wasPromoted };
  const changed = db
    .query<UserRow, [string | null, string, string]>(
      `UPDATE user SET is_admin = 1, is_active = 1, password_hash = coalesce(?, password_hash), updated_at = ?
       WHERE id = ? RETURNING ${USER_COLUMNS}`,
    )
    .get(passwordHash ?? null, at, before.id) as UserRow;
  if (passwordHash !== undefined) signOut(db, before.id);
  return { user: toUser(changed), before: toUser(before), wasCreated: false, wasPromoted };
}
