import { toTimestamp } from '../../core/clock.ts';
import type { NewSession } from './store.ts';

const SESSION_PREFIX = 'tb_';
const SESSION_TOKEN = /^tb_[A-Za-z0-9_-]{43}$/;

export function isSessionToken(text: string): boolean {
  return SESSION_TOKEN.test(text);
}

/** 256 random bits as 43 characters that need no escaping in a URL, a header or a cookie. */
export function createSecret(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url');
}

/** What is stored and looked up in place of a token. Tokens are random, so they need no slow hash. */
export function hashToken(token: string): string {
  return Bun.SHA256.hash(token, 'hex');
}

export interface IssuedSession {
  /** Shown once, to its owner. */
  readonly token: string;
  readonly session: NewSession;
  readonly ttlSeconds: number;
}

export function issueSession(now: number, ttlHours: number): IssuedSession {
  const token = SESSION_PREFIX + createSecret();
  const ttlSeconds = Math.round(ttlHours * 3600);
  const session = {
    id: Bun.randomUUIDv7('hex', now),
    tokenHash: hashToken(token),
    createdAt: toTimestamp(now),
    expiresAt: toTimestamp(now + ttlSeconds * 1000),
  };
  return { token, session, ttlSeconds };
}
