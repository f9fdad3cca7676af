import type { Actor } from '../../core/actor.ts';
import { AppError } from '../../core/errors.ts';
import type { Awaitable } from '../../lib/awaitable.ts';
import type { NamedField, RawData } from '../collections/schema.ts';
import type { CollectionService } from '../collections/service.ts';
import { fieldsFor, rowsFor } from './access.ts';
import { toSeen, toText } from './answer.ts';
import { scopeOf } from './gate.ts';
import type { RecordStore, StoredRecord } from './store.ts';

/** Those of the users that the actor may see, as they are answered. */
export type FindUsers = (
  actor: Actor,
  ids: readonly string[],
) => Awaitable<readonly { readonly id: string }[]>;

export interface ExpandDeps {
  readonly collections: Pick<CollectionService, 'find'>;
  readonly store: Pick<RecordStore, 'findMany'>;
  readonly findUsers: FindUsers;
}

/** The name that a reference has for accounts instead of a collection's. */
const USERS = 'users';

export type Expand = ReturnType<typeof createExpand>;

/** Reads what references of some records lead to: one query for each field, whatever the number of records. */
export function createExpand({ collections, store, findUsers }: ExpandDeps) {
  /** The JSON text of what the actor may read of a collection's records with these ids. */
  function readTargets(
    actor: Actor,
    name: string,
    ids: readonly string[],
  ): ReadonlyMap<string, string> {
    const target = collections.find(name);
    if (!target) return NOTHING;
    const rows = rowsFor(actor, target.collection.options.access.read);
    if (rows instanceof AppError) return NOTHING;
    const sight = fieldsFor(actor, target, rows);
    const found = store.findMany(scopeOf(target, rows), ids);
    return new Map(
      found.map((record) => [record.id, toText(target.collection.id, toSeen(record, sight))]),
    );
  }

  async function readUsers(
    actor: Actor,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, string>> {
    const users = await findUsers(actor, ids);
    return new Map(users.map((user) => [user.id, JSON.stringify(user)]));
  }

  function readAll(
    actor: Actor,
    collection: string,
    ids: readonly string[],
  ): Awaitable<ReadonlyMap<string, string>> {
    if (ids.length === 0) return NOTHING;
    return collection === USERS ? readUsers(actor, ids) : readTargets(actor, collection, ids);
  }

  /** What stands under `expanded` of each record, as JSON text: null for what is not there for the actor. */
  return async (
    actor: Actor,
    records: readonly StoredRecord[],
    references: readonly NamedField[],
  ): Promise<readonly string[]> => {
    const rows = records.map(({ data }): RawData => JSON.parse(data));
    const parts = await Promise.all(
      references.map(async ({ name, collection = '' }) => {
        const ids = rows.map((row) => row[name]).filter((id) => typeof id === 'string');
        const targets = await readAll(actor, collection, [...new Set(ids)]);
        return rows.map((row) => `"${name}":${targets.get(String(row[name])) ?? 'null'}`);
      }),
    );
    return rows.map((_, index) => `{${parts.map((part) => part[index]).join(',')}}`);
  };
}

const NOTHING: ReadonlyMap<string, string> = new Map();
