import type { Database } from 'bun:sqlite';
import { type Clock, laterOf, toTimestamp } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { Origin } from '../../core/origin.ts';
import type { RecordData } from '../../features/collections/schema.ts';
import type {
  DeleteOutcome,
  InsertOutcome,
  NewRecord,
  RecordChange,
  RecordRemoval,
  Scope,
  StoredRecord,
  Unfit,
  UpdateOutcome,
} from '../../features/records/store.ts';
import { createCascade, fullRoom, type Room } from './cascade.ts';
import type { ChangeFeed } from './change-feed.ts';
import { isUniqueViolation } from './errors.ts';
import { COLUMNS, columnName, tableOf } from './record-table.ts';
import type { References } from './references.ts';
import { toWhere } from './sql.ts';
import { findUser } from './user-rows.ts';

interface RowWritesDeps {
  readonly db: Database;
  readonly references: References;
  readonly changes: Pick<ChangeFeed, 'append'>;
  readonly clock: Clock;
}

/** Writes of single rows, as parts of a job. What they refuse they have not begun. */
interface RowWrites {
  insertRow(collectionId: string, record: NewRecord): InsertOutcome;
  updateRow(scope: Scope, id: string, change: RecordChange): UpdateOutcome;
  /** `room` is shared by the deletes of one job. */
  deleteRow(scope: Scope, id: string, removal?: RecordRemoval, room?: Room): DeleteOutcome;
  /** Forgets what is known of the rows: somebody else wrote. */
  forget(): void;
}

export function createRowWrites({ db, references, changes, clock }: RowWritesDeps): RowWrites {
  /** The newest created_at per collection: it never goes back, even when the clock does. */
  const newest = new Map<string, string>();

  function select({ collectionId, filter }: Scope, id: string) {
    const [where, args] = toWhere(filter);
    // The brackets hold the scope together: it may be a list of alternatives.
    const sql = `SELECT ${COLUMNS} FROM ${tableOf(collectionId)} WHERE id = ? AND (${where})`;
    return db.query<StoredRecord, (string | number | null)[]>(sql).get(id, ...args) ?? undefined;
  }

  function has(collectionId: string, id: string): boolean {
    return db.query(`SELECT 1 FROM ${tableOf(collectionId)} WHERE id = ?`).get(id) !== null;
  }

  function nextCreatedAt(collectionId: string, at = toTimestamp(clock.now())): string {
    const last =
      newest.get(collectionId) ??
      db
        .query<{ created_at: string }, []>(
          `SELECT created_at FROM ${tableOf(collectionId)} ORDER BY seq DESC LIMIT 1`,
        )
        .get()?.created_at ??
      '';
    const next = laterOf(at, last);
    newest.set(collectionId, next);
    return next;
  }

  /** The first new reference that leads nowhere. A record may refer to itself. */
  function findDangling(
    { collectionId, id }: { readonly collectionId: string; readonly id: string },
    data: RecordData,
    before: readonly unknown[] = [],
  ): Unfit | undefined {
    const outgoing = references.of(collectionId);
    if (outgoing.length === 0) return undefined;
    for (const [index, { field, targetId, findTarget }] of outgoing.entries()) {
      const target = data[field];
      if (typeof target !== 'string' || target === before[index]) continue;
      if (targetId === collectionId && target === id) continue;
      if (!findTarget || db.query<unknown, [string]>(findTarget).get(target) === null)
        return { kind: 'dangling', field, target };
    }
    return undefined;
  }

  return {
    insertRow(collectionId, { id, ownerId, data: makeData, times, by }) {
      // Looked up only after a removal: a request may have waited while its sender was deleted.
      if (ownerId !== null && references.mayBeRemoved(ownerId) && !findUser(db, ownerId))
        throw ownerIsGone();
      const data = makeData();
      const dangling = findDangling({ collectionId, id }, data);
      // A create that is sent again must hear that it was done, whatever became of its target.
      if (dangling) return has(collectionId, id) ? { kind: 'id_taken' } : dangling;
      const text = JSON.stringify(data);
      const createdAt = nextCreatedAt(collectionId, times?.createdAt);
      const updatedAt = laterOf(times?.updatedAt ?? '', createdAt);
      try {
        db.query(
          `INSERT INTO ${tableOf(collectionId)} (id, owner_id, data, created_at, updated_at) VALUES (?, ?, ?, ?, ?)`,
        ).run(id, ownerId, text, createdAt, updatedAt);
      } catch (error) {
        const fields = findTaken(error);
        if (!fields) throw error;
        return fields[0] === 'id' ? { kind: 'id_taken' } : { kind: 'value_taken', fields };
      }
      changes.append({ collectionId, op: 'create', id, after: text, by });
      return {
        kind: 'done',
        record: {
          id,
          owner_id: ownerId,
          data: text,
          rev: 1,
          created_at: createdAt,
          updated_at: updatedAt,
        },
      };
    },

    updateRow(scope, id, { merge, ifRevisions, by }) {
      const { collectionId } = scope;
      const stored = select(scope, id);
      if (!stored) return { kind: 'outside' };
      if (ifRevisions && !ifRevisions.includes(stored.rev)) return { kind: 'stale' };
      const before = JSON.parse(stored.data) as RecordData;
      const targets = references.of(collectionId).map(({ field }) => before[field]);
      const data = merge(before, stored.owner_id);
      const dangling = findDangling({ collectionId, id }, data, targets);
      if (dangling) return dangling;
      const text = JSON.stringify(data);
      const now = toTimestamp(clock.now());
      const record: StoredRecord = {
        ...stored,
        data: text,
        rev: stored.rev + 1,
        updated_at: laterOf(now, stored.updated_at),
      };
      try {
        db.query(
          `UPDATE ${tableOf(collectionId)} SET data = ?, rev = ?, updated_at = ? WHERE id = ?`,
        ).run(text, record.rev, record.updated_at, id);
      } catch (error) {
        const fields = findTaken(error);
        if (!fields) throw error;
        return { kind: 'value_taken', fields };
      }
      changes.append({ collectionId, op: 'update', id, before: stored.data, after: text, by });
      return { kind: 'done', record };
    },

    deleteRow(scope, id, { ifRevisions, by } = {}, room = fullRoom()) {
      const { collectionId } = scope;
      const stored = select(scope, id);
      if (!stored) return { kind: 'outside' };
      if (ifRevisions && !ifRevisions.includes(stored.rev)) return { kind: 'stale' };
      if (references.to(collectionId).length > 0)
        return createCascade({ db, references, changes: putDownTo(changes, by) }).delete(
          { collectionId, id },
          toTimestamp(clock.now()),
          room,
        );
      db.query(`DELETE FROM ${tableOf(collectionId)} WHERE id = ?`).run(id);
      changes.append({ collectionId, op: 'delete', id, before: stored.data, by });
      return { kind: 'done' };
    },

    forget: () => newest.clear(),
  };
}

/** What goes with a row goes for the same reason. */
function putDownTo(
  changes: Pick<ChangeFeed, 'append'>,
  by: Origin | undefined,
): Pick<ChangeFeed, 'append'> {
  return by === undefined ? changes : { append: (change) => changes.append({ ...change, by }) };
}

function ownerIsGone(): AppError {
  return new AppError('conflict', 'The account that would own the record was deleted meanwhile.');
}

/** The fields whose values are taken together; SQLite names them: `UNIQUE constraint failed: r_x.f_a, r_x.f_b`. */
function findTaken(error: unknown): readonly string[] | undefined {
  if (!isUniqueViolation(error)) return undefined;
  const columns = [...error.message.matchAll(/\.(\w+)/g)].map(([, column = '']) => column);
  const prefix = columnName('');
  return columns.map((column) =>
    column.startsWith(prefix) ? column.slice(prefix.length) : column,
  );
}
