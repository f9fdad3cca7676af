import { type Actor, SYSTEM } from '../../core/actor.ts';
import type { AuditTrail } from '../../core/audit.ts';
import { type Clock, toTimestamp } from '../../core/clock.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import type { Collection } from '../collections/schema.ts';
import type { CollectionService } from '../collections/service.ts';
import { diffCollections } from './diff.ts';
import {
  checksumOf,
  type MigrationFolder,
  readMigrations,
  removeMigration,
  writeMigration,
} from './files.ts';
import { compareHistory, type History } from './history.ts';
import { describeRefusal } from './refusals.ts';
import { invertRenames, traceRenames } from './renames.ts';
import { createRevision } from './revision.ts';
import { MAX_MESSAGE_LENGTH, type Migration, type MigrationStep } from './schema.ts';
import { createWorld, toComparable, type World } from './steps.ts';
import type { MigrationStore, NotedRename, PreparedStep } from './store.ts';
import { describeState, describeStep } from './words.ts';

export interface MigrationDeps {
  readonly store: MigrationStore;
  readonly collections: Pick<CollectionService, 'all' | 'refresh'>;
  readonly folder: MigrationFolder;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly newId: () => string;
}

/** A migration that was done, or would be, in words. */
export interface MigrationReport {
  readonly revision: string;
  /** What its steps did; empty when the collections were so already. */
  readonly lines: readonly string[];
}

export interface MigrateOptions {
  /** The last revision to apply, or the last that stays. */
  readonly to?: string | undefined;
  /** Does it, and takes it back. */
  readonly isDryRun: boolean;
}

export interface WrittenMigration {
  /** How messages name the file; null for a dry run. */
  readonly file: string | null;
  readonly revision: string;
  readonly lines: readonly string[];
}

/** The name of the state before the first migration. */
const BASE = 'base';

type Direction = 'up' | 'down';

/** Takes changes of collections from one database to another, as files. */
export function createMigrationService(deps: MigrationDeps) {
  const { store, collections, folder, audit, clock, newId } = deps;
  const worldDeps = { clock, newId };
  const live = (): readonly Collection[] => collections.all().map(({ collection }) => collection);

  function readHistory(): History {
    // Another process may have changed them.
    collections.refresh();
    return compareHistory(readMigrations(folder), store.applied());
  }

  /** The collections and what was renamed, of one moment: a rename in between would look like a loss. */
  function readLive(): { readonly now: readonly Collection[]; readonly noted: Noted } {
    for (;;) {
      const noted = store.renames();
      collections.refresh();
      if (Bun.deepEquals(noted, store.renames())) return { now: live(), noted };
    }
  }

  /** The collections as these files make them. */
  function replay(migrations: readonly Migration[]): readonly Collection[] {
    const world = createWorld([], worldDeps);
    for (const migration of migrations) takeAll(world, migration, 'up');
    return world.all();
  }

  function takeAll(world: World, migration: Migration, direction: Direction): PreparedStep[] {
    return migration[direction].map((step) => takeStep(world, migration, step));
  }

  function takeStep(world: World, { revision }: Migration, step: MigrationStep): PreparedStep {
    try {
      return world.take(step);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      throw new AppError(
        'conflict',
        `${revision} cannot be done at "${describeStep(step)[0] ?? step.step}": ${error.message}`,
      );
    }
  }

  /** What somebody changed since the migrations, in words; undefined when a file is missing. */
  function findDrift({ applied, missing }: History): readonly string[] | undefined {
    if (missing.length > 0) return undefined;
    const base = replay(applied);
    const { now, noted } = readLive();
    const renames = traceRenames(base, now, noted);
    return diffCollections(base, now, renames, worldDeps).flatMap((step) => describeStep(step));
  }

  /** How many of the pending ones have nothing to do, as the collections are as they would leave them. */
  function countThere(
    { applied, pending }: Pick<History, 'applied' | 'pending'>,
    now: readonly Collection[],
  ): number {
    const wanted = new Set(now.map(toComparable));
    const world = createWorld([], worldDeps);
    for (const migration of applied) takeAll(world, migration, 'up');
    let count = 0;
    for (const [index, migration] of pending.entries()) {
      takeAll(world, migration, 'up');
      const state = world.all();
      if (state.length === wanted.size && state.every((one) => wanted.has(toComparable(one))))
        count = index + 1;
    }
    return count;
  }

  /** All of them as one, so that later ones are tried on what the earlier ones left. */
  async function tryOut(
    migrations: readonly Migration[],
    direction: Direction,
    current: string | null,
  ): Promise<readonly MigrationReport[]> {
    const world = createWorld(live(), worldDeps);
    const steps = migrations.map((migration) => takeAll(world, migration, direction));
    const [first] = migrations;
    if (!first) return [];
    const outcome = await store.run({
      direction,
      revision: first.revision,
      checksum: '',
      at: toTimestamp(clock.now()),
      current,
      steps: steps.flat(),
      isDryRun: true,
    });
    const all = migrations.flatMap((migration) =>
      migration[direction].map((step) => ({ migration, step })),
    );
    if (outcome.kind === 'stale') throw changedMeanwhile();
    if (outcome.kind === 'refused') throw describeRefusal(outcome, all[outcome.step]);
    return migrations.map((migration) => ({
      revision: migration.revision,
      lines: all.flatMap((one, index) =>
        one.migration === migration ? describeStep(one.step, outcome.results[index]) : [],
      ),
    }));
  }

  async function runOne(
    actor: Actor,
    migration: Migration,
    direction: Direction,
    current: string | null,
  ): Promise<MigrationReport> {
    const { revision } = migration;
    collections.refresh();
    if ((store.applied().at(-1)?.revision ?? null) !== current) throw changedMeanwhile();
    const outcome = await store.run({
      direction,
      revision,
      checksum: checksumOf(migration),
      at: toTimestamp(clock.now()),
      current,
      steps: takeAll(createWorld(live(), worldDeps), migration, direction),
      isDryRun: false,
    });
    collections.refresh();
    if (outcome.kind === 'stale') throw changedMeanwhile();
    if (outcome.kind === 'refused')
      throw describeRefusal(outcome, { migration, step: migration[direction][outcome.step] });
    await audit.note(actor, {
      action: direction === 'up' ? 'migration.upgrade' : 'migration.downgrade',
      subject_id: revision,
      subject_name: revision,
    });
    const lines = migration[direction].flatMap((step, index) =>
      describeStep(step, outcome.results[index]),
    );
    return { revision, lines };
  }

  return {
    /** The files, what of them was applied, and what was changed without them. */
    status() {
      const history = readHistory();
      return { ...history, drift: findDrift(history) };
    },

    /** Writes what was changed since the last migration into a file; undefined when that is nothing. */
    async write(
      actor: Actor,
      { message, isDryRun }: { readonly message: string; readonly isDryRun: boolean },
    ): Promise<WrittenMigration | undefined> {
      if (message.length > MAX_MESSAGE_LENGTH)
        throw invalidInput([
          {
            loc: ['--message'],
            msg: `must be at most ${MAX_MESSAGE_LENGTH} characters long`,
            type: 'string_too_long',
          },
        ]);
      const history = readHistory();
      const { applied, pending, missing } = history;
      if (missing.length > 0)
        throw new AppError(
          'conflict',
          `${missing.join(', ')} was applied to this database and is not in ${folder.shown}. Bring the file back first.`,
        );
      const { now, noted } = readLive();
      if (pending.length > 0 && countThere(history, now) < pending.length)
        throw new AppError(
          'conflict',
          `${pending[0]?.revision} was not applied yet. Run tinybase db upgrade first.`,
        );
      const files = [...applied, ...pending];
      const base = replay(files);
      const renames = traceRenames(base, now, noted);
      const up = diffCollections(base, now, renames, worldDeps);
      if (up.length === 0) return undefined;
      const after = files.at(-1)?.revision ?? null;
      const migration: Migration = {
        revision: createRevision(clock.now(), message, up, after),
        after,
        message,
        up,
        down: diffCollections(now, base, invertRenames(renames), worldDeps),
      };
      const lines = up.flatMap((step) => describeStep(step));
      if (isDryRun) return { file: null, revision: migration.revision, lines };
      const file = writeMigration(folder, migration);
      const current = applied.at(-1)?.revision ?? null;
      try {
        // An upgrade that found the file has noted it already.
        const marking = { migrations: [...pending, migration], current, noted };
        if (!(await mark(marking)) && !isApplied(migration)) throw changedMeanwhile();
      } catch (error) {
        if (!isApplied(migration)) removeMigration(folder, migration);
        throw error;
      }
      await audit.note(actor, {
        action: 'migration.write',
        subject_id: migration.revision,
        subject_name: migration.revision,
      });
      return { file, revision: migration.revision, lines };
    },

    /** Applies what is pending, up to this revision or all; each as one step. */
    async upgrade(
      actor: Actor,
      { to, isDryRun }: MigrateOptions,
      onDone: (report: MigrationReport) => void = () => undefined,
    ): Promise<readonly MigrationReport[]> {
      const history = readHistory();
      const wanted = upTo(history, to);
      const { now, noted } = readLive();
      const there = countThere({ ...history, pending: wanted }, now);
      const [known, left] = [wanted.slice(0, there), wanted.slice(there)];
      let current = history.applied.at(-1)?.revision ?? null;
      const reports: MigrationReport[] = known.map(({ revision }) => ({ revision, lines: [] }));
      if (isDryRun) return [...reports, ...(await tryOut(left, 'up', current))];
      if (known.length > 0) {
        if (!(await mark({ migrations: known, current, noted }))) throw changedMeanwhile();
        current = known.at(-1)?.revision ?? null;
        for (const report of reports) onDone(report);
      }
      for (const migration of left) {
        const report = await runOne(actor, migration, 'up', current);
        current = migration.revision;
        onDone(report);
        reports.push(report);
      }
      return reports;
    },

    /** Takes migrations back: the last one, or all after this revision. */
    async downgrade(
      actor: Actor,
      { to, isDryRun }: MigrateOptions,
      onDone: (report: MigrationReport) => void = () => undefined,
    ): Promise<readonly MigrationReport[]> {
      const { applied, missing } = readHistory();
      if (missing.length > 0)
        throw new AppError(
          'conflict',
          `${missing.join(', ')} was applied and is not in ${folder.shown}, so nobody knows how to take it back.`,
        );
      const keep = to === undefined ? applied.length - 1 : countKept(applied, to);
      const undone = applied.slice(Math.max(0, keep)).toReversed();
      if (isDryRun) return tryOut(undone, 'down', applied.at(-1)?.revision ?? null);
      const reports: MigrationReport[] = [];
      for (const migration of undone) {
        const report = await runOne(actor, migration, 'down', migration.revision);
        onDone(report);
        reports.push(report);
      }
      return reports;
    },

    /** At the start of a server: brings the database up to date, or says what it lacks. */
    async start({ isAutomatic }: { readonly isAutomatic: boolean }): Promise<readonly string[]> {
      if (isAutomatic) await this.upgrade(SYSTEM, { isDryRun: false });
      try {
        const history = readHistory();
        // Without a migration there is nothing to compare with, and no reason to start later.
        const isSettled = history.applied.length > 0 && history.pending.length === 0;
        return describeState(history, (isSettled && findDrift(history)) || [], folder.shown);
      } catch (error) {
        // A faulty file is no reason to serve nothing.
        if (error instanceof AppError) return [error.message];
        throw error;
      }
    },
  };

  function isApplied({ revision }: Migration): boolean {
    return store.applied().some((one) => one.revision === revision);
  }

  /** False when somebody else was faster. */
  async function mark({ migrations, current, noted }: Marking): Promise<boolean> {
    return store.mark({
      current,
      migrations: migrations.map((migration) => ({
        revision: migration.revision,
        checksum: checksumOf(migration),
      })),
      at: toTimestamp(clock.now()),
      settled: noted,
    });
  }
}

type Noted = readonly NotedRename[];

interface Marking {
  readonly migrations: readonly Migration[];
  readonly current: string | null;
  /** What these migrations say as well. */
  readonly noted: Noted;
}

function upTo({ applied, pending }: History, to: string | undefined): readonly Migration[] {
  if (to === undefined) return pending;
  const index = pending.findIndex(({ revision }) => revision === to);
  if (index >= 0) return pending.slice(0, index + 1);
  if (applied.some(({ revision }) => revision === to)) return [];
  throw noRevision(to);
}

function countKept(applied: readonly Migration[], to: string): number {
  if (to === BASE) return 0;
  const index = applied.findIndex(({ revision }) => revision === to);
  if (index < 0) throw noRevision(to);
  return index + 1;
}

function noRevision(revision: string): AppError {
  return new AppError(
    'not_found',
    `There is no revision ${revision} here; tinybase db history lists them.`,
  );
}

function changedMeanwhile(): AppError {
  return new AppError(
    'conflict',
    'The collections were changed by somebody else meanwhile: nothing more was done. Repeat the command.',
  );
}
