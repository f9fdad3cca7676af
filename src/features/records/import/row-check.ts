import { type Actor, isAdmin, userIdOf } from '../../../core/actor.ts';
import { AppError, type Fault } from '../../../core/errors.ts';
import type { Awaitable } from '../../../lib/awaitable.ts';
import { isUuid, isUuidV7 } from '../../../lib/ids.ts';
import { parseMoment } from '../../../lib/rfc3339.ts';
import type { RawData, RecordData } from '../../collections/schema.ts';
import type { LiveCollection } from '../../collections/service.ts';
import { findUnwritable } from '../access.ts';
import type { ImportFault, ImportRow } from '../store.ts';
import type { FileRow } from './file-row.ts';

export interface RowCheckOptions {
  readonly actor: Actor;
  readonly live: LiveCollection;
  readonly isUpsert: boolean;
  /** The rows' own times are kept. */
  readonly keepsTimes: boolean;
  readonly hasUser: (id: string) => Awaitable<boolean>;
}

/** Checks rows as a create would: against the schema, and for what the caller may not write. */
export interface RowCheck {
  /** Throws 403 when one of the fields may not be written. */
  requireWritable(names: readonly string[]): void;
  /**
   * The row as the database takes it, or what is wrong with it; throws 403 for a foreign owner, and for
   * fields that may not be written unless the row is `trusted` with them.
   */
  check(row: FileRow, trusted?: 'trusted'): Awaitable<ImportRow | readonly ImportFault[]>;
}

/** An import in the name of so many different users is looked up again and again beyond these. */
const MAX_KNOWN_OWNERS = 10_000;

export function createRowCheck({
  actor,
  live,
  isUpsert,
  keepsTimes,
  hasUser,
}: RowCheckOptions): RowCheck {
  const { compiled, collection } = live;
  // Whoever is signed in owns what they make.
  const unwritable = new Set(
    findUnwritable(
      actor,
      live,
      compiled.fields.map(({ name }) => name),
      userIdOf(actor) !== null,
    ),
  );
  const knownOwners = new Map<string, boolean>();
  // Records that were moved from elsewhere have ids of another version, and come back from an export.
  const isId = isAdmin(actor) ? isUuid : isUuidV7;

  function requireWritable(names: readonly string[]): void {
    if (unwritable.size === 0) return;
    const refused = names.filter((name) => unwritable.has(name));
    if (refused.length > 0)
      throw new AppError(
        'forbidden',
        `You may not write ${refused.join(', ')} in records of ${collection.name}. Leave that out of the file.`,
      );
  }

  async function isOwner(id: string): Promise<boolean> {
    const known = knownOwners.get(id);
    if (known !== undefined) return known;
    const found = await hasUser(id);
    if (knownOwners.size >= MAX_KNOWN_OWNERS) knownOwners.clear();
    knownOwners.set(id, found);
    return found;
  }

  /** True when nothing has to be asked about the owner. */
  function isPlainOwner(ownerId: unknown): boolean {
    if (ownerId === undefined || ownerId === null) return true;
    if (isAdmin(actor)) return false;
    if (ownerId === userIdOf(actor)) return true;
    throw new AppError(
      'forbidden',
      'Only an admin may choose the owners of records. Leave owner_id out of the file.',
    );
  }

  /** What the caller may not write is not theirs to leave out: the same as in a create. */
  function protectedDefaults(): RawData {
    if (unwritable.size === 0) return {};
    const filled = Object.entries(compiled.parseNew({}, [], []));
    return Object.fromEntries(filled.filter(([name]) => unwritable.has(name)));
  }

  function toNew({ data, isWhole }: FileRow, faults: Fault[]): RecordData {
    return isWhole
      ? compiled.parseWhole({ ...protectedDefaults(), ...data }, [], faults)
      : compiled.parseNew(data, [], faults);
  }

  function parse(row: FileRow, isOwnerKnown: boolean): ImportRow | readonly ImportFault[] {
    const { line, id = null, ownerId } = row;
    const faults: Fault[] = [];
    if (id !== null && !(typeof id === 'string' && isId(id)))
      faults.push(
        fault('id', `must be a UUID${isAdmin(actor) ? '' : ' of version 7'} in lower case`),
      );
    const times = keepsTimes ? readTimes(row, faults) : undefined;
    if (!isOwnerKnown) faults.push(fault('owner_id', 'must be the id of a user'));
    const patch = isUpsert ? compiled.parsePatch(row.data, [], faults) : {};
    const missing: Fault[] = [];
    const data = toNew(row, isUpsert ? missing : faults);
    if (faults.length > 0) return faults.map(({ loc, msg }) => ({ line, loc, msg }));
    return {
      line,
      ...(typeof id === 'string' && { id }),
      ...(isNamed(ownerId, actor) && { ownerId }),
      ...(times && { times }),
      // What a change may leave out, a new record may lack: whether it is one is not known yet.
      ...(missing.length === 0 && { data }),
      patch,
    };
  }

  return {
    requireWritable,
    check(row, trusted) {
      if (!trusted) requireWritable(Object.keys(row.data));
      const { ownerId } = row;
      if (isPlainOwner(ownerId)) return parse(row, true);
      if (typeof ownerId !== 'string') return parse(row, false);
      return isOwner(ownerId).then((isKnown) => parse(row, isKnown));
    },
  };
}

/** An admin's row may also say that there is no owner; everybody else owns what they make. */
function isNamed(ownerId: unknown, actor: Actor): ownerId is string | null {
  return typeof ownerId === 'string' || (ownerId === null && isAdmin(actor));
}

function readTimes({ createdAt, updatedAt }: FileRow, faults: Fault[]): ImportRow['times'] {
  const [created = '', updated = ''] = [createdAt, updatedAt].map((value) => {
    const parsed = parseMoment(String(value));
    return 'text' in parsed ? parsed.text : undefined;
  });
  if (created === '') faults.push(fault('created_at', 'must be a time'));
  if (updated === '') faults.push(fault('updated_at', 'must be a time'));
  return { createdAt: created, updatedAt: updated };
}

function fault(key: string, msg: string): Fault {
  return { loc: [key], msg, type: 'value_error' };
}
