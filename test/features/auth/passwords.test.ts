// Runs alone: it measures.
import { describe, expect, test } from 'bun:test';
import { medianOf } from '../../../scripts/support/words.ts';
import { AppError } from '../../../src/core/errors.ts';
import { createPasswords, type PasswordEngine } from '../../../src/features/auth/passwords.ts';
import { findRecipe, toStandIn } from '../../../src/lib/password-hash.ts';
import { above, expectAtBest } from '../../support/at-best.ts';
import { createAuthApp, PASSWORD, quickEngine } from './auth-app.ts';

const ARGON2ID = '$argon2id$v=19$m=19456,t=2,p=1$';
// Made by libxcrypt, so by another maker than Bun.
const BCRYPT = {
  horse: '$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e',
  horseOfPhp: '$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e',
  /** Of 80 bytes, cut within the password but not within a letter. */
  umlauts: '$2b$04$abcdefghijklmnopqrstuuAg/vhymG.zjfOvPuw7BgQPjbFV1.SQW',
};

/** The quick engine, noting what it was asked to verify against. */
function watchedEngine() {
  const verified: string[] = [];
  const engine: PasswordEngine = {
    hash: quickEngine.hash,
    verify: (password, hash) => {
      verified.push(hash.slice(0, ARGON2ID.length));
      return quickEngine.verify(password, hash);
    },
  };
  return { engine, verified };
}

describe('timing tells nothing: the same work', () => {
  for (const [name, email, password] of [
    ['for a wrong password', 'ann@example.com', 'wrong horse'],
    ['without an account', 'nobody@example.com', PASSWORD],
    ['for a disabled account', 'off@example.com', PASSWORD],
    ['for an empty password', 'ann@example.com', ''],
    ['for an empty password without an account', 'nobody@example.com', ''],
    ['for the right password', 'ann@example.com', PASSWORD],
  ] as const)
    test(name, async () => {
      const { engine, verified } = watchedEngine();
      const app = createAuthApp({ engine });
      await app.register('ann@example.com');
      await app.register('off@example.com');
      app.db.run("UPDATE user SET is_active = 0 WHERE email = 'off@example.com'");
      await app.login(email, password);
      expect(verified).toEqual([ARGON2ID]);
    });

  test('what stands in for a missing hash is made like a real one, and nothing fits it', async () => {
    const seen: string[] = [];
    const real = createPasswords({ minLength: 8 });
    const engine: PasswordEngine = {
      hash: real.hash,
      verify: async (_, hash) => {
        seen.push(hash);
        // An engine that is fooled must not open the door either.
        return true;
      },
    };
    const passwords = createPasswords({ minLength: 8, engine });
    expect(await passwords.verify(PASSWORD, undefined)).toBe(false);
    const fresh = await passwords.hash(PASSWORD);
    expect(fresh).toStartWith(ARGON2ID);
    expect(passwords.isOutdated(fresh)).toBe(false);
    expect(seen[0]?.split('$').map(({ length }) => length)).toEqual(
      fresh.split('$').map(({ length }) => length),
    );
  });
});

describe('timing tells nothing of hashes that were brought here: the work of all recipes', () => {
  const imported = '$2b$04$';
  const foreignRecipes = () => [imported];

  for (const [name, password, hash] of [
    ['for a wrong password of an account from here', 'wrong horse', 'own'],
    ['for the right password of an account from here', PASSWORD, 'own'],
    ['for a wrong password of an imported account', 'wrong horse', BCRYPT.horse],
    ['for the right password of an imported account', PASSWORD, BCRYPT.horse],
    ['for an imported account of another spelling', PASSWORD, BCRYPT.horseOfPhp],
    ['without an account', PASSWORD, undefined],
    ['for an empty password', '', BCRYPT.horse],
    ['for a hash that is broken', PASSWORD, '$2b$04$short'],
    ['for a hash that is none', PASSWORD, '!'],
  ] as const)
    test(name, async () => {
      const done: string[] = [];
      const engine: PasswordEngine = {
        hash: quickEngine.hash,
        verify: async (_, tried) => {
          if (tried.length < 20) throw new Error('broken');
          done.push(findRecipe(tried) ?? tried);
          return false;
        },
      };
      const passwords = createPasswords({ minLength: 8, engine, foreignRecipes });
      const own = await passwords.hash(PASSWORD);
      await passwords.verify(password, hash === 'own' ? own : hash);
      expect(done).toEqual([ARGON2ID, imported]);
    });

  test('measured: an unknown, an imported and an own account take the same time', async () => {
    const recipe = '$2b$10$';
    const passwords = createPasswords({ minLength: 8, foreignRecipes: () => [recipe] });
    const own = await passwords.hash(PASSWORD);
    const runs = {
      unknown: () => passwords.verify('wrong horse', undefined),
      own: () => passwords.verify('wrong horse', own),
      imported: () => passwords.verify('wrong horse', toStandIn(recipe)),
      /** What the time would differ by. */
      bcrypt: () => Bun.password.verify('wrong horse', toStandIn(recipe)),
    };
    // What the processor does, not what the clock says: others may keep the machine busy.
    await expectAtBest(async () => {
      const times: Record<string, number[]> = {};
      for (let round = 0; round < 9; round++)
        for (const [name, run] of Object.entries(runs)) {
          const begin = process.cpuUsage();
          await run();
          const { user, system } = process.cpuUsage(begin);
          times[name] = [...(times[name] ?? []), user + system];
        }
      const median = (name: keyof typeof runs) => medianOf(times[name] ?? []);
      const [unknown, leak] = [median('unknown'), median('bcrypt')];
      return above(leak / 2, {
        own: Math.abs(median('own') - unknown),
        imported: Math.abs(median('imported') - unknown),
      });
    });
  });
});

describe('hashes of the predecessor', () => {
  const passwords = createPasswords({ minLength: 8 });

  test('bcrypt of any maker is verified', async () => {
    expect(await passwords.verify('correct horse', BCRYPT.horse)).toBe(true);
    expect(await passwords.verify('correct horse', BCRYPT.horseOfPhp)).toBe(true);
    expect(await passwords.verify('wrong horse', BCRYPT.horse)).toBe(false);
    expect(await passwords.verify('', BCRYPT.horse)).toBe(false);
  });

  test('a password is cut to 72 bytes for them, as their makers did', async () => {
    expect(await passwords.verify('ä'.repeat(40), BCRYPT.umlauts)).toBe(true);
    expect(await passwords.verify('ä'.repeat(36), BCRYPT.umlauts)).toBe(true);
    expect(await passwords.verify('ä'.repeat(35), BCRYPT.umlauts)).toBe(false);
  });

  for (const hash of ['', 'plain text', '$2b$04$short', '$6$aa$bb', `${ARGON2ID}broken`])
    test(`nobody signs in with the unusable hash '${hash}'`, async () => {
      expect(await passwords.verify('plain text', hash)).toBe(false);
      expect(await passwords.verify('', hash)).toBe(false);
    });

  test('the hash is renewed at sign-in, whole, and the old one is gone', async () => {
    const app = createAuthApp({ engine: bunEngine });
    await app.register('ann@example.com', 'irrelevant');
    app.db.query('UPDATE user SET password_hash = ?').run(BCRYPT.umlauts);
    expect((await app.login('ann@example.com', 'wrong password')).status).toBe(401);
    expect(hashOf(app)).toBe(BCRYPT.umlauts);
    expect((await app.login('ann@example.com', 'ä'.repeat(40))).status).toBe(200);
    expect(hashOf(app)).toStartWith(ARGON2ID);
    expect((await app.login('ann@example.com', 'ä'.repeat(40))).status).toBe(200);
    expect((await app.login('ann@example.com', 'ä'.repeat(36))).status).toBe(401);
  });

  test('two devices that sign in at once both get in', async () => {
    const app = createAuthApp({ engine: bunEngine });
    await app.register('ann@example.com', 'irrelevant');
    app.db.query('UPDATE user SET password_hash = ?').run(BCRYPT.horse);
    const answers = await Promise.all([app.login('ann@example.com'), app.login('ann@example.com')]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  });
});

test('a password changed while the old one is verified: the old one does not get in', async () => {
  const { promise: isChanged, resolve: go } = Promise.withResolvers<void>();
  const engine: PasswordEngine = {
    hash: quickEngine.hash,
    verify: async (password, hash) => {
      const isRight = await quickEngine.verify(password, hash);
      await isChanged;
      return isRight;
    },
  };
  const app = createAuthApp({ engine });
  await app.register('ann@example.com');
  const login = app.login('ann@example.com');
  await app.users.addAdmin('ann@example.com', 'another horse');
  go();
  expect((await login).status).toBe(401);
  expect(app.db.query('SELECT count(*) AS n FROM auth_token').get()).toEqual({ n: 0 });
});

for (const [cores, expected] of [
  [64, 4],
  [5, 4],
  [4, 3],
  [2, 1],
  [1, 1],
] as const)
  test(`on ${cores} cores a flood hashes ${expected} at a time, the queue is bounded, and later ones get in again`, async () => {
    let running = 0;
    let most = 0;
    const engine: PasswordEngine = {
      hash: async () => '',
      verify: async () => {
        most = Math.max(most, ++running);
        await Bun.sleep(1);
        running--;
        return true;
      },
    };
    const passwords = createPasswords({ minLength: 8, engine, cores });
    const flood = await Promise.allSettled(
      Array.from({ length: 100 }, () => passwords.verify(PASSWORD, ARGON2ID)),
    );
    const refused = flood.filter((result) => result.status === 'rejected');
    expect(most).toBe(expected);
    expect(refused).toHaveLength(100 - expected - 64);
    for (const { reason } of refused) {
      expect(reason).toBeInstanceOf(AppError);
      expect(reason).toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 });
    }
    // What waited gave its place back too: a second wave is bounded alike.
    await Promise.all(Array.from({ length: 60 }, () => passwords.verify(PASSWORD, ARGON2ID)));
    expect(most).toBe(expected);
  });

test('a hash that fails gives its place back', async () => {
  const engine: PasswordEngine = {
    hash: () => Promise.reject(new Error('no memory')),
    verify: async () => true,
  };
  const passwords = createPasswords({ minLength: 8, engine });
  const failed = await Promise.allSettled(Array.from({ length: 10 }, () => passwords.hash('x')));
  expect(failed.every(({ status }) => status === 'rejected')).toBe(true);
  expect(await passwords.verify(PASSWORD, ARGON2ID)).toBe(true);
});

test('a broken half of a Unicode pair is no password', () => {
  const passwords = createPasswords({ minLength: 8 });
  expect(passwords.findFault(`password\ud800`)).toContain('Unicode');
  expect(passwords.findFault('x'.repeat(1_000_000))).toContain('256');
  expect(passwords.findFault('1234567')).toContain('8');
  expect(passwords.findFault('12345678')).toBeUndefined();
});

const bunEngine: PasswordEngine = {
  hash: createPasswords({ minLength: 8 }).hash,
  verify: (password, hash) => Bun.password.verify(password, hash),
};

function hashOf(app: ReturnType<typeof createAuthApp>): string {
  return (app.db.query('SELECT password_hash FROM user').get() as { password_hash: string })
    .password_hash;
}
