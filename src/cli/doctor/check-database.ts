import type { Config } from '../../core/config.ts';
import { nextCronTime } from '../../lib/cron-time.ts';
import type { DatabaseFacts } from '../facts.ts';
import { type DoctorFinding, ok, warning, wrong } from './finding.ts';

const WRITES = ['create', 'update', 'delete'];
/** A backup takes its time, and a server may have been restarted meanwhile. */
const LATE_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** The facts, undefined when there is no database yet, or why it cannot be read. */
export type DatabaseReading =
  | { readonly database: DatabaseFacts | undefined }
  | { readonly error: string; readonly isOutOfReach: boolean };

/** What is in the database, as far as a quick look tells. */
export function checkDatabase(
  databasePath: string,
  read: DatabaseReading,
  config: Config,
  now: number,
): DoctorFinding[] {
  if (databasePath === ':memory:')
    return [
      warning('database', 'It is in memory: all of it ends with the server.', 'Set database.url.'),
    ];
  if ('error' in read)
    return [
      wrong(
        'database',
        read.error,
        read.isOutOfReach
          ? 'Look at the rights and the kind of that file, and who runs this.'
          : 'Put a backup in its place: tinybase db restore FILE.',
      ),
    ];
  const { database } = read;
  if (database === undefined)
    return [ok('database', `There is none yet; the first start makes ${databasePath}.`)];
  const { faults, schemaVersion, knownVersion } = database;
  if (schemaVersion > knownVersion)
    return [
      wrong(
        'database',
        `It was written by a newer TinyBase (schema ${schemaVersion}, this one knows ${knownVersion}).`,
        'Use that release, or restore a backup of this one.',
      ),
    ];
  if (faults.length > 0)
    return [
      wrong(
        'database',
        `It is damaged: ${faults.join('; ')}`,
        'tinybase db check tells more. Put a backup in its place: tinybase db restore FILE.',
      ),
    ];
  return [
    ok(
      'database',
      schemaVersion < knownVersion
        ? `Whole, of an older version (schema ${schemaVersion}): the next start brings it up to date.`
        : `Whole, with ${database.collections.length} collections. tinybase db check looks at every record.`,
    ),
    checkAdmins(database),
    ...checkRules(database),
    checkBackups(database, config, now),
  ];
}

function checkAdmins({ admins }: DatabaseFacts): DoctorFinding {
  return admins > 0
    ? ok('admins', `${admins} ${admins === 1 ? 'admin' : 'admins'} can sign in.`)
    : warning('admins', 'No admin can sign in.', 'tinybase admin add EMAIL');
}

function checkRules({ collections }: DatabaseFacts): DoctorFinding[] {
  const open = collections.flatMap(({ name, access }) => {
    const operations = WRITES.filter((operation) => access[operation] === 'public');
    return operations.length === 0 ? [] : [{ name, operations: operations.join(', ') }];
  });
  if (open.length === 0)
    return [ok('rules', 'Nobody writes into a collection without signing in.')];
  return open.map(({ name, operations }) =>
    warning(
      'rules',
      `${name}: anyone may ${operations}, without signing in.`,
      'If that is not wanted, change its access rules in the admin app.',
    ),
  );
}

function checkBackups({ backups }: DatabaseFacts, { backup }: Config, now: number): DoctorFinding {
  const subject = 'backups';
  const [last] = backups;
  const good = backups.find(({ status }) => status === 'done');
  const when = (at: string) => `${at} (${describeAge(now - Date.parse(at))} ago)`;
  if (last?.status === 'failed')
    return wrong(
      subject,
      `The last one failed at ${last.created_at}: ${last.error ?? 'nobody knows why'}`,
      good === undefined
        ? 'There is no good one.'
        : `The last good one is of ${when(good.created_at)}.`,
    );
  if (backup.cron === undefined)
    return warning(
      subject,
      good === undefined
        ? 'None is known, and none is scheduled.'
        : `The last one is of ${when(good.created_at)}, and none is scheduled.`,
      'Set backup.path and backup.cron, or run tinybase db backup FILE by a timer of your own.',
    );
  if (good === undefined)
    return warning(
      subject,
      'They are scheduled, and none was made yet.',
      'tinybase db backup FILE makes one now.',
    );
  const next = nextCronTime({ cron: backup.cron, timezone: 'UTC' }, Date.parse(good.created_at));
  return next !== undefined && next + LATE_MS < now
    ? wrong(
        subject,
        `The last one is of ${when(good.created_at)}: one or more are missing.`,
        'Look whether the server runs, and what its log says of backups.',
      )
    : ok(subject, `The last one is of ${when(good.created_at)}.`);
}

function describeAge(ms: number): string {
  const days = Math.floor(ms / DAY_MS);
  if (days > 0) return `${days} ${days === 1 ? 'day' : 'days'}`;
  const hours = Math.floor(ms / 3_600_000);
  return hours > 0 ? `${hours} ${hours === 1 ? 'hour' : 'hours'}` : 'less than an hour';
}
