import { beforeEach, describe, expect, test } from 'bun:test';
import type { EmailToken, TokenStore } from '../../../src/features/auth/store.ts';
import type { UserStore } from '../../../src/features/users/store.ts';

const AT = '2030-01-01T00:00:00.000Z';
const LATER = '2030-01-02T00:00:00.000Z';
const ANN = 'ann@example.com';
const NEW = 'new@example.com';

/** What every token store must do about addresses that are to be confirmed. */
export function emailTokenContract(
  database: string,
  open: () => { tokens: TokenStore; users: UserStore },
): void {
  describe(`one-time tokens for e-mail addresses on ${database}`, () => {
    let tokens: TokenStore;
    let users: UserStore;
    const addUser = (id: string, email: string) =>
      users.create({ id, email, passwordHash: 'hash', createdAt: AT });
    beforeEach(async () => {
      ({ tokens, users } = open());
      await addUser('ann', ANN);
    });

    const put = (tokenHash: string, given: Partial<EmailToken> = {}) =>
      tokens.replaceEmailToken({
        purpose: 'verify_email',
        tokenHash,
        userId: 'ann',
        email: ANN,
        expiresAt: LATER,
        ...given,
      });
    const change = (tokenHash: string, given: Partial<EmailToken> = {}) =>
      put(tokenHash, { purpose: 'change_email', email: NEW, ...given });
    const confirm = (tokenHash: string, at = AT) => tokens.confirmEmail({ tokenHash, at });
    const ann = async () => await users.find('ann');

    test('one confirms the address of the account, once, within its time', async () => {
      expect(await put('one')).toBe(true);
      expect(await confirm('two')).toBe('unknown');
      expect(await confirm('one', LATER)).toBe('unknown');
      expect(await ann()).toMatchObject({ email_verified: false });
      expect(await confirm('one')).toMatchObject({
        user: { id: 'ann', email: ANN, email_verified: true },
        before: { email: ANN, email_verified: false },
      });
      expect(await confirm('one')).toBe('unknown');
    });

    test('one makes another address the one of the account', async () => {
      expect(await change('one')).toBe(true);
      expect(await ann()).toMatchObject({ email: ANN });
      expect(await confirm('one')).toMatchObject({
        user: { email: NEW, email_verified: true },
        before: { email: ANN },
      });
      expect((await users.findAccount(NEW))?.user.id).toBe('ann');
      expect(await users.findAccount(ANN)).toBeUndefined();
    });

    for (const [name, make] of [
      ['verify', put],
      ['change', change],
    ] as const)
      test(`of 50 uses at once of one to ${name}, one succeeds`, async () => {
        await make('one');
        const all = await Promise.all(Array.from({ length: 50 }, () => confirm('one')));
        expect(all.filter((outcome) => outcome === 'unknown')).toHaveLength(49);
      });

    test('a newer one ends the older of the same purpose and account only', async () => {
      await addUser('bob', 'bob@example.com');
      await put('of bob', { userId: 'bob', email: 'bob@example.com' });
      await change('change');
      await put('old');
      await put('new');
      expect(await confirm('old')).toBe('unknown');
      expect(await confirm('new')).toMatchObject({ user: { id: 'ann' } });
      expect(await confirm('of bob')).toMatchObject({ user: { id: 'bob' } });
      expect(await confirm('change')).toMatchObject({ user: { email: NEW } });
    });

    test('another address ends all open links, a confirmation its own kind', async () => {
      await put('verify');
      await change('change');
      await tokens.replaceResetToken({ tokenHash: 'reset', userId: 'ann', expiresAt: LATER });
      await confirm('verify');
      expect(await tokens.isResetToken('reset', AT)).toBe(true);
      await confirm('change');
      expect(await tokens.isResetToken('reset', AT)).toBe(false);
    });

    test('an address that another account has is refused, and nothing changes', async () => {
      await change('one');
      await addUser('bob', NEW);
      expect(await confirm('one')).toBe('email_taken');
      expect(await ann()).toMatchObject({ email: ANN, email_verified: false });
    });

    test('of two accounts with a link to the same address, one gets it', async () => {
      await addUser('bob', 'bob@example.com');
      await change('of ann');
      await change('of bob', { userId: 'bob' });
      expect(await Promise.all([confirm('of bob'), confirm('of ann')])).toEqual([
        expect.objectContaining({ user: expect.objectContaining({ id: 'bob', email: NEW }) }),
        'email_taken',
      ]);
    });

    test('there is none for nobody, for a disabled account and for an address it has no more', async () => {
      expect(await put('one', { userId: 'nobody' })).toBe(false);
      expect(await put('one', { email: NEW })).toBe(false);
      await put('two');
      await users.change({ id: 'ann', at: AT, isActive: false });
      expect(await put('one')).toBe(false);
      expect(await change('one')).toBe(false);
      expect(await confirm('two')).toBe('unknown');
    });

    test('a proof that lapsed makes none', async () => {
      const proof = { sessionId: 's1', passwordHash: 'hash' };
      expect(await change('one', { proof })).toBe(false);
      const session = { id: 's1', name: null, tokenHash: 's', createdAt: AT, expiresAt: LATER };
      await tokens.startSession({
        userId: 'ann',
        session,
        passwordHash: 'hash',
        renewedHash: undefined,
      });
      expect(await change('one', { proof: { ...proof, passwordHash: 'another' } })).toBe(false);
      expect(await change('one', { proof })).toBe(true);
    });

    test('a link for a new password confirms the address that it was sent to, if it is the same still', async () => {
      const reset = (tokenHash: string) =>
        tokens.resetPassword({ tokenHash, passwordHash: 'next', at: AT });
      const link = (tokenHash: string, email?: string) =>
        tokens.replaceResetToken({ tokenHash, userId: 'ann', expiresAt: LATER, email });
      expect(await link('one', NEW)).toBe('missing');
      await link('handed over');
      expect(await reset('handed over')).toMatchObject({ email_verified: false });
      await link('mailed', ANN);
      expect(await reset('mailed')).toMatchObject({ id: 'ann', email_verified: true });
      // No link of one kind is one of the other.
      await link('reset', ANN);
      expect(await confirm('reset')).toBe('unknown');
      await put('verify');
      expect(await reset('verify')).toBeUndefined();
    });
  });
}
