import type { UserStore } from '../../features/users/store.ts';
import { roomFor } from './cascade.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { ChangeLogs } from './change-log.ts';
import type { Connection } from './connection.ts';
import type { References } from './references.ts';
import { removeUser } from './remove-user.ts';
import type { Writer } from './writer.ts';

/** An account with more records than this goes in a thread: so many are written within some milliseconds. */
const MAX_HERE = 1_000;

interface UserRemovalDeps {
  readonly connection: Connection;
  readonly references: References;
  readonly changes: Pick<ChangeFeed, 'append'>;
  readonly writer: Writer;
  readonly logs: ChangeLogs;
}

/** What of a UserStore deletes. */
export function createUserRemoval({
  connection,
  writer,
  references,
  changes,
  logs,
}: UserRemovalDeps): Pick<UserStore, 'delete'> {
  return {
    async delete(removal) {
      references.expectRemoval(removal.id);
      const outcome = await connection.write(() =>
        removeUser(connection.db, removal, { references, changes, room: roomFor(MAX_HERE) }),
      );
      if (outcome.kind !== 'too_many') return outcome;
      return logs.during([...references.collectionIds()], undefined, (log) =>
        writer.run({ kind: 'remove_user', removal, log }),
      );
    },
  };
}
