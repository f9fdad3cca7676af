import type { Clock } from '../../core/clock.ts';
import { createChangeFeed } from './change-feed.ts';
import { createCollectionStore } from './collection-store.ts';
import { openConnection } from './connection.ts';
import { createFunctionCallStore } from './function-call-store.ts';
import { createLanes } from './lanes.ts';
import { createMetaStore } from './meta-store.ts';
import { createRecordStore } from './record-store.ts';
import { type ServerIdentity, takeServerLock } from './server-lock.ts';
import { createStatsStore } from './stats-store.ts';
import { createTokenStore } from './token-store.ts';
import { createTotals } from './totals.ts';
import { createUserStore } from './user-store.ts';

export interface SqliteOptions {
  /** A file's path, or `:memory:`. */
  readonly path: string;
  readonly clock: Clock;
  /** Told the number of writes in each commit. */
  readonly onCommit: (groupSize: number) => void;
  readonly onListenerError: (error: unknown) => void;
}

/** How long a second server waits for the first to stop. */
const LOCK_WAIT_MS = 10_000;
const SERVED_BY = 'served_by';

export function openSqlite({ path, clock, onCommit, onListenerError }: SqliteOptions) {
  const connection = openConnection({ path, onCommit, onListenerError });
  const changes = createChangeFeed(connection);
  const lanes = createLanes(connection);
  const totals = createTotals({ db: connection.db, lanes, changes });
  connection.onForeignWrite(() => {
    totals.forget();
    lanes.forget();
  });
  const meta = createMetaStore(connection);

  function findOther(): ServerIdentity | undefined {
    const value = meta.get(SERVED_BY);
    return value === undefined ? undefined : JSON.parse(value);
  }

  return {
    users: createUserStore(connection),
    tokens: createTokenStore(connection),
    collections: createCollectionStore({
      connection,
      onTableChanged(collectionId) {
        totals.forget(collectionId);
        lanes.forget();
      },
    }),
    records: createRecordStore({ connection, changes, totals, lanes, clock }),
    calls: createFunctionCallStore(connection),
    stats: createStatsStore(connection),
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
    close() {
      lanes.close();
      connection.close();
    },
  };
}
