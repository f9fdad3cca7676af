import { beforeEach, describe, expect, test } from 'bun:test';
import type {
  AdminSetup,
  NewApiToken,
  NewSession,
  TokenStore,
} from '../../../src/features/auth/store.ts';
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
      name: `device of ${id}`,
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
      expect(tokens.findToken('hash of s1')).toEqual({
        id: 's1',
        user_id: 'ann',
        email: 'ann@example.com',
        is_admin: false,
        scopes: null,
        last_used_at: AT,
        expires_at: LATER,
      });
      expect(tokens.findToken('hash of s2')).toBeUndefined();
    });

    test('no session starts on a password that counts no more, or for nobody', async () => {
      expect(await start('s1', 'other hash')).toBe(false);
      expect(await start('s1', 'other hash', 'renewed')).toBe(false);
      expect(tokens.findToken('hash of s1')).toBeUndefined();
      expect((await users.findAccount('ann@example.com'))?.passwordHash).toBe('old hash');
    });

    test('a hash is renewed together with the session', async () => {
      const both = await Promise.all([
        start('s1', 'old hash', 'renewed 1'),
        start('s2', 'old hash', 'renewed 2'),
      ]);
      expect(both).toEqual([true, false]);
      expect((await users.findAccount('ann@example.com'))?.passwordHash).toBe('renewed 1');
      expect(tokens.findToken('hash of s2')).toBeUndefined();
    });

    test('a session ends once, and says which token it was', async () => {
      await start('s1');
      await start('s2');
      expect(await tokens.endSession('ann', 's1')).toBe('hash of s1');
      expect(await tokens.endSession('ann', 's1')).toBeUndefined();
      expect(tokens.findToken('hash of s1')).toBeUndefined();
      expect(tokens.findToken('hash of s2')).toBeDefined();
    });

    test('the latest use counts, in whatever order they come', async () => {
      await start('s1');
      await tokens.recordUse('s1', '2030-01-01T00:02:00.000Z');
      await tokens.recordUse('s1', '2030-01-01T00:01:00.000Z');
      await tokens.recordUse('gone', AT);
      expect(tokens.findToken('hash of s1')?.last_used_at).toBe('2030-01-01T00:02:00.000Z');
    });

    test('an account was last seen at the latest use of any token, also of one that has ended', async () => {
      const seen = async () => (await users.find('ann'))?.last_seen_at;
      expect(await seen()).toBeNull();
      await start('s1', 'other hash');
      expect(await seen()).toBeNull();
      await start('s1');
      await start('s2');
      expect(await seen()).toBe(AT);
      await tokens.recordUse('s1', '2030-01-01T00:02:00.000Z');
      await tokens.recordUse('s2', '2030-01-01T00:01:00.000Z');
      await tokens.endSession('ann', 's1');
      await tokens.recordUse('s1', '2030-01-01T00:09:00.000Z');
      expect(await seen()).toBe('2030-01-01T00:02:00.000Z');
      await tokens.replaceSession('s2', {
        ...session('s3'),
        createdAt: '2030-01-01T00:03:00.000Z',
      });
      expect(await seen()).toBe('2030-01-01T00:03:00.000Z');
      // Nobody has changed the account.
      expect((await users.find('ann'))?.updated_at).toBe(AT);
    });

    test('a new password for an admin ends the sessions of that account only', async () => {
      await start('s1');
      await users.makeAdmin({ id: 'x', email: 'bob@example.com', passwordHash: 'h', at: AT });
      expect(tokens.findToken('hash of s1')).toBeDefined();
      await users.makeAdmin({ id: 'x', email: 'ann@example.com', passwordHash: undefined, at: AT });
      expect(tokens.findToken('hash of s1')?.is_admin).toBe(true);
      await users.makeAdmin({ id: 'x', email: 'ann@example.com', passwordHash: 'h', at: AT });
      expect(tokens.findToken('hash of s1')).toBeUndefined();
    });

    /** An API token of boss, who is an admin and has shown the session s1. */
    const api = (id: string, extra: Partial<NewApiToken> = {}) =>
      tokens.addApiToken({
        id,
        userId: 'boss',
        madeWith: 's1',
        name: `name of ${id}`,
        scopes: ['records:read', 'functions:deploy'],
        tokenHash: `hash of ${id}`,
        createdAt: AT,
        expiresAt: null,
        ...extra,
      });
    const signInBoss = async () => {
      await tokens.replaceSetupToken({ tokenHash: 'one', expiresAt: LATER });
      await setup('one', { session: session('s1') });
    };

    test('an API token is found like a session, with its scopes', async () => {
      await signInBoss();
      expect(await api('a1', { expiresAt: '2040-01-01T00:00:00.000Z' })).toBe('added');
      expect(tokens.findToken('hash of a1')).toEqual({
        id: 'a1',
        user_id: 'boss',
        email: 'boss@example.com',
        is_admin: true,
        scopes: ['records:read', 'functions:deploy'],
        last_used_at: null,
        expires_at: '2040-01-01T00:00:00.000Z',
      });
      await tokens.recordUse('a1', LATER);
      expect(tokens.findToken('hash of a1')?.last_used_at).toBe(LATER);
    });

    test('API tokens are listed newest first, without sessions', async () => {
      await signInBoss();
      for (const id of ['a1', 'a3', 'a2']) await api(id);
      const { items, total } = await tokens.listApiTokens({ limit: 2, offset: 0 });
      expect(total).toBe(3);
      expect(items.map(({ id }) => id)).toEqual(['a3', 'a2']);
      expect(items[0]).toEqual({
        id: 'a3',
        name: 'name of a3',
        scopes: ['records:read', 'functions:deploy'],
        user_id: 'boss',
        email: 'boss@example.com',
        created_at: AT,
        last_used_at: null,
        expires_at: null,
      });
      const rest = await tokens.listApiTokens({ limit: 2, offset: 2 });
      expect(rest.items.map(({ id }) => id)).toEqual(['a1']);
    });

    test('an API token ends once, and a session is none', async () => {
      await signInBoss();
      await api('a1');
      expect(await tokens.endSession('boss', 'a1')).toBeUndefined();
      expect(await tokens.deleteApiToken('s1')).toBeUndefined();
      expect(await tokens.deleteApiToken('a1')).toMatchObject({ tokenHash: 'hash of a1' });
      expect(await tokens.deleteApiToken('a1')).toBeUndefined();
      expect(tokens.findToken('hash of a1')).toBeUndefined();
      expect(tokens.findToken('hash of s1')).toBeDefined();
    });

    test('nobody but an admin with a token of their own that counts makes one', async () => {
      await start('of ann');
      expect(await api('a1', { userId: 'ann', madeWith: 'of ann' })).toBe('no_admin');
      await signInBoss();
      expect(await api('a1', { userId: 'ann' })).toBe('no_admin');
      expect(await api('a1', { madeWith: 'of ann' })).toBe('no_admin');
      expect(await api('a1', { madeWith: 'gone' })).toBe('no_admin');
      expect(await api('a1', { createdAt: LATER })).toBe('no_admin');
      expect((await tokens.listApiTokens({ limit: 9, offset: 0 })).total).toBe(0);
    });

    test('an API token makes none that outlives it; a session is not bound by its own end', async () => {
      await signInBoss();
      const end = '2031-01-01T00:00:00.000Z';
      expect(await api('a1', { expiresAt: end })).toBe('added');
      const next = (id: string, expiresAt: string | null) => api(id, { madeWith: 'a1', expiresAt });
      expect(await next('a2', null)).toBe('outlives_maker');
      expect(await next('a2', '2031-01-01T00:00:00.001Z')).toBe('outlives_maker');
      expect(await next('a2', end)).toBe('added');
      await api('endless');
      expect(await api('a3', { madeWith: 'endless' })).toBe('added');
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
      expect(tokens.findToken('hash of s0')).toMatchObject({ user_id: 'b0', is_admin: true });
      expect(tokens.findToken('hash of s1')).toBeUndefined();
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
      const email = 'ann@example.com';
      // Its token would speak of somebody else; nothing is used up by it.
      expect(await setup('one', { id: 'boss', email })).toBe('stale');
      expect(tokens.findToken('hash of s1')).toMatchObject({ user_id: 'ann' });
      expect(await setup('one', { id: 'ann', email })).toMatchObject({
        user: { id: 'ann', is_admin: true },
        wasCreated: false,
      });
      expect(tokens.findToken('hash of s1')).toBeUndefined();
      expect(tokens.findToken('hash of first')).toMatchObject({ user_id: 'ann' });
    });

    test('a session is replaced by one of the same device since the same sign-in', async () => {
      await start('s1');
      const now = '2030-01-01T12:00:00.000Z';
      const end = '2030-01-02T12:00:00.000Z';
      const next = { ...session('s2'), name: null, createdAt: now, expiresAt: end };
      expect(await tokens.replaceSession('s1', next)).toMatchObject({
        endedHash: 'hash of s1',
        user: { id: 'ann' },
      });
      expect(tokens.findToken('hash of s1')).toBeUndefined();
      expect(tokens.findToken('hash of s2')).toMatchObject({ user_id: 'ann', expires_at: end });
      expect((await tokens.listSessions('ann', AT, { limit: 9, offset: 0 })).items).toEqual([
        {
          id: 's2',
          name: 'device of s1',
          created_at: AT,
          last_used_at: now,
          expires_at: end,
        },
      ]);
    });

    test('of 50 replacements of a session at once, one succeeds', async () => {
      await start('s0');
      const made = await Promise.all(
        Array.from({ length: 50 }, (_, n) => tokens.replaceSession('s0', session(`n${n}`))),
      );
      expect(made.filter((one) => one !== undefined)).toHaveLength(1);
      expect((await tokens.listSessions('ann', AT, { limit: 9, offset: 0 })).total).toBe(1);
    });

    test('what is over, or no session, is not replaced', async () => {
      await start('s1');
      const late = { ...session('s2'), createdAt: LATER };
      expect(await tokens.replaceSession('s1', late)).toBeUndefined();
      expect(await tokens.replaceSession('gone', session('s2'))).toBeUndefined();
      await users.change({ id: 'ann', at: AT, isActive: false });
      expect(await tokens.replaceSession('s1', session('s3'))).toBeUndefined();
    });

    test("nobody ends or lists somebody else's sessions", async () => {
      await start('s1');
      expect(await tokens.endSession('boss', 's1')).toBeUndefined();
      expect(tokens.findToken('hash of s1')).toBeDefined();
      expect(await tokens.listSessions('boss', AT, { limit: 9, offset: 0 })).toEqual({
        items: [],
        total: 0,
      });
    });

    test('sessions are listed latest first, in pages, without API tokens and what is over', async () => {
      await signInBoss();
      await api('a1');
      for (const n of [2, 3, 4]) {
        const createdAt = `2030-01-01T0${n}:00:00.000Z`;
        await tokens.startSession({
          userId: 'boss',
          session: { ...session(`s${n}`), createdAt },
          passwordHash: 'boss hash',
          renewedHash: undefined,
        });
      }
      const list = async (limit: number, offset: number, at = AT) => {
        const { items, total } = await tokens.listSessions('boss', at, { limit, offset });
        return [items.map(({ id }) => id), total];
      };
      expect(await list(3, 0)).toEqual([['s4', 's3', 's2'], 4]);
      expect(await list(3, 3)).toEqual([['s1'], 4]);
      expect(await list(3, 0, LATER)).toEqual([[], 0]);
    });

    const proof = (sessionId = 's1', passwordHash = 'old hash') => ({ sessionId, passwordHash });
    const setPassword = (shown = proof(), passwordHash = 'new hash') =>
      tokens.changePassword({ userId: 'ann', proof: shown, passwordHash, at: LATER });
    const reset = (tokenHash: string, at = AT, passwordHash = 'reset hash') =>
      tokens.resetPassword({ tokenHash, passwordHash, at });
    const link = (tokenHash: string, userId = 'ann') =>
      tokens.replaceResetToken({ tokenHash, userId, expiresAt: LATER });

    test('a change of password ends the other sessions and the open links, and no API token', async () => {
      await start('s1');
      await start('s2');
      await link('one');
      expect(await setPassword()).toBe('changed');
      expect(tokens.findToken('hash of s1')).toBeDefined();
      expect(tokens.findToken('hash of s2')).toBeUndefined();
      expect(await tokens.isResetToken('one', AT)).toBe(false);
      expect(await users.findAccountOf('ann')).toMatchObject({
        passwordHash: 'new hash',
        user: { updated_at: LATER },
      });
    });

    test('a change of password needs a session, and leaves API tokens', async () => {
      await signInBoss();
      await api('a1');
      const change = (sessionId: string) =>
        tokens.changePassword({
          userId: 'boss',
          proof: proof(sessionId, 'boss hash'),
          passwordHash: 'new hash',
          at: LATER,
        });
      expect(await change('a1')).toBe('no_session');
      expect(await change('s1')).toBe('changed');
      expect(tokens.findToken('hash of a1')).toBeDefined();
    });

    test('a change of password on a proof that lapsed does nothing', async () => {
      await start('s1');
      await start('s2');
      expect(await setPassword(proof('s1', 'other hash'))).toBe('stale');
      expect(await setPassword(proof('gone'))).toBe('no_session');
      await tokens.endSession('ann', 's1');
      expect(await setPassword()).toBe('no_session');
      expect((await users.findAccountOf('ann'))?.passwordHash).toBe('old hash');
      expect(tokens.findToken('hash of s2')).toBeDefined();
    });

    test('of many changes of the same password at once, one succeeds', async () => {
      await start('s1');
      const made = await Promise.all(
        Array.from({ length: 10 }, (_, n) => setPassword(proof(), `hash ${n}`)),
      );
      expect(made.filter((one) => one === 'changed')).toHaveLength(1);
      expect((await users.findAccountOf('ann'))?.passwordHash).toBe('hash 0');
    });

    test('a link for a new password counts once, within its time, and signs out everywhere', async () => {
      await start('s1');
      expect(await link('one')).toBe('made');
      expect(await tokens.isResetToken('one', AT)).toBe(true);
      expect(await tokens.isResetToken('one', LATER)).toBe(false);
      expect(await reset('one', LATER)).toBeUndefined();
      expect(await reset('two')).toBeUndefined();
      expect(tokens.findToken('hash of s1')).toBeDefined();
      expect((await reset('one'))?.id).toBe('ann');
      expect(tokens.findToken('hash of s1')).toBeUndefined();
      expect((await users.findAccountOf('ann'))?.passwordHash).toBe('reset hash');
      expect(await reset('one')).toBeUndefined();
    });

    test('of 50 uses of a link at once, one succeeds', async () => {
      await link('one');
      const made = await Promise.all(
        Array.from({ length: 50 }, (_, n) => reset('one', AT, `hash ${n}`)),
      );
      expect(made.filter((one) => one?.id === 'ann')).toHaveLength(1);
      expect((await users.findAccountOf('ann'))?.passwordHash).toBe('hash 0');
    });

    test('a newer link ends the older one, of that account only', async () => {
      await users.create({ id: 'bob', email: 'bob@example.com', passwordHash: 'h', createdAt: AT });
      await link('one');
      await link('of bob', 'bob');
      await link('two');
      expect(await tokens.isResetToken('one', AT)).toBe(false);
      expect(await tokens.isResetToken('two', AT)).toBe(true);
      expect(await tokens.isResetToken('of bob', AT)).toBe(true);
    });

    test('a set-up link is no link for a new password, nor the other way round', async () => {
      await tokens.replaceSetupToken({ tokenHash: 'setup', expiresAt: LATER });
      await link('one');
      expect(await reset('setup')).toBeUndefined();
      expect(await setup('one')).toBe('no_token');
    });

    test('there is no link for nobody and for a disabled account, and one that was made waits', async () => {
      expect(await link('one', 'nobody')).toBe('missing');
      await link('one');
      await users.change({ id: 'ann', at: AT, isActive: false });
      expect(await link('two')).toBe('inactive');
      expect(await tokens.isResetToken('one', AT)).toBe(false);
      expect(await reset('one')).toBeUndefined();
    });

    test('an admin makes a link while they are one, and for an admin only with a session', async () => {
      await signInBoss();
      await api('a1');
      const linkBy = (tokenId: string, isApiToken: boolean, userId: string) => {
        const by = { tokenId, isApiToken };
        const tokenHash = `${tokenId} for ${userId}`;
        return tokens.replaceResetToken({ tokenHash, userId, expiresAt: LATER, by });
      };
      expect(await linkBy('a1', true, 'ann')).toBe('made');
      expect(await linkBy('a1', true, 'boss')).toBe('is_admin');
      expect(await linkBy('s1', false, 'boss')).toBe('made');
      await users.makeAdmin({ id: 'x', email: 'ann@example.com', passwordHash: undefined, at: AT });
      await users.change({ id: 'boss', at: AT, isAdmin: false });
      expect(await linkBy('s1', false, 'ann')).toBe('not_admin');
      expect(await linkBy('gone', false, 'ann')).toBe('not_admin');
    });

    test('what a demoted or signed-out admin began is refused in the commit', async () => {
      await signInBoss();
      await users.makeAdmin({ id: 'x', email: 'ann@example.com', passwordHash: undefined, at: AT });
      const by = { tokenId: 's1', isApiToken: false };
      const account = { id: 'new', email: 'n@example.com', passwordHash: 'h', createdAt: AT };
      const refused = async () => {
        expect(await users.create({ ...account, by })).toBe('not_admin');
        expect(await users.change({ id: 'ann', at: AT, isAdmin: false, by })).toEqual({
          kind: 'not_admin',
        });
        expect(await users.delete({ id: 'ann', at: AT, records: 'keep', by })).toEqual({
          kind: 'not_admin',
        });
      };
      await users.change({ id: 'boss', at: AT, isAdmin: false });
      await refused();
      await users.change({ id: 'boss', at: AT, isAdmin: true });
      await tokens.endSession('boss', 's1');
      await refused();
      expect(await users.find('ann')).toMatchObject({ is_admin: true });
    });

    test('an API token changes and deletes no admin, and makes none of a user', async () => {
      await signInBoss();
      await api('a1');
      const by = { tokenId: 'a1', isApiToken: true };
      const refused = { kind: 'is_admin' } as const;
      expect(await users.change({ id: 'boss', at: AT, email: 'x@x.co', by })).toEqual(refused);
      expect(await users.change({ id: 'ann', at: AT, isAdmin: true, by })).toEqual(refused);
      expect(await users.delete({ id: 'boss', at: AT, records: 'keep', by })).toEqual(refused);
      const done = { kind: 'done' } as const;
      expect(await users.change({ id: 'ann', at: AT, passwordHash: 'h', by })).toMatchObject(done);
      expect(await users.delete({ id: 'ann', at: AT, records: 'keep', by })).toMatchObject(done);
    });

    test('disabling, a new password and deletion end sessions and links at once; API tokens rest', async () => {
      await signInBoss();
      await users.makeAdmin({ id: 'x', email: 'ann@example.com', passwordHash: undefined, at: AT });
      await api('a1');
      await link('one', 'boss');
      await users.change({ id: 'boss', at: AT, isActive: false });
      expect(tokens.findToken('hash of s1')).toBeUndefined();
      expect(tokens.findToken('hash of a1')).toBeUndefined();
      await users.change({ id: 'boss', at: AT, isActive: true });
      expect(tokens.findToken('hash of s1')).toBeUndefined();
      expect(tokens.findToken('hash of a1')).toBeDefined();
      expect(await tokens.isResetToken('one', AT)).toBe(false);
      await start('s2');
      await users.change({ id: 'ann', at: AT, passwordHash: 'h' });
      expect(tokens.findToken('hash of s2')).toBeUndefined();
      await users.delete({ id: 'boss', at: AT, records: 'keep' });
      expect(tokens.findToken('hash of a1')).toBeUndefined();
    });

    test('who sets their own password as an admin stays signed in there', async () => {
      await signInBoss();
      await tokens.startSession({
        userId: 'boss',
        session: session('s2'),
        passwordHash: 'boss hash',
        renewedHash: undefined,
      });
      const by = { tokenId: 's1', isApiToken: false };
      await users.change({ id: 'boss', at: AT, passwordHash: 'h', by });
      expect(tokens.findToken('hash of s1')).toBeDefined();
      expect(tokens.findToken('hash of s2')).toBeUndefined();
    });

    test('a new address ends the links that went to the old one, and no session', async () => {
      await start('s1');
      await link('one');
      await users.change({ id: 'ann', at: AT, email: 'new@example.com' });
      expect(await tokens.isResetToken('one', AT)).toBe(false);
      expect(tokens.findToken('hash of s1')).toMatchObject({ email: 'new@example.com' });
    });

    test('an owner deletes the account on a proof that counts in the commit', async () => {
      await start('s1');
      const leave = (shown: ReturnType<typeof proof>) =>
        users.delete({ id: 'ann', at: AT, records: 'keep', proof: shown });
      expect(await leave(proof('s1', 'other hash'))).toEqual({ kind: 'stale' });
      expect(await leave(proof('gone'))).toEqual({ kind: 'no_session' });
      expect(await leave(proof())).toMatchObject({ kind: 'done' });
      expect(tokens.findToken('hash of s1')).toBeUndefined();
    });

    test('what is over is deleted, so many at a time; API tokens stay', async () => {
      await signInBoss();
      await api('a1', { expiresAt: AT });
      for (const id of ['s2', 's3', 's4']) await start(id);
      await link('one');
      await tokens.startSession({
        userId: 'ann',
        session: { ...session('later'), expiresAt: '2030-01-03T00:00:00.000Z' },
        passwordHash: 'old hash',
        renewedHash: undefined,
      });
      expect(await tokens.deleteExpired(AT, 9)).toBe(0);
      // Each kind for itself: the link and two of the four sessions.
      expect(await tokens.deleteExpired(LATER, 2)).toBe(3);
      expect(await tokens.deleteExpired(LATER, 9)).toBe(2);
      expect(await tokens.deleteExpired(LATER, 9)).toBe(0);
      expect(tokens.findToken('hash of later')).toBeDefined();
      expect((await tokens.listApiTokens({ limit: 9, offset: 0 })).total).toBe(1);
    });
  });
}
