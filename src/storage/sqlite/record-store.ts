import { type Clock, laterOf, toTimestamp } from '../../core/clock.ts';
import type {
  RecordStore,
  Scope,
  StoredRecord,
  UpdateOutcome,
} from '../../features/records/store.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { Connection } from './connection.ts';
import { isUniqueViolation, reading } from './errors.ts';
import type { Lanes } from './lanes.ts';
import { columnName, tableOf } from './record-table.ts';
import { toOrderBy, toWhere } from './sql.ts';
import type { Totals } from './totals.ts';

const COLUMNS = 'id, owner_id, data, rev, created_at, updated_at';

export interface RecordStoreDeps {
  readonly connection: Connection;
  readonly changes: ChangeFeed;
  readonly totals: Totals;
  readonly lanes: Lanes;
  readonly clock: Clock;
}

export function createRecordStore({
  connection,
  changes,
  totals,
  lanes,
  clock,
}: RecordStoreDeps): RecordStore {
  const { db } = connection;
  /** The newest created_at per collection: it never goes back, even when the clock does. */
  const newest = new Map<string, string>();

  function select(scope: Scope, id: string): StoredRecord | undefined {
    const [where, args] = toWhere(scope.filter);
    const sql = `SELECT ${COLUMNS} FROM ${tableOf(scope.collectionId)} WHERE id = ? AND ${where}`;
    return db.query<StoredRecord, (string | number | null)[]>(sql).get(id, ...args) ?? undefined;
  }

  function nextCreatedAt(collectionId: string): string {
    const last =
      newest.get(collectionId) ??
      db
        .query<{ created_at: string }, []>(
          `SELECT created_at FROM ${tableOf(collectionId)} ORDER BY seq DESC LIMIT 1`,
        )
        .get()?.created_at ??
      '';
    const now = toTimestamp(clock.now());
    const next = laterOf(now, last);
    newest.set(collectionId, next);
    return next;
  }

  connection.onForeignWrite(() => newest.clear());

  return {
    find: (scope, id) => reading(() => select(scope, id)),

    list({ collectionId, filter }, { sort, limit, offset }) {
      const [where, args] = toWhere(filter);
      return lanes.read<StoredRecord>({
        sql: `SELECT ${COLUMNS} FROM ${tableOf(collectionId)} WHERE ${where} ORDER BY ${toOrderBy(sort)} LIMIT ? OFFSET ?`,
        args: [...args, limit, offset],
        rows: reading(() => totals.whole(collectionId)),
        offset,
      });
    },

    count: (scope) => reading(() => totals.part(scope)),
    countAll: (collectionId) => reading(() => totals.whole(collectionId)),

    insert: (collectionId, { id, ownerId, data }) =>
      connection.write(
        () => {
          const text = JSON.stringify(data());
          const now = nextCreatedAt(collectionId);
          try {
            db.query(
              `INSERT INTO ${tableOf(collectionId)} (id, owner_id, data, created_at, updated_at) VALUES (?, ?, ?, ?, ?)`,
            ).run(id, ownerId, text, now, now);
          } catch (error) {
            const taken = findTaken(error);
            if (taken === 'id') return { kind: 'id_taken' as const };
            if (taken) return { kind: 'value_taken' as const, field: taken };
            throw error;
          }
          changes.append({ collectionId, op: 'create', id, after: text });
          return {
            kind: 'done' as const,
            record: { id, owner_id: ownerId, data: text, rev: 1, created_at: now, updated_at: now },
          };
        },
        { isAtomic: true },
      ),

    update: (scope, id, { merge, ifRevisions }) =>
      connection.write(
        (): UpdateOutcome => {
          const stored = select(scope, id);
          if (!stored) return { kind: 'outside' };
          if (ifRevisions && !ifRevisions.includes(stored.rev)) return { kind: 'stale' };
          const text = JSON.stringify(merge(JSON.parse(stored.data)));
          const now = toTimestamp(clock.now());
          const record: StoredRecord = {
            ...stored,
            data: text,
            rev: stored.rev + 1,
            updated_at: laterOf(now, stored.updated_at),
          };
          try {
            db.query(
              `UPDATE ${tableOf(scope.collectionId)} SET data = ?, rev = ?, updated_at = ? WHERE id = ?`,
            ).run(text, record.rev, record.updated_at, id);
          } catch (error) {
            const taken = findTaken(error);
            if (taken) return { kind: 'value_taken', field: taken };
            throw error;
          }
          changes.append({
            collectionId: scope.collectionId,
            op: 'update',
            id,
            before: stored.data,
            after: text,
          });
          return { kind: 'done', record };
        },
        { isAtomic: true },
      ),

    delete: (scope, id, ifRevisions) =>
      connection.write(
        () => {
          const stored = select(scope, id);
          if (!stored) return { kind: 'outside' as const };
          if (ifRevisions && !ifRevisions.includes(stored.rev)) return { kind: 'stale' as const };
          db.query(`DELETE FROM ${tableOf(scope.collectionId)} WHERE id = ?`).run(id);
          changes.append({
            collectionId: scope.collectionId,
            op: 'delete',
            id,
            before: stored.data,
          });
          return { kind: 'done' as const };
        },
        { isAtomic: true },
      ),
  };
}

/** The column whose unique value is taken; SQLite names it at the end: `UNIQUE constraint failed: r_x.f_isbn`. */
function findTaken(error: unknown): string | undefined {
  if (!isUniqueViolation(error)) return undefined;
  const column = /\.(\w+)$/.exec(error.message)?.[1] ?? '';
  const prefix = columnName('');
  return column.startsWith(prefix) ? column.slice(prefix.length) : column;
}
