import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const FOLDER = 'crash-reports';
const KEPT = 10;
/** Sorted by name is sorted by time. */
const NAME = /^\d{8}T\d{9}Z-[a-z0-9-]+\.txt$/;
/** Holds the name of the newest report that was mentioned at a start. */
const MENTIONED = 'mentioned';

export interface CrashReportFile {
  /** Absolute. */
  readonly path: string;
  readonly name: string;
  /** Such as `uncaught exception in the server`; null when the file cannot be read. */
  readonly what: string | null;
}

/** Writes a report for its owner only, and removes old ones. Undefined when it cannot be written. */
export function writeReport(
  dir: string,
  { time, short, text }: { readonly time: Date; readonly short: string; readonly text: string },
): string | undefined {
  const folder = join(dir, FOLDER);
  const stamp = time.toISOString().replaceAll(/[-:.]/g, '');
  const path = join(folder, `${stamp}-${short}.txt`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Never through a link that somebody has laid there.
    const file = openSync(path, 'wx', 0o600);
    try {
      writeFileSync(file, text);
    } catch (error) {
      // Whoever crashes again and again would fill the folder with empty ones.
      rmSync(path, { force: true });
      throw error;
    } finally {
      closeSync(file);
    }
    for (const name of namesIn(folder).slice(0, -KEPT)) rmSync(join(folder, name), { force: true });
    return path;
  } catch {
    // A full or read-only disk may be why it crashed.
    return undefined;
  }
}

/** The reports of a project's folder, oldest first. */
export function listCrashReports(dir: string): readonly CrashReportFile[] {
  const folder = join(dir, FOLDER);
  return namesIn(folder).map((name) => {
    const path = join(folder, name);
    return { path, name, what: readWhat(path) };
  });
}

/** Reports that no start has mentioned yet; from now on they are. */
export function takeNewReports(dir: string): readonly CrashReportFile[] {
  const folder = join(dir, FOLDER);
  const file = join(folder, MENTIONED);
  const last = readText(file)?.trim() ?? '';
  const fresh = listCrashReports(dir).filter(({ name }) => name > last);
  const newest = fresh.at(-1);
  if (newest === undefined) return [];
  try {
    rmSync(file, { force: true });
    writeFileSync(file, `${newest.name}\n`, { flag: 'wx', mode: 0o600 });
    chmodSync(file, 0o600);
  } catch {
    // Then it is mentioned once more.
  }
  return fresh;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => NAME.test(name))
      .sort();
  } catch {
    return [];
  }
}

function readWhat(path: string): string | null {
  return /^what +(.+)$/m.exec(readText(path) ?? '')?.[1] ?? null;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
