import { availableParallelism } from 'node:os';
import { AppError } from '../../core/errors.ts';
import { countCodePoints } from '../../lib/code-points.ts';
import { createLimiter } from '../../lib/limiter.ts';

const MAX_LENGTH = 256;
/** Each argon2id run takes 19 MiB and one of Bun's threads, of which there are as many as cores. */
const MAX_RUNNING = 4;
const MAX_WAITING = 64;
/** bcrypt knows no more of a password; Bun would hash longer ones first, other makers cut them. */
const BCRYPT_BYTES = 72;

const ARGON2ID = { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 } as const;
const CURRENT_PREFIX = '$argon2id$v=19$m=19456,t=2,p=1$';
const BCRYPT_PREFIX = /^\$2[aby]\$/;
/** Verified against when there is nothing else to verify against, so that the work is the same. */
const DUMMY_HASH = `${CURRENT_PREFIX}mzgpP8Hf+UL97mTKaVklzKvGLAGZ7uYEslIp8k3rtjw$niHs3UZYRMpUwZWAwKlk/RfJBjPWCjDFDBW97THtk8s`;

/** The hashing itself, apart so that tests can count the work. */
export interface PasswordEngine {
  hash(password: string): Promise<string>;
  verify(password: string | Uint8Array, hash: string): Promise<boolean>;
}

export interface Passwords {
  /** What is wrong with a new password, in words. */
  findFault(password: string): string | undefined;
  hash(password: string): Promise<string>;
  /** Without a hash it answers false, after the same work. */
  verify(password: string, hash: string | undefined): Promise<boolean>;
  /** True for hashes that were made in another way than `hash` makes them. */
  isOutdated(hash: string): boolean;
}

export interface PasswordsDeps {
  readonly minLength: number;
  readonly engine?: PasswordEngine;
  /** By default those of this machine. */
  readonly cores?: number;
}

const bunEngine: PasswordEngine = {
  hash: (password) => Bun.password.hash(password, ARGON2ID),
  verify: (password, hash) => Bun.password.verify(password, hash),
};

export function createPasswords({
  minLength,
  engine = bunEngine,
  cores = availableParallelism(),
}: PasswordsDeps): Passwords {
  const limiter = createLimiter({
    // One thread stays free for files and compression: a flood of sign-ins would take them all.
    maxRunning: Math.max(1, Math.min(MAX_RUNNING, cores - 1)),
    maxWaiting: MAX_WAITING,
    onFull: () =>
      new AppError('unavailable', 'Too many are signing in at once. Try again shortly.', {
        retryAfterSeconds: 1,
      }),
  });

  async function verifyNothing(password: string): Promise<false> {
    // Bun throws at an empty password.
    await engine.verify(password === '' ? ' ' : password, DUMMY_HASH);
    return false;
  }

  return {
    findFault(password) {
      // A text's code points are at least half its length: no need to count a megabyte.
      const length = password.length > MAX_LENGTH * 2 ? password.length : countCodePoints(password);
      if (length < minLength) return `must have at least ${minLength} characters`;
      if (length > MAX_LENGTH) return `must have at most ${MAX_LENGTH} characters`;
      // Hashing reads UTF-8, in which all broken halves of a pair are the same.
      if (!password.isWellFormed()) return 'must be well-formed Unicode';
      return undefined;
    },

    hash: (password) => limiter.run(() => engine.hash(password)),

    verify: (password, hash) =>
      limiter.run(async () => {
        if (password === '' || hash === undefined) return verifyNothing(password);
        const secret = BCRYPT_PREFIX.test(hash) ? cutToBcrypt(password) : password;
        try {
          return await engine.verify(secret, hash);
        } catch {
          // Not a hash that is known here, for instance one that was imported: nobody can sign in with it.
          return verifyNothing(password);
        }
      }),

    isOutdated: (hash) => !hash.startsWith(CURRENT_PREFIX),
  };
}

function cutToBcrypt(password: string): Uint8Array {
  return new TextEncoder().encode(password).subarray(0, BCRYPT_BYTES);
}
