import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../../core/errors.ts';
import type { Logger } from '../../../core/logger.ts';
import { explainFailure, notAPackage } from './install-fault.ts';
import { isInstalled, markInstalled, notesFolder, unmarkInstalled } from './install-stamp.ts';
import { createProgress, toShownLine } from './installer-output.ts';
import {
  codeOf,
  findForeignPaths,
  findLocks,
  type PackageFile,
  readPackageFile,
} from './package-file.ts';
import { runInstaller } from './run-installer.ts';

export interface PackageInstallerDeps {
  readonly logger: Logger;
  /** A lock on a file that ends with the process; undefined when somebody else holds it. */
  readonly tryLock: (path: string) => { release(): void } | undefined;
  /** Of the process when left out. What the installer does not need is not passed on. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** For a whole install; 5 minutes when left out. */
  readonly timeoutMs?: number;
}

export interface InstallOptions {
  /** Told what happens. */
  readonly onLine: OnLine;
  /** Exactly what the lock file says, without development packages; refuses when package.json does not fit. */
  readonly isFrozen?: boolean;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

export interface AddOptions extends InstallOptions {
  /** As a development package. */
  readonly isDev?: boolean;
}

const TIMEOUT_MS = 300_000;
const LOCK_RETRY_MS = 100;
const TRY_AGAIN = 'tinybase functions install';

type OnLine = (line: string) => void;
/** Installs npm packages for functions, with the package manager that is inside this program. */
export function createPackageInstaller(deps: PackageInstallerDeps) {
  const { logger, tryLock, env = process.env } = deps;
  const timeoutMs = deps.timeoutMs ?? TIMEOUT_MS;
  const stopped = new AbortController();

  /** One at a time in each folder, also among processes. */
  async function inTurn(
    folder: string,
    { onLine, signal: given }: Pick<InstallOptions, 'onLine' | 'signal'>,
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const late = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([stopped.signal, late, ...(given ? [given] : [])]);
    const progress = createProgress(onLine);
    try {
      const lock = await waitForLock(folder, signal, onLine);
      try {
        await work(signal);
      } finally {
        lock.release();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
      throw cutOff(folder, late.aborted ? timeoutMs : undefined);
    } finally {
      progress.end();
    }
  }

  async function waitForLock(folder: string, signal: AbortSignal, onLine: OnLine) {
    const notes = notesFolder(folder);
    let isWaiting = false;
    for (;;) {
      const lock = writing(folder, () => {
        mkdirSync(notes, { recursive: true });
        return tryLock(join(notes, 'lock'));
      });
      if (lock) return lock;
      signal.throwIfAborted();
      if (!isWaiting) onLine('Another TinyBase installs packages here: waiting until it is done');
      isWaiting = true;
      await Bun.sleep(LOCK_RETRY_MS);
    }
  }

  /** Runs the package manager with the stamp taken away before and given after. */
  async function run(
    folder: string,
    args: readonly string[],
    onLine: OnLine,
    signal: AbortSignal,
  ): Promise<void> {
    // One of the folder's own could name code to run before anything else.
    const config = join(notesFolder(folder), 'bunfig.toml');
    writing(folder, () => {
      unmarkInstalled(folder);
      writeFileSync(config, '');
    });
    const flags = [`--config=${config}`, '--no-env-file', '--no-progress'];
    const { isOk, lines } = await runInstaller({
      folder,
      args: [...args, ...flags, ...scriptFlags(readPackageFile(folder))],
      env,
      signal,
      onLine(line) {
        const shown = toShownLine(line);
        if (shown !== undefined) onLine(shown);
      },
    });
    signal.throwIfAborted();
    if (!isOk) throw explainFailure(folder, lines);
    writing(folder, () => markInstalled(folder));
  }

  async function installUnless(
    isDone: () => boolean,
    folder: string,
    { onLine, isFrozen = false, signal: given }: InstallOptions,
  ): Promise<'installed' | 'nothing'> {
    if (!findWork(folder) || isDone()) return 'nothing';
    await inTurn(folder, { onLine, signal: given }, async (signal) => {
      // Somebody else may have done it meanwhile.
      if (isDone()) return;
      const { own, foreign } = findLocks(folder);
      // Another package manager's lock file stays the truth: it is read, and none is written beside it.
      const isLocked = own.length > 0 ? isFrozen : foreign.length > 0;
      const flags = [
        ...(isLocked ? ['--frozen-lockfile'] : []),
        ...(isFrozen ? ['--omit=dev'] : []),
      ];
      await run(folder, ['install', ...flags], onLine, signal);
    });
    return 'installed';
  }

  return {
    /**
     * Installs what a folder's package.json asks for and is not there yet; answers in a sentence why it
     * could not. Next to nothing when there is nothing to do. Never throws.
     */
    async ensure(folder: string): Promise<string | undefined> {
      try {
        const onLine = (line: string) => logger.info(`Packages: ${line}`);
        await installUnless(() => isInstalled(folder), folder, { onLine });
        return undefined;
      } catch (error) {
        if (error instanceof AppError) return `${error.message} To try again: ${TRY_AGAIN}.`;
        logger.error('Packages cannot be installed', { error });
        return `The packages of ${folder} were not installed. The log says why.`;
      }
    },

    /** Installs what package.json asks for, also when it seems to be there; throws an AppError. */
    install: (folder: string, options: InstallOptions): Promise<'installed' | 'nothing'> =>
      installUnless(() => false, folder, options),

    /** Adds packages to package.json and the lock file, and installs all of it; throws an AppError. */
    async add(
      folder: string,
      specs: readonly string[],
      { onLine, isDev = false, signal: given }: AddOptions,
    ): Promise<void> {
      findWork(folder);
      // With a - in front it would be a flag of the package manager.
      for (const spec of specs)
        if (!/^[^\s-]\S*$/.test(spec)) throw new AppError('invalid_input', notAPackage(spec));
      const flags = isDev ? ['--dev'] : [];
      await inTurn(folder, { onLine, signal: given }, (signal) =>
        run(folder, ['add', ...flags, ...specs], onLine, signal),
      );
    },

    /** What in the package file or the lock file points outside of the folder, a sentence each. */
    findForeignPaths,

    /** Ends what is being installed. */
    stop(): void {
      stopped.abort();
    },
  };
}

/** True when package.json asks for packages; throws when it must be mended first. */
function findWork(folder: string): boolean {
  const file = readPackageFile(folder);
  if (file.kind === 'none') return false;
  if (file.kind === 'broken') throw new AppError('invalid_input', file.reason);
  // With scripts of packages on, those of package.json itself would run too, at each start of a server.
  if (file.trusted.length > 0 && file.ownScripts.length > 0)
    throw new AppError(
      'conflict',
      `The packages of ${folder} were not installed. Its package.json lets packages run install scripts (trustedDependencies) and has ${file.ownScripts.join(', ')} as well, which would run with them: take one of the two out.`,
    );
  return true;
}

/** Bun trusts a list of packages by itself; here only the package file decides. */
function scriptFlags(file: PackageFile): string[] {
  return file.kind === 'found' && file.trusted.length > 0 ? [] : ['--ignore-scripts'];
}

/** Does something that writes into the folder. */
function writing<T>(folder: string, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    throw new AppError(
      'unavailable',
      `The packages of ${folder} were not installed. The folder cannot be written (${codeOf(cause)}): this user needs the right to, for node_modules and the lock file.`,
      { cause },
    );
  }
}

function cutOff(folder: string, afterMs: number | undefined): AppError {
  return new AppError(
    'unavailable',
    `The packages of ${folder} were not installed. ${
      afterMs === undefined
        ? 'It was stopped.'
        : `It took longer than ${Math.round(afterMs / 1_000)} s: check the network, the proxy and the registry. What was downloaded is kept.`
    }`,
  );
}
