import { availableParallelism } from 'node:os';
import { AppError } from '../../core/errors.ts';
import type { Awaitable } from '../../lib/awaitable.ts';
import { countCodePoints } from '../../lib/code-points.ts';
import { createLimiter } from '../../lib/limiter.ts';
import { CURRENT_RECIPE, findRecipe, isBcrypt, toStandIn } from '../../lib/password-hash.ts';

const MAX_LENGTH = 256;
/** Each argon2id run takes 19 MiB and one of Bun's threads, of which there are as many as cores. */
const MAX_RUNNING = 4;
const MAX_WAITING = 64;
/** bcrypt knows no more of a password; Bun would hash longer ones first, other makers cut them. */
const BCRYPT_BYTES = 72;

const ARGON2ID = { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 } as const;

/** The hashing itself, apart so that tests can count the work. */
export interface PasswordEngine {
  hash(password: string): Promise<string>;
  verify(password: string | Uint8Array, hash: string): Promise<boolean>;
}

export interface Passwords {
  /** What is wrong with a new password, in words. */
  findFault(password: string): string | undefined;
  hash(password: string): Promise<string>;
  /** Without a hash it answers false, after the same work; so is the work whatever made the hash. */
  verify(password: string, hash: string | undefined): Promise<boolean>;
  /** True for hashes that were made in another way than `hash` makes them. */
  isOutdated(hash: string): boolean;
}

export interface PasswordsDeps {
  readonly minLength: number;
  readonly engine?: PasswordEngine;
  /** The recipes of hashes that were made elsewhere and brought here. */
  readonly foreignRecipes?: () => Awaitable<readonly string[]>;
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
  foreignRecipes = () => [],
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

  async function verifyNothing(password: string, recipe: string): Promise<false> {
    // Bun throws at an empty password.
    await engine.verify(cutFor(recipe, password === '' ? ' ' : password), toStandIn(recipe));
    return false;
  }

  async function verifyOwn(password: string, hash: string, recipe: string): Promise<boolean> {
    try {
      return await engine.verify(cutFor(recipe, password), hash);
    } catch {
      // A broken one: nobody can sign in with it.
      return verifyNothing(password, recipe);
    }
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
        const own = password === '' || hash === undefined ? undefined : findRecipe(hash);
        // The work of all recipes, whoever is asked for: the time would tell who was imported, hence who exists.
        const recipes = new Set([CURRENT_RECIPE, ...(await foreignRecipes())]);
        if (own !== undefined) recipes.add(own);
        let isRight = false;
        for (const recipe of recipes) {
          if (hash !== undefined && recipe === own)
            isRight = await verifyOwn(password, hash, recipe);
          else await verifyNothing(password, recipe);
        }
        return isRight;
      }),

    isOutdated: (hash) => !hash.startsWith(CURRENT_RECIPE),
  };
}

function cutFor(recipe: string, password: string): string | Uint8Array {
  if (!isBcrypt(recipe)) return password;
  return new TextEncoder().encode(password).subarray(0, BCRYPT_BYTES);
}
