import type { Collection, NamedField } from '../../features/collections/schema.ts';
import { createCountedCache } from '../../lib/counted-cache.ts';
import { tableOf } from './record-table.ts';

/** What a reference to an account names as its collection; no collection is called or numbered so. */
export const USERS = 'users';

/** A field whose value is the id of a row elsewhere. */
interface Outgoing {
  readonly field: string;
  /** Undefined for accounts, and for a collection that is gone. */
  readonly targetId: string | undefined;
  /** Finds the row by its id; undefined where no row can be. */
  readonly findTarget: string | undefined;
}

/** A field of some collection that holds ids of this one's rows. */
interface Incoming {
  readonly collectionId: string;
  readonly collectionName: string;
  readonly field: string;
  readonly onDelete: NonNullable<NamedField['on_delete']>;
}

/** Which collections refer to which. */
export interface References {
  /** The references that a collection's records hold. */
  of(collectionId: string): readonly Outgoing[];
  /** The references that lead to a collection's records, or with USERS to accounts. */
  to(collectionId: string): readonly Incoming[];
  collectionIds(): readonly string[];
  /** Says that an account is about to be deleted, or was tried to be. */
  expectRemoval(userId: string): void;
  /** False when the account is there for certain, as nobody wanted to delete it lately. */
  mayBeRemoved(userId: string): boolean;
  /** Forgets what is known: a definition changed. */
  forget(): void;
}

interface Known {
  readonly ids: readonly string[];
  readonly outgoing: ReadonlyMap<string, readonly Outgoing[]>;
  readonly incoming: ReadonlyMap<string, readonly Incoming[]>;
}

interface ReferencesDeps {
  /** The collections as they are stored now. */
  readonly all: () => readonly Collection[];
}

const NONE: readonly never[] = [];
/** Requests of a deleted account that are still on their way are few; no id comes back later. */
const MAX_REMOVALS = 10_000;

export function createReferences({ all }: ReferencesDeps): References {
  let known: Known | undefined;
  const removals = createCountedCache<true>(MAX_REMOVALS);
  const ask = () => {
    known ??= derive(all());
    return known;
  };
  return {
    of: (collectionId) => ask().outgoing.get(collectionId) ?? NONE,
    to: (collectionId) => ask().incoming.get(collectionId) ?? NONE,
    collectionIds: () => ask().ids,
    expectRemoval: (userId) => void removals.set(userId, true),
    mayBeRemoved: (userId) => removals.has(userId),
    forget() {
      known = undefined;
    },
  };
}

function derive(collections: readonly Collection[]): Known {
  const ids = new Map(collections.map(({ name, id }) => [name, id]));
  const outgoing = new Map<string, Outgoing[]>();
  const incoming = new Map<string, Incoming[]>();
  for (const { id, name, schema } of collections)
    for (const field of schema.fields) {
      if (field.type !== 'reference') continue;
      const targetId = ids.get(field.collection ?? '');
      addTo(outgoing, id, { field: field.name, targetId, findTarget: toFind(field, targetId) });
      const target = field.collection === USERS ? USERS : targetId;
      if (target === undefined) continue;
      addTo(incoming, target, {
        collectionId: id,
        collectionName: name,
        field: field.name,
        onDelete: field.on_delete ?? 'restrict',
      });
    }
  return { ids: [...ids.values()], outgoing, incoming };
}

function toFind({ collection }: NamedField, targetId: string | undefined): string | undefined {
  if (collection === USERS) return 'SELECT 1 FROM user WHERE id = ?';
  return targetId && `SELECT 1 FROM ${tableOf(targetId)} WHERE id = ?`;
}

function addTo<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}
