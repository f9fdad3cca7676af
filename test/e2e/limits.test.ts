// Runs alone: it measures.
import { describe, expect, test } from 'bun:test';
import { expectAtBest } from '../support/at-best.ts';
import { client, startBinary } from '../support/binary.ts';
import {
  createAttacker,
  expectLimit,
  expectTooMany,
  PASSWORD,
  register,
} from './limits-attacker.ts';

const ANN = 'ann@example.com';
const BOB = 'bob@example.com';
const TRUSTING = { TINYBASE_SERVER_TRUST_PROXY: 'true' };
/** The default, and what follows from it. */
const PER_PAIR = 10;
const PER_ADDRESS = 50;
const PER_EMAIL = 30;

/** A server with the accounts ann and bob. */
async function serve(env: Record<string, string> = {}) {
  const server = await startBinary({ env });
  const anonymous = client(server.url);
  await register(anonymous, ANN);
  await register(anonymous, BOB);
  return {
    anonymous,
    ...createAttacker(server.url),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const from = (address: string) => ({ 'x-forwarded-for': address });

describe('attempts to sign in', () => {
  test('one account from one address is closed after ten, whatever is tried (brute force, spoofed headers, case variants)', async () => {
    await using app = await serve();
    expectLimit(await app.guess(PER_PAIR + 5, () => ANN), PER_PAIR);
    for (const email of [ANN, 'ANN@example.com', 'Ann@Example.Com'])
      expectTooMany(await app.signIn(email, PASSWORD));
    for (const headers of [
      from('6.6.6.6'),
      from('6.6.6.6, 7.7.7.7'),
      { 'x-real-ip': '6.6.6.6' },
      { forwarded: 'for=6.6.6.6' },
      { 'cf-connecting-ip': '6.6.6.6' },
      { 'true-client-ip': '6.6.6.6' },
      { 'x-request-id': 'another' },
      { 'user-agent': 'another' },
      { authorization: 'Bearer another' },
      { cookie: 'tb_session=another' },
    ])
      expectTooMany(await app.signIn(ANN, PASSWORD, headers));
    expect((await app.signIn(BOB, PASSWORD)).status).toBe(200);
  });

  test('many accounts from one address are closed after fifty (password spraying, credential stuffing)', async () => {
    await using app = await serve();
    expectLimit(await app.guess(PER_ADDRESS + 20, (n) => `user${n}@example.com`), PER_ADDRESS);
    expectTooMany(await app.signIn(ANN, PASSWORD));
    // Registering is counted by itself.
    await register(app.anonymous, 'cleo@example.com');
  });

  test('one account from many addresses is closed after thirty, but not to its owner (distributed attack, lock-out)', async () => {
    await using app = await serve(TRUSTING);
    const botnet = (n: number) => from(`198.51.100.${n}`);
    expectLimit(await app.guess(PER_EMAIL + 15, () => BOB, botnet), PER_EMAIL);
    expectTooMany(await app.signIn(BOB, PASSWORD, from('192.0.2.1')));

    const home = from('203.0.113.7');
    expect((await app.signIn(ANN, PASSWORD, home)).status).toBe(200);
    await app.guess(PER_EMAIL + 15, () => ANN, botnet);
    expectTooMany(await app.signIn(ANN, PASSWORD, from('192.0.2.1')));
    expect((await app.signIn(ANN, PASSWORD, home)).status).toBe(200);
  });

  test('behind a trusted proxy only the address that the proxy added counts (spoofed headers, rotating IPv6)', async () => {
    await using app = await serve(TRUSTING);
    const claims = (n: number) => from(`10.0.0.${n}, 203.0.113.7`);
    expectLimit(await app.guess(PER_PAIR + 5, () => ANN, claims), PER_PAIR);
    for (const address of ['203.0.113.7:4711', '::ffff:203.0.113.7', '10.0.0.1,203.0.113.7'])
      expectTooMany(await app.signIn(ANN, PASSWORD, from(address)));
    const rotating = (n: number) => from(`2001:db8:1:2::${n.toString(16)}`);
    expectLimit(await app.guess(PER_PAIR + 5, () => BOB, rotating), PER_PAIR);
  });

  test('a success starts the count of an address and account anew', async () => {
    await using app = await serve();
    for (let round = 0; round < 3; round++) {
      expect(await app.guess(PER_PAIR - 1, () => ANN)).toHaveLength(PER_PAIR - 1);
      expect((await app.signIn(ANN, PASSWORD)).status).toBe(200);
    }
  });

  test('the setting moves the limit', async () => {
    await using app = await serve({ TINYBASE_AUTH_LOGIN_ATTEMPTS_PER_MINUTE: '2' });
    expectLimit(await app.guess(4, () => ANN), 2);
  });
});

test('an account that does not exist takes as long as a wrong password (enumeration by time)', async () => {
  await using app = await serve({ TINYBASE_AUTH_LOGIN_ATTEMPTS_PER_MINUTE: '10000' });
  const quartile = (list: number[]) => list.sort((a, b) => a - b)[Math.floor(list.length / 4)] ?? 0;
  await expectAtBest(async () => {
    const known: number[] = [];
    const unknown: number[] = [];
    for (let n = 0; n < 60; n++)
      for (const [email, list] of [
        [ANN, known],
        [`nobody${n}@example.com`, unknown],
      ] as const) {
        const started = performance.now();
        expect((await app.signIn(email, 'a wrong password')).status).toBe(401);
        list.push(performance.now() - started);
      }
    const ratio = quartile(unknown) / quartile(known);
    const shown = `unknown ${quartile(unknown).toFixed(1)} ms, known ${quartile(known).toFixed(1)} ms`;
    console.log(`  ${shown}`);
    // Without the hashing it would be a tenth.
    return ratio > 0.6 && ratio < 1.6 ? [] : [shown];
  });
});
