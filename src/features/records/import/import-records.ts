import { type Actor, isAdmin, isFullAdmin, userIdOf } from '../../../core/actor.ts';
import { AppError, invalidInput } from '../../../core/errors.ts';
import { originOf } from '../../../core/origin.ts';
import { openSpool, type Spool } from '../../../core/spool.ts';
import type { Awaitable } from '../../../lib/awaitable.ts';
import { BrokenFileError } from '../../../lib/file-fault.ts';
import { firstFaults, MAX_SHOWN_FAULTS } from '../../../lib/first-faults.ts';
import { createLimiter } from '../../../lib/limiter.ts';
import { findNearest } from '../../../lib/nearest.ts';
import { createPacer } from '../../../lib/pacer.ts';
import { columnOf } from '../../collections/schema.ts';
import type { LiveCollection } from '../../collections/service.ts';
import { fieldsFor, findUnwritable, inBoth, rowsFor } from '../access.ts';
import type { RecordHooks } from '../events.ts';
import type { Gate } from '../gate.ts';
import type { Filter, ImportFault, ImportOutcome, ImportRow, RecordStore } from '../store.ts';
import { readCsvRows } from './csv-rows.ts';
import type { FileRow } from './file-row.ts';
import { readNdjsonRows } from './ndjson-rows.ts';
import { createRowCheck, type RowCheck } from './row-check.ts';
import { createRowHooks, type ShownRow } from './row-hooks.ts';

export const IMPORT_FORMATS = ['csv', 'ndjson'] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

export interface ImportDeps {
  readonly gate: Gate;
  readonly store: Pick<RecordStore, 'importRows'>;
  readonly hasUser: (id: string) => Awaitable<boolean>;
  readonly hooks: RecordHooks;
  readonly newId: () => string;
  /** Where rows may wait on their way; has to have room for as much as may be uploaded. */
  readonly folder: string;
}

export interface ImportOptions {
  readonly format: ImportFormat;
  /** Writes nothing, but says what would happen. */
  readonly isDryRun?: boolean;
  /** Keeps the good rows although others are bad. */
  readonly isPartial?: boolean;
  /** `id`, or a unique field: rows whose value exists already change that record. */
  readonly upsertBy?: string | undefined;
  /** Owner of records whose row names none; the caller when it is left out. */
  readonly ownerId?: string | undefined;
  /** Rows say when they were made: they are moved from another instance, the oldest first. */
  readonly keepsTimes?: boolean;
  /** The whole file is there; from now on nothing more comes from the caller. */
  readonly onRead?: () => void;
  readonly onProgress?: (progress: ImportProgress) => void;
}

export interface ImportProgress {
  readonly step: 'check' | 'write';
  /** Rows that are done in this step. */
  readonly rows: number;
}

export interface ImportResult extends ImportOutcome {
  /** False when faults kept it from being written; a dry run is never refused. */
  readonly isRefused: boolean;
}

/** Files that are read at a time, for admins and for all others; each takes a place on the disk. */
const MAX_RUNNING = 4;
const NO_ROWS: Filter = { op: 'none' };

export function createImporter({ gate, store, hasUser, hooks, newId, folder }: ImportDeps) {
  const createSlots = () =>
    createLimiter({ maxRunning: MAX_RUNNING, maxWaiting: 0, onFull: tooMany });
  // Files that trickle in keep their slots for long: admins have their own, and others one each.
  const forAdmins = createSlots();
  const forOthers = createSlots();
  const busy = new Set<string | null>();

  async function inSlot<T>(actor: Actor, run: () => Promise<T>): Promise<T> {
    if (isAdmin(actor)) return forAdmins.run(run);
    const caller = userIdOf(actor);
    if (busy.has(caller)) throw oneEach();
    busy.add(caller);
    try {
      return await forOthers.run(run);
    } finally {
      busy.delete(caller);
    }
  }

  async function write(
    actor: Actor,
    live: LiveCollection,
    spool: Spool<ImportRow>,
    checked: Checked,
    options: ImportOptions,
  ): Promise<ImportOutcome> {
    const { upsertBy, isDryRun = false, isPartial = false, onProgress } = options;
    if (spool.rows() === 0)
      return { created: 0, updated: 0, failed: checked.failed, errors: checked.faults };
    const { id: collectionId, updated_at: checkedFor } = live.collection;
    const outcome = await store.importRows(
      {
        collectionId,
        checkedFor,
        file: spool.path,
        rows: spool.rows(),
        ownerId: options.ownerId ?? userIdOf(actor),
        upsertBy,
        changeable: upsertBy === undefined ? NO_ROWS : changeableRows(actor, live),
        ownFields: ownFields(actor, live),
        isDryRun,
        isPartial,
        failedBefore: checked.failed,
        by: originOf(actor, () => null),
      },
      (rows) => onProgress?.({ step: 'write', rows }),
    );
    return {
      ...outcome,
      failed: outcome.failed + checked.failed,
      errors: firstFaults([...checked.faults, ...outcome.errors]),
    };
  }

  return {
    /** Who may not create records at all hears of it before a byte is read. */
    async importRecords(
      actor: Actor,
      name: string,
      chunks: AsyncIterable<Uint8Array>,
      options: ImportOptions,
    ): Promise<ImportResult> {
      const { live } = gate.open(actor, name, 'create');
      const { upsertBy, isDryRun = false, isPartial = false } = options;
      if (upsertBy !== undefined) checkUpsertBy(actor, live, upsertBy);
      const isHooked = hooks.hasBefore('create', name);
      if (upsertBy !== undefined && (isHooked || hooks.hasBefore('update', name)))
        throw noUpsert(name);
      return inSlot(actor, async () => {
        const spool = await openSpool<ImportRow>(folder);
        try {
          const check = createRowCheck({
            actor,
            live,
            isUpsert: upsertBy !== undefined,
            keepsTimes: options.keepsTimes ?? false,
            hasUser,
          });
          const origin = originOf(actor, () => null);
          const showRows = isHooked
            ? createRowHooks({ hooks, live, check, newId, origin, seesAll: isFullAdmin(actor) })
            : undefined;
          const checked = await readRows(chunks, { live, check, showRows, spool, options });
          options.onRead?.();
          if (checked.isBroken)
            return {
              created: 0,
              updated: 0,
              failed: checked.failed,
              errors: firstFaults(checked.faults),
              isRefused: !isDryRun,
            };
          await spool.finish();
          const outcome = await write(actor, live, spool, checked, options);
          return { ...outcome, isRefused: outcome.failed > 0 && !isDryRun && !isPartial };
        } finally {
          await spool.remove();
        }
      });
    },
  };
}

interface Checked {
  readonly failed: number;
  readonly faults: readonly ImportFault[];
  /** The file could not be read to its end: what follows is not known, and nothing may be kept. */
  readonly isBroken: boolean;
}

interface ReadRowsOptions {
  readonly live: LiveCollection;
  readonly check: RowCheck;
  /** To hooks, when there are some. */
  readonly showRows: ((rows: readonly FileRow[]) => Promise<readonly ShownRow[]>) | undefined;
  readonly spool: Spool<ImportRow>;
  readonly options: ImportOptions;
}

async function readRows(
  chunks: AsyncIterable<Uint8Array>,
  { live, check, showRows, spool, options: { format, upsertBy, onProgress } }: ReadRowsOptions,
): Promise<Checked> {
  const pacer = createPacer();
  const faults: ImportFault[] = [];
  let failed = 0;
  const fail = (found: readonly ImportFault[]) => {
    // They come in the order of the lines, but for those of one batch.
    if (faults.length < MAX_SHOWN_FAULTS) faults.push(...found);
  };
  const batches =
    format === 'csv'
      ? readCsvRows(chunks, { live, upsertBy, onHeader: check.requireWritable })
      : readNdjsonRows(chunks);
  try {
    for await (const batch of batches) {
      failed += new Set(batch.faults.map(({ line }) => line)).size;
      const found = [...batch.faults];
      const rows: readonly ShownRow[] = showRows ? await showRows(batch.rows) : batch.rows;
      for (const row of rows) {
        const isRow = 'line' in row;
        const checked = isRow ? await check.check(row, showRows && 'trusted') : row;
        if ('line' in checked) spool.add(checked);
        else {
          failed++;
          found.push(...checked);
        }
        if (pacer.isDue()) await pacer.rest();
      }
      fail(firstFaults(found));
      await spool.settle();
      onProgress?.({ step: 'check', rows: spool.rows() + failed });
    }
  } catch (error) {
    if (!(error instanceof BrokenFileError)) throw error;
    return { failed: failed + 1, faults: [...faults, error.fault], isBroken: true };
  }
  return { failed, faults, isBroken: false };
}

/** The records that an upsert may change: as with PATCH, nobody changes what they may not see. */
function changeableRows(actor: Actor, { collection }: LiveCollection): Filter {
  const seen = rowsFor(actor, collection.options.access.read);
  const rows = rowsFor(actor, collection.options.access.update);
  return seen instanceof AppError || rows instanceof AppError ? NO_ROWS : inBoth(rows, seen);
}

/** The fields that the caller may write in their own records and in nobody else's. */
function ownFields(actor: Actor, live: LiveCollection): readonly string[] {
  const names = live.compiled.fields.map(({ name }) => name);
  const never = findUnwritable(actor, live, names, true);
  return findUnwritable(actor, live, names, false).filter((name) => !never.includes(name));
}

function checkUpsertBy(actor: Actor, live: LiveCollection, name: string): void {
  if (name === 'id') return;
  const { compiled, collection } = live;
  const field = compiled.fieldByName.get(name);
  if (field?.unique && columnOf(field) !== 'none') {
    const sight = fieldsFor(actor, live, changeableRows(actor, live));
    if (sight.mayRead(name)) return;
    throw new AppError('forbidden', `You may not find records of ${collection.name} by ${name}.`);
  }
  const unique = ['id', ...compiled.fields.filter((one) => one.unique).map((one) => one.name)];
  const nearest = field ? undefined : findNearest(name, unique);
  const msg = field
    ? `must be id or a unique field, and ${name} is not unique`
    : `must be id or a unique field; there is no field ${name}${nearest ? `. Did you mean ${nearest}?` : ''}`;
  throw invalidInput([{ loc: ['query', 'upsert_by'], type: 'value_error', msg }]);
}

/** Only in the commit it is known which rows are new: too late to ask. */
function noUpsert(name: string): AppError {
  return new AppError(
    'conflict',
    `An extension checks what is written to ${name}, so an import cannot change records there. Leave out upsert_by.`,
  );
}

function oneEach(): AppError {
  return new AppError(
    'too_many_requests',
    'An import of yours runs already. Wait until it is done.',
    { retryAfterSeconds: 5 },
  );
}

function tooMany(): AppError {
  return new AppError('unavailable', `${MAX_RUNNING} imports run already. Try again shortly.`, {
    retryAfterSeconds: 5,
  });
}
