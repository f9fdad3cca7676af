import type {
  NewSession,
  SetupRefusal,
  StoredSession,
  TokenStore,
} from '../../features/auth/store.ts';
import type { Connection } from './connection.ts';
import { hasAdmin, makeAdmin } from './user-store.ts';

interface SessionRow extends Omit<StoredSession, 'is_admin'> {
  readonly is_admin: number;
}

export function createTokenStore({ db, write }: Connection): TokenStore {
  // Only kind 'session': an API token is bounded by its scopes and must never pass for one.
  const session = db.query<SessionRow, [string]>(
    `SELECT t.id, t.user_id, u.email, u.is_admin, t.last_used_at, t.expires_at
     FROM auth_token t JOIN user u ON u.id = t.user_id
     WHERE t.token_hash = ? AND t.kind = 'session' AND u.is_active = 1`,
  );
  const insert = db.query<unknown, [string, string, string, string, string, string]>(
    `INSERT INTO auth_token (id, user_id, kind, token_hash, created_at, last_used_at, expires_at)
     SELECT ?1, id, 'session', ?2, ?3, ?3, ?4 FROM user
     WHERE id = ?5 AND password_hash = ?6 AND is_active = 1`,
  );
  const renew = db.query<unknown, [string, string, string]>(
    'UPDATE user SET password_hash = ? WHERE id = ? AND password_hash = ? AND is_active = 1',
  );
  const end = db.query<{ token_hash: string }, [string]>(
    "DELETE FROM auth_token WHERE id = ? AND kind = 'session' RETURNING token_hash",
  );
  // Two requests may commit out of order: the later use counts.
  const use = db.query<unknown, [string, string]>(
    'UPDATE auth_token SET last_used_at = ?1 WHERE id = ?2 AND (last_used_at IS NULL OR last_used_at < ?1)',
  );
  const setupToken = db.query<unknown, [string, string]>(
    "SELECT 1 FROM one_time_token WHERE token_hash = ? AND purpose = 'setup' AND expires_at > ?",
  );

  function insertSession(userId: string, passwordHash: string, added: NewSession): boolean {
    const { id, tokenHash, createdAt, expiresAt } = added;
    return insert.run(id, tokenHash, createdAt, expiresAt, userId, passwordHash).changes === 1;
  }

  function checkSetupToken(tokenHash: string, at: string): SetupRefusal | 'valid' {
    if (setupToken.get(tokenHash, at) === null) return 'no_token';
    return hasAdmin(db) ? 'has_admin' : 'valid';
  }

  return {
    findSession(tokenHash) {
      const row = session.get(tokenHash);
      return row ? { ...row, is_admin: row.is_admin === 1 } : undefined;
    },
    startSession({ userId, session: added, passwordHash, renewedHash }) {
      if (renewedHash === undefined)
        return write(() => insertSession(userId, passwordHash, added), { isAtomic: true });
      return write(() => {
        if (renew.run(renewedHash, userId, passwordHash).changes === 0) return false;
        return insertSession(userId, renewedHash, added);
      });
    },
    endSession: (id) => write(() => end.get(id)?.token_hash, { isAtomic: true }),
    recordUse: (id, at) => write(() => void use.run(at, id), { isAtomic: true }),
    replaceSetupToken: ({ tokenHash, expiresAt }) =>
      write(() => {
        if (hasAdmin(db)) return false;
        db.query("DELETE FROM one_time_token WHERE purpose = 'setup'").run();
        db.query(
          "INSERT INTO one_time_token (token_hash, purpose, expires_at) VALUES (?, 'setup', ?)",
        ).run(tokenHash, expiresAt);
        return true;
      }),
    checkSetupToken,
    setUpAdmin: ({ tokenHash, id, email, passwordHash, at, session: added }) =>
      write(() => {
        const state = checkSetupToken(tokenHash, at);
        if (state !== 'valid') return state;
        const made = makeAdmin(db, { id, email, passwordHash, at });
        if (!made) throw new Error('makeAdmin refused a grant that has a password');
        // Also API tokens: whoever had the account before must keep no way in.
        db.query('DELETE FROM auth_token WHERE user_id = ?').run(made.user.id);
        db.query("DELETE FROM one_time_token WHERE purpose = 'setup'").run();
        insertSession(made.user.id, passwordHash, added);
        return made;
      }),
  };
}
