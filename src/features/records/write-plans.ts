import { type Actor, isAdmin, isFullAdmin, userIdOf } from '../../core/actor.ts';
import { AppError, type Fault, invalidInput } from '../../core/errors.ts';
import { type Origin, originOf } from '../../core/origin.ts';
import type { Awaitable } from '../../lib/awaitable.ts';
import type { RawData, RecordData } from '../collections/schema.ts';
import type { CollectionService, LiveCollection } from '../collections/service.ts';
import { fieldsOf, requireWritable } from './access.ts';
import { type Answered, toSeen, toText } from './answer.ts';
import type { PlannedWrite, RecordHooks } from './events.ts';
import type { Gate, Opened } from './gate.ts';
import {
  dangling,
  idTaken,
  notPassed,
  referenced,
  stale,
  tooManyChildren,
  valueTaken,
} from './record-errors.ts';
import type { ApplyOutcome, RecordStore, Scope, StoredRecord, WriteOp } from './store.ts';
import {
  merge,
  nullsOf,
  parseBody,
  parseId,
  parseNew,
  parsePatch,
  parseWhole,
  withDefaults,
  withoutNulls,
} from './write-data.ts';

export interface WritePlanDeps {
  readonly gate: Gate;
  readonly collections: Pick<CollectionService, 'findById'>;
  readonly store: Pick<RecordStore, 'find'>;
  readonly hooks: RecordHooks;
  readonly newId: () => string;
  /** Whether a user of this id exists, for records that an admin makes in somebody's name. */
  readonly hasUser: (id: string) => Awaitable<boolean>;
}

export interface CreateOptions {
  /** The caller's own UUIDv7, so that sending again is safe. */
  readonly id?: string | undefined;
  /** An admin's choice; everybody else owns what they make. */
  readonly ownerId?: string | undefined;
}

type Loc = Fault['loc'];
/** Where in a request the parts of a write stand, for faults. */
export interface Place {
  readonly data: Loc;
  readonly options: Loc;
}

/** The row as it will be when the write comes to it; undefined: there is none. */
export type FindRow = (scope: Scope, id: string) => StoredRecord | undefined;

/** A write of a record that is there. */
export interface ChangeRequest {
  readonly collection: string;
  readonly id: string;
  readonly ifRevisions?: readonly number[] | undefined;
  readonly by?: Origin | undefined;
  readonly place: Place;
  /** For hooks; the database's when left out. */
  readonly find?: FindRow;
}

/** What became of a write that was not done. */
type Failure = Extract<ApplyOutcome, { readonly kind: 'failed' }>['outcome'];

/** A write that is checked as far as that goes before its commit. */
export interface WritePlan<Op extends WriteOp = WriteOp> {
  readonly live: LiveCollection;
  readonly op: Op;
  /** Hooks saw the row in a certain revision: with another one they have to be asked again. */
  readonly isHooked: boolean;
  /** Why it could not be done, for the caller to read. */
  explain(failure: Failure): AppError;
}
type PlanOf<Kind extends WriteOp['op']> = WritePlan<Extract<WriteOp, { readonly op: Kind }>>;

export type WritePlans = ReturnType<typeof createWritePlans>;

/** Access and validation of writes: the same for one at a time and for batches. */
export function createWritePlans({
  gate,
  collections,
  store,
  hooks,
  newId,
  hasUser,
}: WritePlanDeps) {
  async function parseOwner(actor: Actor, ownerId: string, loc: Loc): Promise<string> {
    if (!isAdmin(actor))
      throw new AppError('forbidden', 'Only an admin may choose the owner of a record.');
    if (await hasUser(ownerId)) return ownerId;
    throw invalidInput([
      { loc: [...loc, 'owner_id'], type: 'value_error', msg: 'must be the id of a user' },
    ]);
  }

  function explainer(
    actor: Actor,
    live: LiveCollection,
    operation: 'create' | 'update' | 'delete',
    id: string,
    loc: Loc,
  ) {
    return (failure: Failure): AppError => {
      switch (failure.kind) {
        case 'outside':
          return gate.denied(actor, live, id, operation);
        case 'stale':
          return stale(id);
        case 'id_taken':
          return idTaken(id);
        case 'value_taken':
          return valueTaken(failure.fields);
        case 'dangling': {
          const { field, target } = failure;
          return dangling(loc, field, target, live.compiled.fieldByName.get(field)?.collection);
        }
        case 'referenced':
          return referenced(id, gate.isKnown(actor, failure.collection) ? failure : undefined);
        case 'too_many_children':
          return tooManyChildren(id, failure.max);
        default:
          return failure satisfies never;
      }
    };
  }

  /** The data as hooks leave it. `check` says what is wrong with it as it came. */
  async function askHooks(
    actor: Actor,
    write: PlannedWrite,
    origin: Origin,
    loc: Loc,
    check: () => unknown,
  ): Promise<RawData> {
    const answer = await hooks.before(write, origin);
    if (answer.kind === 'passed') return answer.data;
    // A hook that stumbles over what is no good anyway: what is wrong with that helps more.
    if (answer.status === null) check();
    throw notPassed(loc, answer, isFullAdmin(actor));
  }

  function planUpdate(
    actor: Actor,
    { live, scope }: Opened,
    request: ChangeRequest,
    toData: (now: LiveCollection, stored: RecordData, ownerId: string | null) => RecordData,
    ifRevisions: readonly number[] | undefined,
    isHooked: boolean,
  ): PlanOf<'update'> {
    const { id, by, place } = request;
    const merge = (stored: RecordData, ownerId: string | null) =>
      toData(gate.current(live), stored, ownerId);
    return {
      live,
      op: { op: 'update', scope, id, change: { ifRevisions, merge, by } },
      isHooked,
      explain: explainer(actor, live, 'update', id, place.data),
    };
  }

  /** The row that hooks are shown; throws when the caller may not do this to it. */
  function findHooked(
    actor: Actor,
    { live, scope }: Opened,
    { id, ifRevisions, place, find = store.find }: ChangeRequest,
    operation: 'update' | 'delete',
  ): StoredRecord {
    const explain = explainer(actor, live, operation, id, place.data);
    const row = find(scope, id);
    if (!row) throw explain({ kind: 'outside' });
    if (ifRevisions && !ifRevisions.includes(row.rev)) throw explain({ kind: 'stale' });
    return row;
  }

  async function hookedUpdate(
    actor: Actor,
    opened: Opened,
    request: ChangeRequest,
    input: RawData,
    origin: Origin,
  ): Promise<PlanOf<'update'>> {
    const { live } = opened;
    const { collection, id, place } = request;
    const row = findHooked(actor, opened, request, 'update');
    requireWritable(actor, live, input, row.owner_id);
    // To a hook null and absent are the same, so where null is no value that is said before.
    parsePatch(live, nullsOf(input), place.data);
    const old: RecordData = JSON.parse(row.data);
    const data = await askHooks(
      actor,
      { op: 'update', collection, id, data: withoutNulls({ ...old, ...input }), old },
      origin,
      place.data,
      () => parsePatch(live, input, place.data),
    );
    const toData = (now: LiveCollection, _stored: RecordData, ownerId: string | null) => {
      requireWritable(actor, now, input, ownerId);
      return parseWhole(now, withoutNulls(data), place.data);
    };
    return planUpdate(actor, opened, request, toData, [row.rev], true);
  }

  async function hookedDelete(
    actor: Actor,
    opened: Opened,
    request: ChangeRequest,
    origin: Origin,
  ): Promise<PlanOf<'delete'>> {
    const { collection, id } = request;
    const row = findHooked(actor, opened, request, 'delete');
    const data: RecordData = JSON.parse(row.data);
    const write = { op: 'delete', collection, id, data } as const;
    await askHooks(actor, write, origin, ['path', 'id'], () => {});
    return planDelete(actor, opened, request, [row.rev], true);
  }

  function planDelete(
    actor: Actor,
    { live, scope }: Opened,
    { id, by, place }: ChangeRequest,
    ifRevisions: readonly number[] | undefined,
    isHooked: boolean,
  ): PlanOf<'delete'> {
    return {
      live,
      op: { op: 'delete', scope, id, removal: { ifRevisions, by } },
      isHooked,
      explain: explainer(actor, live, 'delete', id, place.data),
    };
  }

  return {
    async create(
      actor: Actor,
      name: string,
      body: unknown,
      options: CreateOptions,
      place: Place,
      by?: Origin,
    ): Promise<PlanOf<'insert'>> {
      const { live } = gate.open(actor, name, 'create');
      const input = parseBody(body, place.data);
      const ownerId =
        options.ownerId === undefined
          ? userIdOf(actor)
          : await parseOwner(actor, options.ownerId, place.options);
      const parse = (now: LiveCollection, given: RawData) => {
        requireWritable(actor, now, input, ownerId);
        return parseNew(now, given, place.data);
      };
      const isHooked = hooks.hasBefore('create', name);
      const origin = by ?? originOf(actor, noRequest);
      if (origin.depth > 0) hooks.checkDepth('create', name, origin);
      const id = parseId(options.id, place.options) ?? newId();
      let given = input;
      if (isHooked) {
        requireWritable(actor, live, input, ownerId);
        const write = {
          op: 'create',
          collection: name,
          id,
          data: withDefaults(live, input),
        } as const;
        given = await askHooks(actor, write, origin, place.data, () =>
          parsePatch(live, input, place.data),
        );
      }
      const data = parse(live, given);
      const record = {
        id,
        ownerId,
        by,
        data() {
          const now = gate.current(live);
          return now === live ? data : parse(now, given);
        },
      };
      return {
        live,
        op: { op: 'insert', collectionId: live.collection.id, record },
        // A new record has no revision that could change.
        isHooked: false,
        explain: explainer(actor, live, 'create', id, place.data),
      };
    },

    /** A promise only where hooks have to be asked. */
    update(actor: Actor, request: ChangeRequest, body: unknown): Awaitable<PlanOf<'update'>> {
      const { collection, id, place, ifRevisions } = request;
      const opened = gate.openRecord(actor, collection, id, 'update');
      const { live } = opened;
      const input = parseBody(body, place.data);
      const origin = request.by ?? originOf(actor, noRequest);
      if (origin.depth > 0) hooks.checkDepth('update', collection, origin);
      if (hooks.hasBefore('update', collection))
        return hookedUpdate(actor, opened, request, input, origin);
      const patch = parsePatch(live, input, place.data);
      const toData = (now: LiveCollection, stored: RecordData, ownerId: string | null) => {
        requireWritable(actor, now, input, ownerId);
        const checked = now === live ? patch : parsePatch(now, input, place.data);
        return merge(now, stored, checked, place.data);
      };
      return planUpdate(actor, opened, request, toData, ifRevisions, false);
    },

    /** A promise only where hooks have to be asked. */
    delete(actor: Actor, request: ChangeRequest): Awaitable<PlanOf<'delete'>> {
      const { collection, id } = request;
      const opened = gate.openRecord(actor, collection, id, 'delete');
      const origin = request.by ?? originOf(actor, noRequest);
      if (origin.depth > 0) hooks.checkDepth('delete', collection, origin);
      return hooks.hasBefore('delete', collection)
        ? hookedDelete(actor, opened, request, origin)
        : planDelete(actor, opened, request, request.ifRevisions, false);
    },

    /** A record that was written, as the writer may see it by the rules that hold now. */
    answer(actor: Actor, live: LiveCollection, record: StoredRecord): Answered {
      const now = collections.findById(live.collection.id) ?? live;
      const seen = toSeen(record, fieldsOf(actor, now, record));
      return { record: seen, text: toText(live.collection.id, seen) };
    },
  };
}

const noRequest = () => null;
