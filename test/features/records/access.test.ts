import { describe, expect, test } from 'bun:test';
import { type Actor, ANONYMOUS, SYSTEM } from '../../../src/core/actor.ts';
import {
  ACCESS_LEVELS,
  type Access,
  OPERATIONS,
  type Operation,
} from '../../../src/features/collections/schema.ts';
import { createOpenCollection, openDataApp, refusal } from './data-app.ts';

const signedIn = (kind: 'user' | 'admin', digit: string): Actor => ({
  kind,
  id: `018f0000-0000-7000-8000-00000000000${digit}`,
  email: `${digit}@example.com`,
  tokenId: digit,
});
const ACTORS = {
  anonymous: ANONYMOUS,
  owner: signedIn('user', 'a'),
  other: signedIn('user', 'b'),
  admin: signedIn('admin', 'c'),
  system: SYSTEM,
} as const;
type Who = keyof typeof ACTORS;
const OWNER = '018f0000-0000-7000-8000-00000000000a';

type Rules = Partial<Record<Operation, Access>>;

/** A collection with a record of the owner and one of nobody, under the rules given. */
async function openNotes(rules: Rules) {
  const app = openDataApp();
  const access = {
    list: 'admin',
    read: 'admin',
    create: 'admin',
    update: 'admin',
    delete: 'admin',
    ...rules,
  };
  await app.collections.create(SYSTEM, {
    name: 'notes',
    schema: { fields: [{ name: 'n', type: 'int' }] },
    options: { access },
  });
  const owned = (await app.records.create(SYSTEM, 'notes', { n: 1 }, { ownerId: OWNER })).record.id;
  const free = (await app.records.create(SYSTEM, 'notes', { n: 2 })).record.id;
  const { records } = app;
  /** What became of an attempt: the error code, or what came back. */
  async function attempt(act: () => unknown): Promise<unknown> {
    try {
      return await act();
    } catch (error) {
      return (error as { code: string }).code;
    }
  }
  const touch = (who: Who, operation: Operation, id: string) => {
    const actor: Actor = ACTORS[who];
    return attempt(async () => {
      if (operation === 'read') return records.get(actor, 'notes', id).record.id === id && 'done';
      if (operation === 'update')
        return (await records.update(actor, 'notes', id, { n: 9 })).record.id === id && 'done';
      await records.delete(actor, 'notes', id);
      return 'done';
    });
  };
  return {
    app,
    owned,
    free,
    touch,
    list: (who: Who) =>
      attempt(async () =>
        JSON.parse(await records.list(ACTORS[who], 'notes', { sort: 'n' })).items.map(
          ({ data }: { data: { n: number } }) => data.n,
        ),
      ),
    count: (who: Who) => attempt(() => records.count(ACTORS[who], 'notes')),
    create: (who: Who, name = 'notes') =>
      attempt(async () => (await records.create(ACTORS[who], name, { n: 3 })).record.owner_id),
    [Symbol.dispose]: app.close,
  };
}

const idOf = (who: Who) => {
  const actor: Actor = ACTORS[who];
  return 'id' in actor ? actor.id : null;
};

const DONE = ['done', 'done'] as const;
const SIGN_IN = ['unauthenticated', 'unauthenticated'] as const;
const HIDDEN = ['not_found', 'not_found'] as const;

/** list: the values of n that each sees, else the code. The other operations are all closed. */
const LIST: Readonly<Record<Access, Readonly<Record<Who, unknown>>>> = {
  public: { anonymous: [1, 2], owner: [1, 2], other: [1, 2], admin: [1, 2], system: [1, 2] },
  auth: {
    anonymous: 'unauthenticated',
    owner: [1, 2],
    other: [1, 2],
    admin: [1, 2],
    system: [1, 2],
  },
  owner: { anonymous: 'unauthenticated', owner: [1], other: [], admin: [1, 2], system: [1, 2] },
  admin: {
    anonymous: 'not_found',
    owner: 'not_found',
    other: 'not_found',
    admin: [1, 2],
    system: [1, 2],
  },
};

/** read of the record that `owner` owns, and of nobody's. */
const READ: Readonly<
  Record<Access, Readonly<Record<Who, readonly [owned: string, free: string]>>>
> = {
  public: {
    anonymous: DONE,
    owner: DONE,
    other: DONE,
    admin: DONE,
    system: DONE,
  },
  auth: {
    anonymous: SIGN_IN,
    owner: DONE,
    other: DONE,
    admin: DONE,
    system: DONE,
  },
  owner: {
    anonymous: SIGN_IN,
    owner: ['done', 'not_found'],
    other: HIDDEN,
    admin: DONE,
    system: DONE,
  },
  admin: {
    anonymous: HIDDEN,
    owner: HIDDEN,
    other: HIDDEN,
    admin: DONE,
    system: DONE,
  },
};

/** update and delete: where it is not done, the answer depends on whether the caller may read the record. */
const CHANGE: Readonly<
  Record<Access, Readonly<Record<Who, readonly [owned: string, free: string]>>>
> = {
  public: READ.public,
  auth: READ.auth,
  owner: { ...READ.owner, owner: ['done', 'denied'], other: ['denied', 'denied'] },
  admin: {
    ...READ.admin,
    anonymous: SIGN_IN,
    owner: ['denied', 'denied'],
    other: ['denied', 'denied'],
  },
};

/** Nobody changes what they may not see; a collection that only admins see is not even known to others. */
function toWanted(rule: string | undefined, sees: string | undefined, read: Access) {
  if (sees === 'unauthenticated') return read === 'admin' ? 'not_found' : sees;
  if (sees === 'not_found') return sees;
  return rule === 'denied' ? 'forbidden' : rule;
}

const everyone = Object.keys(ACTORS) as Who[];

describe.each([...ACCESS_LEVELS])('level %s', (level) => {
  test('on list: rows, total and count are those that each may see', async () => {
    using notes = await openNotes({ list: level });
    for (const who of everyone) {
      const wanted = LIST[level][who];
      expect([who, await notes.list(who)]).toEqual([who, wanted]);
      expect([who, await notes.count(who)]).toEqual([
        who,
        Array.isArray(wanted) ? wanted.length : wanted,
      ]);
    }
  });

  test('on read: what may not be seen is 404, or 401 where signing in helps', async () => {
    using notes = await openNotes({ read: level });
    for (const who of everyone) {
      const [owned, free] = READ[level][who];
      expect([who, await notes.touch(who, 'read', notes.owned)]).toEqual([who, owned]);
      expect([who, await notes.touch(who, 'read', notes.free)]).toEqual([who, free]);
      // A record that is not there is no different from one that may not be seen.
      expect([who, await notes.touch(who, 'read', 'nope')]).toEqual([
        who,
        free === 'unauthenticated' ? free : 'not_found',
      ]);
    }
  });

  test('on create: who makes a record owns it; owner means any user', async () => {
    for (const list of ['admin', 'public'] as const) {
      using notes = await openNotes({ create: level, list });
      for (const who of everyone) {
        const isFree = level !== 'admin' || who === 'admin' || who === 'system';
        const wanted =
          who === 'anonymous' && level !== 'public' && (level !== 'admin' || list === 'public')
            ? 'unauthenticated'
            : isFree
              ? idOf(who)
              : list === 'public'
                ? 'forbidden'
                : 'not_found';
        expect([who, await notes.create(who)]).toEqual([who, wanted]);
      }
    }
  });

  for (const operation of ['update', 'delete'] as const)
    for (const read of ACCESS_LEVELS)
      test(`on ${operation} with read ${read}: 403 for a record that the caller sees, 404 for one they do not`, async () => {
        for (const who of everyone) {
          using notes = await openNotes({ [operation]: level, read });
          const sees = READ[read][who];
          for (const [index, id] of [notes.owned, notes.free].entries()) {
            const wanted = toWanted(CHANGE[level][who][index], sees[index], read);
            expect([who, index, await notes.touch(who, operation, id)]).toEqual([
              who,
              index,
              wanted,
            ]);
          }
          const missing = await notes.touch(who, operation, 'nope');
          const wanted = toWanted(CHANGE[level][who][0], sees[0], read);
          expect([who, missing]).toEqual([
            who,
            wanted === 'unauthenticated' ? wanted : 'not_found',
          ]);
        }
      });
});

describe('attacks', () => {
  test('a signed-in user does not list the records of all others where the rule is owner', async () => {
    using notes = await openNotes({ list: 'owner', create: 'auth' });
    await notes.create('other');
    expect(await notes.list('other')).toEqual([3]);
    expect(
      JSON.parse(await notes.app.records.list(ACTORS.other, 'notes', { limit: 1, offset: 0 }))
        .total,
    ).toBe(1);
  });

  test('a user probing for names cannot tell a hidden collection from a missing one', async () => {
    using notes = await openNotes({});
    const { collections, records } = notes.app;
    const acts = (name: string): readonly (() => unknown)[] => [
      () => collections.get(ACTORS.other, name),
      () => records.list(ACTORS.other, name, {}),
      () => records.get(ACTORS.other, name, 'x'),
      () => records.create(ACTORS.other, name, { nope: 1 }),
    ];
    for (const [index, act] of acts('notes').entries()) {
      const [hidden, missing] = [
        await refusal(act),
        await refusal(acts('nope')[index] as () => unknown),
      ];
      expect([hidden.code, hidden.message]).toEqual([
        missing.code,
        missing.message.replace('nope', 'notes'),
      ]);
    }
    expect(collections.list(ACTORS.other)).toEqual([]);
  });

  test('a caller without an account cannot tell a hidden collection from a missing one either', async () => {
    using notes = await openNotes({});
    const { collections, records } = notes.app;
    for (const act of [
      (name: string) => collections.get(ANONYMOUS, name),
      (name: string) => records.list(ANONYMOUS, name, {}),
      (name: string) => records.get(ANONYMOUS, name, 'x'),
      (name: string) => records.create(ANONYMOUS, name, {}),
      (name: string) => records.update(ANONYMOUS, name, 'x', {}),
    ])
      expect((await refusal(() => act('notes'))).code).toBe(
        (await refusal(() => act('nope'))).code,
      );
  });

  test('the schema of a collection is seen by those who may list or read it, and by no others', async () => {
    for (const operation of OPERATIONS)
      for (const level of ACCESS_LEVELS) {
        using notes = await openNotes({ [operation]: level });
        const sees = everyone.filter((who) => notes.app.collections.list(ACTORS[who]).length > 0);
        const isOpen = operation === 'list' || operation === 'read';
        const users = isOpen && level !== 'admin' ? ['owner', 'other'] : [];
        expect(sees).toEqual([
          ...(isOpen && level === 'public' ? ['anonymous'] : []),
          ...users,
          'admin',
          'system',
        ] as Who[]);
      }
  });

  test('who may change a record but not read it is not shown it by an empty change', async () => {
    using notes = await openNotes({ update: 'auth', read: 'owner' });
    const { text } = await notes.app.records
      .update(ACTORS.other, 'notes', notes.owned, {})
      .catch(() => ({ text: '' }));
    expect(text).not.toContain('"n":1');
  });

  describe('on a field that only admins read', () => {
    const hidden = { name: 'hidden', type: 'str', read: 'admin', unique: true };
    const FIELDS = [
      { name: 'n', type: 'int' },
      hidden,
      { name: 'meta', type: 'dict', read: 'admin' },
      { name: 'filled', type: 'str', read: 'admin', default: 'by default' },
    ];
    async function openVault() {
      const app = openDataApp();
      await createOpenCollection(app, 'vault', FIELDS);
      const data = { n: 1, hidden: 'SECRET', meta: { key: 'SECRET' } };
      const { id } = (await app.records.create(SYSTEM, 'vault', data)).record;
      return { app, records: app.records, id, [Symbol.dispose]: app.close };
    }

    test.each([
      { filter: "hidden = 'SECRET'" },
      { filter: "hidden ~ 'S'" },
      { filter: 'n = 1 && !(hidden = null)' },
      { filter: "meta.key = 'SECRET'" },
      { filter: 'meta.key = null || n = 1' },
      { 'filter[hidden]': 'SECRET' },
      { sort: 'hidden' },
      { sort: 'n,-hidden' },
      { sort_by: 'hidden', sort_order: 'desc' as const },
      { fields: 'hidden' },
      { fields: 'n,meta' },
    ])('guessing its values by %j is refused', async (query) => {
      using vault = await openVault();
      for (const act of [
        () => vault.records.list(ACTORS.other, 'vault', query),
        () => vault.records.list(ANONYMOUS, 'vault', { ...query, limit: 1 }),
      ])
        expect((await refusal(act)).code).toBe('forbidden');
      expect(JSON.parse(await vault.records.list(ACTORS.admin, 'vault', query)).items.length).toBe(
        1,
      );
    });

    test('by an old cursor of an admin is refused too', async () => {
      using vault = await openVault();
      await vault.records.create(SYSTEM, 'vault', { n: 2, hidden: 'OTHER' });
      const query = { sort: 'hidden', limit: 1 };
      const page = JSON.parse(await vault.records.list(ACTORS.admin, 'vault', query));
      const again = { ...query, cursor: page.next_cursor };
      const act = () => vault.records.list(ACTORS.other, 'vault', again);
      expect((await refusal(act)).code).toBe('forbidden');
    });

    test('it is in no answer to a write, not even when one has just written it', async () => {
      using vault = await openVault();
      const actor = ACTORS.other;
      const created = await vault.records.create(actor, 'vault', { n: 2, hidden: 'WRITTEN' });
      const updated = await vault.records.update(actor, 'vault', vault.id, { n: 3 });
      const batch = await vault.records.batch(actor, [
        { method: 'PATCH', collection: 'vault', id: vault.id, data: { n: 4 } },
        { method: 'POST', collection: 'vault', data: { hidden: 'BATCHED' } },
      ]);
      for (const text of [
        created.text,
        created.record.data,
        updated.text,
        updated.record.data,
        batch,
      ])
        expect(text).not.toMatch(/SECRET|WRITTEN|BATCHED|by default|hidden/);
      const stored = vault.records.get(SYSTEM, 'vault', created.record.id).text;
      expect(stored).toContain('WRITTEN');
    });

    test('a change by somebody who does not see it keeps it', async () => {
      using vault = await openVault();
      await vault.records.update(ACTORS.other, 'vault', vault.id, { n: 3 });
      expect(JSON.parse(vault.records.get(SYSTEM, 'vault', vault.id).record.data)).toMatchObject({
        n: 3,
        hidden: 'SECRET',
        meta: { key: 'SECRET' },
      });
    });

    test('a message about a taken value names the field but no value and no record', async () => {
      using vault = await openVault();
      const act = () => vault.records.create(ACTORS.other, 'vault', { hidden: 'SECRET' });
      const { code, message } = await refusal(act);
      expect([code, message.includes('hidden'), message.includes(vault.id)]).toEqual([
        'conflict',
        true,
        false,
      ]);
      expect(message).not.toContain('SECRET');
    });

    test('a field that is hidden from now on is hidden in the next answer', async () => {
      using vault = await openVault();
      const { collections, records } = vault.app;
      expect(records.get(ANONYMOUS, 'vault', vault.id).text).toContain('"n":1');
      const fields = FIELDS.map((field) => ({ ...field, read: 'admin' }));
      await collections.update(SYSTEM, 'vault', { schema: { fields } }, false);
      expect(JSON.parse(records.get(ANONYMOUS, 'vault', vault.id).text).data).toEqual({});
    });
  });

  describe('on a field that only its owner or an admin writes', () => {
    async function openShop() {
      const app = openDataApp();
      await createOpenCollection(app, 'posts', [
        { name: 'text', type: 'str' },
        { name: 'pinned', type: 'bool', write: 'owner' },
        { name: 'price', type: 'int', write: 'admin', default: 5 },
      ]);
      return { app, records: app.records, [Symbol.dispose]: app.close };
    }

    test('a user gives a new record neither an owner nor what only admins may write', async () => {
      using shop = await openShop();
      for (const [data, code] of [
        [{ price: 1 }, 'forbidden'],
        [{ price: null }, 'forbidden'],
        [{ owner_id: OWNER }, 'invalid_input'],
        [{ text: 'x', price: 5 }, 'forbidden'],
      ] as const) {
        const error = await refusal(() => shop.records.create(ACTORS.other, 'posts', data));
        expect(error.code).toBe(code);
        if (code === 'forbidden') expect(error.message).toContain('price');
      }
      expect(await shop.records.count(SYSTEM, 'posts')).toBe(0);
      const { text } = await shop.records.create(ACTORS.other, 'posts', { pinned: true });
      expect(JSON.parse(text).data).toEqual({ pinned: true, price: 5 });
    });

    test('nobody pins the record of another, nor one that has no owner, and all names are told', async () => {
      using shop = await openShop();
      const owned = (await shop.records.create(ACTORS.owner, 'posts', { text: 'x' })).record.id;
      const free = (await shop.records.create(ANONYMOUS, 'posts', { text: 'x' })).record.id;
      const change = { pinned: true, price: 1, text: 'y' };
      for (const who of ['anonymous', 'other'] as const)
        for (const id of [owned, free]) {
          const act = () => shop.records.update(ACTORS[who], 'posts', id, change);
          const { code, message } = await refusal(act);
          expect([code, /pinned, price/.test(message)]).toEqual(['forbidden', true]);
        }
      await shop.records.update(ACTORS.owner, 'posts', owned, { pinned: true });
      const anonymous = () => shop.records.create(ANONYMOUS, 'posts', { pinned: true });
      expect((await refusal(anonymous)).code).toBe('forbidden');
    });

    test('nobody does so in the midst of a batch either, and hears which request it was', async () => {
      using shop = await openShop();
      const { id } = (await shop.records.create(ACTORS.owner, 'posts', { text: 'x' })).record;
      const { code, message } = await refusal(() =>
        shop.records.batch(ACTORS.other, [
          { method: 'PATCH', collection: 'posts', id, data: { text: 'y' } },
          { method: 'PATCH', collection: 'posts', id, data: { pinned: true } },
        ]),
      );
      expect([code, message.startsWith('requests[1]: ')]).toEqual(['forbidden', true]);
      expect(shop.records.get(SYSTEM, 'posts', id).text).toContain('"text":"x"');
    });

    test('a rule that is saved while a write waits for its commit counts', async () => {
      using shop = await openShop();
      const { collections, records } = shop.app;
      const { id } = (await records.create(ACTORS.other, 'posts', { text: 'x' })).record;
      const fields = [
        { name: 'text', type: 'str', write: 'admin' },
        { name: 'pinned', type: 'bool' },
        { name: 'price', type: 'int', default: 5 },
      ];
      const changing = collections.update(SYSTEM, 'posts', { schema: { fields } }, false);
      await Promise.resolve();
      const codes = await Promise.all([
        refusal(() => records.update(ACTORS.other, 'posts', id, { text: 'y' })),
        refusal(() => records.create(ACTORS.other, 'posts', { text: 'y' })),
        refusal(() =>
          records.batch(ACTORS.other, [
            { method: 'POST', collection: 'posts', data: { text: 'y' } },
          ]),
        ),
      ]);
      await changing;
      expect(codes.map(({ code }) => code)).toEqual(['forbidden', 'forbidden', 'forbidden']);
      expect(codes[2]?.message).toStartWith('requests[0]: ');
    });
  });

  test('who deletes a record that hidden ones refer to is not told which those are', async () => {
    using app = openDataApp();
    await createOpenCollection(app, 'people', []);
    const reference = { name: 'person', type: 'reference', collection: 'people' };
    await app.collections.create(SYSTEM, { name: 'crimes', schema: { fields: [reference] } });
    const access = { list: 'admin', read: 'admin' };
    await app.collections.update(SYSTEM, 'crimes', { options: { access } }, false);
    const { id } = (await app.records.create(SYSTEM, 'people', {})).record;
    await app.records.create(SYSTEM, 'crimes', { person: id });
    const told = await refusal(() => app.records.delete(ACTORS.other, 'people', id));
    expect([told.code, /crimes|person\b/.test(told.message)]).toEqual(['conflict', false]);
    const admin = await refusal(() => app.records.delete(ACTORS.admin, 'people', id));
    expect([admin.code, admin.message.includes('crimes.person')]).toEqual(['conflict', true]);
  });
});
