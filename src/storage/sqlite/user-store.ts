import type { Database } from 'bun:sqlite';
import type {
  Account,
  AdminGrant,
  MadeAdmin,
  NewUser,
  UserStore,
} from '../../features/users/store.ts';
import type { Connection } from './connection.ts';
import { signOut } from './sign-out.ts';
import { changeUser } from './user-changes.ts';
import {
  findUser,
  hasAdmin,
  isStillAdmin,
  toUser,
  USER_COLUMNS,
  type UserRow,
} from './user-rows.ts';

/** All of a UserStore but what deletes; see user-removal.ts. */
export function createUserStore({ db, write }: Connection): Omit<UserStore, 'delete'> {
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
  // An address is stored in lower case, so comparing it as it is ignores case; instr knows no wildcards.
  const page = db.query<UserRow, [string, number, number]>(
    `SELECT ${USER_COLUMNS} FROM user WHERE ?1 = '' OR instr(email, ?1) > 0
     ORDER BY id DESC LIMIT ?2 OFFSET ?3`,
  );
  const countAll = db.query<{ n: number }, []>('SELECT count(*) AS n FROM user');
  const countFound = db.query<{ n: number }, [string]>(
    'SELECT count(*) AS n FROM user WHERE instr(email, ?) > 0',
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
    findAccount: (email) => toAccount(byEmail.get(email)),
    findAccountOf: (id) => toAccount(byIdWithHash.get(id)),
    list({ limit, offset, search = '' }) {
      const count = search === '' ? countAll.get() : countFound.get(search);
      return { items: page.all(search, limit, offset).map(toUser), total: count?.n ?? 0 };
    },
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
    return { user: toUser(added), wasCreated: true, wasPromoted: false };
  }
  const wasPromoted = before.is_admin === 0;
  if (!wasPromoted && before.is_active === 1 && passwordHash === undefined)
    return { user: toUser(before), wasCreated: false, wasPromoted };
  const changed = db
    .query<UserRow, [string | null, string, string]>(
      `UPDATE user SET is_admin = 1, is_active = 1, password_hash = coalesce(?, password_hash), updated_at = ?
       WHERE id = ? RETURNING ${USER_COLUMNS}`,
    )
    .get(passwordHash ?? null, at, before.id) as UserRow;
  if (passwordHash !== undefined) signOut(db, before.id);
  return { user: toUser(changed), wasCreated: false, wasPromoted };
}
