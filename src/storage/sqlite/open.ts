import type { Clock } from '../../core/clock.ts';
import type { CollectionRules } from '../../features/collections/store.ts';
import { createChangeFeed } from './change-feed.ts';
import { createCollectionStore } from './collection-store.ts';
import { openConnection } from './connection.ts';
import { createDeploymentStore } from './deployment-store.ts';
import { createFunctionCallStore } from './function-call-store.ts';
import { createHints, type Hint } from './hints.ts';
import { createLanes } from './lanes.ts';
import { createMetaStore } from './meta-store.ts';
import { createRecordStore } from './record-store.ts';
import { createReferences } from './references.ts';
import { type ServerIdentity, takeServerLock } from './server-lock.ts';
import { createStatsStore } from './stats-store.ts';
import { createTokenStore } from './token-store.ts';
import { createTotals } from './totals.ts';
import { createUserRemoval } from './user-removal.ts';
import { createUserStore } from './user-store.ts';
import { createWriter } from './writer.ts';

export interface SqliteOptions {
  /** A file's path, or `:memory:`. */
  readonly path: string;
  readonly clock: Clock;
  readonly rules: CollectionRules;
  /** Told the number of writes in each commit. */
  readonly onCommit: (groupSize: number) => void;
  readonly onListenerError: (error: unknown) => void;
  /** Told once of each kind of list that an index would help. */
  readonly onHint?: (hint: Hint) => void;
}

/** How long a second server waits for the first to stop. */
const LOCK_WAIT_MS = 10_000;
const SERVED_BY = 'served_by';

export function openSqlite({
  path,
  clock,
  rules,
  onCommit,
  onListenerError,
  onHint,
}: SqliteOptions) {
  const connection = openConnection({ path, onCommit, onListenerError });
  const changes = createChangeFeed(connection);
  const lanes = createLanes(connection);
  const hints = createHints({ clock, onHint });
  const totals = createTotals({ db: connection.db, lanes, changes });
  connection.onForeignWrite(() => {
    totals.forget();
    lanes.forget();
    references.forget();
  });
  const references = createReferences({ all: () => collections.all() });
  const writer = createWriter({ connection, rules });
  const collections = createCollectionStore({
    connection,
    writer,
    onTableChanged(collectionId) {
      totals.forget(collectionId);
      lanes.forget();
      references.forget();
    },
  });
  const meta = createMetaStore(connection);

  function findOther(): ServerIdentity | undefined {
    const value = meta.get(SERVED_BY);
    return value === undefined ? undefined : JSON.parse(value);
  }

  return {
    users: {
      ...createUserStore(connection),
      ...createUserRemoval({ connection, writer, references, changes }),
    },
    tokens: createTokenStore(connection),
    collections,
    records: createRecordStore({
      connection,
      changes,
      totals,
      lanes,
      hints,
      references,
      writer,
      clock,
    }),
    calls: createFunctionCallStore(connection, lanes),
    deployments: createDeploymentStore(connection),
    stats: createStatsStore(connection, lanes),
    /** Lists that an index would help. */
    hints: hints.list,
    onForeignWrite: connection.onForeignWrite,
    checkForeignWrites: connection.checkForeignWrites,
    /** Takes the right to serve this database; answers how to give it back. */
    async lockForServer(identity: ServerIdentity): Promise<() => void> {
      if (path === ':memory:') return () => undefined;
      const lock = await takeServerLock(path, LOCK_WAIT_MS, findOther);
      await meta.set(SERVED_BY, JSON.stringify(identity));
      return lock.release;
    },
    /** True while the database answers. */
    isReady: () => connection.db.query('SELECT 1').get() !== null,
    /** Lets long writes end within this time, then takes them back. */
    stopWriting: (withinMs: number) => writer.stop(withinMs),
    close() {
      lanes.close();
      writer.close();
      connection.close();
    },
  };
}
