import { type CliIo, formatTable, toVisible } from './output.ts';
import type { PythonPlan } from './python-types.ts';
import { formatCount } from './record-file.ts';

const STATES = {
  new: 'new',
  unfinished: 'goes on',
  imported: 'came before',
  skipped: 'is here already',
  left_out: 'has faults',
} as const satisfies Record<PythonPlan['collections'][number]['state'], string>;

/** The plan, or what became of it, for people. */
export function formatPlan({
  users,
  collections,
  schedules,
  calls,
  settings,
  notes,
}: PythonPlan): string {
  const lines = [
    `Accounts: ${formatCount(users.created)} of ${formatCount(users.total)}${describeUsers(users)}`,
  ];
  if (collections.length > 0) {
    const rows = collections.map((one) => [
      toVisible(one.name),
      STATES[one.state],
      formatCount(one.created),
      formatCount(one.records),
    ]);
    lines.push('', formatTable([['COLLECTION', 'STATE', 'COMES', 'OF'], ...rows]), '');
  }
  for (const one of collections)
    for (const note of one.notes) lines.push(toVisible(`${one.name}: ${note}`));
  if (schedules.total > 0)
    lines.push(
      `Schedules: ${formatCount(schedules.created)} of ${formatCount(schedules.total)}, switched off until their functions are there`,
      ...schedules.notes.map((note) => toVisible(`Schedule ${note}`)),
    );
  if (calls.total > 0)
    lines.push(
      `Function calls: ${formatCount(calls.created)} of ${formatCount(calls.total)}${calls.created < calls.total ? '; the others are older than this history keeps, or it has calls already' : ''}`,
    );
  lines.push(
    ...settings.map((note) => toVisible(`Settings: ${note}`)),
    '',
    'Not moved:',
    ...notes.map((note) => toVisible(`- ${note}`)),
  );
  return lines.join('\n');
}

function describeUsers({ skipped, admins, adminsAsUsers }: PythonPlan['users']): string {
  const parts = [
    ...(skipped > 0 ? [`with an account here already: ${formatCount(skipped)}`] : []),
    ...(admins > 0 ? [`admins among them: ${formatCount(admins)}`] : []),
    ...(adminsAsUsers > 0
      ? [`admins who become users: ${formatCount(adminsAsUsers)} (--allow-admins keeps them)`]
      : []),
  ];
  return parts.length === 0 ? '' : `; ${parts.join(', ')}`;
}

/** The faults as a table on standard error. */
export function showFaults(io: CliIo, { faults, failed }: PythonPlan): void {
  if (faults.length === 0) return;
  const rows = faults.map(({ table, id, field, msg }) => [table, id, field, msg].map(toVisible));
  io.err(formatTable([['TABLE', 'ROW', 'FIELD', 'FAULT'], ...rows]));
  if (failed > faults.length) io.err(`These are the first of ${formatCount(failed)}.`);
}

export function toJson(plan: PythonPlan, isDryRun: boolean) {
  const { users, collections, schedules, calls, settings, notes, failed, faults } = plan;
  return {
    is_dry_run: isDryRun,
    users: {
      total: users.total,
      created: users.created,
      skipped: users.skipped,
      admins: users.admins,
      admins_as_users: users.adminsAsUsers,
      failed: users.failed,
    },
    collections,
    schedules,
    calls,
    settings,
    not_moved: notes,
    failed,
    faults,
  };
}
