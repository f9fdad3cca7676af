import { beforeEach, describe, expect, test } from 'bun:test';
import type { UserChange, UserStore } from '../../../src/features/users/store.ts';

const AT = '2030-01-01T00:00:00.000Z';
const LATER = '2030-01-02T00:00:00.000Z';

/** What every user store must do. */
export function userStoreContract(database: string, open: () => UserStore): void {
  describe(`user store on ${database}`, () => {
    let users: UserStore;
    beforeEach(() => {
      users = open();
    });

    const add = (id: string, email = `${id}@example.com`) =>
      users.create({ id, email, passwordHash: `hash of ${id}`, createdAt: AT });
    const grant = (email: string, passwordHash?: string) =>
      users.makeAdmin({ id: 'new', email, passwordHash, at: LATER });

    test('an account is made active, and nothing more than a user', async () => {
      const user = {
        id: 'ann',
        email: 'ann@example.com',
        is_admin: false,
        is_active: true,
        email_verified: false,
        created_at: AT,
        updated_at: AT,
        last_seen_at: null,
      };
      expect(await add('ann')).toEqual(user);
      expect(await users.find('ann')).toEqual(user);
      expect(await users.findAccount('ann@example.com')).toEqual({
        user,
        passwordHash: 'hash of ann',
      });
    });

    test('an account is found by its domain in letters too, and the very address comes first', async () => {
      await add('ann', 'ann@xn--bcher-kva.example');
      const idOf = async (email: string) => (await users.findAccount(email))?.user.id;
      expect(await idOf('ann@bücher.example')).toBe('ann');
      expect(await idOf('ann@xn--bcher-kva.example')).toBe('ann');
      expect(await idOf('anna@bücher.example')).toBeUndefined();
      // As a database from before may have it.
      await add('other', 'ann@bücher.example');
      expect(await idOf('ann@bücher.example')).toBe('other');
      expect(await idOf('ann@xn--bcher-kva.example')).toBe('ann');
    });

    test('what is not there is undefined', async () => {
      expect(await users.find('ann')).toBeUndefined();
      expect(await users.findAccount('ann@example.com')).toBeUndefined();
    });

    test('several are found at once, and those who are not there are left out', async () => {
      const made = [await add('ann'), await add('bob')];
      await add('cem');
      const found = await users.findMany(['bob', 'nobody', 'ann', 'bob', "' OR 1=1 --"]);
      expect([...found].sort((a, b) => (a.id < b.id ? -1 : 1)) as unknown[]).toEqual(made);
      expect(await users.findMany([])).toEqual([]);
    });

    test('of many at once for one address, one gets it and the others are told', async () => {
      const made = await Promise.all(
        Array.from({ length: 10 }, (_, n) => add(`ann${n}`, 'ann@example.com')),
      );
      expect(made.filter((user) => user !== 'email_taken')).toHaveLength(1);
      expect(await users.list({ limit: 10, offset: 0 })).toMatchObject({ total: 1 });
    });

    test('an address is compared as it is: quotes and wildcards are letters', async () => {
      await add('a', "o'neill@example.com");
      await add('b', 'a%@example.com');
      const search = async (text: string) =>
        (await users.list({ limit: 10, offset: 0, search: text })).items.map(({ id }) => id);
      expect(await search("o'n")).toEqual(['a']);
      expect(await search('%')).toEqual(['b']);
      expect(await search('_')).toEqual([]);
      expect(await search('')).toEqual(['b', 'a']);
    });

    test('a page and the total fit together', async () => {
      for (const id of ['a', 'b', 'c', 'd']) await add(id);
      const { items, total } = await users.list({ limit: 2, offset: 1 });
      expect(items.map(({ id }) => id)).toEqual(['c', 'b']);
      expect(total).toBe(4);
    });

    test('an admin is made, or not without a password', async () => {
      expect(await grant('boss@example.com')).toBeUndefined();
      expect(await users.hasAdmin()).toBe(false);
      expect(await grant('boss@example.com', 'hash')).toMatchObject({
        user: { id: 'new', is_admin: true, is_active: true, created_at: LATER },
        wasCreated: true,
        wasPromoted: false,
      });
      expect(await users.hasAdmin()).toBe(true);
    });

    test('an account is promoted, its password kept or replaced', async () => {
      await add('ann');
      expect(await grant('ann@example.com')).toMatchObject({
        user: { id: 'ann', is_admin: true, created_at: AT, updated_at: LATER },
        wasCreated: false,
        wasPromoted: true,
      });
      expect((await users.findAccount('ann@example.com'))?.passwordHash).toBe('hash of ann');
      expect(await grant('ann@example.com', 'new hash')).toMatchObject({ wasPromoted: false });
      expect((await users.findAccount('ann@example.com'))?.passwordHash).toBe('new hash');
    });

    test('an account is found with its hash by its id too', async () => {
      await add('ann');
      expect(await users.findAccountOf('ann')).toEqual(await users.findAccount('ann@example.com'));
      expect(await users.findAccountOf('ann@example.com')).toBeUndefined();
    });

    test('admins are listed by their addresses, disabled ones too', async () => {
      await add('ann');
      await users.create({ ...accountOf('cem'), isAdmin: true, isActive: false });
      await users.create({ ...accountOf('bob'), isAdmin: true, isEmailVerified: true });
      expect(await users.listAdmins()).toMatchObject([
        { id: 'bob', is_admin: true, is_active: true, email_verified: true },
        { id: 'cem', is_admin: true, is_active: false, email_verified: false },
      ]);
    });

    const accountOf = (id: string) => ({
      id,
      email: `${id}@example.com`,
      passwordHash: `hash of ${id}`,
      createdAt: AT,
    });
    const change = (id: string, extra: Partial<UserChange> = {}) =>
      users.change({ id, at: LATER, ...extra });

    test('only what is named is changed', async () => {
      const before = await add('ann');
      expect(await change('ann', { isEmailVerified: true })).toEqual({
        kind: 'done',
        before: before as never,
        user: { ...(before as object), email_verified: true, updated_at: LATER } as never,
      });
      expect(await users.findAccountOf('ann')).toMatchObject({ passwordHash: 'hash of ann' });
      await change('ann', { passwordHash: 'new hash' });
      expect(await users.findAccountOf('ann')).toMatchObject({ passwordHash: 'new hash' });
    });

    test('what changes nothing leaves the time of the last change', async () => {
      const before = await add('ann');
      for (const extra of [{}, { isAdmin: false, isActive: true, email: 'ann@example.com' }])
        expect(await change('ann', extra)).toEqual({
          kind: 'done',
          user: before as never,
          before: before as never,
        });
    });

    test('the time of the last change does not go back with the clock', async () => {
      await add('ann');
      await change('ann', { isAdmin: true });
      await change('ann', { isActive: false, at: AT });
      expect((await users.find('ann'))?.updated_at).toBe(LATER);
    });

    test('a new address counts as not verified, unless that is said too', async () => {
      await users.create({ ...accountOf('ann'), isEmailVerified: true });
      const email_verified = async (extra: Partial<UserChange>) => {
        const outcome = await change('ann', extra);
        return outcome.kind === 'done' && outcome.user.email_verified;
      };
      expect(await email_verified({ email: 'ann@example.com' })).toBe(true);
      expect(await email_verified({ email: 'b@example.com' })).toBe(false);
      expect(await email_verified({ email: 'c@example.com', isEmailVerified: true })).toBe(true);
    });

    test('an address that somebody else has is refused, and nothing is changed', async () => {
      await add('ann');
      await add('bob');
      const outcome = await change('ann', { email: 'bob@example.com', isAdmin: true });
      expect(outcome).toEqual({ kind: 'email_taken' });
      expect(await users.find('ann')).toMatchObject({ email: 'ann@example.com', is_admin: false });
    });

    test('nobody is changed or deleted who is not there', async () => {
      expect(await change('ann', { isAdmin: true })).toEqual({ kind: 'missing' });
      expect(await remove('ann')).toEqual({ kind: 'missing' });
    });

    const remove = (id: string) => users.delete({ id, at: LATER, records: 'keep' });

    test('the last admin who can sign in is not demoted, disabled or deleted', async () => {
      await users.create({ ...accountOf('ann'), isAdmin: true });
      await users.create({ ...accountOf('off'), isAdmin: true, isActive: false });
      const last = { kind: 'last_admin' } as const;
      expect(await change('ann', { isAdmin: false })).toEqual(last);
      expect(await change('ann', { isActive: false })).toEqual(last);
      expect(await remove('ann')).toEqual(last);
      expect(await remove('off')).toMatchObject({ kind: 'done', user: { id: 'off' } });
      await users.create({ ...accountOf('bob'), isAdmin: true });
      expect(await change('ann', { isAdmin: false })).toMatchObject({ kind: 'done' });
      expect(await remove('bob')).toEqual(last);
    });

    test('of many demotions, blocks and deletions at once, the last admin is left', async () => {
      const ids = Array.from({ length: 20 }, (_, n) => `admin${n}`);
      for (const id of ids) await users.create({ ...accountOf(id), isAdmin: true });
      const outcomes = await Promise.all(
        ids.map((id, n) =>
          n % 3 === 0
            ? remove(id)
            : change(id, n % 3 === 1 ? { isAdmin: false } : { isActive: false }),
        ),
      );
      expect(outcomes.filter(({ kind }) => kind === 'done')).toHaveLength(19);
      expect(outcomes.filter(({ kind }) => kind === 'last_admin')).toHaveLength(1);
      expect(await users.hasAdmin()).toBe(true);
    });

    test('a deleted account is gone, and its address is free', async () => {
      const before = await add('ann');
      expect(await remove('ann')).toEqual({ kind: 'done', user: before as never });
      expect(await users.find('ann')).toBeUndefined();
      expect(await add('new', 'ann@example.com')).toMatchObject({ id: 'new' });
    });
  });
}
