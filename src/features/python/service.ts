import { type Actor, requireFullAdmin } from '../../core/actor.ts';
import type { Clock } from '../../core/clock.ts';
import type { Awaitable } from '../../lib/awaitable.ts';
import type { FileFault } from '../../lib/file-fault.ts';
import type { CollectionService } from '../collections/service.ts';
import type { CollectionRules } from '../collections/store.ts';
import type { FunctionCallStore } from '../functions/store.ts';
import type { ScheduleService } from '../schedules/service.ts';
import type { SettingsService } from '../settings/service.ts';
import { bringCalls } from './calls.ts';
import type { Here } from './draft-collections.ts';
import { describeLeftOut } from './left-out.ts';
import { findOwners, type OwnerOf } from './owners.ts';
import { type CollectionPlans, type PlannedCollection, planCollections } from './plan.ts';
import {
  type CollectionReport,
  createFaultList,
  type FaultList,
  type PythonImportReport,
  type UsersReport,
} from './report.ts';
import { toAccountChunks } from './row-chunks.ts';
import { bringSchedules } from './schedules.ts';
import { bringSettings } from './settings.ts';
import type { PythonDatabase, PythonDatabases } from './store.ts';
import { findId, rowIdOf } from './values.ts';
import { type RecordImport, writeCollection } from './write.ts';

interface PythonImportDeps {
  readonly databases: PythonDatabases;
  readonly collections: CollectionService;
  readonly countRecords: (collectionId: string) => number;
  readonly transfers: RecordImport;
  readonly importUsers: UserImport;
  readonly findAccount: (email: string) => Awaitable<string | undefined>;
  readonly hasUser: (id: string) => Awaitable<boolean>;
  readonly schedules: Pick<ScheduleService, 'bring'>;
  readonly settings: Pick<SettingsService, 'read' | 'update'>;
  readonly calls: Pick<FunctionCallStore, 'save' | 'list'>;
  readonly callRetentionDays: number;
  readonly compileSchema: CollectionRules['compileSchema'];
  readonly clock: Clock;
}

/** See users/import. */
type UserImport = (
  actor: Actor,
  file: {
    readonly name: string;
    readonly format: 'ndjson';
    chunks(): AsyncIterable<Uint8Array>;
  },
  options: {
    readonly isDryRun: boolean;
    readonly isPartial: boolean;
    readonly keepsAdmins: boolean;
    readonly signal: AbortSignal;
  },
) => Promise<{
  readonly created: number;
  readonly skipped: number;
  readonly admins: number;
  readonly adminsAsUsers: number;
  readonly failed: number;
  readonly errors: readonly FileFault[];
}>;

export interface PythonImportOptions {
  readonly isDryRun: boolean;
  /** Leaves out what is faulty. */
  readonly isPartial: boolean;
  /** Widens fields until their values fit. */
  readonly isLoose: boolean;
  /** Leaves out collections whose name is taken here. */
  readonly skipsExisting: boolean;
  readonly keepsAdmins: boolean;
  readonly onProgress: (progress: PythonImportProgress) => void;
  /** Asked once all is checked, before anything is written; throws to leave it so. */
  readonly confirm: (plan: PythonImportReport) => Promise<void>;
  readonly signal: AbortSignal;
}

interface PythonImportProgress {
  readonly step: 'check' | 'write';
  readonly what: string;
  readonly rows: number;
  readonly total: number;
}

interface PythonImportResult extends PythonImportReport {
  /** Faults kept it from being written; a dry run is never refused. */
  readonly isRefused: boolean;
}

/** Brings what a database of the Python predecessor holds. It is looked at as a whole before a word is written. */
export function createPythonImport(deps: PythonImportDeps) {
  const { databases, collections, clock } = deps;
  const here: Here = {
    findById(id) {
      const found = collections.findById(id)?.collection;
      return found && { name: found.name, fields: found.schema.fields };
    },
    hasName: (name) => collections.find(name) !== undefined,
    countRecords: deps.countRecords,
  };

  async function bringUsers(
    actor: Actor,
    source: PythonDatabase,
    name: string,
    options: PythonImportOptions,
    faults: FaultList | undefined,
  ): Promise<UsersReport> {
    const { isPartial, keepsAdmins, signal } = options;
    const file = { name, format: 'ndjson', chunks: () => toAccountChunks(source) } as const;
    const isDryRun = faults !== undefined;
    const result = await deps.importUsers(actor, file, {
      isDryRun,
      isPartial,
      keepsAdmins,
      signal,
    });
    if (faults && result.failed > 0) {
      const ids = findIds(source, result.errors);
      for (const { line, loc, msg } of result.errors)
        faults.add({ table: 'user', id: ids.get(line) ?? '', field: loc.join('.'), msg });
    }
    const { created, skipped, admins, adminsAsUsers, failed } = result;
    return { total: source.count('user'), created, skipped, admins, adminsAsUsers, failed };
  }

  async function plan(
    actor: Actor,
    source: PythonDatabase,
    name: string,
    options: PythonImportOptions,
  ) {
    const { signal } = options;
    const faults = createFaultList();
    const ownerOf = await findOwners(source, deps.findAccount);
    const users = await bringUsers(actor, source, name, options, faults);
    const plans = await planCollections(source, {
      ...options,
      here,
      ownerOf,
      clock,
      compileSchema: deps.compileSchema,
      faults,
      signal,
      onProgress: (what, rows, total) => options.onProgress({ step: 'check', what, rows, total }),
    });
    const rest = await bringRest(actor, source, { ownerOf, isDryRun: true, faults });
    return { plans, ownerOf, report: toReport(source, { users, plans, rest, faults }) };
  }

  async function bringRest(
    actor: Actor,
    source: PythonDatabase,
    how: { readonly ownerOf: OwnerOf; readonly isDryRun: boolean; readonly faults?: FaultList },
  ) {
    const { schedules, settings, calls, callRetentionDays } = deps;
    return {
      settings: await bringSettings(source, { actor, settings, ...how }),
      schedules: await bringSchedules(source, { actor, schedules, ...how }),
      calls: await bringCalls(source, {
        calls,
        retentionDays: callRetentionDays,
        clock,
        ...how,
      }),
    };
  }

  return {
    async importPython(
      actor: Actor,
      file: { readonly path: string; readonly name: string },
      options: PythonImportOptions,
    ): Promise<PythonImportResult> {
      requireFullAdmin(actor);
      const source = databases.open(file.path);
      try {
        const planned = await plan(actor, source, file.name, options);
        const { plans, report } = planned;
        const isRefused = report.failed > 0 && !options.isPartial && !options.isDryRun;
        if (options.isDryRun || isRefused) return { ...report, isRefused };
        await options.confirm(report);
        const users = await bringUsers(actor, source, file.name, options, undefined);
        // Of those who were refused nobody owns anything.
        const ownerOf = await onlyThere(source, planned.ownerOf, deps.hasUser);
        const faults = createFaultList();
        const written: PlannedCollection[] = [];
        const created = new Map<string, number>();
        for (const one of plans.collections) {
          const { draft } = one;
          if (draft.state === 'new' || draft.state === 'unfinished') {
            options.signal.throwIfAborted();
            const count = await writeCollection(source, one, {
              ...deps,
              ...options,
              actor,
              ownerOf,
              faults,
              onProgress: (step, rows) =>
                options.onProgress({ step, what: draft.name, rows, total: draft.records }),
            });
            created.set(draft.id, count);
          }
          written.push(one);
        }
        const rest = await bringRest(actor, source, { ownerOf, isDryRun: false });
        const done = { collections: written, canLoosen: plans.canLoosen };
        const final = toReport(source, { users, plans: done, rest, faults, created });
        return { ...final, faults: report.faults, failed: report.failed, isRefused: false };
      } finally {
        source.close();
      }
    },
  };
}

/** The ids of the rows at these places. */
function findIds(
  source: PythonDatabase,
  faults: readonly FileFault[],
): ReadonlyMap<number, string> {
  const wanted = new Set(faults.map(({ line }) => line));
  const ids = new Map<number, string>();
  let line = 0;
  for (const row of source.rows('user')) if (wanted.has(++line)) ids.set(line, rowIdOf(row));
  return ids;
}

async function onlyThere(
  source: PythonDatabase,
  ownerOf: OwnerOf,
  hasUser: PythonImportDeps['hasUser'],
): Promise<OwnerOf> {
  const gone = new Set<string>();
  for (const row of source.rows('user')) {
    const owner = ownerOf(findId(row.id) ?? '');
    if (owner !== null && !(await hasUser(owner))) gone.add(owner);
  }
  return (id) => {
    const owner = ownerOf(id);
    return owner === null || gone.has(owner) ? null : owner;
  };
}

interface Reported {
  readonly users: UsersReport;
  readonly plans: CollectionPlans;
  readonly rest: Pick<PythonImportReport, 'settings' | 'schedules' | 'calls'>;
  readonly faults: FaultList;
  /** Records that were written, by the id of their collection; undefined before that. */
  readonly created?: ReadonlyMap<string, number>;
}

function toReport(
  source: PythonDatabase,
  { users, plans, rest, faults, created }: Reported,
): PythonImportReport {
  return {
    users,
    collections: plans.collections.map((one) => toCollectionReport(one, created)),
    ...rest,
    notes: describeLeftOut(source),
    failed: faults.count(),
    faults: faults.list(),
    canLoosen: plans.canLoosen,
  };
}

function toCollectionReport(
  { draft, failed }: PlannedCollection,
  created: Reported['created'],
): CollectionReport {
  const { id, name, was, state, records, notes } = draft;
  const comes = state === 'new' || state === 'unfinished' ? records - failed : 0;
  return {
    name,
    was,
    state,
    records,
    created: created ? (created.get(id) ?? 0) : comes,
    failed,
    notes,
  };
}
