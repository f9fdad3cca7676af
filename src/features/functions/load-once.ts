import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { FunctionDefinition, LoadFault } from '../../protocol/messages.ts';
import type { FunctionPlaces } from './files.ts';
import { FunctionLoader } from './loader.ts';
import { isInstalled } from './packages/install-stamp.ts';
import { readPackageFile } from './packages/package-file.ts';
import { createSpawnWorker } from './spawn-worker.ts';

export interface LoadOnceOptions {
  readonly places: FunctionPlaces;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly memoryMb: number;
  /** For one file. */
  readonly timeoutMs: number;
  /** The variables that function code may see, with their values. */
  readonly env: Readonly<Record<string, string>>;
}

export interface LoadedOnce {
  readonly functions: readonly FunctionDefinition[];
  readonly errors: readonly LoadFault[];
  /** In words, when the packages are not those that package.json names. */
  readonly packageFault: string | undefined;
}

/** Loads functions in a worker, tells what they are, and ends it. Installs nothing. */
export async function loadFunctions(options: LoadOnceOptions): Promise<LoadedOnce> {
  const { places, timeoutMs, ...given } = options;
  const loader = new FunctionLoader({
    ...given,
    ensurePackages: async () => undefined,
    spawn: createSpawnWorker(),
    workers: 1,
    maxQueue: 1,
    callsPerWorker: 1,
    loadTimeoutMs: timeoutMs,
  });
  try {
    const candidate = await loader.prepare(places);
    const { functions, errors } = candidate;
    candidate.discard();
    return { functions, errors, packageFault: findPackageFault(places.path) };
  } finally {
    await loader.stop(0);
  }
}

function findPackageFault(folder: string): string | undefined {
  const file = readPackageFile(folder);
  if (file.kind === 'broken') return file.reason;
  if (file.kind === 'none' || isInstalled(folder)) return undefined;
  return 'The packages that package.json names are not installed, or it was changed since.';
}
