import { AppError } from '../../core/errors.ts';
import { describeObstacles } from '../collections/service.ts';
import type { Migration, MigrationStep } from './schema.ts';
import type { MigrationOutcome, StepRefusal } from './store.ts';
import { describeStep } from './words.ts';

interface Place {
  readonly migration: Migration;
  readonly step: MigrationStep | undefined;
}

/** Why a migration was refused: which, at what, and what to do. */
export function describeRefusal(
  { reason }: Extract<MigrationOutcome, { kind: 'refused' }>,
  place: Place | undefined,
): AppError {
  const revision = place?.migration.revision ?? 'The migration';
  const at = place?.step ? ` at "${describeStep(place.step)[0]}"` : '';
  return new AppError(
    'conflict',
    `${revision} was not done; it stopped${at}: ${describeReason(reason, place?.step)}`,
  );
}

function describeReason(reason: StepRefusal, step: MigrationStep | undefined): string {
  switch (reason.kind) {
    case 'name_taken':
      return 'a collection of that name exists already.';
    case 'refused': {
      const isForced = step?.step === 'change_collection' && step.delete_values === true;
      return describeObstacles(reason, isForced, 'add "delete_values": true to the step');
    }
    case 'not_empty':
      return `it holds ${reason.count} records; add "delete_records": true to the step if they may go.`;
    case 'referenced':
      return `${reason.by.map(({ collection, field }) => `${collection}.${field}`).join(', ')} still refers to it.`;
    default:
      return reason satisfies never;
  }
}
