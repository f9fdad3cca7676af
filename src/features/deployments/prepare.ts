import { relative, sep } from 'node:path';
import { type Actor, userIdOf } from '../../core/actor.ts';
import type { UnpackLimits } from '../../core/archive/unpack.ts';
import { type Clock, toTimestamp } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { FunctionService } from '../functions/service.ts';
import { createFunctionsLayout } from './archive-layout.ts';
import type { Folders, ReceivedArchive } from './folders.ts';
import { foreignPaths, noFunctions, notLoaded, packagesFailed } from './refusals.ts';
import type { DeployedFunction, StoredDeployment } from './store.ts';

export type Candidate = Awaited<ReturnType<FunctionService['prepare']>>;
export type FunctionPlaces = FunctionService['local'];

export interface PrepareDeps {
  readonly functions: Pick<FunctionService, 'prepare'>;
  readonly packages: {
    /** Installs what package.json and the lock file of a folder say, and nothing else; throws why not. */
    install(
      folder: string,
      options: { readonly onLine: (line: string) => void; readonly isFrozen: true },
    ): Promise<unknown>;
    /** What in them points outside of the folder, a sentence each. */
    findForeignPaths(folder: string): readonly string[];
  };
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: UnpackLimits;
}

/** A version that is loaded and serves nobody yet. */
interface Prepared {
  readonly candidate: Candidate;
  readonly deployment: StoredDeployment;
}

interface PrepareOptions {
  readonly message?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const LIMITS: UnpackLimits = {
  maxFiles: 5_000,
  maxFileBytes: 64 * 1024 * 1024,
  maxTotalBytes: 256 * 1024 * 1024,
};

/** Makes of an archive a folder with everything installed, loaded in workers of its own. */
export function createPreparer(deps: PrepareDeps, folders: Folders) {
  const { packages, logger, clock, limits = LIMITS } = deps;

  async function install(folder: string): Promise<void> {
    const foreign = packages.findForeignPaths(folder);
    if (foreign.length > 0) throw foreignPaths(foreign);
    try {
      await packages.install(folder, {
        isFrozen: true,
        onLine: (line) => logger.debug('Packages of a deployment', { line }),
      });
    } catch (error) {
      throw packagesFailed(error, folder);
    }
  }

  /** Throws when anything in it does not load; `root` is left out of the paths in the reasons. */
  async function load(places: FunctionPlaces, root: string): Promise<Candidate> {
    const candidate = await deps.functions.prepare(places);
    if (candidate.errors.length === 0) return candidate;
    candidate.discard();
    throw notLoaded(candidate.errors, root);
  }

  return {
    load,

    async prepare(
      actor: Actor,
      id: string,
      { path, checksum }: ReceivedArchive,
      { message, signal }: PrepareOptions,
    ): Promise<Prepared> {
      requirePresent(signal);
      const layout = createFunctionsLayout();
      // A server that nobody deploys to starts without it.
      const { unpackArchive } = await import('../../core/archive/unpack.ts');
      const unpacked = await unpackArchive(path, folders.partOf(id), limits, layout);
      await install(folders.newFunctionsOf(id));
      requirePresent(signal);
      // Loaded from where it stays: workers that start later take the same paths.
      const root = await folders.settle(id);
      const places = folders.places(id);
      if (places === undefined) throw new Error(`The folder of deployment ${id} has gone`);
      const candidate = await load(places, root);
      if (candidate.functions.length === 0) {
        candidate.discard();
        throw noFunctions();
      }
      const deployment = {
        id,
        created_at: toTimestamp(clock.now()),
        created_by_user_id: userIdOf(actor),
        message: message ?? null,
        file_count: unpacked.length,
        bytes: unpacked.reduce((sum, { bytes }) => sum + bytes, 0),
        checksum,
        functions: describe(candidate, root),
        files: Object.fromEntries(unpacked.map(({ path, sha256 }) => [path, sha256])),
      };
      return { candidate, deployment };
    },
  };
}

/** Who goes away before it is done wants nothing to change. */
export function requirePresent(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AppError('timeout', 'The caller has gone: nothing was changed.');
}

function describe({ functions }: Candidate, root: string): DeployedFunction[] {
  return functions
    .map(({ name, file }) => ({ name, file: relative(root, file).replaceAll(sep, '/') }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
