import { type Actor, isAdmin, userIdOf } from '../../core/actor.ts';
import { AppError, type Fault, invalidInput } from '../../core/errors.ts';
import type { Awaitable } from '../../lib/awaitable.ts';
import { isPlainObject } from '../../lib/json-value.ts';
import type { Operation, RawData, RecordData } from '../collections/schema.ts';
import type { CollectionService, LiveCollection } from '../collections/service.ts';
import { inBoth, rowsFor } from './access.ts';
import { toListText, toText } from './answer.ts';
import { parseSort, type SortQuery } from './sort.ts';
import type { Filter, RecordStore, Scope, StoredRecord } from './store.ts';

export interface RecordDeps {
  readonly collections: Pick<CollectionService, 'find' | 'findById' | 'visible'>;
  readonly store: RecordStore;
  readonly newId: () => string;
  /** Whether a user of this id exists, for records that an admin makes in somebody's name. */
  readonly hasUser: (id: string) => Awaitable<boolean>;
}

export interface ListQuery extends SortQuery {
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

export interface CreateOptions {
  /** The caller's own UUIDv7, so that sending again is safe. */
  readonly id?: string | undefined;
  /** An admin's choice; everybody else owns what they make. */
  readonly ownerId?: string | undefined;
}

/** A record and the JSON text that shows it. */
export interface Answered {
  readonly record: StoredRecord;
  readonly text: string;
}

export type RecordService = ReturnType<typeof createRecordService>;

const DEFAULT_LIMIT = 100;
export const MAX_LIMIT = 1_000;
const BODY = ['body'] as const;
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export function createRecordService({ collections, store, newId, hasUser }: RecordDeps) {
  function get(name: string): LiveCollection {
    const live = collections.find(name);
    if (!live) throw noCollection(name);
    return live;
  }

  /** Why the caller may touch no row at all: 401 where signing in would help, 404 where they may not even know. */
  function refusal(
    actor: Actor,
    live: LiveCollection,
    operation: Operation,
    error: AppError,
  ): AppError {
    const { name, options } = live.collection;
    if (error.code === 'unauthenticated' && options.access[operation] !== 'admin') return error;
    collections.visible(actor, name);
    return error;
  }

  /** The collection and the rows of it that the caller may touch. */
  function open(actor: Actor, name: string, operation: 'list' | 'read' | 'create') {
    const live = get(name);
    const rows = rowsFor(actor, live.collection.options.access[operation]);
    if (rows instanceof AppError) throw refusal(actor, live, operation, rows);
    return { live, scope: scopeOf(live, rows) };
  }

  /** Like open, for one record that is to be changed: nobody changes what they may not see. */
  function openRecord(actor: Actor, name: string, id: string, operation: 'update' | 'delete') {
    const live = get(name);
    const { access } = live.collection.options;
    const seen = rowsFor(actor, access.read);
    if (seen instanceof AppError) {
      const error = refusal(actor, live, 'read', seen);
      throw error.code === 'unauthenticated' ? error : noRecord(name, id);
    }
    const rows = rowsFor(actor, access[operation]);
    if (!(rows instanceof AppError)) return { live, scope: scopeOf(live, inBoth(rows, seen)) };
    throw rows.code === 'unauthenticated' ? rows : denied(actor, live, id, operation);
  }

  /** Why a record could not be touched: 403 when the caller may see it, else 404. */
  function denied(actor: Actor, live: LiveCollection, id: string, operation: Operation): AppError {
    const { name, options } = live.collection;
    const seen = rowsFor(actor, options.access.read);
    return !(seen instanceof AppError) && store.find(scopeOf(live, seen), id)
      ? new AppError('forbidden', `You may not ${operation} this record of ${name}.`)
      : noRecord(name, id);
  }

  async function parseOwner(actor: Actor, ownerId: string): Promise<string> {
    if (!isAdmin(actor))
      throw new AppError('forbidden', 'Only an admin may choose the owner of a record.');
    if (await hasUser(ownerId)) return ownerId;
    throw invalidInput([
      { loc: ['query', 'owner_id'], type: 'value_error', msg: 'must be the id of a user' },
    ]);
  }

  /** The collection as it is when the write is committed. */
  function current(live: LiveCollection): LiveCollection {
    const now = collections.findById(live.collection.id);
    if (!now) throw noCollection(live.collection.name);
    return now;
  }

  /** Undefined when there is no such record among those that the caller may read. */
  function find(actor: Actor, name: string, id: string): Answered | undefined {
    const { live, scope } = open(actor, name, 'read');
    const record = store.find(scope, id);
    return record && answered(live, record);
  }

  return {
    async list(actor: Actor, name: string, query: ListQuery): Promise<string> {
      const { live, scope } = open(actor, name, 'list');
      const { limit, offset } = parsePage(query);
      const [records, total] = await Promise.all([
        store.list(scope, { sort: parseSort(query, live), limit, offset }),
        store.count(scope),
      ]);
      return toListText(live.collection.id, records, { total, limit, offset });
    },

    async count(actor: Actor, name: string): Promise<number> {
      return store.count(open(actor, name, 'list').scope);
    },

    find,

    get(actor: Actor, name: string, id: string): Answered {
      const found = find(actor, name, id);
      if (!found) throw noRecord(name, id);
      return found;
    },

    async create(
      actor: Actor,
      name: string,
      body: unknown,
      options: CreateOptions = {},
    ): Promise<Answered> {
      const { live } = open(actor, name, 'create');
      const input = parseBody(body);
      const data = parseNew(live, input);
      const id = parseId(options.id) ?? newId();
      const ownerId =
        options.ownerId === undefined ? userIdOf(actor) : await parseOwner(actor, options.ownerId);
      const outcome = await store.insert(live.collection.id, {
        id,
        ownerId,
        data: () => {
          const now = current(live);
          return now === live ? data : parseNew(now, input);
        },
      });
      switch (outcome.kind) {
        case 'done':
          return answered(live, outcome.record);
        case 'id_taken':
          throw new AppError('conflict', `A record with the id ${id} exists already.`);
        case 'value_taken':
          throw valueTaken(outcome.field);
        default:
          return outcome satisfies never;
      }
    },

    async update(
      actor: Actor,
      name: string,
      id: string,
      body: unknown,
      ifRevisions?: readonly number[],
    ): Promise<Answered> {
      const { live, scope } = openRecord(actor, name, id, 'update');
      const input = parseBody(body);
      const patch = parsePatch(live, input);
      const outcome = await store.update(scope, id, {
        ifRevisions,
        merge: (stored) => {
          const now = current(live);
          return merge(now, stored, now === live ? patch : parsePatch(now, input));
        },
      });
      switch (outcome.kind) {
        case 'done':
          return answered(live, outcome.record);
        case 'outside':
          throw denied(actor, live, id, 'update');
        case 'stale':
          throw stale(id);
        case 'value_taken':
          throw valueTaken(outcome.field);
        default:
          return outcome satisfies never;
      }
    },

    async delete(
      actor: Actor,
      name: string,
      id: string,
      ifRevisions?: readonly number[],
    ): Promise<void> {
      const { live, scope } = openRecord(actor, name, id, 'delete');
      const outcome = await store.delete(scope, id, ifRevisions);
      if (outcome.kind === 'outside') throw denied(actor, live, id, 'delete');
      if (outcome.kind === 'stale') throw stale(id);
    },
  };
}

/** Functions ask without the checks of HTTP in between. */
function parsePage({ limit = DEFAULT_LIMIT, offset = 0 }: ListQuery) {
  const faults: Fault[] = [];
  const check = (key: string, value: number, min: number, max: number) => {
    if (Number.isInteger(value) && value >= min && value <= max) return;
    const msg = `must be a whole number from ${min} to ${max}, got ${value}`;
    faults.push({ loc: ['query', key], type: 'value_error', msg });
  };
  check('limit', limit, 1, MAX_LIMIT);
  check('offset', offset, 0, Number.MAX_SAFE_INTEGER);
  if (faults.length > 0) throw invalidInput(faults);
  return { limit, offset };
}

function scopeOf(live: LiveCollection, filter: Filter): Scope {
  return { collectionId: live.collection.id, filter };
}

function answered(live: LiveCollection, record: StoredRecord): Answered {
  return { record, text: toText(live.collection.id, record) };
}

function parseBody(body: unknown): RawData {
  if (isPlainObject(body)) return body;
  throw invalidInput([
    { loc: BODY, type: 'dict_type', msg: 'must be an object: the data of the record' },
  ]);
}

function parseNew({ compiled }: LiveCollection, input: RawData): RecordData {
  const faults: Fault[] = [];
  const data = compiled.parseNew(input, BODY, faults);
  if (faults.length > 0) throw invalidInput(faults);
  return data;
}

function parsePatch({ compiled }: LiveCollection, input: RawData): RawData {
  const faults: Fault[] = [];
  const patch = compiled.parsePatch(input, BODY, faults);
  if (faults.length > 0) throw invalidInput(faults);
  return patch;
}

/** Each named field is replaced as a whole; null takes it away. */
function merge({ compiled }: LiveCollection, stored: RecordData, patch: RawData): RecordData {
  const merged: Record<string, unknown> = { ...stored, ...patch };
  for (const name in patch) if (patch[name] === null) delete merged[name];
  const faults: Fault[] = [];
  const data = compiled.parseWhole(merged, BODY, faults);
  if (faults.length > 0) throw invalidInput(faults);
  return data;
}

function parseId(id: string | undefined): string | undefined {
  if (id === undefined || UUID_V7.test(id)) return id;
  throw invalidInput([
    { loc: ['query', 'id'], type: 'uuid_type', msg: 'must be a UUID of version 7 in lower case' },
  ]);
}

const noCollection = (name: string) => new AppError('not_found', `There is no collection ${name}.`);
const noRecord = (name: string, id: string) =>
  new AppError('not_found', `There is no record ${id} in ${name}.`);
const stale = (id: string) =>
  new AppError(
    'precondition_failed',
    `The record ${id} was changed since you read it. Read it again and repeat the change.`,
  );
const valueTaken = (field: string) =>
  new AppError(
    'conflict',
    `Another record has this value of ${field} already, and it must be unique.`,
  );
