import type { ChangeOutcome, Offenders } from './store.ts';

type Refused = Extract<ChangeOutcome, { kind: 'refused' }>;

/** Why a change was refused: how many records stand in the way, the first ten, and what to do. */
export function describeObstacles(
  { plan, obstacles }: Refused,
  force: boolean,
  howToForce = 'repeat with ?force=true',
): string {
  const { misfits, doubles } = obstacles;
  const isBlocked = force || plan.changes.some(({ effect }) => effect === 'blocked');
  const sentences: string[] = [];
  if (misfits.count > 0) {
    const way = isBlocked
      ? 'Change those records first; force cannot help here.'
      : `Change those records first, or ${howToForce}, which deletes the values that do not fit.`;
    sentences.push(
      `${countRecords(misfits.count)} ${misfits.count === 1 ? 'does' : 'do'} not fit the new schema: ${nameOffenders(misfits)}. ${way}`,
    );
  }
  for (const found of doubles)
    sentences.push(
      `${found.fields.join(', ')} cannot be unique: ${countRecords(found.count)} hold a value that others hold too: ${nameOffenders(found)}. Change those first.`,
    );
  return sentences.join(' ');
}

function countRecords(count: number): string {
  return `${count} stored ${count === 1 ? 'record' : 'records'}`;
}

function nameOffenders({ count, first }: Offenders): string {
  const named = first.map(({ id, msg }) => `${id} (${msg})`).join(', ');
  return count > first.length ? `${named}, …` : named;
}
