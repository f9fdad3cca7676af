import { type Actor, isAdmin, userIdOf } from '../../core/actor.ts';
import { AppError, type Fault, invalidInput } from '../../core/errors.ts';
import type { Awaitable } from '../../lib/awaitable.ts';
import { isUuidV7 } from '../../lib/ids.ts';
import { isPlainObject } from '../../lib/json-value.ts';
import type { RawData, RecordData } from '../collections/schema.ts';
import type { CollectionService, LiveCollection } from '../collections/service.ts';
import { fieldsOf, requireWritable } from './access.ts';
import { type Answered, toSeen, toText } from './answer.ts';
import type { Gate } from './gate.ts';
import {
  dangling,
  idTaken,
  referenced,
  stale,
  tooManyChildren,
  valueTaken,
} from './record-errors.ts';
import type { ApplyOutcome, StoredRecord, WriteOp } from './store.ts';

export interface WritePlanDeps {
  readonly gate: Gate;
  readonly collections: Pick<CollectionService, 'findById'>;
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

/** What became of a write that was not done. */
type Failure = Extract<ApplyOutcome, { readonly kind: 'failed' }>['outcome'];

/** A write that is checked as far as that goes before its commit. */
export interface WritePlan<Op extends WriteOp = WriteOp> {
  readonly live: LiveCollection;
  readonly op: Op;
  /** Why it could not be done, for the caller to read. */
  explain(failure: Failure): AppError;
}
type PlanOf<Kind extends WriteOp['op']> = WritePlan<Extract<WriteOp, { readonly op: Kind }>>;

export type WritePlans = ReturnType<typeof createWritePlans>;

/** Access and validation of writes: the same for one at a time and for batches. */
export function createWritePlans({ gate, collections, newId, hasUser }: WritePlanDeps) {
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

  return {
    async create(
      actor: Actor,
      name: string,
      body: unknown,
      options: CreateOptions,
      place: Place,
    ): Promise<PlanOf<'insert'>> {
      const { live } = gate.open(actor, name, 'create');
      const input = parseBody(body, place.data);
      const ownerId =
        options.ownerId === undefined
          ? userIdOf(actor)
          : await parseOwner(actor, options.ownerId, place.options);
      const parse = (now: LiveCollection) => {
        requireWritable(actor, now, input, ownerId);
        return parseNew(now, input, place.data);
      };
      const data = parse(live);
      const id = parseId(options.id, place.options) ?? newId();
      const record = {
        id,
        ownerId,
        data() {
          const now = gate.current(live);
          return now === live ? data : parse(now);
        },
      };
      return {
        live,
        op: { op: 'insert', collectionId: live.collection.id, record },
        explain: explainer(actor, live, 'create', id, place.data),
      };
    },

    update(
      actor: Actor,
      name: string,
      id: string,
      body: unknown,
      ifRevisions: readonly number[] | undefined,
      place: Place,
    ): PlanOf<'update'> {
      const { live, scope } = gate.openRecord(actor, name, id, 'update');
      const input = parseBody(body, place.data);
      const patch = parsePatch(live, input, place.data);
      const change = {
        ifRevisions,
        merge(stored: RecordData, ownerId: string | null) {
          const now = gate.current(live);
          requireWritable(actor, now, input, ownerId);
          const checked = now === live ? patch : parsePatch(now, input, place.data);
          return merge(now, stored, checked, place.data);
        },
      };
      return {
        live,
        op: { op: 'update', scope, id, change },
        explain: explainer(actor, live, 'update', id, place.data),
      };
    },

    delete(
      actor: Actor,
      name: string,
      id: string,
      ifRevisions: readonly number[] | undefined,
      place: Place,
    ): PlanOf<'delete'> {
      const { live, scope } = gate.openRecord(actor, name, id, 'delete');
      return {
        live,
        op: { op: 'delete', scope, id, ifRevisions },
        explain: explainer(actor, live, 'delete', id, place.data),
      };
    },

    /** A record that was written, as the writer may see it by the rules that hold now. */
    answer(actor: Actor, live: LiveCollection, record: StoredRecord): Answered {
      const now = collections.findById(live.collection.id) ?? live;
      const seen = toSeen(record, fieldsOf(actor, now, record));
      return { record: seen, text: toText(live.collection.id, seen) };
    },
  };
}

function parseBody(body: unknown, loc: Loc): RawData {
  if (isPlainObject(body)) return body;
  throw invalidInput([
    { loc, type: 'dict_type', msg: 'must be an object: the data of the record' },
  ]);
}

function parseNew({ compiled }: LiveCollection, input: RawData, loc: Loc): RecordData {
  const faults: Fault[] = [];
  const data = compiled.parseNew(input, loc, faults);
  if (faults.length > 0) throw invalidInput(faults);
  return data;
}

function parsePatch({ compiled }: LiveCollection, input: RawData, loc: Loc): RawData {
  const faults: Fault[] = [];
  const patch = compiled.parsePatch(input, loc, faults);
  if (faults.length > 0) throw invalidInput(faults);
  return patch;
}

/** Each named field is replaced as a whole; null takes it away. */
function merge(
  { compiled }: LiveCollection,
  stored: RecordData,
  patch: RawData,
  loc: Loc,
): RecordData {
  const merged: Record<string, unknown> = { ...stored, ...patch };
  for (const name in patch) if (patch[name] === null) delete merged[name];
  const faults: Fault[] = [];
  const data = compiled.parseWhole(merged, loc, faults);
  if (faults.length > 0) throw invalidInput(faults);
  return data;
}

function parseId(id: string | undefined, loc: Loc): string | undefined {
  if (id === undefined || isUuidV7(id)) return id;
  throw invalidInput([
    { loc: [...loc, 'id'], type: 'uuid_type', msg: 'must be a UUID of version 7 in lower case' },
  ]);
}
