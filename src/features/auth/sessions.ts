import type { SignedInActor } from '../../core/actor.ts';
import { type Clock, toTimestamp } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { createCountedCache } from '../../lib/counted-cache.ts';
import { isJwt, type Jwt, type JwtClaims } from './jwt.ts';
import type { StoredToken, TokenStore } from './store.ts';
import { hashToken, isToken } from './tokens.ts';

const MAX_REMEMBERED = 10_000;
const USE_INTERVAL_MS = 60_000;

interface Remembered {
  readonly actor: SignedInActor;
  readonly expiresAtMs: number;
  lastUsedAtMs: number;
}

/** Who a token stands for, of a session or an API token. Remembers those seen last by the hash of their token, and nothing that failed. */
export interface Sessions {
  /** Throws `unauthenticated` when the token is unknown, expired or revoked. */
  getActor(token: string): SignedInActor;
  forget(tokenHash: string): void;
  forgetUser(userId: string): void;
  /** For when another process wrote to the database. */
  forgetAll(): void;
}

export interface SessionsDeps {
  readonly tokens: Pick<TokenStore, 'findToken' | 'recordUse'>;
  /** Also where new tokens have another format: those from before count until they end. */
  readonly jwt: Pick<Jwt, 'verify'>;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'warning'>;
}

export function createSessions({ tokens, jwt, clock, log }: SessionsDeps): Sessions {
  const remembered = createCountedCache<Remembered>(MAX_REMEMBERED);

  function load(token: string, hash: string): Remembered {
    const claims = isJwt(token) ? readClaims(token) : undefined;
    const stored = tokens.findToken(hash);
    if (!stored || (claims && !isAbout(claims, stored))) throw badToken();
    const entry = toRemembered(stored, claims);
    remembered.set(hash, entry);
    return entry;
  }

  function readClaims(token: string): JwtClaims {
    const claims = jwt.verify(token);
    if (!claims) throw badToken();
    return claims;
  }

  /** Not awaited by the request: a use that could not be written is no reason to refuse it. */
  async function recordUse(id: string, now: number): Promise<void> {
    try {
      await tokens.recordUse(id, toTimestamp(now));
    } catch (error) {
      log.warning('The last use of a token could not be written.', { token_id: id, error });
    }
  }

  return {
    getActor(token) {
      if (!isToken(token) && !isJwt(token)) throw badToken();
      const hash = hashToken(token);
      const entry = remembered.get(hash) ?? load(token, hash);
      const now = clock.now();
      if (now >= entry.expiresAtMs) {
        remembered.delete(hash);
        throw badToken();
      }
      // A clock that jumped back makes the difference negative: nothing to write then.
      if (now - entry.lastUsedAtMs >= USE_INTERVAL_MS) {
        entry.lastUsedAtMs = now;
        void recordUse(entry.actor.tokenId, now);
      }
      return entry.actor;
    },
    forget: (hash) => void remembered.delete(hash),
    forgetUser(userId) {
      for (const [hash, { actor }] of [...remembered.entries()])
        if (actor.id === userId) remembered.delete(hash);
    },
    forgetAll: () => remembered.clear(),
  };
}

/** Its text is found by its hash, so it could only be another's where somebody wrote into the database. */
function isAbout({ jti, sub }: JwtClaims, stored: StoredToken): boolean {
  return jti === stored.id && sub === stored.user_id;
}

function toRemembered(stored: StoredToken, claims: JwtClaims | undefined): Remembered {
  const end = stored.expires_at === null ? Number.POSITIVE_INFINITY : Date.parse(stored.expires_at);
  return {
    actor: {
      kind: stored.is_admin ? 'admin' : 'user',
      id: stored.user_id,
      email: stored.email,
      tokenId: stored.id,
      ...(stored.scopes === null ? {} : { scopes: stored.scopes }),
    },
    expiresAtMs: claims ? Math.min(end, claims.exp * 1000) : end,
    lastUsedAtMs: stored.last_used_at === null ? 0 : Date.parse(stored.last_used_at),
  };
}

export function badToken(): AppError {
  return new AppError(
    'unauthenticated',
    'The token is unknown, expired or revoked. Sign in again.',
  );
}
