import type { Database } from 'bun:sqlite';
import type { Clock } from '../../core/clock.ts';
import { AppError, type Fault } from '../../core/errors.ts';
import type {
  CollectionSchema,
  NamedField,
  RecordData,
} from '../../features/collections/schema.ts';
import type { CollectionRules, RecordChecks } from '../../features/collections/store.ts';
import type {
  ImportFault,
  ImportOutcome,
  ImportRequest,
  ImportRow,
  Scope,
} from '../../features/records/store.ts';
import { firstFaults, MAX_SHOWN_FAULTS } from '../../lib/first-faults.ts';
import type { ChangeFeed } from './change-feed.ts';
import { columnName, tableOf } from './record-table.ts';
import type { References } from './references.ts';
import { createRowWrites } from './row-writes.ts';
import { openSpoolFile, type SpooledRow } from './spool-file.ts';

export interface ImportRecordsDeps {
  readonly compileSchema: CollectionRules['compileSchema'];
  readonly references: References;
  readonly changes: Pick<ChangeFeed, 'append'>;
  readonly clock: Clock;
  readonly newId: () => string;
}

export interface ImportRecordsResult {
  readonly outcome: ImportOutcome;
  /** False when the transaction has to be taken back. */
  readonly isKept: boolean;
}

/** What was done with a row; `waits` for a record that this file may still bring. */
type Done =
  | { readonly kind: 'created' | 'updated'; readonly id: string }
  | { readonly kind: 'waits'; readonly target: string; readonly fault: Omit<ImportFault, 'line'> }
  | { readonly kind: 'failed'; readonly faults: readonly Omit<ImportFault, 'line'>[] };

const REPORT_EVERY = 1_000;
/** Rows that stand before the record they refer to; each is a note of its place in memory. */
const MAX_WAITING = 100_000;

/** Carries the faults of a row out of the middle of its update. */
class RowRefusal extends Error {
  readonly faults: readonly Omit<ImportFault, 'line'>[];
  constructor(faults: readonly Omit<ImportFault, 'line'>[]) {
    super('the row is refused');
    this.faults = faults;
  }
}

/**
 * Writes the rows of a file. Runs inside of a transaction of its own, which the caller commits or takes
 * back: a row that fails has written nothing, so the good ones can be kept without it.
 */
export function importRecords(
  db: Database,
  request: ImportRequest,
  deps: ImportRecordsDeps,
  report: (rowsDone: number) => void,
): ImportRecordsResult {
  const writer = createRowWriter(db, request, readFields(db, request), deps);
  const file = openSpoolFile<ImportRow>(request.file);
  /** Rows that wait, by the id of the record that they refer to. */
  const waiting = new Map<string, Waiting[]>();
  let waitingRows = 0;
  let done = 0;
  let created = 0;
  let updated = 0;
  let failed = 0;
  let errors: ImportFault[] = [];

  function fail(line: number, faults: readonly Omit<ImportFault, 'line'>[]): void {
    failed++;
    for (const fault of faults) errors.push({ line, ...fault });
    if (errors.length > 10 * MAX_SHOWN_FAULTS) errors = firstFaults(errors);
  }

  /** Writes one row; answers its record's id when there is a new one, for which others may wait. */
  function take({ row, place }: SpooledRow<ImportRow>): string | undefined {
    const { line } = row;
    const result = writer.write(row);
    switch (result.kind) {
      case 'created':
        created++;
        return result.id;
      case 'updated':
        updated++;
        return undefined;
      case 'failed':
        fail(line, result.faults);
        return undefined;
      case 'waits': {
        const { target, fault } = result;
        if (waitingRows >= MAX_WAITING) fail(line, [fault]);
        else {
          waitingRows++;
          const others = waiting.get(target);
          if (others) others.push({ line, place, fault });
          else waiting.set(target, [{ line, place, fault }]);
        }
        return undefined;
      }
      default:
        return result satisfies never;
    }
  }

  /** Writes a row and, when it is what others waited for, those as well. */
  function takeWithWaiting(spooled: SpooledRow<ImportRow>): void {
    const ids = [take(spooled)];
    while (ids.length > 0) {
      const id = ids.pop();
      const free = id === undefined ? undefined : waiting.get(id);
      if (id === undefined || !free) continue;
      waiting.delete(id);
      waitingRows -= free.length;
      for (const { place } of free) ids.push(take(file.read(place)));
    }
  }

  try {
    for (const spooled of file.rows()) {
      takeWithWaiting(spooled);
      if (++done % REPORT_EVERY === 0) report(done);
    }
  } finally {
    file.close();
  }
  for (const rows of waiting.values()) for (const { line, fault } of rows) fail(line, [fault]);
  report(done);
  const isGood = failed + request.failedBefore === 0 || request.isPartial;
  const isKept = isGood && !request.isDryRun;
  const isToldOf = isKept || request.isDryRun;
  return {
    isKept,
    outcome: {
      created: isToldOf ? created : 0,
      updated: isToldOf ? updated : 0,
      failed,
      errors: firstFaults(errors),
    },
  };
}

interface Waiting {
  readonly line: number;
  readonly place: SpooledRow<ImportRow>['place'];
  readonly fault: Omit<ImportFault, 'line'>;
}

function readFields(
  db: Database,
  { collectionId, checkedFor }: ImportRequest,
): readonly NamedField[] {
  const found = db
    .query<{ name: string; schema: string; updated_at: string }, [string]>(
      'SELECT name, schema, updated_at FROM collection WHERE id = ?',
    )
    .get(collectionId);
  if (!found) throw new AppError('not_found', 'The collection was deleted meanwhile.');
  if (found.updated_at !== checkedFor)
    throw new AppError(
      'conflict',
      `${found.name} was changed while the file was read; nothing was imported. Send it again.`,
    );
  const { fields }: CollectionSchema = JSON.parse(found.schema);
  return fields;
}

function createRowWriter(
  db: Database,
  request: ImportRequest,
  fields: readonly NamedField[],
  { compileSchema, references, changes, clock, newId }: ImportRecordsDeps,
) {
  const { collectionId, upsertBy, ownFields } = request;
  const table = tableOf(collectionId);
  const checks = compileSchema(fields, clock);
  const rows = createRowWrites({ db, references, changes, clock });
  const own = new Set(ownFields);
  const scope: Scope = { collectionId, filter: request.changeable };
  const ownTargets = new Set(
    references
      .of(collectionId)
      .filter(({ targetId }) => targetId === collectionId)
      .map(({ field }) => field),
  );
  const find =
    upsertBy === undefined
      ? undefined
      : db.query<{ id: string }, [string | number | boolean]>(
          `SELECT id FROM ${table} WHERE ${upsertBy === 'id' ? 'id' : columnName(upsertBy)} = ?`,
        );

  function findExisting({ id, patch }: ImportRow): string | undefined {
    if (!find || upsertBy === undefined) return undefined;
    const key = upsertBy === 'id' ? id : patch[upsertBy];
    if (typeof key !== 'string' && typeof key !== 'number' && typeof key !== 'boolean')
      return undefined;
    return find.get(key)?.id;
  }

  function create({ id = newId(), ownerId, data, times, patch }: ImportRow): Done {
    if (!data) return failure(missing(checks, fields, patch));
    const outcome = rows.insertRow(collectionId, {
      id,
      ownerId: ownerId === undefined ? request.ownerId : ownerId,
      data: () => data,
      times,
    });
    switch (outcome.kind) {
      case 'done':
        return { kind: 'created', id };
      case 'id_taken':
        return failure([{ loc: ['id'], msg: 'a record with this id exists already' }]);
      default:
        return explain(outcome);
    }
  }

  function merge(patch: ImportRow['patch'], stored: RecordData, ownerId: string | null) {
    if (own.size > 0 && (ownerId === null || ownerId !== request.ownerId)) {
      const refused = Object.keys(patch).filter((name) => own.has(name));
      if (refused.length > 0)
        throw new RowRefusal(
          refused.map((name) => ({ loc: [name], msg: 'may be written in your own records only' })),
        );
    }
    const merged: Record<string, unknown> = { ...stored, ...patch };
    for (const name in patch) if (patch[name] === null) delete merged[name];
    const faults: Fault[] = [];
    const data = checks.parseWhole(merged, [], faults);
    if (faults.length > 0) throw new RowRefusal(faults.map(({ loc, msg }) => ({ loc, msg })));
    return data;
  }

  function change(id: string, { patch }: ImportRow): Done {
    try {
      const outcome = rows.updateRow(scope, id, {
        merge: (stored, ownerId) => merge(patch, stored, ownerId),
      });
      switch (outcome.kind) {
        case 'done':
          return { kind: 'updated', id };
        case 'outside':
          return failure([{ loc: [], msg: 'exists already and may not be changed by you' }]);
        case 'stale':
          throw new Error('an import asks for no revision');
        default:
          return explain(outcome);
      }
    } catch (error) {
      if (error instanceof RowRefusal) return failure(error.faults);
      throw error;
    }
  }

  function explain(
    unfit:
      | { readonly kind: 'value_taken'; readonly fields: readonly string[] }
      | { readonly kind: 'dangling'; readonly field: string; readonly target: string },
  ): Done {
    if (unfit.kind === 'value_taken') {
      const [name, ...others] = unfit.fields;
      return failure([
        others.length === 0 && name !== undefined
          ? { loc: [name], msg: 'another record has this value already, and it must be unique' }
          : {
              loc: [],
              msg: `another record has these values of ${unfit.fields.join(', ')} already, and together they must be unique`,
            },
      ]);
    }
    const { field, target } = unfit;
    const collection = fields.find(({ name }) => name === field)?.collection ?? '';
    const what = collection === 'users' ? 'user' : 'record';
    const where = collection === 'users' ? '' : ` in ${collection}`;
    const fault = { loc: [field], msg: `there is no ${what} ${target}${where}` };
    return ownTargets.has(field) ? { kind: 'waits', target, fault } : failure([fault]);
  }

  return {
    write(row: ImportRow): Done {
      const existing = findExisting(row);
      return existing === undefined ? create(row) : change(existing, row);
    },
  };
}

function failure(faults: readonly Omit<ImportFault, 'line'>[]): Done {
  return { kind: 'failed', faults };
}

/** Why what would do as a change is no whole record. */
function missing(
  checks: RecordChecks,
  fields: readonly NamedField[],
  patch: ImportRow['patch'],
): readonly Omit<ImportFault, 'line'>[] {
  const filled = new Set(
    fields.filter((field) => field.default !== undefined).map(({ name }) => name),
  );
  const faults: Fault[] = [];
  checks.parseWhole(patch, [], faults);
  return faults
    .filter(({ loc: [name] }) => !filled.has(String(name)))
    .map(({ loc, msg }) => ({ loc, msg: `${msg} in a new record` }));
}
