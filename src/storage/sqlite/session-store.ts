import type {
  NewSession,
  SessionEnd,
  SessionEndOutcome,
  StoredSession,
  TokenStore,
} from '../../features/auth/store.ts';
import type { Connection } from './connection.ts';
import { findUser, isStillAdmin, noteSeen } from './user-rows.ts';

interface EndedRow {
  readonly user_id: string;
  readonly token_hash: string;
  readonly name: string | null;
  readonly created_at: string;
}

type SessionParts = Pick<
  TokenStore,
  | 'startSession'
  | 'replaceSession'
  | 'endSession'
  | 'endSessionOf'
  | 'listSessions'
  | 'deleteExpired'
>;

/** What of a TokenStore is about sessions. */
export function createSessionParts({ db, write }: Connection): SessionParts & {
  /** Adds a session if the password still counts; part of a job. */
  insertSession(userId: string, passwordHash: string, added: NewSession): boolean;
} {
  const insert = db.query<unknown, [string, string | null, string, string, string, string, string]>(
    `INSERT INTO auth_token (id, user_id, kind, name, token_hash, created_at, last_used_at, expires_at)
     SELECT ?1, id, 'session', ?2, ?3, ?4, ?4, ?5 FROM user
     WHERE id = ?6 AND password_hash = ?7 AND is_active = 1`,
  );
  const renew = db.query<unknown, [string, string, string]>(
    'UPDATE user SET password_hash = ? WHERE id = ? AND password_hash = ? AND is_active = 1',
  );
  const end = db.query<{ token_hash: string }, [string, string]>(
    "DELETE FROM auth_token WHERE id = ? AND user_id = ? AND kind = 'session' RETURNING token_hash",
  );
  const takeOut = db.query<EndedRow, [string, string]>(
    `DELETE FROM auth_token WHERE id = ? AND kind = 'session' AND expires_at > ?
     AND user_id IN (SELECT id FROM user WHERE is_active = 1)
     RETURNING user_id, token_hash, name, created_at`,
  );
  const putIn = db.query<unknown, [string, string, string | null, string, string, string, string]>(
    `INSERT INTO auth_token (id, user_id, kind, name, token_hash, created_at, last_used_at, expires_at)
     VALUES (?, ?, 'session', ?, ?, ?, ?, ?)`,
  );
  const page = db.query<StoredSession, [string, string, number, number]>(
    `SELECT id, name, created_at, last_used_at, expires_at FROM auth_token
     WHERE user_id = ? AND kind = 'session' AND expires_at > ?
     ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?`,
  );
  const count = db.query<{ n: number }, [string, string]>(
    "SELECT count(*) AS n FROM auth_token WHERE user_id = ? AND kind = 'session' AND expires_at > ?",
  );
  // API tokens stay: their list says when they ended.
  const expired = db.query<unknown, [string, number]>(
    `DELETE FROM auth_token WHERE id IN
     (SELECT id FROM auth_token WHERE expires_at <= ? AND kind = 'session' LIMIT ?)`,
  );
  const expiredLinks = db.query<unknown, [string, number]>(
    `DELETE FROM one_time_token WHERE token_hash IN
     (SELECT token_hash FROM one_time_token WHERE expires_at <= ? LIMIT ?)`,
  );

  function insertSession(userId: string, passwordHash: string, added: NewSession): boolean {
    const { id, name, tokenHash, createdAt, expiresAt } = added;
    const made = insert.run(id, name, tokenHash, createdAt, expiresAt, userId, passwordHash);
    if (made.changes === 0) return false;
    noteSeen(db, userId, createdAt);
    return true;
  }

  function endSessionOf({ userId, id, by }: SessionEnd): SessionEndOutcome {
    if (by && !isStillAdmin(db, by)) return { kind: 'not_admin' };
    if (by?.isApiToken && findUser(db, userId)?.is_admin) return { kind: 'is_admin' };
    const ended = end.get(id, userId);
    return ended === null ? { kind: 'missing' } : { kind: 'ended', tokenHash: ended.token_hash };
  }

  return {
    insertSession,
    startSession({ userId, session: added, passwordHash, renewedHash }) {
      if (renewedHash === undefined) return write(() => insertSession(userId, passwordHash, added));
      return write(() => {
        if (renew.run(renewedHash, userId, passwordHash).changes === 0) return false;
        return insertSession(userId, renewedHash, added);
      });
    },
    replaceSession: (endedId, { id, name, tokenHash, createdAt: now, expiresAt }) =>
      write(() => {
        const ended = takeOut.get(endedId, now);
        if (ended === null) return undefined;
        const { user_id: userId, created_at: since, token_hash: endedHash } = ended;
        putIn.run(id, userId, name ?? ended.name, tokenHash, since, now, expiresAt);
        noteSeen(db, userId, now);
        const user = findUser(db, userId);
        return user && { user, endedHash };
      }),
    endSession: (userId, id) => write(() => end.get(id, userId)?.token_hash, { isAtomic: true }),
    endSessionOf: (asked) => write(() => endSessionOf(asked), { isAtomic: true }),
    listSessions: (userId, at, { limit, offset }) => ({
      items: page.all(userId, at, limit, offset),
      total: count.get(userId, at)?.n ?? 0,
    }),
    deleteExpired: (at, max) =>
      write(() => expired.run(at, max).changes + expiredLinks.run(at, max).changes),
  };
}
