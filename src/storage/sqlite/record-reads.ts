import { AppError } from '../../core/errors.ts';
import type { RecordData } from '../../features/collections/schema.ts';
import type {
  Position,
  RecordPage,
  RecordStore,
  SortTerm,
  StoredRecord,
} from '../../features/records/store.ts';
import type { JsonValue } from '../../lib/json-value.ts';
import { reading } from './errors.ts';
import { toPageQuery } from './keyset.ts';
import { createRecordCache } from './record-cache.ts';
import type { RecordStoreDeps } from './record-store-deps.ts';
import { COLUMNS, tableOf } from './record-table.ts';
import { type Bindings, toWhere } from './sql.ts';

type Value = Bindings[number];
const NO_DATA: RecordData = {};
/** With the place in the order of creation. */
type WholeRow = StoredRecord & { readonly seq: number };
/** Of a long record only its place. */
type ListedRow = WholeRow | { readonly data: null; readonly seq: number };

/** Longer records are read one by one, as far as there is room for them. */
const SHORT_BYTES = 16 * 1024;
const WHOLE_COLUMNS = `${COLUMNS}, seq`;
/** Nothing but its length is read of data that is long. */
const LISTED_COLUMNS = WHOLE_COLUMNS.replace(
  'data',
  `CASE WHEN octet_length(data) <= ${SHORT_BYTES} THEN data END AS data`,
);
/** In one answer, of long records. */
const MAX_LONG_CHARACTERS = 16 * 1024 * 1024;

/** What of a RecordStore only reads. */
export function createRecordReads({
  connection,
  changes,
  totals,
  lanes,
  hints,
}: Pick<RecordStoreDeps, 'connection' | 'changes' | 'totals' | 'lanes' | 'hints'>): Pick<
  RecordStore,
  'find' | 'findMany' | 'list' | 'count' | 'countAll'
> {
  const { db } = connection;
  const cache = createRecordCache(connection, changes);

  /** The rows with those that are long, up to the first for which there is no room; at least one. */
  function readLong(rows: readonly ListedRow[], table: string) {
    const whole: WholeRow[] = [];
    let room = MAX_LONG_CHARACTERS;
    for (const row of rows) {
      if (row.data !== null) {
        whole.push(row);
        continue;
      }
      const sql = `SELECT ${WHOLE_COLUMNS} FROM ${table} WHERE seq = ?`;
      const long = db.query<WholeRow, [number]>(sql).get(row.seq);
      // A thread had found it: it may be gone by now.
      if (!long) continue;
      room -= long.data.length;
      if (room < 0 && whole.length > 0) return { whole, isCut: true };
      whole.push(long);
    }
    return { whole, isCut: false };
  }

  return {
    find: (scope, id) =>
      cache.find(scope, id, () =>
        reading(() => {
          const [where, args] = toWhere(scope.filter);
          const sql = `SELECT ${COLUMNS} FROM ${tableOf(scope.collectionId)} WHERE id = ? AND (${where})`;
          return db.query<StoredRecord, Value[]>(sql).get(id, ...args) ?? undefined;
        }),
      ),

    findMany: ({ collectionId, filter }, ids) =>
      reading(() => {
        if (ids.length === 0) return [];
        const [where, args] = toWhere(filter);
        const table = tableOf(collectionId);
        // CROSS JOIN is SQLite's word for "in this order": it would walk over all of an owner's records.
        const sql = `SELECT ${LISTED_COLUMNS} FROM (SELECT value AS wanted FROM json_each(?)) CROSS JOIN ${table} ON id = wanted WHERE ${where}`;
        const rows = db
          .query<ListedRow, Value[]>(sql)
          .all(JSON.stringify([...new Set(ids)]), ...args);
        const { whole, isCut } = readLong(rows, table);
        if (isCut) throw tooLarge();
        return whole.map(toRecord);
      }),

    list(scope, { sort, limit, ...place }) {
      const { collectionId, filter } = scope;
      const table = tableOf(collectionId);
      const { sql, args, tests } = toPageQuery({
        ...place,
        sort,
        filter,
        table,
        columns: LISTED_COLUMNS,
        // One more tells whether there is a next page.
        limit: limit + 1,
      });
      const toPage = (rows: readonly ListedRow[]): RecordPage => {
        const shown = rows.slice(0, limit);
        const { whole, isCut } = reading(() => readLong(shown, table));
        const last = isCut || rows.length > limit ? whole.at(-1) : undefined;
        return {
          records: whole.map(toRecord),
          next: last && toPosition(last, sort),
          isCut,
        };
      };
      const rows = lanes.read<ListedRow>({
        sql,
        args,
        tests,
        rows: reading(() => totals.size(collectionId)),
        limit,
        offset: place.offset ?? 0,
        onLack: (lack) => hints.note(scope, sort, lack),
      });
      return rows instanceof Promise ? rows.then(toPage) : toPage(rows);
    },

    count: (scope, isExact) => reading(() => totals.part(scope, isExact)),
    countAll: (collectionId) => reading(() => totals.whole(collectionId)),
  };
}

function toPosition(last: WholeRow, sort: readonly SortTerm[]): Position {
  // Columns of fields are computed when they are read: for each row, where one is needed.
  const data: RecordData = sort.some(({ key }) => key.kind === 'field')
    ? JSON.parse(last.data)
    : NO_DATA;
  return {
    values: sort.map(({ key }) =>
      key.kind === 'field' ? toColumnValue(data[key.name]) : last[key.name],
    ),
    seq: last.seq,
  };
}

/** What the column of a scalar field has for its value. */
function toColumnValue(value: JsonValue | undefined): Value {
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}

function tooLarge(): AppError {
  return new AppError(
    'too_large',
    'The records that these refer to are too large for one answer. Ask for fewer with limit.',
  );
}

function toRecord({ id, owner_id, data, rev, created_at, updated_at }: WholeRow): StoredRecord {
  return { id, owner_id, data, rev, created_at, updated_at };
}
