import { describe, expect, test } from 'bun:test';
import { type Actor, ANONYMOUS, SYSTEM } from '../../../src/core/actor.ts';
import {
  ACCESS_LEVELS,
  type Access,
  OPERATIONS,
  type Operation,
} from '../../../src/features/collections/schema.ts';
import { openDataApp, refusal } from './data-app.ts';

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
  await app.collections.create({
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
});
