/**
 * Passwords' hashes as text: argon2id as PHC strings (https://github.com/P-H-C/phc-string-format), bcrypt
 * as crypt(3) writes it. A recipe is the algorithm with its cost, which is how the text begins: what is
 * hashed by one recipe takes the same work.
 */
export const CURRENT_RECIPE = '$argon2id$v=19$m=19456,t=2,p=1$';

/** Higher ones take more than a second or 256 MiB for each sign-in. */
const MAX_BCRYPT_COST = 14;
const MAX_MEMORY_KIB = 262_144;
const MAX_PASSES_KIB = 3 * MAX_MEMORY_KIB;
const MAX_LANES = 16;
const MAX_HASH_LENGTH = 300;

const BCRYPT_START = /^\$2[abxy]\$(\d\d)\$/;
const BCRYPT = /^\$2[aby]\$(\d\d)\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})$/;
const BCRYPT_DIGITS = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const ARGON2ID_START = /^\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$/;
const ARGON2ID =
  /^(\$argon2id\$v=19\$m=([1-9]\d{0,9}),t=([1-9]\d{0,9}),p=([1-9]\d{0,9})\$)([A-Za-z0-9+/]{1,100})\$([A-Za-z0-9+/]{1,100})$/;

/** What nothing fits: made of random bytes. */
const BCRYPT_REST = 'mzgpP8HfXUL97mTKaVklzOniHs3UZYRMpUwZWAwKlkORfJBjPWCjC';
const ARGON2ID_REST =
  'mzgpP8Hf+UL97mTKaVklzKvGLAGZ7uYEslIp8k3rtjw$niHs3UZYRMpUwZWAwKlk/RfJBjPWCjDFDBW97THtk8s';

export type ReadHash =
  | { readonly hash: string; readonly recipe: string }
  | { readonly fault: string };

/** A hash that was made elsewhere, in the spelling that is stored, or what is wrong with it, after "password_hash". */
export function parsePasswordHash(text: string): ReadHash {
  if (text.length > MAX_HASH_LENGTH) return { fault: 'is too long for a hash of a password' };
  if (text.startsWith('$2')) return parseBcrypt(text);
  if (text.startsWith('$argon2id$')) return parseArgon2id(text);
  return {
    fault: `must be bcrypt ($2b$…, also $2a$ and $2y$) or argon2id ($argon2id$v=19$…)${describeOther(text)}`,
  };
}

/** The recipe of a stored hash; undefined when it is none that is known here. */
export function findRecipe(hash: string): string | undefined {
  const cost = BCRYPT_START.exec(hash)?.[1];
  return cost === undefined ? ARGON2ID_START.exec(hash)?.[0] : toBcryptRecipe(cost);
}

export function isBcrypt(recipe: string): boolean {
  return recipe.startsWith('$2');
}

/** A hash of this recipe that no password fits. */
export function toStandIn(recipe: string): string {
  return recipe + (isBcrypt(recipe) ? BCRYPT_REST : ARGON2ID_REST);
}

/** All spellings of bcrypt are verified alike. */
function toBcryptRecipe(cost: string): string {
  return `$2b$${cost}$`;
}

function parseBcrypt(text: string): ReadHash {
  const parts = BCRYPT.exec(text);
  if (!parts) return { fault: 'is cut or broken: bcrypt has 60 characters, such as $2b$12$…' };
  const [, cost = '', salt = '', digest = ''] = parts;
  if (Number(cost) < 4 || Number(cost) > MAX_BCRYPT_COST)
    return {
      fault: `has the cost ${cost}; bcrypt is taken with a cost from 4 to ${MAX_BCRYPT_COST}`,
    };
  const recipe = toBcryptRecipe(cost);
  return { hash: recipe + clearSpareBits(salt, 4) + clearSpareBits(digest, 2), recipe };
}

/** Of the last digit, some bits say nothing. Makers set them differently; Bun takes them as 0 only. */
function clearSpareBits(digits: string, count: number): string {
  const value = BCRYPT_DIGITS.indexOf(digits.slice(-1));
  return digits.slice(0, -1) + BCRYPT_DIGITS.charAt((value >> count) << count);
}

function parseArgon2id(text: string): ReadHash {
  const parts = ARGON2ID.exec(text);
  if (!parts)
    return { fault: 'is cut or broken: argon2id is $argon2id$v=19$m=…,t=…,p=…$salt$hash' };
  const [, recipe = '', memory, passes, lanes, salt = '', digest = ''] = parts;
  const [m, t, p] = [Number(memory), Number(passes), Number(lanes)];
  if (m > MAX_MEMORY_KIB || m * t > MAX_PASSES_KIB || p > MAX_LANES)
    return {
      fault: `has the cost m=${m},t=${t},p=${p}; argon2id is taken with m up to ${MAX_MEMORY_KIB}, m times t up to ${MAX_PASSES_KIB}, p up to ${MAX_LANES}`,
    };
  if (m < 8 * p) return { fault: `has the cost m=${m},p=${p}; m must be at least 8 times p` };
  if (!isBase64Of(salt, 8, 64) || !isBase64Of(digest, 16, 64))
    return { fault: 'is cut or broken: its salt has 8 to 64 bytes and its hash 16 to 64' };
  return { hash: text, recipe };
}

/** Without padding, and in the one spelling that decodes to its bytes and back. */
function isBase64Of(text: string, least: number, most: number): boolean {
  const bytes = Buffer.from(text, 'base64');
  const isCanonical = bytes.toString('base64').replace(/=+$/, '') === text;
  return isCanonical && bytes.length >= least && bytes.length <= most;
}

function describeOther(text: string): string {
  if (text.startsWith('$argon2')) return ', not another kind of argon2';
  if (/^(pbkdf2|scrypt|bcrypt)[_$:]/.test(text)) return ', not the format of another framework';
  return /^[0-9a-fA-F]{32,128}$/.test(text) ? ', not a plain digest' : '';
}
