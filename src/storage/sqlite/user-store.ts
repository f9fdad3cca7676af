import type { Database } from 'bun:sqlite';
import type { User } from '../../features/users/schema.ts';
import type { AdminGrant, MadeAdmin, UserStore } from '../../features/users/store.ts';
import type { Connection } from './connection.ts';

const COLUMNS = 'id, email, is_admin, is_active, email_verified, created_at, updated_at';

interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly is_admin: number;
  readonly is_active: number;
  readonly email_verified: number;
  readonly created_at: string;
  readonly updated_at: string;
}

export function createUserStore({ db, write }: Connection): UserStore {
  const byId = db.query<UserRow, [string]>(`SELECT ${COLUMNS} FROM user WHERE id = ?`);
  const byIds = db.query<UserRow, [string]>(
    `SELECT ${COLUMNS} FROM user WHERE id IN (SELECT value FROM json_each(?))`,
  );
  const byEmail = db.query<UserRow & { password_hash: string }, [string]>(
    `SELECT ${COLUMNS}, password_hash FROM user WHERE email = ?`,
  );
  const insert = db.query<UserRow, [string, string, string, string]>(
    `INSERT INTO user (id, email, password_hash, created_at, updated_at)
     VALUES (?1, ?2, ?3, ?4, ?4) ON CONFLICT (email) DO NOTHING RETURNING ${COLUMNS}`,
  );
  // An address is stored in lower case, so comparing it as it is ignores case; instr knows no wildcards.
  const page = db.query<UserRow, [string, number, number]>(
    `SELECT ${COLUMNS} FROM user WHERE ?1 = '' OR instr(email, ?1) > 0
     ORDER BY id DESC LIMIT ?2 OFFSET ?3`,
  );
  const countAll = db.query<{ n: number }, []>('SELECT count(*) AS n FROM user');
  const countFound = db.query<{ n: number }, [string]>(
    'SELECT count(*) AS n FROM user WHERE instr(email, ?) > 0',
  );

  return {
    create: (user) =>
      write(() => toUser(insert.get(user.id, user.email, user.passwordHash, user.createdAt)), {
        isAtomic: true,
      }),
    find: (id) => toUser(byId.get(id)),
    findMany: (ids) => (ids.length === 0 ? [] : byIds.all(JSON.stringify(ids)).map(fromRow)),
    findAccount(email) {
      const row = byEmail.get(email);
      return row ? { user: fromRow(row), passwordHash: row.password_hash } : undefined;
    },
    list({ limit, offset, search = '' }) {
      const count = search === '' ? countAll.get() : countFound.get(search);
      return { items: page.all(search, limit, offset).map(fromRow), total: count?.n ?? 0 };
    },
    hasAdmin: () => hasAdmin(db),
    makeAdmin: (grant) => write(() => makeAdmin(db, grant)),
  };
}

/** True when there is an admin who can sign in. */
export function hasAdmin(db: Database): boolean {
  return db.query('SELECT 1 FROM user WHERE is_admin = 1 AND is_active = 1 LIMIT 1').get() !== null;
}

/** See UserStore.makeAdmin. Part of a job: it writes more than once. */
export function makeAdmin(db: Database, grant: AdminGrant): MadeAdmin | undefined {
  const { id, email, passwordHash, at } = grant;
  const before = db
    .query<UserRow, [string]>(`SELECT ${COLUMNS} FROM user WHERE email = ?`)
    .get(email);
  if (!before) {
    if (passwordHash === undefined) return undefined;
    const added = db
      .query<UserRow, [string, string, string, string]>(
        `INSERT INTO user (id, email, password_hash, is_admin, created_at, updated_at)
         VALUES (?1, ?2, ?3, 1, ?4, ?4) RETURNING ${COLUMNS}`,
      )
      .get(id, email, passwordHash, at) as UserRow;
    return { user: fromRow(added), wasCreated: true, wasPromoted: false };
  }
  const wasPromoted = before.is_admin === 0;
  if (!wasPromoted && before.is_active === 1 && passwordHash === undefined)
    return { user: fromRow(before), wasCreated: false, wasPromoted };
  const changed = db
    .query<UserRow, [string | null, string, string]>(
      `UPDATE user SET is_admin = 1, is_active = 1, password_hash = coalesce(?, password_hash), updated_at = ?
       WHERE id = ? RETURNING ${COLUMNS}`,
    )
    .get(passwordHash ?? null, at, before.id) as UserRow;
  if (passwordHash !== undefined) {
    db.query("DELETE FROM auth_token WHERE user_id = ? AND kind = 'session'").run(before.id);
    db.query('DELETE FROM one_time_token WHERE user_id = ?').run(before.id);
  }
  return { user: fromRow(changed), wasCreated: false, wasPromoted };
}

function toUser(row: UserRow | null): User | undefined {
  return row ? fromRow(row) : undefined;
}

function fromRow(row: UserRow): User {
  return {
    id: row.id,
    email: row.email,
    is_admin: row.is_admin === 1,
    is_active: row.is_active === 1,
    email_verified: row.email_verified === 1,
    created_at: row.created_at,
    updated_at: row.updated_at,
  };
}
