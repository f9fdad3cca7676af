import type { Collection } from '../../features/collections/schema.ts';
import type {
  ChangeOutcome,
  CollectionChange,
  CollectionStore,
  Offender,
  Offenders,
} from '../../features/collections/store.ts';
import type { Connection } from './connection.ts';
import { isUniqueViolation } from './errors.ts';
import {
  addMissing,
  columnName,
  createTable,
  DoublesError,
  dropObsolete,
  dropTable,
  type TableChange,
  tableOf,
} from './record-table.ts';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly schema: string;
  readonly options: string;
  readonly created_at: string;
  readonly updated_at: string;
}

const SCAN_ROWS = 1_000;
const SHOWN_OFFENDERS = 10;

/** Carries an answer out of a job so that the transaction is taken back. */
class Refusal extends Error {
  readonly outcome: ChangeOutcome;
  constructor(outcome: ChangeOutcome) {
    super(outcome.kind);
    this.outcome = outcome;
  }
}

export interface CollectionStoreDeps {
  readonly connection: Connection;
  /** Told when the records of a collection were rewritten or went as a whole. */
  readonly onTableChanged: (collectionId: string) => void;
}

export function createCollectionStore({
  connection,
  onTableChanged,
}: CollectionStoreDeps): CollectionStore {
  const { db } = connection;
  const listeners: (() => void)[] = [];
  const toRow = (collection: Collection) => ({
    ...collection,
    schema: JSON.stringify(collection.schema),
    options: JSON.stringify(collection.options),
  });

  function rewrite({ after, revise }: CollectionChange): void {
    if (!revise) return;
    const table = tableOf(after.id);
    const page = db.query<{ seq: number; id: string; data: string }, [number, number]>(
      `SELECT seq, id, data FROM ${table} WHERE seq > ? ORDER BY seq LIMIT ?`,
    );
    const write = db.query(`UPDATE ${table} SET data = ?, rev = rev + 1 WHERE seq = ?`);
    const first: Offender[] = [];
    let count = 0;
    let seq = 0;
    for (;;) {
      const rows = page.all(seq, SCAN_ROWS);
      for (const row of rows) {
        const revision = revise(JSON.parse(row.data));
        if (revision.kind === 'offends') {
          count++;
          if (first.length < SHOWN_OFFENDERS) first.push({ id: row.id, msg: revision.msg });
        } else if (revision.kind === 'changed' && count === 0)
          write.run(JSON.stringify(revision.data), row.seq);
      }
      const last = rows.at(-1);
      if (!last || rows.length < SCAN_ROWS) break;
      seq = last.seq;
    }
    if (count > 0) throw new Refusal({ kind: 'offenders', offenders: { count, first } });
  }

  function saveDefinition(before: Collection, after: Collection): ChangeOutcome {
    const { id, name, label, schema, options, updated_at } = toRow(after);
    try {
      const { changes } = db
        .query(
          'UPDATE collection SET name = $name, label = $label, schema = $schema, options = $options, updated_at = $updated_at WHERE id = $id AND updated_at = $seen',
        )
        .run({ id, name, label, schema, options, updated_at, seen: before.updated_at });
      return { kind: changes === 0 ? 'stale' : 'done' };
    } catch (error) {
      if (isUniqueViolation(error)) return { kind: 'name_taken' };
      throw error;
    }
  }

  function addIndexes(change: TableChange): void {
    try {
      addMissing(db, change);
    } catch (error) {
      if (!(error instanceof DoublesError)) throw error;
      const { field } = error;
      throw new Refusal({ kind: 'doubles', field, offenders: findDoubles(change.after.id, field) });
    }
  }

  function findDoubles(collectionId: string, field: string): Offenders {
    const table = tableOf(collectionId);
    const column = columnName(field);
    const doubles = `FROM ${table} WHERE ${column} IN (SELECT ${column} FROM ${table} WHERE ${column} IS NOT NULL GROUP BY ${column} HAVING count(*) > 1)`;
    const first = db
      .query<{ id: string; value: unknown }, [number]>(
        `SELECT id, ${column} AS value ${doubles} ORDER BY seq LIMIT ?`,
      )
      .all(SHOWN_OFFENDERS)
      .map(({ id, value }) => ({ id, msg: `${field} is ${String(value).slice(0, 60)}` }));
    const { n } = db.query<{ n: number }, []>(`SELECT count(*) AS n ${doubles}`).get() ?? { n: 0 };
    return { count: n, first };
  }

  function tellAfterCommit(collectionId: string): void {
    connection.afterCommit(() => {
      onTableChanged(collectionId);
      for (const listener of listeners) listener();
    });
  }

  return {
    onChange: (listener) => void listeners.push(listener),

    all: () =>
      db
        .query<Row, []>('SELECT * FROM collection')
        .all()
        .map(
          (row): Collection => ({
            ...row,
            schema: JSON.parse(row.schema),
            options: JSON.parse(row.options),
          }),
        ),

    insert: (collection) =>
      connection.write(
        () => {
          try {
            db.query(
              'INSERT INTO collection (id, name, label, schema, options, created_at, updated_at) VALUES ($id, $name, $label, $schema, $options, $created_at, $updated_at)',
            ).run(toRow(collection));
          } catch (error) {
            if (isUniqueViolation(error)) return false;
            throw error;
          }
          createTable(db, collection);
          tellAfterCommit(collection.id);
          return true;
        },
        { isAlone: true },
      ),

    async update(change) {
      const { before, after } = change;
      try {
        return await connection.write(
          (): ChangeOutcome => {
            const outcome = saveDefinition(before, after);
            if (outcome.kind !== 'done') return outcome;
            const tableChange = { before, after, isRewritten: change.revise !== undefined };
            dropObsolete(db, tableChange);
            rewrite(change);
            addIndexes(tableChange);
            tellAfterCommit(after.id);
            return outcome;
          },
          { isAlone: true },
        );
      } catch (error) {
        if (error instanceof Refusal) return error.outcome;
        throw error;
      }
    },

    delete: (id, evenWithRecords) =>
      connection.write(
        () => {
          const row = db.query<Row, [string]>('SELECT * FROM collection WHERE id = ?').get(id);
          if (!row) return 'missing' as const;
          const { count } = db
            .query<{ count: number }, []>(`SELECT count(*) AS count FROM ${tableOf(id)}`)
            .get() ?? { count: 0 };
          if (count > 0 && !evenWithRecords) return { kind: 'not_empty' as const, count };
          db.query('DELETE FROM collection WHERE id = ?').run(id);
          dropTable(db, { ...row, schema: { fields: [] }, options: JSON.parse(row.options) });
          tellAfterCommit(id);
          return 'deleted' as const;
        },
        { isAlone: true },
      ),
  };
}
