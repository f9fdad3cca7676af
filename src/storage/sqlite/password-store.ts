import type { TokenStore } from '../../features/auth/store.ts';
import type { Connection } from './connection.ts';
import { signOut } from './sign-out.ts';
import { findLapse, findUser, isStillAdmin } from './user-rows.ts';

type PasswordParts = Pick<
  TokenStore,
  'changePassword' | 'replaceResetToken' | 'isResetToken' | 'resetPassword'
>;

/** What of a TokenStore is about new passwords. */
export function createPasswordParts({ db, write }: Connection): PasswordParts {
  const set = db.query<unknown, [string, string, string]>(
    'UPDATE user SET password_hash = ?, updated_at = max(updated_at, ?) WHERE id = ? AND is_active = 1',
  );
  const endOld = db.query<unknown, [string]>(
    "DELETE FROM one_time_token WHERE user_id = ? AND purpose = 'password_reset'",
  );
  const add = db.query<unknown, [string, string, string, string | null]>(
    `INSERT INTO one_time_token (token_hash, purpose, user_id, expires_at, email)
     VALUES (?, 'password_reset', ?, ?, ?)`,
  );
  const verify = db.query<unknown, [string, string | null]>(
    'UPDATE user SET email_verified = 1 WHERE id = ? AND email = ?',
  );
  // A link is no good for a disabled account, and none is used up by trying.
  const counting = `WHERE token_hash = ? AND purpose = 'password_reset' AND expires_at > ?
    AND user_id IN (SELECT id FROM user WHERE is_active = 1)`;
  const look = db.query<unknown, [string, string]>(`SELECT 1 FROM one_time_token ${counting}`);
  const take = db.query<{ user_id: string; email: string | null }, [string, string]>(
    `DELETE FROM one_time_token ${counting} RETURNING user_id, email`,
  );

  return {
    changePassword: ({ userId, proof, passwordHash, at }) =>
      write(() => {
        const lapse = findLapse(db, userId, proof);
        if (lapse) return lapse;
        set.run(passwordHash, at, userId);
        signOut(db, userId, proof.sessionId);
        return 'changed';
      }),
    replaceResetToken: ({ tokenHash, userId, expiresAt, by, email }) =>
      write(() => {
        if (by && !isStillAdmin(db, by)) return 'not_admin';
        const user = findUser(db, userId);
        if (!user || (email !== undefined && user.email !== email)) return 'missing';
        if (by?.isApiToken && user.is_admin) return 'is_admin';
        if (!user.is_active) return 'inactive';
        endOld.run(userId);
        add.run(tokenHash, userId, expiresAt, email ?? null);
        return 'made';
      }),
    isResetToken: (tokenHash, at) => look.get(tokenHash, at) !== null,
    resetPassword: ({ tokenHash, passwordHash, at }) =>
      write(() => {
        const taken = take.get(tokenHash, at);
        if (taken === null) return undefined;
        const { user_id: userId, email } = taken;
        set.run(passwordHash, at, userId);
        verify.run(userId, email);
        signOut(db, userId);
        return findUser(db, userId);
      }),
  };
}
