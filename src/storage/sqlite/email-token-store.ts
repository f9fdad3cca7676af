import type { EmailConfirmed, TokenStore } from '../../features/auth/store.ts';
import type { Connection } from './connection.ts';
import { changeUser } from './user-changes.ts';
import { findLapse, findUser } from './user-rows.ts';

interface TokenRow {
  readonly user_id: string;
  readonly purpose: 'verify_email' | 'change_email';
  readonly email: string;
}

/** What of a TokenStore is about addresses that are to be confirmed. */
export function createEmailTokenParts({
  db,
  write,
}: Connection): Pick<TokenStore, 'replaceEmailToken' | 'confirmEmail'> {
  const end = db.query<unknown, [string, string]>(
    'DELETE FROM one_time_token WHERE user_id = ? AND purpose = ?',
  );
  const add = db.query<unknown, [string, string, string, string, string]>(
    `INSERT INTO one_time_token (token_hash, purpose, user_id, email, expires_at)
     VALUES (?, ?, ?, ?, ?)`,
  );
  // A link is no good for a disabled account, and none is used up by trying.
  const look = db.query<TokenRow, [string, string]>(
    `SELECT user_id, purpose, email FROM one_time_token
     WHERE token_hash = ? AND purpose IN ('verify_email', 'change_email') AND expires_at > ?
     AND email IS NOT NULL AND user_id IN (SELECT id FROM user WHERE is_active = 1)`,
  );

  function confirm(tokenHash: string, at: string): EmailConfirmed | 'unknown' | 'email_taken' {
    const token = look.get(tokenHash, at);
    if (token === null) return 'unknown';
    const { user_id: id, purpose, email } = token;
    // The mail went to an address that is the account's no more.
    if (purpose === 'verify_email' && findUser(db, id)?.email !== email) return 'unknown';
    const outcome = changeUser(db, { id, at, email, isEmailVerified: true });
    if (outcome.kind === 'email_taken') return 'email_taken';
    if (outcome.kind !== 'done') return 'unknown';
    end.run(id, purpose);
    return { user: outcome.user, before: outcome.before };
  }

  return {
    replaceEmailToken: ({ purpose, tokenHash, userId, email, expiresAt, proof }) =>
      write(() => {
        const user = findUser(db, userId);
        if (!user?.is_active || (proof && findLapse(db, userId, proof))) return false;
        if (purpose === 'verify_email' && user.email !== email) return false;
        end.run(userId, purpose);
        add.run(tokenHash, purpose, userId, email, expiresAt);
        return true;
      }),
    confirmEmail: ({ tokenHash, at }) => write(() => confirm(tokenHash, at)),
  };
}
