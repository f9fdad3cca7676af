import { accessSync, constants, existsSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CONFIG_FILE } from '../../core/config.ts';
import type { CliFacts } from '../facts.ts';
import { formatBytes } from '../record-file.ts';
import type { Project } from '../settings.ts';
import { type DoctorFinding, ok, warning, wrong } from './finding.ts';

/** Rights of the group and of all others. */
const OF_OTHERS = 0o077;
const SAFE_FREE_BYTES = 256_000_000;
const LEAST_FREE_BYTES = 64_000_000;
/** Clocks of two machines, as of a disk in the network, may differ by this. */
const SKEW_MS = 60_000;

type Place = Pick<Project, 'dir' | 'config'> & Pick<CliFacts, 'databasePath'>;

/** Whether what the server must write can be written, and what is secret is read by nobody else. */
export function checkPermissions({ dir, config, databasePath }: Place): DoctorFinding[] {
  const subject = 'permissions';
  const files = [...databaseFiles(databasePath), join(dir, CONFIG_FILE)].filter(existsSync);
  const folders = [
    databasePath === ':memory:' ? dir : dirname(databasePath),
    ...(config.backup.path === undefined ? [] : [resolve(dir, config.backup.path)]),
  ].map(nearestFolder);
  const found = [
    ...[...new Set([...databaseFiles(databasePath).filter(existsSync), ...folders])]
      .filter((path) => !mayUse(path, constants.R_OK | constants.W_OK))
      .map((path) =>
        wrong(
          subject,
          `${path} cannot be written by this user.`,
          'Run the server as its owner, or give it to this user with chown.',
        ),
      ),
    ...files
      // Windows has other rights, which the mode does not tell.
      .filter((path) => process.platform !== 'win32' && (statSync(path).mode & OF_OTHERS) !== 0)
      .map((path) =>
        warning(
          subject,
          `${path} can be read by other users of this machine.`,
          `chmod 600 ${path}`,
        ),
      ),
  ];
  if (found.length > 0) return found;
  return [ok(subject, `${files.length} files are for their owner only, and can be written.`)];
}

/** Whether there is room for what a backup or an upgrade needs: a copy of the database. */
export function checkDisk({ dir, databasePath }: Place): DoctorFinding {
  const subject = 'disk';
  const folder = nearestFolder(databasePath === ':memory:' ? dir : dirname(databasePath));
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const size = databaseFiles(databasePath)
    .filter(existsSync)
    .reduce((sum, path) => sum + statSync(path).size, 0);
  const what = `${formatBytes(free)} are free beside a database of ${formatBytes(size)}.`;
  const advice = 'Free some space, or move the project to a larger disk.';
  if (free < LEAST_FREE_BYTES) return wrong(subject, what, advice);
  return free < size + SAFE_FREE_BYTES ? warning(subject, what, advice) : ok(subject, what);
}

/** A clock that went back: files were written in what is the future now. */
export function checkClock({ dir, databasePath }: Place, now: number): DoctorFinding {
  const subject = 'clock';
  const newest = [...databaseFiles(databasePath), ...listFolder(dir)]
    .filter(existsSync)
    .reduce((latest, path) => Math.max(latest, statSync(path).mtimeMs), 0);
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  if (newest > now + SKEW_MS)
    return wrong(
      subject,
      `Files were written at ${new Date(newest).toISOString()}, and it is ${new Date(now).toISOString()} now.`,
      'Set the clock, for instance with timedatectl set-ntp true: tokens and schedules go by it.',
    );
  return ok(
    subject,
    `${new Date(now).toISOString()}, zone ${timeZone}. Schedules without a zone are in UTC.`,
  );
}

function databaseFiles(path: string): string[] {
  return path === ':memory:' ? [] : ['', '-wal', '-shm', '-server.lock'].map((end) => path + end);
}

function listFolder(dir: string): string[] {
  return existsSync(dir) ? readdirSync(dir).map((name) => join(dir, name)) : [];
}

/** The folder itself, or the one in which it would be made. */
function nearestFolder(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestFolder(dirname(path));
}

function mayUse(path: string, rights: number): boolean {
  try {
    accessSync(path, rights);
    return true;
  } catch {
    return false;
  }
}
