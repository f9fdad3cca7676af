import { type Actor, ANONYMOUS, SYSTEM } from '../../../src/core/actor.ts';
import { AppError } from '../../../src/core/errors.ts';
import { ACCESS_LEVELS, type Access } from '../../../src/features/collections/schema.ts';
import { openDataApp } from './data-app.ts';

/**
 * One table of who may do what, for every door to the data. A door is anything that shows records,
 * asks about their fields or writes them: whoever builds one adds it to a list and gets the table.
 */

const idOf = (digit: string) => `018f0000-0000-7000-8000-00000000000${digit}`;
const signedIn = (kind: 'user' | 'admin', digit: string): Actor => ({
  kind,
  id: idOf(digit),
  email: `${digit}@example.com`,
  tokenId: digit,
});

export const ACTORS = {
  anonymous: ANONYMOUS,
  stranger: signedIn('user', 'b'),
  owner: signedIn('user', 'a'),
  admin: signedIn('admin', 'c'),
} as const satisfies Record<string, Actor>;
export type Who = keyof typeof ACTORS;
export const EVERYBODY = Object.keys(ACTORS) as Who[];

/** The owner's record, and one of a user who never comes by. */
export const KEYS = ['mine', 'theirs'] as const;
export type Key = (typeof KEYS)[number];
const OWNERS: Readonly<Record<Key, string>> = { mine: idOf('a'), theirs: idOf('d') };
export const SECRETS: Readonly<Record<Key, string>> = {
  mine: 'secret of mine',
  theirs: 'secret of theirs',
};

/** The level of every operation of the collection, and that of the field `secret`. */
export interface Levels {
  readonly row: Access;
  readonly read?: Access;
  readonly write?: Access;
}

/** Every level of rows with every level of a field. */
export const LEVEL_PAIRS = ACCESS_LEVELS.flatMap((row) =>
  ACCESS_LEVELS.map((field) => [row, field] as const),
);

/** A collection `notes` with two records, and a public one whose records refer to them. */
export async function openWorld({ row, read, write }: Levels) {
  const app = openDataApp();
  const { collections, records } = app;
  const every = (level: Access) => ({
    list: level,
    read: level,
    create: level,
    update: level,
    delete: level,
  });
  const limits = { ...(read && { read }), ...(write && { write }) };
  await collections.create(SYSTEM, {
    name: 'topics',
    schema: { fields: [{ name: 'name', type: 'str' }] },
    options: { access: every('public') },
  });
  await collections.create(SYSTEM, {
    name: 'notes',
    schema: {
      fields: [
        { name: 'title', type: 'str' },
        { name: 'secret', type: 'str', ...limits },
        { name: 'topic', type: 'reference', collection: 'topics', ...limits },
      ],
    },
    options: { access: every(row) },
  });
  await collections.create(SYSTEM, {
    name: 'links',
    schema: { fields: [{ name: 'note', type: 'reference', collection: 'notes' }] },
    options: { access: every('public') },
  });
  const topic = (await records.create(SYSTEM, 'topics', { name: 'one' })).record.id;
  const make = async (key: Key) => {
    const data = { title: key, secret: SECRETS[key], topic };
    const { record } = await records.create(SYSTEM, 'notes', data, { ownerId: OWNERS[key] });
    await records.create(SYSTEM, 'links', { note: record.id });
    return record.id;
  };
  const ids: Readonly<Record<Key, string>> = {
    mine: await make('mine'),
    theirs: await make('theirs'),
  };
  return { app, records, ids, topic, [Symbol.dispose]: app.close };
}
export type World = Awaited<ReturnType<typeof openWorld>>;

/** What came back, or the code of the error. */
export async function attempt<T>(act: () => T | Promise<T>): Promise<T | string> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

/** Per record: whether the secret was shown; a record that was not shown at all is left out. */
export type Seen = Partial<Record<Key, boolean>>;

export interface ShowDoor {
  readonly name: string;
  /** Whether one is let to rows of a list or to a single record, which differ in how they refuse. */
  readonly kind: 'list' | 'single' | 'expand';
  show(world: World, actor: Actor): Promise<Seen | string>;
}
export interface AskDoor {
  readonly name: string;
  /** Asks about the field `secret`, or `topic` with the same levels, in the whole of what may be listed. */
  ask(world: World, actor: Actor): Promise<unknown>;
}
export interface WriteDoor {
  readonly name: string;
  /** Writes `secret` into the record, or into a new one. */
  readonly kind: 'create' | 'update';
  write(world: World, actor: Actor, key: Key): Promise<unknown>;
}

/** Which rows each actor is let to, at each level. */
export const ROWS: Readonly<Record<Access, Readonly<Record<Who, readonly Key[] | string>>>> = {
  public: { anonymous: KEYS, stranger: KEYS, owner: KEYS, admin: KEYS },
  auth: { anonymous: 'unauthenticated', stranger: KEYS, owner: KEYS, admin: KEYS },
  owner: { anonymous: 'unauthenticated', stranger: [], owner: ['mine'], admin: KEYS },
  admin: { anonymous: 'not_found', stranger: 'not_found', owner: 'not_found', admin: KEYS },
};

/** Whose secrets each actor gets past, at each level of a field. */
export const FIELDS: Readonly<Record<Access, Readonly<Record<Who, readonly Key[]>>>> = {
  public: { anonymous: KEYS, stranger: KEYS, owner: KEYS, admin: KEYS },
  auth: { anonymous: [], stranger: KEYS, owner: KEYS, admin: KEYS },
  owner: { anonymous: [], stranger: [], owner: ['mine'], admin: KEYS },
  admin: { anonymous: [], stranger: [], owner: [], admin: KEYS },
};

/** Who may write the field into a record that they make. */
const IN_NEW: Readonly<Record<Access, readonly Who[]>> = {
  public: ['anonymous', 'stranger', 'owner', 'admin'],
  auth: ['stranger', 'owner', 'admin'],
  owner: ['stranger', 'owner', 'admin'],
  admin: ['admin'],
};

/** What a door must show. */
export function expectedShow(kind: ShowDoor['kind'], row: Access, field: Access, who: Who) {
  const rows = ROWS[row][who];
  if (typeof rows === 'string') return kind === 'expand' ? {} : rows;
  if (kind === 'single' && rows.length === 0) return 'not_found';
  return Object.fromEntries(rows.map((key) => [key, FIELDS[field][who].includes(key)]));
}

/** What a door must answer to a question about every row that may be listed. */
export function expectedAsk(row: Access, field: Access, who: Who): string {
  const rows = ROWS[row][who];
  if (typeof rows === 'string') return rows;
  // Every user may ask about their own rows alone, even one who has none.
  const isOwnOnly = row === 'owner' && field === 'owner' && who !== 'anonymous';
  return isOwnOnly || FIELDS[field][who].length === KEYS.length ? 'done' : 'forbidden';
}

/** What a door must answer to a write of the field. */
export function expectedWrite(
  kind: WriteDoor['kind'],
  row: Access,
  field: Access,
  who: Who,
  key: Key,
): string {
  const rows = ROWS[row][who];
  if (typeof rows === 'string') return rows;
  if (kind === 'create') return IN_NEW[field].includes(who) ? 'done' : 'forbidden';
  if (!rows.includes(key)) return 'not_found';
  return FIELDS[field][who].includes(key) ? 'done' : 'forbidden';
}

/** A record as any door answers it. */
export interface ShownNote {
  readonly id: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What is seen of some notes. Throws when a secret that is hidden as a field shows elsewhere. */
export function toSeen({ ids }: Pick<World, 'ids'>, notes: readonly ShownNote[]): Seen {
  const seen: Seen = {};
  for (const note of notes) {
    const key = KEYS.find((known) => ids[known] === note.id);
    if (key === undefined) throw new Error(`a record that nobody made: ${note.id}`);
    seen[key] = Object.hasOwn(note.data, 'secret');
    if (JSON.stringify(note).includes(SECRETS[key]) !== seen[key])
      throw new Error(`the secret is not where it belongs: ${JSON.stringify(note)}`);
  }
  return seen;
}

/** What is seen of single records: those that were not found are left out, other refusals count for both. */
export async function seenOneByOne(
  world: World,
  show: (id: string) => Promise<ShownNote | null>,
): Promise<Seen | string> {
  const notes: ShownNote[] = [];
  let missing = 0;
  for (const key of KEYS) {
    const note = await attempt(() => show(world.ids[key]));
    if (note === 'not_found') missing++;
    else if (typeof note === 'string') return note;
    else if (note !== null) notes.push(note);
  }
  return missing === KEYS.length ? 'not_found' : toSeen(world, notes);
}
