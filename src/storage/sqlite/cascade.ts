import type { Database } from 'bun:sqlite';
import type { RecordData } from '../../features/collections/schema.ts';
import type { Referenced } from '../../features/records/store.ts';
import type { ChangeFeed } from './change-feed.ts';
import { columnName, tableOf } from './record-table.ts';
import { type References, USERS } from './references.ts';

/** How many other rows one job may delete or clear: it holds the event loop while it does. */
const MAX_CHILDREN = 10_000;
/** So many rows are read and written at a time. */
const BATCH = 1_000;

/** How many children a job may still touch; the steps of a batch share one. */
export interface Room {
  readonly max: number;
  left: number;
}

export function roomFor(max: number): Room {
  return { max, left: max };
}

export function fullRoom(): Room {
  return roomFor(MAX_CHILDREN);
}

interface Place {
  /** Or USERS. */
  readonly collectionId: string;
  readonly id: string;
}

/** All that a delete does. Rows are named by their collection and their seq. */
interface Plan {
  readonly kind: 'plan';
  /** In the order in which the collections were reached. */
  readonly deletes: ReadonlyMap<string, ReadonlySet<number>>;
  /** Rows that stay but lose the values of these fields. */
  readonly clears: ReadonlyMap<string, Clearing>;
  /** The account that the rows that stay are no longer owned by. */
  readonly formerOwner?: string;
}
type Clearing = ReadonlyMap<number, ReadonlySet<string>>;

type Outcome = { readonly kind: 'done' } | Referenced;

interface CascadeDeps {
  readonly db: Database;
  readonly references: References;
  readonly changes: Pick<ChangeFeed, 'append'>;
  /** Told now and then how many rows are done. */
  readonly report?: (rowsDone: number) => void;
}

/** Deletes of rows, and of accounts, that others may refer to; part of a job. */
export function createCascade({ db, references, changes, report = () => {} }: CascadeDeps) {
  let rowsDone = 0;
  const tick = (rows: number) => {
    rowsDone += rows;
    report(rowsDone);
  };

  function findReferring(
    { collectionId, field }: { readonly collectionId: string; readonly field: string },
    id: string,
    limit: number,
  ) {
    const sql = `SELECT seq, id FROM ${tableOf(collectionId)} WHERE ${columnName(field)} = ? ORDER BY seq LIMIT ?`;
    return db.query<{ seq: number; id: string }, [string, number]>(sql).all(id, limit);
  }

  function getSeq({ collectionId, id }: Place): number {
    const sql = `SELECT seq FROM ${tableOf(collectionId)} WHERE id = ?`;
    const row = db.query<{ seq: number }, [string]>(sql).get(id);
    if (!row) throw new Error(`no record ${id} to delete`);
    return row.seq;
  }

  function findOwned(collectionId: string, ownerId: string, limit: number) {
    const sql = `SELECT seq, id FROM ${tableOf(collectionId)} WHERE owner_id = ? ORDER BY seq LIMIT ?`;
    return db.query<{ seq: number; id: string }, [string, number]>(sql).all(ownerId, limit);
  }

  /**
   * Finds out all that would happen, and writes nothing. Begins with what is doomed already: `queue`
   * grows by the places that others may refer to, `deletes` by the rows.
   */
  function plan(queue: Place[], deletes: Map<string, Set<number>>, room: Room): Plan | Referenced {
    let looked = 0;
    // The queue grows while it is walked.
    for (const { collectionId, id } of queue) {
      if (++looked % BATCH === 0) tick(0);
      for (const reference of references.to(collectionId)) {
        if (reference.onDelete !== 'cascade') continue;
        const doomed = deletes.get(reference.collectionId) ?? new Set();
        deletes.set(reference.collectionId, doomed);
        // Those that are doomed already may be among them, and are no reason to stop.
        for (const row of findReferring(reference, id, doomed.size + room.left + 1)) {
          if (doomed.has(row.seq)) continue;
          if (room.left-- === 0) return tooMany(room);
          doomed.add(row.seq);
          queue.push({ collectionId: reference.collectionId, id: row.id });
        }
      }
    }

    const clears = new Map<string, Map<number, Set<string>>>();
    for (const { collectionId, id } of queue) {
      if (++looked % BATCH === 0) tick(0);
      for (const reference of references.to(collectionId)) {
        if (reference.onDelete === 'cascade') continue;
        const { collectionId: fromId, collectionName, field } = reference;
        const doomed = deletes.get(fromId);
        const cleared = clears.get(fromId) ?? new Map<number, Set<string>>();
        clears.set(fromId, cleared);
        const isRestrict = reference.onDelete === 'restrict';
        // Behind those that are known already, one that is too many must come up.
        const known = (doomed?.size ?? 0) + (isRestrict ? 0 : cleared.size + room.left);
        for (const { seq } of findReferring(reference, id, known + 1)) {
          if (doomed?.has(seq)) continue;
          if (isRestrict) return { kind: 'referenced', collection: collectionName, field };
          const fields = cleared.get(seq);
          if (fields) fields.add(field);
          else if (room.left-- === 0) return tooMany(room);
          else cleared.set(seq, new Set([field]));
        }
      }
    }
    return { kind: 'plan', deletes, clears };
  }

  /** The same for an account; its own records are doomed with it, or lose their owner. */
  function planAccount(id: string, records: 'keep' | 'delete', room: Room): Plan | Referenced {
    const queue: Place[] = [{ collectionId: USERS, id }];
    const deletes = new Map<string, Set<number>>();
    let kept = 0;
    for (const collectionId of references.collectionIds()) {
      const owned = findOwned(collectionId, id, room.left - kept + 1);
      if (owned.length > room.left - kept) return tooMany(room);
      if (records === 'keep') {
        kept += owned.length;
        continue;
      }
      room.left -= owned.length;
      deletes.set(collectionId, new Set(owned.map(({ seq }) => seq)));
      if (references.to(collectionId).length > 0)
        for (const row of owned) queue.push({ collectionId, id: row.id });
    }
    room.left -= kept;
    const planned = plan(queue, deletes, room);
    return planned.kind === 'plan' ? { ...planned, formerOwner: id } : planned;
  }

  function clear(collectionId: string, clearing: Clearing, now: string): void {
    const table = tableOf(collectionId);
    const read = db.query<{ id: string; data: string }, [number]>(
      `SELECT id, data FROM ${table} WHERE seq = ?`,
    );
    const write = db.query(
      `UPDATE ${table} SET data = ?, rev = rev + 1, updated_at = max(updated_at, ?) WHERE seq = ?`,
    );
    let count = 0;
    for (const [seq, fields] of clearing) {
      if (++count % BATCH === 0) tick(BATCH);
      const row = read.get(seq);
      if (!row) continue;
      const kept = Object.entries(JSON.parse(row.data) as RecordData).filter(
        ([key]) => !fields.has(key),
      );
      const after = JSON.stringify(Object.fromEntries(kept));
      write.run(after, now, seq);
      changes.append({ collectionId, op: 'update', id: row.id, before: row.data, after });
    }
  }

  function remove(collectionId: string, seqs: readonly number[]): void {
    const chosen = `FROM ${tableOf(collectionId)} WHERE seq IN (SELECT value FROM json_each(?))`;
    const list = JSON.stringify(seqs);
    const rows = db
      .query<{ id: string; data: string }, [string]>(`SELECT id, data ${chosen} ORDER BY seq`)
      .all(list);
    // Measured: faster than RETURNING, and than one statement for each row.
    db.query(`DELETE ${chosen}`).run(list);
    for (const { id, data } of rows)
      changes.append({ collectionId, op: 'delete', id, before: data });
    tick(seqs.length);
  }

  function disown(collectionId: string, ownerId: string, now: string): void {
    const table = tableOf(collectionId);
    const read = db.query<{ seq: number; id: string; data: string }, [string]>(
      `SELECT seq, id, data FROM ${table} WHERE owner_id = ? ORDER BY seq LIMIT ${BATCH}`,
    );
    const write = db.query(
      `UPDATE ${table} SET owner_id = NULL, rev = rev + 1, updated_at = max(updated_at, ?)
       WHERE seq IN (SELECT value FROM json_each(?))`,
    );
    for (let rows = read.all(ownerId); rows.length > 0; rows = read.all(ownerId)) {
      write.run(now, JSON.stringify(rows.map(({ seq }) => seq)));
      for (const { id, data } of rows)
        changes.append({ collectionId, op: 'update', id, before: data, after: data });
      tick(rows.length);
    }
  }

  function carryOut({ deletes, clears, formerOwner }: Plan, now: string): void {
    db.query('SAVEPOINT cascade').run();
    try {
      for (const [collectionId, clearing] of clears) clear(collectionId, clearing, now);
      // Listeners hear of those that refer before they hear of what was referred to.
      for (const [collectionId, seqs] of [...deletes].reverse())
        for (const batch of inBatches([...seqs].sort((a, b) => a - b))) remove(collectionId, batch);
      if (formerOwner !== undefined)
        for (const collectionId of references.collectionIds())
          disown(collectionId, formerOwner, now);
      db.query('RELEASE cascade').run();
    } catch (error) {
      // SQLite itself gives up the whole transaction when the disk is full or broken.
      if (db.inTransaction) {
        db.query('ROLLBACK TO cascade').run();
        db.query('RELEASE cascade').run();
      }
      throw error;
    }
  }

  function finish(planned: Plan | Referenced, now: string): Outcome {
    if (planned.kind !== 'plan') return planned;
    carryOut(planned, now);
    return { kind: 'done' };
  }

  return {
    /**
     * Deletes the row and does to those that refer to it what their fields say, or answers why it cannot
     * and writes nothing. As in SQL, `restrict` looks at what is left after the cascades.
     */
    delete(root: Place, now: string, room: Room): Outcome {
      const deletes = new Map([[root.collectionId, new Set([getSeq(root)])]]);
      return finish(plan([root], deletes, room), now);
    },

    /** The same for the records of an account and those that refer to it; its own row is the caller's business. */
    deleteAccount(id: string, records: 'keep' | 'delete', now: string, room: Room): Outcome {
      return finish(planAccount(id, records, room), now);
    },
  };
}

function tooMany({ max }: Room): Referenced {
  return { kind: 'too_many_children', max };
}

function* inBatches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += BATCH) yield items.slice(start, start + BATCH);
}
