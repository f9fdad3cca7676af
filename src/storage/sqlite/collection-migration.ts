import type { Database } from 'bun:sqlite';
import type { CollectionRules } from '../../features/collections/store.ts';
import type {
  MigrationOutcome,
  MigrationRun,
  PreparedStep,
  StepRefusal,
  StepResult,
} from '../../features/migrations/store.ts';
import { changeCollection } from './collection-change.ts';
import { dropCollection } from './collection-drop.ts';
import { insertCollection } from './collection-rows.ts';
import { TakenBack } from './transaction.ts';

/**
 * Does the steps of a migration, or finds out what they would do: to be called inside a transaction,
 * which is taken back with TakenBack when it is a dry run or something stands in the way.
 */
export function migrateCollections(
  db: Database,
  run: MigrationRun,
  rules: Pick<CollectionRules, 'planChange'>,
  report: (rowsDone: number) => void,
): MigrationOutcome {
  const { direction, revision, checksum, at, current, steps, isDryRun } = run;
  if (lastRevision(db) !== current) return { kind: 'stale' };
  const results = steps.map((step, index) => {
    const result = doStep(db, step, rules, report);
    if (result.kind === 'stale') throw new TakenBack<MigrationOutcome>({ kind: 'stale' });
    if (result.kind === 'refused')
      throw new TakenBack<MigrationOutcome>({
        kind: 'refused',
        step: index,
        reason: result.reason,
      });
    return result;
  });
  if (isDryRun) throw new TakenBack<MigrationOutcome>({ kind: 'done', results });
  if (direction === 'down')
    db.query('DELETE FROM collection_migration WHERE revision = ?').run(revision);
  else
    db.query(
      'INSERT INTO collection_migration (revision, checksum, applied_at) VALUES (?, ?, ?)',
    ).run(revision, checksum, at);
  return { kind: 'done', results };
}

export function lastRevision(db: Database): string | null {
  return (
    db
      .query<{ revision: string }, []>(
        'SELECT revision FROM collection_migration ORDER BY seq DESC LIMIT 1',
      )
      .get()?.revision ?? null
  );
}

type StepOutcome =
  | StepResult
  | { readonly kind: 'refused'; readonly reason: StepRefusal }
  | { readonly kind: 'stale' };

function doStep(
  db: Database,
  step: PreparedStep,
  rules: Pick<CollectionRules, 'planChange'>,
  report: (rowsDone: number) => void,
): StepOutcome {
  switch (step.kind) {
    case 'create':
      return insertCollection(db, step.collection)
        ? { kind: 'created' }
        : { kind: 'refused', reason: { kind: 'name_taken' } };
    case 'change':
      return doChange(db, step, rules, report);
    case 'drop': {
      const { id, evenWithRecords } = step;
      const outcome = dropCollection(db, id, evenWithRecords);
      if (outcome.kind === 'deleted') return { kind: 'dropped', records: outcome.count };
      if (outcome.kind === 'missing') return { kind: 'stale' };
      return { kind: 'refused', reason: outcome };
    }
    default:
      return step satisfies never;
  }
}

function doChange(
  db: Database,
  { change }: Extract<PreparedStep, { kind: 'change' }>,
  rules: Pick<CollectionRules, 'planChange'>,
  report: (rowsDone: number) => void,
): StepOutcome {
  try {
    const outcome = changeCollection(db, change, rules, report);
    switch (outcome.kind) {
      case 'done':
      case 'planned':
        return { kind: 'changed', plan: outcome.plan };
      case 'stale':
        return outcome;
      case 'name_taken':
      case 'refused':
        return { kind: 'refused', reason: outcome };
      default:
        return outcome satisfies never;
    }
  } catch (error) {
    // It asks for its change to be taken back; here that takes the other steps back as well.
    if (error instanceof TakenBack && error.answer?.kind === 'refused')
      return { kind: 'refused', reason: error.answer };
    throw error;
  }
}
