import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  CURRENT_RECIPE,
  findRecipe,
  parsePasswordHash,
  toStandIn,
} from '../../src/lib/password-hash.ts';

// Made by libxcrypt.
const BCRYPT = '$2b$12$N9qo8uLOickgx2ZMRZoMyeZgvdYuT0nWX1dSOrmMrdhIpcCb1nx2u';
const REST = BCRYPT.slice(7);
// Of the tests of the reference implementation (phc-winner-argon2, src/test.c): password "password".
const ARGON2ID =
  '$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc';

const faultOf = (text: string) => {
  const read = parsePasswordHash(text);
  return 'fault' in read ? read.fault : undefined;
};

test('bcrypt of every maker and argon2id are taken, by their recipe', () => {
  for (const version of ['2a', '2b', '2y'])
    expect(parsePasswordHash(`$${version}$12$${REST}`)).toEqual({
      hash: BCRYPT,
      recipe: '$2b$12$',
    });
  expect(parsePasswordHash(ARGON2ID)).toEqual({
    hash: ARGON2ID,
    recipe: '$argon2id$v=19$m=256,t=2,p=2$',
  });
  expect(parsePasswordHash(toStandIn(CURRENT_RECIPE))).toMatchObject({ recipe: CURRENT_RECIPE });
});

test('what is taken is verified by Bun, whoever made it', async () => {
  expect(await Bun.password.verify('correct horse', BCRYPT)).toBe(true);
  expect(await Bun.password.verify('password', ARGON2ID)).toBe(true);
  // Makers set the bits that say nothing as they like; Bun throws at all but one spelling.
  const spelled = '$2a$06$N9qo8uLOickgx2ZMRZoMyfOx4p9vaB0cl4/MY6IBAjmsxdir738TD';
  await expect(Bun.password.verify('correct horse', spelled)).rejects.toThrow();
  const read = parsePasswordHash(spelled);
  if ('fault' in read) throw new Error(read.fault);
  expect(await Bun.password.verify('correct horse', read.hash)).toBe(true);
});

describe('a hash that would hold up every sign-in is refused:', () => {
  for (const [attack, text, words] of [
    ['bcrypt of a cost that takes days', `$2b$31$${REST}`, 'from 4 to 14'],
    ['bcrypt of a cost just too high', `$2b$15$${REST}`, 'from 4 to 14'],
    ['bcrypt of a cost that there is not', `$2b$03$${REST}`, 'from 4 to 14'],
    ['argon2id that fills the memory', ARGON2ID.replace('m=256', 'm=1048576'), 'up to 262144'],
    ['argon2id with passes without end', ARGON2ID.replace('t=2', 't=4000'), 'up to 786432'],
    ['argon2id of numbers beyond all', ARGON2ID.replace('m=256', 'm=9999999999'), 'up to'],
    ['argon2id with a lane for every core', ARGON2ID.replace('p=2', 'p=17'), 'p up to 16'],
    ['a megabyte', `${ARGON2ID}${'A'.repeat(1_000_000)}`, 'too long'],
  ] as const)
    test(attack, () => {
      expect(faultOf(text)).toContain(words);
    });

  test('the dearest that are taken are verified in bounded memory', () => {
    expect(faultOf(`$2b$14$${REST}`)).toBeUndefined();
    expect(faultOf(ARGON2ID.replace('m=256,t=2', 'm=262144,t=3'))).toBeUndefined();
  });
});

test.each([
  ['', 'must be bcrypt'],
  ['correct horse', 'must be bcrypt'],
  ['$2b$12$short', 'cut or broken'],
  [`${BCRYPT}x`, 'cut or broken'],
  [` ${BCRYPT}`, 'must be bcrypt'],
  [`${BCRYPT}\n`, 'cut or broken'],
  [`$2x$12$${REST}`, 'cut or broken'],
  ['pbkdf2_sha256$260000$abc$def', 'another framework'],
  ['5f4dcc3b5aa765d61d8327deb882cf99', 'not a plain digest'],
  [ARGON2ID.replace('argon2id', 'argon2i'), 'not another kind of argon2'],
  [ARGON2ID.replace('v=19', 'v=16'), 'cut or broken'],
  [ARGON2ID.replace('m=256,t=2', 't=2,m=256'), 'cut or broken'],
  [ARGON2ID.replace('m=256', 'm=8'), 'at least 8 times p'],
  [ARGON2ID.replace('c29tZXNhbHQ', 'c29t'), 'its salt has 8 to 64 bytes'],
  [ARGON2ID.slice(0, -30), 'its salt has 8 to 64 bytes'],
  [`${ARGON2ID.slice(0, -1)}d`, 'cut or broken'],
])('%j is refused', (text, words) => {
  expect(faultOf(text)).toContain(words);
});

test('no fault repeats the hash, and what is taken has a stand-in that Bun can verify', async () => {
  const digit = fc.constantFrom(...'./ABCXYZabcxyz0189');
  const text = fc.oneof(
    fc.string(),
    fc.array(digit, { minLength: 50, maxLength: 56 }).map((all) => `$2b$04$${all.join('')}`),
    fc.array(digit, { minLength: 20, maxLength: 30 }).map((all) => {
      return `$argon2id$v=19$m=8,t=1,p=1$${all.join('')}$${all.join('')}`;
    }),
  );
  await fc.assert(
    fc.asyncProperty(text, async (given) => {
      const read = parsePasswordHash(given);
      if ('fault' in read) {
        if (given.length > 20) expect(read.fault).not.toContain(given.slice(-20));
        return;
      }
      expect(findRecipe(read.hash)).toBe(read.recipe);
      expect(await Bun.password.verify('x', read.hash)).toBe(false);
      expect(await Bun.password.verify('x', toStandIn(read.recipe))).toBe(false);
    }),
    { numRuns: 300 },
  );
});
