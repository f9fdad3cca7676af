import { beforeAll, describe, expect, test } from 'bun:test';
import { createHmac, generateKeyPairSync, sign as signWith } from 'node:crypto';
import fc from 'fast-check';
import { decodeProtectedHeader, type JWTHeaderParameters, jwtVerify, SignJWT } from 'jose';
import { createJwt, isJwt } from '../../../src/features/auth/jwt.ts';
import { createSecret } from '../../../src/features/auth/tokens.ts';
import { createAuthApp } from './auth-app.ts';

const KEY = 'k'.repeat(32);
const OTHER = 'o'.repeat(48);
const AT = Date.UTC(2030, 0, 1);
const CLAIMS = { userId: 'ann', sessionId: 's1', issuedAt: AT, expiresAt: AT + 3_600_000 };
const HEADER = { alg: 'HS256', typ: 'JWT' };

const bytes = (text: string) => new TextEncoder().encode(text);
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const hmac = (signed: string, key = KEY, hash = 'sha256') =>
  `${signed}.${createHmac(hash, key).update(signed).digest('base64url')}`;

/** A key kept as a database would. */
function keptKey(first?: string) {
  let kept = first;
  return {
    find: () => kept,
    keep: async (secret: string) => {
      kept ??= secret;
      return kept;
    },
  };
}
const jwtOf = (...secrets: readonly string[]) => createJwt({ secrets, kept: keptKey() });

describe('a token and the library agree', () => {
  test('jose verifies what is signed here', async () => {
    const token = await jwtOf(KEY, OTHER).sign(CLAIMS);
    const options = { algorithms: ['HS256'], subject: 'ann', currentDate: new Date(AT) };
    const { payload, protectedHeader } = await jwtVerify(token, bytes(KEY), options);
    expect(protectedHeader).toEqual(HEADER);
    expect(payload).toEqual({
      sub: 'ann',
      jti: 's1',
      iat: AT / 1000,
      exp: AT / 1000 + 3600,
      nonce: expect.any(String),
    });
    expect(isJwt(token)).toBe(true);
  });

  test('what jose signs is verified here, whatever the claims and the key', async () => {
    const jsonObject = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 });
    const key = fc.uint8Array({ minLength: 32, maxLength: 100 }).map((raw) => {
      return Buffer.from(raw).toString('base64url');
    });
    await fc.assert(
      fc.asyncProperty(jsonObject, key, fc.string(), async (more, secret, subject) => {
        const exp = Math.floor(AT / 1000);
        const token = await new SignJWT({ ...more, sub: subject, jti: 's1', exp })
          .setProtectedHeader(HEADER as JWTHeaderParameters)
          .sign(bytes(secret));
        fc.pre(token.length <= 2_048);
        expect(jwtOf(OTHER, secret).verify(token)).toMatchObject({ sub: subject, jti: 's1', exp });
        expect(jwtOf(OTHER).verify(token)).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });

  test('a token of which any character was changed, cut or added is refused', async () => {
    const jwt = jwtOf(KEY);
    const token = await jwt.sign(CLAIMS);
    const place = fc.nat(token.length - 1);
    const letter = fc.constantFrom(...'ABab019-_.=+/ \u0000é');
    fc.assert(
      fc.property(place, letter, fc.constantFrom('change', 'cut', 'add'), (at, sign, how) => {
        const before = token.slice(0, at);
        const tampered =
          how === 'change'
            ? before + sign + token.slice(at + 1)
            : how === 'cut'
              ? before + token.slice(at + 1)
              : before + sign + token.slice(at);
        fc.pre(tampered !== token);
        expect(jwt.verify(tampered)).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });

  test('any text is refused without an error', () => {
    const jwt = jwtOf(KEY);
    const head = part(HEADER);
    const text = fc.oneof(
      fc.string(),
      fc.string().map((rest) => `${head}.${rest}`),
      fc.base64String().map((rest) => hmac(`${head}.${rest.replaceAll(/[^A-Za-z0-9]/g, '_')}`)),
    );
    fc.assert(fc.property(text, (given) => expect(jwt.verify(given)).toBeUndefined()));
  });
});

describe('keys', () => {
  test('the first signs and all verify; one that was rotated out counts no more', async () => {
    const old = await jwtOf(OTHER).sign(CLAIMS);
    const rotated = jwtOf(KEY, OTHER);
    const fresh = await rotated.sign(CLAIMS);
    expect(rotated.verify(old)).toBeDefined();
    expect(jwtOf(KEY).verify(fresh)).toBeDefined();
    expect(jwtOf(KEY).verify(old)).toBeUndefined();
    expect(jwtOf(OTHER).verify(fresh)).toBeUndefined();
  });

  test('without a secret one of 256 bits is made once and kept', async () => {
    const kept = keptKey();
    const jwt = createJwt({ secrets: [], kept });
    expect(jwt.verify(await jwtOf(KEY).sign(CLAIMS))).toBeUndefined();
    expect(kept.find()).toBeUndefined();
    const tokens = await Promise.all([jwt.sign(CLAIMS), jwt.sign(CLAIMS)]);
    expect(Buffer.from(kept.find() ?? '', 'base64url')).toHaveLength(32);
    const restarted = createJwt({ secrets: [], kept });
    for (const token of tokens) expect(restarted.verify(token)).toBeDefined();
  });

  test('given secrets take the place of the kept one', async () => {
    const kept = keptKey(OTHER);
    const old = await createJwt({ secrets: [], kept }).sign(CLAIMS);
    expect(createJwt({ secrets: [KEY], kept }).verify(old)).toBeUndefined();
  });
});

describe('attacks on the signature', () => {
  const jwt = jwtOf(KEY);
  const payload = part({ sub: 'ann', jti: 's1', exp: AT / 1000 });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();

  test('the shape that the others are made from is good', () => {
    expect(jwt.verify(hmac(`${part(HEADER)}.${payload}`))).toBeDefined();
  });

  for (const [attack, token] of [
    ['alg none', `${part({ alg: 'none', typ: 'JWT' })}.${payload}.`],
    ['alg none with a signature', hmac(`${part({ alg: 'none', typ: 'JWT' })}.${payload}`)],
    ['alg nOnE', hmac(`${part({ alg: 'nOnE', typ: 'JWT' })}.${payload}`)],
    ['signature stripped', `${part(HEADER)}.${payload}.`],
    ['signature and its dot stripped', `${part(HEADER)}.${payload}`],
    ['an empty signature of the right length', `${part(HEADER)}.${payload}.${'A'.repeat(43)}`],
    [
      'algorithm downgrade: HS512 with the right key',
      hmac(`${part({ alg: 'HS512', typ: 'JWT' })}.${payload}`, KEY, 'sha512'),
    ],
    [
      'algorithm confusion: RS256 of a key of their own',
      (() => {
        const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${payload}`;
        return `${signed}.${signWith('sha256', Buffer.from(signed), rsa.privateKey).toString('base64url')}`;
      })(),
    ],
    ['algorithm confusion: a public key as the secret', hmac(`${part(HEADER)}.${payload}`, pem)],
    ['an empty key', hmac(`${part(HEADER)}.${payload}`, '')],
    ['another key', hmac(`${part(HEADER)}.${payload}`, OTHER)],
    ['typ is missing', hmac(`${part({ alg: 'HS256' })}.${payload}`)],
    ['another typ', hmac(`${part({ alg: 'HS256', typ: 'at+jwt' })}.${payload}`)],
    ['kid traversal', hmac(`${part({ ...HEADER, kid: '../../dev/null' })}.${payload}`)],
    ['a key that the token brings', hmac(`${part({ ...HEADER, jwk: { k: 'AA' } })}.${payload}`)],
    ['crit', hmac(`${part({ ...HEADER, crit: ['exp'] })}.${payload}`)],
    [
      'the same header in another spelling',
      hmac(`${part({ typ: 'JWT', alg: 'HS256' })}.${payload}`),
    ],
    ['a fourth part', `${hmac(`${part(HEADER)}.${payload}`)}.x`],
    ['padding', `${hmac(`${part(HEADER)}.${payload}`)}=`],
    ['no claims', hmac(`${part(HEADER)}.${part({})}`)],
    ['exp as a text', hmac(`${part(HEADER)}.${part({ sub: 'ann', jti: 's1', exp: '9' })}`)],
    ['claims that are no object', hmac(`${part(HEADER)}.${part(null)}`)],
    ['claims that are no JSON', hmac(`${part(HEADER)}.AAAA`)],
    ['megabytes', hmac(`${part(HEADER)}.${'A'.repeat(3_000_000)}`)],
  ] as const)
    test(attack, () => {
      expect(jwt.verify(token)).toBeUndefined();
    });

  test('a second spelling of the last character is another token', () => {
    const token = hmac(`${part(HEADER)}.${payload}`);
    // The last of 43 characters carries 4 bits of the 32 bytes, and 2 that say nothing.
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const spelling = token.slice(0, -1) + last[last.indexOf(token.at(-1) ?? '') + 1];
    expect(Buffer.from(spelling.slice(-43), 'base64url')).toEqual(
      Buffer.from(token.slice(-43), 'base64url'),
    );
    expect(jwt.verify(spelling)).toBeUndefined();
  });
});

describe('attacks on the session', () => {
  const ANN = 'ann@example.com';
  let app: ReturnType<typeof createAuthApp>;
  let other: ReturnType<typeof createAuthApp>;
  beforeAll(async () => {
    app = createAuthApp({ isJwt: true, jwtSecrets: [KEY] });
    other = createAuthApp({ isJwt: true, jwtSecrets: [KEY] });
    for (const one of [app, other]) {
      await one.register(ANN);
      await one.register('eve@example.com');
    }
  });
  const status = async (token: string, at = app) =>
    (await at.call('GET', '/api/auth/me', { token })).status;
  const claimsOf = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  const forge = (claims: object) => hmac(`${part(HEADER)}.${part(claims)}`);
  const store = (token: string, id: string) =>
    app.db
      .query('UPDATE auth_token SET token_hash = ? WHERE id = ?')
      .run(Bun.SHA256.hash(token, 'hex'), id);

  test('the token of another instance with the same secret', async () => {
    const foreign = await other.signIn(ANN);
    expect(await status(foreign, other)).toBe(200);
    expect(await status(foreign)).toBe(401);
  });

  test('a secret that leaked: the jti and sub of somebody else', async () => {
    const mine = await app.signIn('eve@example.com');
    const theirs = claimsOf(await app.signIn(ANN));
    expect(await status(mine)).toBe(200);
    for (const claims of [
      { ...claimsOf(mine), jti: theirs.jti },
      { ...claimsOf(mine), sub: theirs.sub },
      { ...claimsOf(mine), jti: theirs.jti, sub: theirs.sub },
      { ...claimsOf(mine), exp: theirs.exp + 1e9 },
    ])
      expect(await status(forge(claims))).toBe(401);
  });

  test('a copy of the database, key and all, signs nobody in', async () => {
    const { nonce, ...known } = claimsOf(await app.signIn(ANN));
    const row = app.db.query<{ user_id: string }, [string]>(
      'SELECT user_id FROM auth_token WHERE id = ?',
    );
    // All that the token says stands in the row, but for what makes it a secret.
    expect(row.get(known.jti)).toEqual({ user_id: known.sub });
    expect(nonce).toMatch(/^[\w-]{43}$/);
    expect(JSON.stringify(app.db.query('SELECT * FROM auth_token').all())).not.toContain(nonce);
    for (const claims of [known, { nonce: createSecret(), ...known }])
      expect(await status(forge(claims))).toBe(401);
  });

  test('a row that somebody wrote does not make another out of a token', async () => {
    const ann = claimsOf(await app.signIn(ANN));
    const eve = claimsOf(await app.signIn('eve@example.com'));
    for (const claims of [
      { ...ann, sub: eve.sub },
      { ...ann, jti: eve.jti },
    ]) {
      const token = forge(claims);
      store(token, ann.jti);
      expect(await status(token)).toBe(401);
    }
    const unsigned = hmac(`${part(HEADER)}.${part(ann)}`, OTHER);
    store(unsigned, ann.jti);
    expect(await status(unsigned)).toBe(401);
  });

  test('an expired token whose row lives on', async () => {
    const token = await app.signIn(ANN);
    app.db
      .query("UPDATE auth_token SET expires_at = '2099-01-01T00:00:00.000Z' WHERE id = ?")
      .run(claimsOf(token).jti);
    expect(await status(token)).toBe(200);
    app.clock.ms += 24 * 3_600_000;
    expect(await status(token)).toBe(401);
    app.clock.ms -= 24 * 3_600_000;
  });

  test('a live token whose row is gone', async () => {
    const token = await app.signIn(ANN);
    app.db.query('DELETE FROM auth_token WHERE id = ?').run(claimsOf(token).jti);
    expect(await status(token)).toBe(401);
  });

  test('a token says who, which session and how long, and nothing about the person', async () => {
    const token = await app.signIn(ANN);
    expect<object>(decodeProtectedHeader(token)).toEqual(HEADER);
    expect(Object.keys(claimsOf(token)).sort()).toEqual(['exp', 'iat', 'jti', 'nonce', 'sub']);
  });
});

describe('changing auth.token_format and auth.jwt_secret', () => {
  const ANN = 'ann@example.com';
  const me = async (app: ReturnType<typeof createAuthApp>, token: string) =>
    (await app.call('GET', '/api/auth/me', { token })).status;

  test('signs nobody out, unless the key is gone', async () => {
    const first = createAuthApp();
    await first.register(ANN);
    const opaque = await first.signIn(ANN);
    const reopen = (options: Parameters<typeof createAuthApp>[0]) =>
      createAuthApp({ ...options, data: first.data });

    const made = reopen({ isJwt: true });
    expect(await me(made, opaque)).toBe(200);
    const byKept = await made.signIn(ANN);
    expect(isJwt(byKept)).toBe(true);
    expect(await me(reopen({ isJwt: true }), byKept)).toBe(200);
    const back = reopen({});
    expect(await me(back, byKept)).toBe(200);
    expect(await back.signIn(ANN)).toStartWith('tb_');

    const own = reopen({ isJwt: true, jwtSecrets: [KEY] });
    expect(await me(own, byKept)).toBe(401);
    const byOwn = await own.signIn(ANN);
    expect(await me(reopen({ jwtSecrets: [OTHER, KEY] }), byOwn)).toBe(200);
    expect(await me(reopen({ isJwt: true, jwtSecrets: [OTHER] }), byOwn)).toBe(401);
    expect(await me(own, opaque)).toBe(200);
  });
});
