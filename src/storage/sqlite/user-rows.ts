import type { Database } from 'bun:sqlite';
import type { ShownToken } from '../../core/actor.ts';
import type { User } from '../../features/users/schema.ts';
import type { AccountProof } from '../../features/users/store.ts';

/** What a User is read from. */
export const USER_COLUMNS =
  'id, email, is_admin, is_active, email_verified, created_at, updated_at, last_seen_at';

export interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly is_admin: number;
  readonly is_active: number;
  readonly email_verified: number;
  readonly created_at: string;
  readonly updated_at: string;
  readonly last_seen_at: string | null;
}

export function toUser(row: UserRow): User {
  return {
    id: row.id,
    email: row.email,
    is_admin: row.is_admin === 1,
    is_active: row.is_active === 1,
    email_verified: row.email_verified === 1,
    created_at: row.created_at,
    updated_at: row.updated_at,
    last_seen_at: row.last_seen_at,
  };
}

export function findUser(db: Database, id: string): User | undefined {
  const row = db.query<UserRow, [string]>(`SELECT ${USER_COLUMNS} FROM user WHERE id = ?`).get(id);
  return row ? toUser(row) : undefined;
}

/** Part of a job that writes, at most once a minute for a token. The clock may have jumped back. */
export function noteSeen(db: Database, id: string, at: string): void {
  db.query<unknown, [string, string]>(
    'UPDATE user SET last_seen_at = ?1 WHERE id = ?2 AND (last_seen_at IS NULL OR last_seen_at < ?1)',
  ).run(at, id);
}

/** True when there is an admin who can sign in. */
export function hasAdmin(db: Database): boolean {
  return db.query('SELECT 1 FROM user WHERE is_admin = 1 AND is_active = 1 LIMIT 1').get() !== null;
}

/** True when nobody could administrate without this account. */
export function isLastAdmin(db: Database, { id, is_admin, is_active }: User): boolean {
  if (!is_admin || !is_active) return false;
  const other = 'SELECT 1 FROM user WHERE is_admin = 1 AND is_active = 1 AND id <> ? LIMIT 1';
  return db.query<unknown, [string]>(other).get(id) === null;
}

/** True when the token that the maker of a change has shown is an admin's still. */
export function isStillAdmin(db: Database, { tokenId }: ShownToken): boolean {
  const sql = `SELECT 1 FROM auth_token t JOIN user u ON u.id = t.user_id
    WHERE t.id = ? AND u.is_active = 1 AND u.is_admin = 1`;
  return db.query<unknown, [string]>(sql).get(tokenId) !== null;
}

/** Why what the owner of an account has shown counts no more. */
export function findLapse(
  db: Database,
  userId: string,
  { passwordHash, sessionId }: AccountProof,
): 'no_session' | 'stale' | undefined {
  const session = db.query<unknown, [string, string]>(
    `SELECT 1 FROM auth_token t JOIN user u ON u.id = t.user_id
     WHERE t.id = ? AND t.kind = 'session' AND u.id = ? AND u.is_active = 1`,
  );
  if (session.get(sessionId, userId) === null) return 'no_session';
  const password = 'SELECT 1 FROM user WHERE id = ? AND password_hash = ?';
  const isSame = db.query<unknown, [string, string]>(password).get(userId, passwordHash) !== null;
  return isSame ? undefined : 'stale';
}
