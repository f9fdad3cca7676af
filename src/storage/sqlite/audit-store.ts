import type { SQLQueryBindings } from 'bun:sqlite';
import type { AuditItem } from '../../features/audit/schema.ts';
import type { AuditFilter, AuditStore } from '../../features/audit/store.ts';
import type { Connection } from './connection.ts';
import type { Lanes } from './lanes.ts';
import { type LogConditions, readLogPage, roughCountOf, toConditions } from './log-pages.ts';

const COLUMNS = [
  'id',
  'created_at',
  'action',
  'actor_kind',
  'actor_via',
  'actor_id',
  'actor_email',
  'actor_token_id',
  'subject_type',
  'subject_id',
  'subject_name',
  'details',
  'request_id',
  'address',
] as const satisfies readonly (keyof AuditItem)[];
const SELECTED = COLUMNS.join(', ');

/** Each filter's condition; every value is bound, and `?` stands for it. */
const CONDITIONS = {
  action: 'action = ?',
  actor_id: 'actor_id = ?',
  subject_type: 'subject_type = ?',
  subject_id: 'subject_id = ?',
  created_after: 'created_at >= ?',
  created_before: 'created_at < ?',
  search: '(contains_folded(subject_name, ?) OR contains_folded(actor_email, ?))',
} as const satisfies Record<keyof AuditFilter, string>;

const NAMES = Object.keys(CONDITIONS) as (keyof AuditFilter)[];

type Row = Omit<AuditItem, 'details'> & {
  /** JSON. */
  readonly details: string;
};

export function createAuditStore({ db, write }: Connection, lanes: Lanes): AuditStore {
  const insert = db.query<unknown, SQLQueryBindings[]>(
    `INSERT INTO audit (${SELECTED}) VALUES (${COLUMNS.map(() => '?').join(', ')})`,
  );
  // Not by seq: where the clock was wrong for a while, old rows stand behind younger ones.
  const deleteOld = db.query<unknown, [string, number]>(
    `DELETE FROM audit WHERE seq IN
       (SELECT seq FROM audit WHERE created_at < ? ORDER BY created_at LIMIT ?)`,
  );
  const roughCount = db.query<{ n: number }, []>(roughCountOf('audit'));

  const table = {
    name: 'audit',
    columns: SELECTED,
    lanes,
    countRows: () => roughCount.get()?.n ?? 0,
  };

  return {
    add: (item) => write(() => void insert.run(...toValues(item)), { isAtomic: true }),
    async list(filter, window) {
      const { items, total } = await readLogPage<Row>(table, toSql(filter), window);
      return { items: items.map(toItem), total };
    },
    deleteBefore: (at, limit) => write(() => deleteOld.run(at, limit).changes, { isAtomic: true }),
  };
}

function toValues(item: AuditItem): (string | null)[] {
  return COLUMNS.map((column) =>
    column === 'details' ? JSON.stringify(item.details) : item[column],
  );
}

function toItem({ details, ...row }: Row): AuditItem {
  return { ...row, details: JSON.parse(details) };
}

function toSql(filter: AuditFilter): LogConditions {
  const asked = toConditions(filter, NAMES, (name, value) =>
    name === 'action' && !value.includes('.') ? CONDITIONS.subject_type : CONDITIONS[name],
  );
  return {
    ...asked,
    hasTime: filter.created_after !== undefined || filter.created_before !== undefined,
    // No index finds what lies within a text.
    tests: filter.search === undefined ? asked.args.length : undefined,
  };
}
