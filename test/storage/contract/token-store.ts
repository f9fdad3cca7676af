import { beforeEach, describe, expect, test } from 'bun:test';
import type { AdminSetup, NewSession, TokenStore } from '../../../src/features/auth/store.ts';
import type { UserStore } from '../../../src/features/users/store.ts';

const AT = '2030-01-01T00:00:00.000Z';
const LATER = '2030-01-02T00:00:00.000Z';

/** What every token store must do. It shares its database with a user store. */
export function tokenStoreContract(
  database: string,
  open: () => { tokens: TokenStore; users: UserStore },
): void {
  describe(`token store on ${database}`, () => {
    let tokens: TokenStore;
    let users: UserStore;
    beforeEach(async () => {
      ({ tokens, users } = open());
      await users.create({
        id: 'ann',
        email: 'ann@example.com',
        passwordHash: 'old hash',
        createdAt: AT,
      });
    });

    const session = (id: string): NewSession => ({
      id,
      tokenHash: `hash of ${id}`,
      createdAt: AT,
      expiresAt: LATER,
    });
    const start = (id: string, passwordHash = 'old hash', renewedHash?: string) =>
      tokens.startSession({ userId: 'ann', session: session(id), passwordHash, renewedHash });
    const setup = (tokenHash: string, extra: Partial<AdminSetup> = {}) =>
      tokens.setUpAdmin({
        tokenHash,
        id: 'boss',
        email: 'boss@example.com',
        passwordHash: 'boss hash',
        at: AT,
        session: session('first'),
        ...extra,
      });

    test('a session is found by the hash of its token, synchronously', async () => {
      expect(await start('s1')).toBe(true);
      expect(tokens.findSession('hash of s1')).toEqual({
        id: 's1',
        user_id: 'ann',
        email: 'ann@example.com',
        is_admin: false,
        last_used_at: AT,
        expires_at: LATER,
      });
      expect(tokens.findSession('hash of s2')).toBeUndefined();
    });

    test('no session starts on a password that counts no more, or for nobody', async () => {
      expect(await start('s1', 'other hash')).toBe(false);
      expect(await start('s1', 'other hash', 'renewed')).toBe(false);
      expect(tokens.findSession('hash of s1')).toBeUndefined();
      expect((await users.findAccount('ann@example.com'))?.passwordHash).toBe('old hash');
    });

    test('a hash is renewed together with the session', async () => {
      const both = await Promise.all([
        start('s1', 'old hash', 'renewed 1'),
        start('s2', 'old hash', 'renewed 2'),
      ]);
      expect(both).toEqual([true, false]);
      expect((await users.findAccount('ann@example.com'))?.passwordHash).toBe('renewed 1');
      expect(tokens.findSession('hash of s2')).toBeUndefined();
    });

    test('a session ends once, and says which token it was', async () => {
      await start('s1');
      await start('s2');
      expect(await tokens.endSession('s1')).toBe('hash of s1');
      expect(await tokens.endSession('s1')).toBeUndefined();
      expect(tokens.findSession('hash of s1')).toBeUndefined();
      expect(tokens.findSession('hash of s2')).toBeDefined();
    });

    test('the latest use counts, in whatever order they come', async () => {
      await start('s1');
      await tokens.recordUse('s1', '2030-01-01T00:02:00.000Z');
      await tokens.recordUse('s1', '2030-01-01T00:01:00.000Z');
      await tokens.recordUse('gone', AT);
      expect(tokens.findSession('hash of s1')?.last_used_at).toBe('2030-01-01T00:02:00.000Z');
    });

    test('a new password for an admin ends the sessions of that account only', async () => {
      await start('s1');
      await users.makeAdmin({ id: 'x', email: 'bob@example.com', passwordHash: 'h', at: AT });
      expect(tokens.findSession('hash of s1')).toBeDefined();
      await users.makeAdmin({ id: 'x', email: 'ann@example.com', passwordHash: undefined, at: AT });
      expect(tokens.findSession('hash of s1')?.is_admin).toBe(true);
      await users.makeAdmin({ id: 'x', email: 'ann@example.com', passwordHash: 'h', at: AT });
      expect(tokens.findSession('hash of s1')).toBeUndefined();
    });

    test('a set-up token ends older ones, and its own time', async () => {
      expect(await tokens.replaceSetupToken({ tokenHash: 'one', expiresAt: LATER })).toBe(true);
      expect(await tokens.replaceSetupToken({ tokenHash: 'two', expiresAt: LATER })).toBe(true);
      expect(await tokens.checkSetupToken('one', AT)).toBe('no_token');
      expect(await tokens.checkSetupToken('two', AT)).toBe('valid');
      expect(await tokens.checkSetupToken('two', LATER)).toBe('no_token');
      expect(await setup('two', { at: LATER })).toBe('no_token');
    });

    test('of many set-ups at once one succeeds, and the others leave nothing', async () => {
      await tokens.replaceSetupToken({ tokenHash: 'one', expiresAt: LATER });
      const made = await Promise.all(
        Array.from({ length: 10 }, (_, n) =>
          setup('one', { id: `b${n}`, email: `b${n}@example.com`, session: session(`s${n}`) }),
        ),
      );
      expect(made.filter((one) => typeof one !== 'string')).toHaveLength(1);
      expect(made.filter((one) => one === 'no_token')).toHaveLength(9);
      expect((await users.list({ limit: 100, offset: 0 })).total).toBe(2);
      expect(tokens.findSession('hash of s0')).toMatchObject({ user_id: 'b0', is_admin: true });
      expect(tokens.findSession('hash of s1')).toBeUndefined();
    });

    test('with an admin there is no set-up', async () => {
      await tokens.replaceSetupToken({ tokenHash: 'one', expiresAt: LATER });
      await users.makeAdmin({ id: 'x', email: 'bob@example.com', passwordHash: 'h', at: AT });
      expect(await tokens.checkSetupToken('one', AT)).toBe('has_admin');
      expect(await setup('one')).toBe('has_admin');
      expect(await tokens.replaceSetupToken({ tokenHash: 'two', expiresAt: LATER })).toBe(false);
    });

    test('a set-up for an existing account ends its sessions but the new one', async () => {
      await start('s1');
      await tokens.replaceSetupToken({ tokenHash: 'one', expiresAt: LATER });
      expect(await setup('one', { email: 'ann@example.com' })).toMatchObject({
        user: { id: 'ann', is_admin: true },
        wasCreated: false,
      });
      expect(tokens.findSession('hash of s1')).toBeUndefined();
      expect(tokens.findSession('hash of first')).toMatchObject({ user_id: 'ann' });
    });
  });
}
