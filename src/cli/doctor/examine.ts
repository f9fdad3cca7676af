import { systemClock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { CliFacts } from '../facts.ts';
import type { Project } from '../settings.ts';
import { checkConfig } from './check-config.ts';
import { checkDatabase, type DatabaseReading } from './check-database.ts';
import { checkClock, checkDisk, checkPermissions } from './check-files.ts';
import { checkCrashes, checkFunctions } from './check-functions.ts';
import { checkMail, checkPort } from './check-network.ts';
import { type DoctorFinding, wrong } from './finding.ts';

/** Looks at all of a project, and changes nothing. `onStep` is told what takes a while. */
export async function examine(
  project: Project,
  facts: CliFacts,
  onStep: (what: string) => void,
): Promise<DoctorFinding[]> {
  const { config } = project;
  const now = systemClock.now();
  const place = { ...project, databasePath: facts.databasePath };
  onStep('Looking at the database');
  const read = readDatabase(facts);
  const known = 'database' in read ? read.database : undefined;
  onStep('Loading the functions, asking the mail server');
  const found = [
    look('configuration', () => checkConfig(project)),
    look('permissions', () => checkPermissions(place)),
    look('disk', () => checkDisk(place)),
    look('clock', () => checkClock(place, now)),
    look('database', () => checkDatabase(facts.databasePath, read, config, now)),
    look('functions', () => checkFunctions(facts, known?.deploymentId)),
    look('port', () => checkPort(config, facts.server())),
    look('mail', () => checkMail(facts, config)),
    look('crashes', () => checkCrashes(facts)),
  ];
  return (await Promise.all(found)).flat();
}

type Found = DoctorFinding | readonly DoctorFinding[];

/** What keeps us from looking is a finding as well, and no reason to keep the others back. */
async function look(
  subject: string,
  check: () => Found | Promise<Found>,
): Promise<readonly DoctorFinding[]> {
  try {
    return [await check()].flat();
  } catch (error) {
    return [wrong(subject, describe(error), 'Look at the rights and kinds of its files.')];
  }
}

function readDatabase(facts: CliFacts): DatabaseReading {
  try {
    return { database: facts.database() };
  } catch (error) {
    const isOutOfReach = error instanceof AppError && error.code === 'unavailable';
    return { error: describe(error), isOutOfReach };
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
