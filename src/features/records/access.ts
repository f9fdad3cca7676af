import { type Actor, isAdmin, userIdOf } from '../../core/actor.ts';
import { AppError } from '../../core/errors.ts';
import type { Access, NamedField, RawData } from '../collections/schema.ts';
import type { LiveCollection } from '../collections/service.ts';
import type { Filter } from './store.ts';

const ALL_ROWS: Filter = { op: 'all' };

/** The only access decision about records: the rows that this actor may touch, or why there are none. */
export function rowsFor(actor: Actor, rule: Access): Filter | AppError {
  if (isAdmin(actor) || rule === 'public') return ALL_ROWS;
  if (actor.kind !== 'user')
    return new AppError('unauthenticated', 'Sign in first: this is not open to everyone.');
  switch (rule) {
    case 'auth':
      return ALL_ROWS;
    case 'owner':
      return { op: 'owner', id: actor.id };
    case 'admin':
      return new AppError('forbidden', 'Only an admin may do this.');
    default:
      return rule satisfies never;
  }
}

/** The rows that lie in both. */
export function inBoth(one: Filter, other: Filter): Filter {
  if (one.op === 'all') return other;
  if (other.op === 'all') return one;
  if (one.op === 'owner' && other.op === 'owner' && one.id === other.id) return one;
  return { op: 'and', filters: [one, other] };
}

/** What an actor sees of the fields of a collection's records. */
export interface FieldSight {
  /** Nothing is hidden in any of the rows: stored text may go out as it is. */
  readonly isPlain: boolean;
  /** Whether the field may be read in every one of the rows: whoever filters or sorts by it learns of all. */
  mayRead(name: string): boolean;
  /** The data that may be shown of a record with this owner, as JSON text. */
  project(data: string, ownerId: string | null): string;
}

const PLAIN: FieldSight = { isPlain: true, mayRead: () => true, project: (data) => data };

/** The only access decision about fields that are read: what this actor sees of those rows. */
export function fieldsFor(actor: Actor, live: LiveCollection, rows: Filter): FieldSight {
  if (isAdmin(actor)) return PLAIN;
  const { visible } = levelsOf(live);
  const userId = userIdOf(actor);
  if (userId === null) return sightOf(visible.toAnyone, visible.toAnyone, userId);
  const areOwn = rows.op === 'owner' && rows.id === userId;
  return sightOf(areOwn ? visible.toOwner : visible.toUsers, visible.toOwner, userId);
}

/** What the actor sees of one record that they have been let to. */
export function fieldsOf(
  actor: Actor,
  live: LiveCollection,
  { owner_id }: { readonly owner_id: string | null },
): FieldSight {
  return fieldsFor(actor, live, owner_id === null ? ALL_ROWS : { op: 'owner', id: owner_id });
}

/** The only access decision about fields that are written: which of these the actor may not, in a record of their own or not. */
export function findUnwritable(
  actor: Actor,
  live: LiveCollection,
  names: readonly string[],
  isOwn: boolean,
): readonly string[] {
  if (isAdmin(actor)) return NO_NAMES;
  const { unwritable } = levelsOf(live);
  const closed =
    actor.kind === 'anonymous'
      ? unwritable.toAnyone
      : isOwn
        ? unwritable.toOwner
        : unwritable.toUsers;
  return closed.size === 0 ? NO_NAMES : names.filter((name) => closed.has(name));
}

/** Throws 403 when one of these fields may not be written, even with the value that it has. */
export function requireWritable(
  actor: Actor,
  live: LiveCollection,
  fields: RawData,
  ownerId: string | null,
): void {
  const isOwn = ownerId !== null && ownerId === userIdOf(actor);
  const refused = findUnwritable(actor, live, Object.keys(fields), isOwn);
  if (refused.length > 0)
    throw new AppError(
      'forbidden',
      `You may not write ${refused.join(', ')} in this record of ${live.collection.name}.`,
    );
}

/** Names that may be shown, never those to hide: whatever nobody thought of stays hidden. */
type Visible = ReadonlySet<string> | 'all';

/** Who is no admin, as far as the fields' levels tell them apart. */
interface PerView<T> {
  readonly toAnyone: T;
  readonly toUsers: T;
  /** To a user, in a record of their own. */
  readonly toOwner: T;
}

interface FieldLevels {
  readonly visible: PerView<Visible>;
  readonly unwritable: PerView<ReadonlySet<string>>;
}

const NO_NAMES: readonly string[] = [];
// A collection is replaced as a whole by every change, and what is known of its fields goes with it.
const levelsByCollection = new WeakMap<LiveCollection, FieldLevels>();

function levelsOf(live: LiveCollection): FieldLevels {
  let levels = levelsByCollection.get(live);
  if (levels === undefined) {
    const { fields } = live.compiled;
    levels = {
      visible: perView((passes) => {
        const visible = fields.filter(({ read }) => passes(read));
        return visible.length === fields.length ? 'all' : toNames(visible);
      }),
      unwritable: perView((passes) => toNames(fields.filter(({ write }) => !passes(write)))),
    };
    levelsByCollection.set(live, levels);
  }
  return levels;
}

type Passes = (level: Access | undefined) => boolean;

function perView<T>(make: (passes: Passes) => T): PerView<T> {
  return {
    toAnyone: make((level) => passes(level, false, false)),
    toUsers: make((level) => passes(level, true, false)),
    toOwner: make((level) => passes(level, true, true)),
  };
}

/** A field's level: the same four as a collection has, and none means no further limit. */
function passes(level: Access = 'public', isSignedIn: boolean, isOwn: boolean): boolean {
  switch (level) {
    case 'public':
      return true;
    case 'auth':
      return isSignedIn;
    case 'owner':
      return isOwn;
    case 'admin':
      return false;
    default:
      return level satisfies never;
  }
}

function toNames(fields: readonly NamedField[]): ReadonlySet<string> {
  return new Set(fields.map(({ name }) => name));
}

function sightOf(inAll: Visible, inOwn: Visible, userId: string | null): FieldSight {
  if (inAll === 'all') return PLAIN;
  return {
    isPlain: false,
    mayRead: (name) => inAll.has(name),
    project(data, ownerId) {
      const names = ownerId !== null && ownerId === userId ? inOwn : inAll;
      return names === 'all' ? data : narrow(data, names);
    },
  };
}

/** The data with these fields alone. */
export function narrow(data: string, names: Iterable<string>): string {
  const whole: RawData = JSON.parse(data);
  const kept: Record<string, unknown> = {};
  for (const name of names) if (Object.hasOwn(whole, name)) kept[name] = whole[name];
  return JSON.stringify(kept);
}
