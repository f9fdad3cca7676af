import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { SigningKeyStore } from './store.ts';
import { createSecret } from './tokens.ts';

const HEADER = { alg: 'HS256', typ: 'JWT' } as const;
/** The only header there is: what a token says of itself is compared, never read. */
const HEADER_TEXT = Buffer.from(JSON.stringify(HEADER)).toString('base64url');
const JWT = new RegExp(`^${HEADER_TEXT}\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]{43}$`);
/** Ours have some 300. */
const MAX_LENGTH = 2_048;

const Claims = Type.Object({
  /** The user's id. */
  sub: Type.String(),
  /** The session's id. */
  jti: Type.String(),
  /** Seconds since 1970. */
  exp: Type.Number(),
});
export type JwtClaims = Static<typeof Claims>;

export interface JwtDeps {
  /** The first signs, all verify. Without any, one is made and kept. */
  readonly secrets: readonly string[];
  readonly kept: SigningKeyStore;
}

/** Session tokens that other programs can read too (RFC 7519), signed with HMAC-SHA256. */
export interface Jwt {
  /** Times in milliseconds. */
  sign(claims: {
    readonly userId: string;
    readonly sessionId: string;
    readonly issuedAt: number;
    readonly expiresAt: number;
  }): Promise<string>;
  /** Undefined unless one of the keys has signed it. The time is not looked at. */
  verify(token: string): JwtClaims | undefined;
}

export function isJwt(text: string): boolean {
  return text.length <= MAX_LENGTH && JWT.test(text);
}

export function createJwt({ secrets, kept }: JwtDeps): Jwt {
  const given = secrets.map(toKey);

  function verifyingKeys(): readonly Uint8Array[] {
    if (given.length > 0) return given;
    const secret = kept.find();
    return secret === undefined ? [] : [toKey(secret)];
  }

  return {
    async sign({ userId, sessionId, issuedAt, expiresAt }) {
      // Loaded when it is needed, as most servers never need it.
      const { SignJWT } = await import('jose');
      const key = given[0] ?? toKey(await kept.keep(createSecret()));
      // All else stands in the session's row, and the key may too: whoever reads the database could write the token anew.
      return new SignJWT({ nonce: createSecret() })
        .setProtectedHeader(HEADER)
        .setSubject(userId)
        .setJti(sessionId)
        .setIssuedAt(Math.floor(issuedAt / 1000))
        .setExpirationTime(Math.ceil(expiresAt / 1000))
        .sign(key);
    },

    // Not by jose, which is asynchronous: see TokenStore.findToken.
    verify(token) {
      if (!isJwt(token)) return undefined;
      const dot = token.lastIndexOf('.');
      const signed = token.slice(0, dot);
      const signature = Buffer.from(token.slice(dot + 1));
      if (!verifyingKeys().some((key) => timingSafeEqual(signature, signatureOf(signed, key))))
        return undefined;
      return readClaims(signed.slice(HEADER_TEXT.length + 1));
    },
  };
}

/** As text: of two spellings of the same bytes one counts. */
function signatureOf(signed: string, key: Uint8Array): Buffer {
  return Buffer.from(createHmac('sha256', key).update(signed).digest('base64url'));
}

/** Somebody else may sign with the same key, and other things. */
function readClaims(text: string): JwtClaims | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return Value.Check(Claims, claims) ? claims : undefined;
  } catch {
    return undefined;
  }
}

function toKey(secret: string): Uint8Array {
  return new TextEncoder().encode(secret);
}
