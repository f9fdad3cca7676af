import { beforeEach, describe, expect, test } from 'bun:test';
import type { UserStore } from '../../../src/features/users/store.ts';

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
      };
      expect(await add('ann')).toEqual(user);
      expect(await users.find('ann')).toEqual(user);
      expect(await users.findAccount('ann@example.com')).toEqual({
        user,
        passwordHash: 'hash of ann',
      });
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
      expect(made.filter((user) => user !== undefined)).toHaveLength(1);
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
  });
}
