import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { AppError } from '../../../src/core/errors.ts';
import { createLoginLimit } from '../../../src/features/auth/login-limit.ts';
import type { PasswordEngine } from '../../../src/features/auth/passwords.ts';
import { normalizeEmail } from '../../../src/lib/email.ts';
import { createAuthApp, PASSWORD, quickEngine } from './auth-app.ts';

const ANN = 'ann@example.com';
const HOME = '203.0.113.7';
const MINUTE_MS = 60_000;
/** The default: 10 per address and account, 50 per address, 30 per account. */
const LIMIT = 10;

/** Accounts with the default limits; ann has one, made from elsewhere. `verified` counts the hashing. */
async function limitedApp() {
  const work = { verified: 0 };
  const engine: PasswordEngine = {
    hash: quickEngine.hash,
    verify: (password, hash) => {
      work.verified++;
      return quickEngine.verify(password, hash);
    },
  };
  const app = createAuthApp({ engine, attemptsPerMinute: LIMIT });
  await app.register(ANN);

  /** `in`, `wrong`, or the seconds after which to come again. */
  async function tryIt(email: string, password: string, address: string) {
    try {
      await app.auth.login({ email, password }, address);
      return 'in';
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.code === 'unauthenticated') return 'wrong';
      expect(error.code).toBe('too_many_requests');
      return error.retryAfterSeconds;
    }
  }

  return {
    ...app,
    work,
    guess: (email: string, address: string) => tryIt(email, 'wrong horse', address),
    enter: (email: string, address: string) => tryIt(email, PASSWORD, address),
  };
}

type LimitedApp = Awaited<ReturnType<typeof limitedApp>>;

/** Guesses until it is refused, each from the next address; answers how many were let through. */
async function flood(app: LimitedApp, email: string, addresses: Iterable<string>): Promise<number> {
  let passed = 0;
  for (const address of addresses) if ((await app.guess(email, address)) === 'wrong') passed++;
  return passed;
}

const addresses = (count: number) => Array.from({ length: count }, (_, n) => `198.51.100.${n}`);
const times = (count: number, address: string) => Array.from({ length: count }, () => address);

describe('guessing the password of one account from one address (brute force)', () => {
  test('ten a minute are verified, then not even the right password is looked at', async () => {
    const app = await limitedApp();
    expect(await flood(app, ANN, times(LIMIT + 5, HOME))).toBe(LIMIT);
    expect(await app.enter(ANN, HOME)).toBe(60);
    expect(app.work.verified).toBe(LIMIT);
    app.clock.ms += MINUTE_MS - 1;
    expect(await app.enter(ANN, HOME)).toBe(1);
    app.clock.ms += 1;
    expect(await app.enter(ANN, HOME)).toBe('in');
  });

  test('a hundred at once are no more than ten one after the other (race)', async () => {
    const app = await limitedApp();
    const found = await Promise.all(Array.from({ length: 100 }, () => app.guess(ANN, HOME)));
    expect(found.filter((answer) => answer === 'wrong')).toHaveLength(LIMIT);
    expect(app.work.verified).toBe(LIMIT);
  });

  test('refused attempts do not prolong the wait, and nobody else pays for them', async () => {
    const app = await limitedApp();
    await flood(app, ANN, times(LIMIT, HOME));
    for (let second = 0; second < 59; second++) {
      app.clock.ms += 1_000;
      await flood(app, ANN, times(20, HOME));
    }
    expect(await app.enter(ANN, HOME)).toBe(1);
    expect(await app.guess('bob@example.com', HOME)).toBe('wrong');
    expect(await app.enter(ANN, '203.0.113.8')).toBe('in');
  });

  test('other spellings of the address count together (case and Unicode variants)', async () => {
    const email = 'zoë.k@example.com';
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(7), { minLength: LIMIT, maxLength: LIMIT }),
        async (kinds) => {
          const app = await limitedApp();
          await app.register(email);
          for (const kind of kinds) {
            const spelled = respell(email, kind);
            expect(normalizeEmail(spelled)).toBe(email);
            expect(await app.guess(spelled, HOME)).toBe('wrong');
          }
          expect(await app.enter(email, HOME)).toBe(60);
        },
      ),
      { numRuns: 20 },
    );
  });

  test('no text that opens the account has a count of its own (look-alikes)', async () => {
    const app = await limitedApp();
    await flood(app, ANN, times(LIMIT, HOME));
    for (const email of [
      ` ${ANN}`,
      `${ANN} `,
      `${ANN}\u0000`,
      `${ANN}\u200b`,
      'ａnn@example.com',
      `${ANN}.`,
    ])
      expect(await app.enter(email, HOME)).toBe('wrong');
  });
});

describe('guessing over many accounts from one address (password spraying)', () => {
  test('fifty a minute are verified, then every account is closed to the address', async () => {
    const app = await limitedApp();
    let passed = 0;
    for (let n = 0; n < 80; n++)
      if ((await app.guess(`user${n}@example.com`, HOME)) === 'wrong') passed++;
    expect(passed).toBe(LIMIT * 5);
    expect(await app.enter(ANN, HOME)).toBe(60);
    expect(await app.enter(ANN, '203.0.113.8')).toBe('in');
    app.clock.ms += MINUTE_MS;
    expect(await app.enter(ANN, HOME)).toBe('in');
  });

  test('signing in to an account of one’s own in between does not help', async () => {
    const app = await limitedApp();
    await app.register('mallory@example.com');
    let passed = 0;
    for (let n = 0; n < 80; n++) {
      if (n % 5 === 0) await app.enter('mallory@example.com', HOME);
      if ((await app.guess(ANN, HOME)) === 'wrong') passed++;
    }
    expect(passed).toBe(LIMIT);
    for (let n = 0; n < 80; n++) {
      if (n % 5 === 0) await app.enter('mallory@example.com', HOME);
      if ((await app.guess(`user${n}@example.com`, HOME)) === 'wrong') passed++;
    }
    expect(passed).toBeLessThan(LIMIT * 5);
  });

  test('all addresses of an IPv6 network are one (rotating addresses)', async () => {
    const app = await limitedApp();
    const rotating = Array.from({ length: 40 }, (_, n) => `2001:db8:1:2::${n.toString(16)}`);
    expect(await flood(app, ANN, rotating)).toBe(LIMIT);
    expect(await app.guess(ANN, '2001:db8:1:3::1')).toBe('wrong');
  });

  test('an IPv4 address is the same when it comes mapped into IPv6', async () => {
    const app = await limitedApp();
    await flood(app, ANN, times(LIMIT, HOME));
    expect(await app.enter(ANN, `::ffff:${HOME}`)).toBe(60);
  });
});

describe('guessing the password of one account from many addresses (distributed attack)', () => {
  test('thirty a minute are verified, whatever the address', async () => {
    const app = await limitedApp();
    expect(await flood(app, ANN, addresses(200))).toBe(LIMIT * 3);
    expect(await app.enter(ANN, HOME)).toBe(60);
    expect(await app.guess('bob@example.com', HOME)).toBe('wrong');
    app.clock.ms += MINUTE_MS;
    expect(await app.enter(ANN, HOME)).toBe('in');
  });

  test('it does not keep the owner out where they have signed in before (lock-out)', async () => {
    const app = await limitedApp();
    expect(await app.enter(ANN, HOME)).toBe('in');
    for (let second = 0; second < 180; second += 10) {
      await flood(app, ANN, addresses(60));
      expect(await app.enter(ANN, HOME)).toBe('in');
      app.clock.ms += 10_000;
    }
    // There the attempts are counted as ever.
    expect(await flood(app, ANN, times(LIMIT + 5, HOME))).toBe(LIMIT);
  });

  test('elsewhere the owner waits for a minute at most once it ends (lock-out)', async () => {
    const app = await limitedApp();
    for (let second = 0; second < 600; second++) {
      app.clock.ms += 1_000;
      await flood(app, ANN, addresses(5));
    }
    const waitSeconds = await app.enter(ANN, HOME);
    expect(waitSeconds).toBeLessThanOrEqual(60);
    app.clock.ms += Number(waitSeconds) * 1_000;
    expect(await app.enter(ANN, HOME)).toBe('in');
  });

  test('having signed in to another account there opens no further guesses', async () => {
    const app = await limitedApp();
    await app.register('mallory@example.com');
    for (const address of addresses(40)) await app.enter('mallory@example.com', address);
    app.clock.ms += MINUTE_MS;
    expect(await flood(app, ANN, addresses(40))).toBe(LIMIT * 3);
  });
});

describe('people who mistype', () => {
  test('a success starts the count of the address and account anew', async () => {
    const app = await limitedApp();
    for (let round = 0; round < 3; round++) {
      await flood(app, ANN, times(LIMIT - 1, HOME));
      expect(await app.enter(ANN, HOME)).toBe('in');
    }
    expect(await flood(app, ANN, times(LIMIT + 1, HOME))).toBe(LIMIT);
  });

  test('a clock that jumps back locks nobody', async () => {
    const app = await limitedApp();
    await flood(app, ANN, times(LIMIT, HOME));
    app.clock.ms -= 365 * 24 * 3_600_000;
    expect(await app.enter(ANN, HOME)).toBeLessThanOrEqual(60);
    app.clock.ms += MINUTE_MS;
    expect(await app.enter(ANN, HOME)).toBe('in');
  });
});

test('an address without an account is refused like one with (enumeration)', async () => {
  const app = await limitedApp();
  const seen = await Promise.all(
    [ANN, 'nobody@example.com', 'not an address', '', 'x'.repeat(1_000)].map(async (email, n) => {
      const answers: unknown[] = [];
      for (let round = 0; round < LIMIT + 2; round++)
        answers.push(await app.guess(email, `203.0.113.${n}`));
      return answers;
    }),
  );
  for (const answers of seen) expect(answers).toEqual(seen[0] ?? []);
});

test('texts that are too long for any account share one count (memory)', async () => {
  const app = await limitedApp();
  let passed = 0;
  for (let n = 0; n < 40; n++)
    if ((await app.guess(`${n}${'x'.repeat(900)}`, HOME)) === 'wrong') passed++;
  expect(passed).toBe(LIMIT);
});

describe('other things that strangers may try', () => {
  test('registering is bounded by address, and what is refused for its input does not count', async () => {
    const app = await limitedApp();
    const register = (n: number, password = PASSWORD) =>
      app.auth.register({ email: `user${n}@example.com`, password }, HOME);
    for (let n = 0; n < 60; n++)
      await expect(register(n, 'short')).rejects.toMatchObject({ code: 'invalid_input' });
    for (let n = 0; n < LIMIT * 5; n++) await register(n);
    await expect(register(99)).rejects.toMatchObject({
      code: 'too_many_requests',
      retryAfterSeconds: 60,
    });
    expect(await app.enter('user1@example.com', HOME)).toBe('in');
    expect(await app.enter(ANN, '203.0.113.8')).toBe('in');
  });

  test('so are guesses at the set-up link', async () => {
    const app = await limitedApp();
    const setUp = (token: string, address: string) =>
      app.auth.setUp({ token, email: 'boss@example.com', password: PASSWORD }, address);
    const token = (await app.auth.createSetupToken()) ?? '';
    for (let n = 0; n < LIMIT * 5; n++)
      await expect(setUp('guess', HOME)).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(setUp(token, HOME)).rejects.toMatchObject({ code: 'too_many_requests' });
    expect((await setUp(token, '203.0.113.8')).user.is_admin).toBe(true);
  });

  test('every place that asks for a password counts together (another door to the same guess)', () => {
    const limit = createLoginLimit({ perMinute: LIMIT, clock: { now: () => 0 } });
    const kinds = ['login', 'change_password', 'change_email', 'delete_account'] as const;
    for (let n = 0; n < LIMIT; n++) limit.check(kinds[n % 4] ?? 'login', HOME, ANN);
    for (const kind of kinds) expect(() => limit.check(kind, HOME, ANN)).toThrow('Try again in 60');
    limit.check('password_reset_request', HOME, ANN);
    limit.check('password_reset_confirm', HOME);
    limit.check('login', HOME);
  });
});

/** The same account, written otherwise. */
function respell(email: string, kind: number): string {
  const cased = kind & 1 ? email.toUpperCase() : email;
  const composed = kind & 2 ? cased.normalize('NFD') : cased;
  // The Kelvin sign, which folds to k.
  return kind & 4 ? composed.replace(/k/i, '\u212a') : composed;
}
