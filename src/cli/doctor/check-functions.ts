import type { CliFacts } from '../facts.ts';
import { type DoctorFinding, ok, warning, wrong } from './finding.ts';

const SUBJECT = 'functions';
const INSTALL = 'tinybase functions install';

export async function checkFunctions(
  facts: CliFacts,
  deploymentId: string | undefined,
): Promise<DoctorFinding[]> {
  const { count, publicNames, faults, packageFault, isMissing } =
    await facts.functions(deploymentId);
  if (isMissing)
    return [
      wrong(
        SUBJECT,
        `The files of the active version ${deploymentId} are not here.`,
        'Deploy again, or run tinybase functions activate local.',
      ),
    ];
  const found = faults.map(({ file, line, message }) =>
    wrong(
      SUBJECT,
      `${file}${line === null ? '' : `:${line}`} does not load: ${message}`,
      packageFault === undefined ? 'Correct the file.' : INSTALL,
    ),
  );
  if (packageFault !== undefined) found.push(warning(SUBJECT, packageFault, INSTALL));
  if (found.length > 0) return found;
  const open = publicNames.length === 0 ? '' : ` Anyone may call ${publicNames.join(', ')}.`;
  const where = deploymentId === undefined ? '' : ` of version ${deploymentId}`;
  return [ok(SUBJECT, `${count}${where} ${count === 1 ? 'loads' : 'load'}.${open}`)];
}

export function checkCrashes(facts: CliFacts): DoctorFinding {
  const reports = facts.crashReports();
  const last = reports.at(-1);
  if (last === undefined) return ok('crashes', 'There are no reports of crashes.');
  return warning(
    'crashes',
    `${reports.length} ${reports.length === 1 ? 'report' : 'reports'}, the last one ${last}`,
    'Read it, send it to the makers of TinyBase, and delete it. It holds no secrets.',
  );
}
