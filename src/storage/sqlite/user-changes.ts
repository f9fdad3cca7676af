import type { Database } from 'bun:sqlite';
import type { User } from '../../features/users/schema.ts';
import type { UserChange, UserChangeOutcome } from '../../features/users/store.ts';
import { signOut } from './sign-out.ts';
import {
  findUser,
  isLastAdmin,
  isStillAdmin,
  toUser,
  USER_COLUMNS,
  type UserRow,
} from './user-rows.ts';

/** See UserStore.change. Part of a job: it writes more than once. */
export function changeUser(db: Database, change: UserChange): UserChangeOutcome {
  const { id, at, by, passwordHash } = change;
  if (by && !isStillAdmin(db, by)) return { kind: 'not_admin' };
  const before = findUser(db, id);
  if (!before) return { kind: 'missing' };
  const after = merge(before, change);
  if (by?.isApiToken && (before.is_admin || after.is_admin)) return { kind: 'is_admin' };
  if (!(after.is_admin && after.is_active) && isLastAdmin(db, before))
    return { kind: 'last_admin' };
  if (after.email !== before.email && isTaken(db, after.email)) return { kind: 'email_taken' };
  if (passwordHash === undefined && isSame(before, after))
    return { kind: 'done', user: before, before };
  const row = db
    .query<UserRow, [string, number, number, number, string | null, string, string]>(
      `UPDATE user SET email = ?, is_admin = ?, is_active = ?, email_verified = ?,
         password_hash = coalesce(?, password_hash), updated_at = max(updated_at, ?)
       WHERE id = ? RETURNING ${USER_COLUMNS}`,
    )
    .get(
      after.email,
      Number(after.is_admin),
      Number(after.is_active),
      Number(after.email_verified),
      passwordHash ?? null,
      at,
      id,
    );
  if (!row) throw new Error(`no account ${id} to change`);
  // Links in mails went to the old address, and those of a disabled account must not outlast that.
  if (after.email !== before.email)
    db.query('DELETE FROM one_time_token WHERE user_id = ?').run(id);
  if (!after.is_active) signOut(db, id);
  else if (passwordHash !== undefined) signOut(db, id, by?.tokenId);
  return { kind: 'done', user: toUser(row), before };
}

function merge(before: User, change: UserChange): User {
  const { email = before.email, isAdmin, isActive, isEmailVerified } = change;
  return {
    ...before,
    email,
    is_admin: isAdmin ?? before.is_admin,
    is_active: isActive ?? before.is_active,
    // Nobody has shown yet that the new address is theirs.
    email_verified: isEmailVerified ?? (email === before.email && before.email_verified),
  };
}

function isSame(before: User, after: User): boolean {
  return (
    before.email === after.email &&
    before.is_admin === after.is_admin &&
    before.is_active === after.is_active &&
    before.email_verified === after.email_verified
  );
}

function isTaken(db: Database, email: string): boolean {
  return db.query<unknown, [string]>('SELECT 1 FROM user WHERE email = ?').get(email) !== null;
}
