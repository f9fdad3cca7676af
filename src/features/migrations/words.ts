import type { CollectionPlan } from '../collections/store.ts';
import type { History } from './history.ts';
import type { ChangeStep, MigrationStep } from './schema.ts';
import type { StepResult } from './store.ts';

/** A step in words, a line for each thing it does; with what it does to records where that is known. */
export function describeStep(step: MigrationStep, result?: StepResult): readonly string[] {
  switch (step.step) {
    case 'create_collection':
      return [
        `create ${step.name} (${step.fields.map(({ name }) => name).join(', ') || 'no fields'})`,
      ];
    case 'change_collection':
      return result?.kind === 'changed' && result.plan.changes.length > 0
        ? describePlan(step, result.plan)
        : describeChange(step).map((words) => `${step.name}: ${words}`);
    case 'drop_collection':
      return [
        `drop ${step.name}${result?.kind === 'dropped' && result.records > 0 ? ` and its ${result.records} ${result.records === 1 ? 'record' : 'records'}` : ''}`,
      ];
    default:
      return step satisfies never;
  }
}

/** What whoever starts a server should know: files that were not applied, that are gone, and drift. */
export function describeState(
  { pending, missing }: Pick<History, 'pending' | 'missing'>,
  drift: readonly string[],
  folder: string,
): readonly string[] {
  const lines: string[] = [];
  if (pending.length > 0)
    lines.push(
      `${pending.map(({ revision }) => revision).join(', ')} in ${folder} was not applied: tinybase db upgrade`,
    );
  if (missing.length > 0)
    lines.push(`${missing.join(', ')} was applied to this database and is not in ${folder}.`);
  if (drift.length > 0)
    lines.push(
      `The collections are not as the migrations make them (${drift.join('; ')}): tinybase db migrate`,
    );
  return lines;
}

function describePlan({ name }: ChangeStep, { changes }: CollectionPlan): readonly string[] {
  return changes.map(
    ({ msg, effect }) => `${name}: ${msg}${effect === 'safe' ? '' : ` [${effect}]`}`,
  );
}

function describeChange(step: ChangeStep): readonly string[] {
  const { rename_to, label, rename_fields = [], drop_fields = [] } = step;
  const { change_fields = [], add_fields = [], field_order, access = {}, indexes } = step;
  return [
    ...(rename_to === undefined ? [] : [`rename to ${rename_to}`]),
    ...(label === undefined ? [] : [`label ${JSON.stringify(label)}`]),
    ...rename_fields.map(({ from, to }) => `rename field ${from} to ${to}`),
    ...change_fields.map(({ name }) => `change field ${name}`),
    ...add_fields.map(({ name }) => `add field ${name}`),
    ...drop_fields.map((name) => `drop field ${name}`),
    ...(field_order === undefined ? [] : ['order fields anew']),
    ...Object.entries(access).map(([operation, level]) => `${operation} for ${level}`),
    ...(indexes === undefined
      ? []
      : [
          `indexes ${indexes.length === 0 ? 'none' : indexes.map(({ fields }) => fields.join(' + ')).join(', ')}`,
        ]),
  ];
}
