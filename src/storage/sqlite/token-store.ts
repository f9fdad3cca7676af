import { SCOPES, type Scope } from '../../core/actor.ts';
import type { ApiToken } from '../../features/auth/schema.ts';
import type {
  ApiTokenRefusal,
  EndedApiToken,
  NewApiToken,
  SetupRefusal,
  StoredToken,
  TokenStore,
} from '../../features/auth/store.ts';
import type { Connection } from './connection.ts';
import { createEmailTokenParts } from './email-token-store.ts';
import { createPasswordParts } from './password-store.ts';
import { createSessionParts } from './session-store.ts';
import { hasAdmin, noteSeen } from './user-rows.ts';
import { makeAdmin } from './user-store.ts';

interface TokenRow extends Omit<StoredToken, 'is_admin' | 'scopes'> {
  readonly is_admin: number;
  readonly kind: 'session' | 'api';
  readonly scopes: string | null;
}

interface ApiTokenRow extends Omit<ApiToken, 'scopes'> {
  readonly scopes: string | null;
}

interface Maker {
  readonly kind: 'session' | 'api';
  readonly expires_at: string | null;
}

export function createTokenStore(connection: Connection): TokenStore {
  const { db, write } = connection;
  const { insertSession, ...sessions } = createSessionParts(connection);
  const byHash = db.query<TokenRow, [string]>(
    `SELECT t.id, t.user_id, u.email, u.is_admin, t.kind, t.scopes, t.last_used_at, t.expires_at
     FROM auth_token t JOIN user u ON u.id = t.user_id
     WHERE t.token_hash = ? AND u.is_active = 1`,
  );
  // Two requests may commit out of order: the later use counts.
  const use = db.query<{ user_id: string }, [string, string]>(
    `UPDATE auth_token SET last_used_at = ?1
     WHERE id = ?2 AND (last_used_at IS NULL OR last_used_at < ?1) RETURNING user_id`,
  );
  const maker = db.query<Maker, [string, string, string]>(
    `SELECT t.kind, t.expires_at FROM auth_token t JOIN user u ON u.id = t.user_id
     WHERE t.id = ? AND u.id = ? AND u.is_active = 1 AND u.is_admin = 1
     AND (t.expires_at IS NULL OR t.expires_at > ?)`,
  );
  const insertApiToken = db.query<
    unknown,
    [string, string, string, string, string, string, string | null]
  >(
    `INSERT INTO auth_token (id, user_id, name, kind, token_hash, scopes, created_at, expires_at)
     VALUES (?, ?, ?, 'api', ?, ?, ?, ?)`,
  );
  const apiTokens = db.query<ApiTokenRow, [number, number]>(
    `SELECT t.id, t.name, t.scopes, t.user_id, u.email, t.created_at, t.last_used_at, t.expires_at
     FROM auth_token t JOIN user u ON u.id = t.user_id
     WHERE t.kind = 'api' ORDER BY t.id DESC LIMIT ? OFFSET ?`,
  );
  const countApiTokens = db.query<{ n: number }, []>(
    "SELECT count(*) AS n FROM auth_token WHERE kind = 'api'",
  );
  const endApiToken = db.query<EndedApiToken, [string]>(
    `DELETE FROM auth_token WHERE id = ? AND kind = 'api'
     RETURNING token_hash AS tokenHash, name, user_id AS userId`,
  );
  const setupToken = db.query<unknown, [string, string]>(
    "SELECT 1 FROM one_time_token WHERE token_hash = ? AND purpose = 'setup' AND expires_at > ?",
  );

  const ownerOf = db.query<{ id: string }, [string]>('SELECT id FROM user WHERE email = ?');

  function addApiToken(added: NewApiToken): 'added' | ApiTokenRefusal {
    const { id, userId, madeWith, name, scopes, tokenHash, createdAt, expiresAt } = added;
    const found = maker.get(madeWith, userId, createdAt);
    if (found === null) return 'no_admin';
    const end = found.kind === 'api' ? found.expires_at : null;
    if (end !== null && (expiresAt === null || expiresAt > end)) return 'outlives_maker';
    insertApiToken.run(id, userId, name, tokenHash, scopes.join(' '), createdAt, expiresAt);
    return 'added';
  }

  function checkSetupToken(tokenHash: string, at: string): SetupRefusal | 'valid' {
    if (setupToken.get(tokenHash, at) === null) return 'no_token';
    return hasAdmin(db) ? 'has_admin' : 'valid';
  }

  return {
    ...sessions,
    ...createPasswordParts(connection),
    ...createEmailTokenParts(connection),
    findToken(tokenHash) {
      const row = byHash.get(tokenHash);
      if (row === null) return undefined;
      const { kind, scopes, is_admin, ...rest } = row;
      // By its kind: an API token without any scope must not pass for a session.
      const held = kind === 'session' ? null : toScopes(scopes);
      return { ...rest, is_admin: is_admin === 1, scopes: held };
    },
    recordUse: (id, at) =>
      write(() => {
        const used = use.get(at, id);
        if (used) noteSeen(db, used.user_id, at);
      }),
    addApiToken: (token) => write(() => addApiToken(token), { isAtomic: true }),
    listApiTokens: ({ limit, offset }) => ({
      items: apiTokens
        .all(limit, offset)
        .map(({ scopes, ...rest }) => ({ ...rest, scopes: toScopes(scopes) })),
      total: countApiTokens.get()?.n ?? 0,
    }),
    deleteApiToken: (id) => write(() => endApiToken.get(id) ?? undefined, { isAtomic: true }),
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
        const owner = ownerOf.get(email);
        if (owner !== null && owner.id !== id) return 'stale';
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

/** Stored as OAuth writes them, between spaces (RFC 6749, 3.3); a scope that nobody knows opens nothing. */
function toScopes(stored: string | null): Scope[] {
  const words = new Set(stored?.split(' '));
  return SCOPES.filter((scope) => words.has(scope));
}
