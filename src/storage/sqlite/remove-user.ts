import type { Database } from 'bun:sqlite';
import type { UserRemoval, UserRemovalOutcome } from '../../features/users/store.ts';
import { createCascade, type Room, roomFor } from './cascade.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { References } from './references.ts';
import { findLapse, findUser, isLastAdmin, isStillAdmin } from './user-rows.ts';

/** More rows than fit into any file, and still a whole number to SQLite. */
const NO_LIMIT = 2 ** 40;

interface RemovalParts {
  readonly references: References;
  readonly changes: Pick<ChangeFeed, 'append'>;
  readonly room: Room;
  readonly report?: (rowsDone: number) => void;
}

/** `too_many`: more records than the room holds. */
type RemovalOutcome = UserRemovalOutcome | { readonly kind: 'too_many' };

/** Deletes the account however many records it has. */
export function removeUserWithAll(
  db: Database,
  removal: UserRemoval,
  parts: Omit<RemovalParts, 'room'>,
): UserRemovalOutcome {
  const outcome = removeUser(db, removal, { ...parts, room: roomFor(NO_LIMIT) });
  if (outcome.kind === 'too_many') throw new Error('more records than any file holds');
  return outcome;
}

/** See UserStore.delete. Part of a job: it writes more than once, and nothing when it refuses. */
export function removeUser(
  db: Database,
  removal: UserRemoval,
  parts: RemovalParts,
): RemovalOutcome {
  const { id, records, at, by, proof } = removal;
  if (by && !isStillAdmin(db, by)) return { kind: 'not_admin' };
  const lapse = proof && findLapse(db, id, proof);
  if (lapse) return { kind: lapse };
  const user = findUser(db, id);
  if (!user) return { kind: 'missing' };
  if (by?.isApiToken && user.is_admin) return { kind: 'is_admin' };
  if (isLastAdmin(db, user)) return { kind: 'last_admin' };
  const outcome = createCascade({ db, ...parts }).deleteAccount(id, records, at, parts.room);
  switch (outcome.kind) {
    case 'referenced':
      return outcome;
    case 'too_many_children':
      return { kind: 'too_many' };
    case 'done':
      // Its tokens go with it, by the foreign keys of the system tables.
      db.query('DELETE FROM user WHERE id = ?').run(id);
      return { kind: 'done', user };
    default:
      return outcome satisfies never;
  }
}
