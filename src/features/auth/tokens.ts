const PREFIX = 'tb_';
const TOKEN = /^tb_[A-Za-z0-9_-]{43}$/;

/** Sessions and API tokens look alike: what one is stands in the database only. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** A new token, for a session or as an API token. */
export function createToken(): string {
  return PREFIX + createSecret();
}

/** 256 random bits as 43 characters that need no escaping in a URL, a header or a cookie. */
export function createSecret(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url');
}

/** What is stored and looked up in place of a token. Tokens are random, so they need no slow hash. */
export function hashToken(token: string): string {
  return Bun.SHA256.hash(token, 'hex');
}
