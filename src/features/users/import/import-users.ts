import type { Actor } from '../../../core/actor.ts';
import { requireFullAdmin } from '../../../core/actor.ts';
import type { AuditTrail } from '../../../core/audit.ts';
import { type Clock, toTimestamp } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import { openSpool, type Spool } from '../../../core/spool.ts';
import { BrokenFileError, type FileFault } from '../../../lib/file-fault.ts';
import { firstFaults, MAX_SHOWN_FAULTS } from '../../../lib/first-faults.ts';
import { createLimiter } from '../../../lib/limiter.ts';
import { createPacer } from '../../../lib/pacer.ts';
import { CURRENT_RECIPE, toStandIn } from '../../../lib/password-hash.ts';
import type { UserImportOutcome, UserImportRow, UserImportStore } from '../store.ts';
import { COLUMNS } from './columns.ts';
import {
  type RawBatch,
  readCsvAccounts,
  readForeignAccounts,
  readNdjsonAccounts,
} from './read-rows.ts';
import { type CheckedRow, createRowCheck } from './row-check.ts';

export interface UserImportDeps {
  readonly store: UserImportStore;
  readonly passwords: {
    findFault(password: string): string | undefined;
    hash(password: string): Promise<string>;
  };
  readonly audit: AuditTrail;
  readonly clock: Clock;
  /** Where rows wait on their way. */
  readonly folder: string;
}

export interface UserFile {
  /** For the log. */
  readonly name: string;
  /** Left out for standard input, which is no database. */
  readonly path?: string | undefined;
  /** Of what is no database. */
  readonly format?: 'csv' | 'ndjson' | undefined;
  chunks(): AsyncIterable<Uint8Array>;
}

export interface UserImportOptions {
  readonly isDryRun?: boolean;
  readonly isPartial?: boolean;
  /** Otherwise those who are admins in the file become users. */
  readonly keepsAdmins?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: UserImportProgress) => void;
}

export interface UserImportProgress {
  readonly step: 'check' | 'write';
  readonly rows: number;
  /** How many there are, where that is known. */
  readonly total?: number | undefined;
}

export interface UserImportResult extends UserImportOutcome {
  /** False when faults kept it from being written; a dry run is never refused. */
  readonly isRefused: boolean;
}

/** Each takes as much memory as a sign-in; how many run at once is decided there. */
const MAX_HASHING = 4;

/** Brings accounts from a file: CSV, NDJSON, or a database of the predecessor. */
export function createUserImport({ store, passwords, audit, clock, folder }: UserImportDeps) {
  const check = createRowCheck({
    findPasswordFault: passwords.findFault,
    now: () => clock.now(),
  });

  async function write(
    spool: Spool<UserImportRow>,
    { failed, faults }: Checked,
    { isDryRun = false, isPartial = false, keepsAdmins = false, onProgress }: UserImportOptions,
  ): Promise<UserImportResult> {
    const at = toTimestamp(clock.now());
    const total = spool.rows();
    const outcome = await store.importUsers(
      { file: spool.path, at, keepsAdmins, isDryRun, isPartial, failedBefore: failed },
      (rows) => onProgress?.({ step: 'write', rows, total }),
    );
    const all = outcome.failed + failed;
    const errors = firstFaults([...faults, ...outcome.errors]);
    return { ...outcome, failed: all, errors, isRefused: all > 0 && !isDryRun && !isPartial };
  }

  return {
    async importUsers(
      actor: Actor,
      file: UserFile,
      options: UserImportOptions = {},
    ): Promise<UserImportResult> {
      requireFullAdmin(actor);
      const source = openSource(store, file);
      try {
        const spool = await openSpool<UserImportRow>(folder);
        try {
          const checked = await readAll(source, { check, hash: passwords.hash, spool, options });
          await spool.finish();
          const result = checked.isBroken
            ? brokenResult(checked, options)
            : await write(spool, checked, options);
          if (!options.isDryRun && !result.isRefused)
            await audit.note(actor, {
              action: 'user.import',
              subject_id: null,
              subject_name: file.name,
              details: toDetails(result),
            });
          return result;
        } finally {
          await spool.remove();
        }
      } finally {
        source.close();
      }
    },
  };
}

interface Source {
  readonly batches: AsyncIterable<RawBatch>;
  readonly total?: number | undefined;
  close(): void;
}

/** What a file is stands in its first bytes, or in its name. */
function openSource(store: UserImportStore, { name, path, format, chunks }: UserFile): Source {
  const foreign = path === undefined ? undefined : store.openForeign(path, COLUMNS);
  if (foreign) {
    const { total, close } = foreign;
    return { batches: readForeignAccounts(foreign), total, close };
  }
  if (format === undefined)
    throw new AppError(
      'invalid_input',
      `${name} is no SQLite database, and its name does not tell what it is. Say it with --format csv or ndjson.`,
    );
  const read = format === 'csv' ? readCsvAccounts : readNdjsonAccounts;
  return { batches: read(chunks()), close: () => undefined };
}

interface Checked {
  readonly failed: number;
  readonly faults: readonly FileFault[];
  /** What follows is not known: nothing may be kept. */
  readonly isBroken: boolean;
}

interface ReadAllOptions {
  readonly check: ReturnType<typeof createRowCheck>;
  readonly hash: (password: string) => Promise<string>;
  readonly spool: Spool<UserImportRow>;
  readonly options: UserImportOptions;
}

async function readAll(
  { batches, total }: Source,
  { check, hash, spool, options }: ReadAllOptions,
): Promise<Checked> {
  const { isDryRun, isPartial, signal, onProgress } = options;
  const pacer = createPacer();
  const limiter = createLimiter({
    maxRunning: MAX_HASHING,
    maxWaiting: Number.POSITIVE_INFINITY,
    onFull: () => new Error('no limit to what waits'),
  });
  const faults: FileFault[] = [];
  let failed = 0;
  let done = 0;

  async function toRow({ secret, ...rest }: CheckedRow): Promise<UserImportRow> {
    if (secret.kind === 'hash') return { ...rest, passwordHash: secret.hash };
    // It takes long: not for what will not be written.
    const isInVain = isDryRun || (failed > 0 && !isPartial) || signal?.aborted;
    const passwordHash = isInVain ? toStandIn(CURRENT_RECIPE) : await hash(secret.password);
    onProgress?.({ step: 'check', rows: ++done, total });
    return { ...rest, passwordHash };
  }

  try {
    for await (const batch of batches) {
      failed += new Set(batch.faults.map(({ line }) => line)).size;
      const found = [...batch.faults];
      const good: CheckedRow[] = [];
      for (const row of batch.rows) {
        const checked = check(row);
        if ('line' in checked) good.push(checked);
        else {
          failed++;
          found.push(...checked);
        }
        if (pacer.isDue()) await pacer.rest();
      }
      // They come in the order of the lines, but for those of one batch.
      if (faults.length < MAX_SHOWN_FAULTS) faults.push(...firstFaults(found));
      for (const row of await Promise.all(good.map((one) => limiter.run(() => toRow(one)))))
        spool.add(row);
      await spool.settle();
      done = spool.rows() + failed;
      onProgress?.({ step: 'check', rows: done, total });
      if (signal?.aborted) throw new AppError('conflict', 'Stopped: nothing was imported.');
    }
  } catch (error) {
    if (!(error instanceof BrokenFileError)) throw error;
    return { failed: failed + 1, faults: [...faults, error.fault], isBroken: true };
  }
  return { failed, faults, isBroken: false };
}

function brokenResult(
  { failed, faults }: Checked,
  { isDryRun = false }: UserImportOptions,
): UserImportResult {
  return {
    created: 0,
    admins: 0,
    adminsAsUsers: 0,
    withoutPassword: 0,
    skipped: 0,
    skippedLines: [],
    failed,
    errors: firstFaults(faults),
    isRefused: !isDryRun,
  };
}

function toDetails({ created, admins, adminsAsUsers, skipped, failed }: UserImportResult) {
  return { created, admins, admins_as_users: adminsAsUsers, skipped, failed };
}
