import type { Database } from 'bun:sqlite';
import type { Clock } from '../../../core/clock.ts';
import type { Fault } from '../../../core/errors.ts';
import type { Collection, RawData } from '../../../features/collections/schema.ts';
import type { CollectionRules, RecordChecks } from '../../../features/collections/store.ts';
import { tableOf } from '../record-table.ts';
import { inTransaction } from '../transaction.ts';
import type { Findings } from './findings.ts';

const PAGE_ROWS = 1_000;
/** A collection may be changed while it is read: then it is read anew. */
const MAX_ATTEMPTS = 5;

export interface RecordCheckDeps {
  readonly rules: Pick<CollectionRules, 'compileSchema'>;
  readonly clock: Clock;
  readonly findings: Findings;
  /** Told of each slice; between them a state is read anew, so that the log of the database can shrink. */
  readonly onSlice: (records: number) => Promise<void>;
}

interface Row {
  readonly seq: number;
  readonly id: string;
  readonly data: string;
}

/** Compares every record of a collection with its schema, in slices; answers how many there were. */
export async function checkRecords(
  db: Database,
  id: string,
  readCollection: (id: string) => Collection | undefined,
  deps: RecordCheckDeps,
): Promise<number> {
  const { findings } = deps;
  const before = findings.list.length;
  for (let attempt = 1; ; attempt++) {
    const collection = readCollection(id);
    if (collection === undefined) return 0;
    const count = await checkAs(db, collection, deps);
    if (count !== 'changed') return count;
    findings.cut(before);
    if (attempt === MAX_ATTEMPTS) {
      findings.add(
        'collection',
        'it was changed again and again, so its records were not checked',
        {
          collection: collection.name,
        },
      );
      return 0;
    }
  }
}

async function checkAs(
  db: Database,
  collection: Collection,
  { rules, clock, findings, onSlice }: RecordCheckDeps,
): Promise<number | 'changed'> {
  const { id, name, updated_at, schema } = collection;
  const checks = rules.compileSchema(schema.fields, clock);
  const version = db.query<{ updated_at: string }, [string]>(
    'SELECT updated_at FROM collection WHERE id = ?',
  );
  const page = db.prepare<Row, [number, number]>(
    `SELECT seq, id, data FROM ${tableOf(id)} WHERE seq > ? ORDER BY seq LIMIT ?`,
  );
  let seq = Number.MIN_SAFE_INTEGER;
  let count = 0;
  for (;;) {
    const rows = inTransaction(db, 'DEFERRED', () =>
      version.get(id)?.updated_at === updated_at ? page.all(seq, PAGE_ROWS) : undefined,
    );
    if (rows === undefined) return 'changed';
    for (const row of rows)
      for (const { field, message } of findFaults(row.data, checks))
        findings.add('record', message, { collection: name, id: row.id, ...(field && { field }) });
    count += rows.length;
    await onSlice(rows.length);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_ROWS) return count;
    seq = last.seq;
  }
}

function findFaults(
  text: string,
  checks: RecordChecks,
): readonly { readonly field?: string; readonly message: string }[] {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return [{ message: 'what is stored is not JSON' }];
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    return [{ message: 'what is stored is no object' }];
  const faults: Fault[] = [];
  checks.parseWhole(data as RawData, [], faults);
  return faults.map(({ loc, msg }) => ({ field: loc.join('.'), message: msg }));
}
