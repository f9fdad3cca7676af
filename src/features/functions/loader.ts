import { type Clock, toTimestamp } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { FunctionDefinition, LoadFault, LoadReport } from '../../protocol/messages.ts';
import { type FunctionPlaces, findFunctionFiles } from './files.ts';
import { logLoad } from './load-log.ts';
import { PackageGate } from './package-gate.ts';
import { type PoolOptions, WorkerPool } from './pool.ts';
import { adopt, emptyRegistry, keepAll, type Placed, type Registry, setAside } from './registry.ts';
import type { LoadError } from './schema.ts';
import { readSources } from './sources.ts';
import { type Watch, watchFunctions } from './watch.ts';

export type PlacedFunction = Placed<WorkerPool>;

/** Files that go on changing while they are loaded are taken as they are in the end. */
const MAX_ATTEMPTS = 5;
const BETWEEN_ATTEMPTS_MS = 50;

export interface LoaderOptions
  extends Omit<PoolOptions, 'files' | 'extensions' | 'sources' | 'onSetAside'> {
  readonly clock: Clock;
  /**
   * Installs the packages that lie described in a folder and are not there yet; answers in a sentence
   * why it could not. Costs next to nothing when there is nothing to do. Never throws.
   */
  readonly ensurePackages: (folder: string) => Promise<string | undefined>;
  /** How long a load waits for packages; 15 s when left out. */
  readonly maxInstallWaitMs?: number | undefined;
}

/** Functions that were loaded in fresh workers of their own and serve nobody yet. */
export interface Candidate {
  readonly functions: readonly FunctionDefinition[];
  readonly errors: readonly LoadFault[];
  /**
   * From now on these answer, and their places are the ones that are reloaded and watched. Does
   * nothing when the server is stopping; throws when it was discarded.
   */
  adopt(): void;
  /** Ends the workers; does nothing after adopt(). */
  discard(): void;
}

interface Loaded {
  readonly report: LoadReport;
  readonly pool: WorkerPool;
  /** Those that were loaded with it. */
  readonly extensions: readonly string[];
}

/** Knows which functions there are and where their code runs; replaces them when their files change. */
export class FunctionLoader {
  readonly #options: LoaderOptions;
  readonly #packages: PackageGate;
  #places: FunctionPlaces | undefined;
  /** Entry modules of extensions, which come after all other files. */
  #extensions: readonly string[] = [];
  /** Grows when the places change: a load that began before is for nobody. */
  #moves = 0;
  #registry: Registry<WorkerPool> = emptyRegistry();
  #version = 0;
  /** Those that serve, or finish what they began. */
  readonly #pools = new Set<WorkerPool>();
  /** Those that load, and those of candidates. */
  readonly #newPools = new Set<WorkerPool>();
  /** Files that turned out to end the workers of a pool, after it had loaded them. */
  readonly #asides = new WeakMap<WorkerPool, readonly LoadFault[]>();
  readonly #ready = Promise.withResolvers<void>();
  #isReady = false;
  #loading: Promise<void> | undefined;
  #isAgain = false;
  #isStopped = false;
  #watch: Watch | undefined;

  constructor(options: LoaderOptions) {
    this.#options = options;
    this.#packages = new PackageGate({
      ensure: options.ensurePackages,
      maxWaitMs: options.maxInstallWaitMs,
      onLate: (folder) => {
        if (folder === this.#places?.path) void this.reload();
      },
    });
  }

  /** Grows with every load, for whoever caches what is made from the functions. */
  get version(): number {
    return this.#version;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  get errors(): readonly LoadError[] {
    return this.#registry.errors;
  }

  get functions(): ReadonlyMap<string, PlacedFunction> {
    return this.#registry.functions;
  }

  async start(places: FunctionPlaces): Promise<void> {
    this.#moveTo(places);
    await this.reload();
  }

  /** From now on the functions of these extensions are loaded too; reloads when they may have changed. */
  async setExtensions(entries: readonly string[]): Promise<void> {
    if (entries.length === 0 && this.#extensions.length === 0) return;
    this.#extensions = entries;
    if (this.#places) await this.reload();
  }

  /** Loads what lies there in fresh workers, beside those that serve. */
  async prepare(places: FunctionPlaces): Promise<Candidate> {
    const { report, pool, extensions } = await this.#load(places).catch((error: unknown) => {
      const { file, message } = toFolderFault(places, error);
      throw new AppError('conflict', `${file}: ${message}`, { cause: error });
    });
    if (this.#isStopped) throw stopping();
    let state: 'open' | 'adopted' | 'discarded' = 'open';
    // Those of extensions serve beside whatever is deployed, and are nothing that a deployment answers for.
    const isDeployed = ({ file }: { readonly file: string }) => !extensions.includes(file);
    return {
      functions: report.functions.filter(isDeployed),
      errors: report.errors.filter(isDeployed),
      adopt: () => {
        if (state === 'discarded')
          throw new AppError('conflict', 'These functions were discarded; prepare them again.');
        if (state === 'adopted' || this.#isStopped) return;
        state = 'adopted';
        this.#moveTo(places);
        this.#replace(emptyRegistry(), report, pool);
        this.#setReady();
        // Nobody watched these files since they were read; and extensions may have come or gone.
        if (places.isWatched || this.#extensions !== extensions) void this.reload();
      },
      discard: () => {
        if (state !== 'open') return;
        state = 'discarded';
        this.#throwAway(pool);
      },
    };
  }

  #moveTo(places: FunctionPlaces): void {
    this.#places = places;
    this.#moves++;
    this.#watch?.stop();
    this.#watch =
      places.isWatched && !this.#isStopped
        ? watchFunctions(places, () => void this.reload())
        : undefined;
  }

  /** Waits for the first load, which a call may outrun, even before it has begun. */
  async whenReady(maxMs: number): Promise<void> {
    if (this.#isReady) return;
    let timer: Timer | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new AppError('unavailable', 'The functions are still loading.', {
        retryAfterSeconds: 1,
      });
      timer = setTimeout(() => reject(error), maxMs);
    });
    await Promise.race([this.#ready.promise, late]).finally(() => clearTimeout(timer));
    if (this.#isStopped) throw stopping();
  }

  /** Loads everything anew in fresh workers; asked for meanwhile, once more when that is done. */
  reload(): Promise<void> {
    if (this.#loading !== undefined) {
      this.#isAgain = true;
      return this.#loading;
    }
    this.#loading = this.#reloadUntilQuiet();
    return this.#loading;
  }

  /** Lets calls finish for as long as it may take, then ends all workers. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopped = true;
    this.#watch?.stop();
    for (const pool of this.#newPools) this.#throwAway(pool);
    const drained = Promise.all([...this.#pools].map((pool) => pool.drain()));
    let timer: Timer | undefined;
    const grace = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, graceMs);
    });
    await Promise.race([drained, grace]);
    clearTimeout(timer);
    for (const pool of this.#pools) pool.kill();
  }

  async #reloadUntilQuiet(): Promise<void> {
    try {
      do {
        this.#isAgain = false;
        await this.#reloadOnce();
      } while (this.#isAgain && !this.#isStopped);
    } finally {
      // In the same moment as the last look at it: what is asked for from now on is a load of its own.
      this.#loading = undefined;
    }
    this.#setReady();
  }

  async #reloadOnce(): Promise<void> {
    const places = this.#places;
    const moves = this.#moves;
    if (!places) return;
    // Other functions may be adopted meanwhile; who does that sees to a reload of their own.
    const isForNobody = () => this.#isStopped || moves !== this.#moves;
    try {
      // Without files there is nothing to start: a server that only keeps records stays small.
      if (findFunctionFiles(places).length + this.#extensions.length === 0) {
        this.#become(emptyRegistry());
        return;
      }
      const packageFaults = await this.#packages.pass(places.path);
      if (isForNobody()) return;
      const { report, pool } = await this.#load(places);
      if (isForNobody()) this.#throwAway(pool);
      else {
        const errors = [...packageFaults, ...report.errors];
        this.#replace(this.#registry, { ...report, errors }, pool);
      }
    } catch (error) {
      if (!isForNobody()) this.#become(keepAll(this.#registry, toFolderFault(places, error)));
    }
  }

  /** Loads in fresh workers, anew when a file was written meanwhile: nobody knows which half they saw. */
  async #load(places: FunctionPlaces): Promise<Loaded> {
    for (let attempt = 1; ; attempt++) {
      const extensions = this.#extensions;
      const files = [...findFunctionFiles(places), ...extensions];
      const sources = await readSources(places, extensions);
      const pool: WorkerPool = new WorkerPool({
        ...this.#options,
        files,
        extensions,
        sources,
        onSetAside: (fault) => this.#setAside(pool, fault),
      });
      if (this.#isStopped) return { report: { functions: [], errors: [] }, pool, extensions };
      this.#newPools.add(pool);
      const report = await pool.load();
      const isWhole = attempt >= MAX_ATTEMPTS || sources.changed().length === 0;
      if (isWhole || this.#isStopped) return { report, pool, extensions };
      this.#throwAway(pool);
      await Bun.sleep(BETWEEN_ATTEMPTS_MS);
    }
  }

  /** Of a candidate it counts once it is adopted. */
  #setAside(pool: WorkerPool, fault: LoadFault): void {
    this.#asides.set(pool, [...(this.#asides.get(pool) ?? []), fault]);
    if (this.#pools.has(pool)) this.#become(setAside(this.#registry, fault, pool));
  }

  #throwAway(pool: WorkerPool): void {
    this.#newPools.delete(pool);
    pool.kill();
  }

  #replace(before: Registry<WorkerPool>, report: LoadReport, pool: WorkerPool): void {
    this.#newPools.delete(pool);
    this.#pools.add(pool);
    const loadedAt = toTimestamp(this.#options.clock.now());
    const asides = this.#asides.get(pool) ?? [];
    const functions = report.functions.filter(({ file }) => !asides.some((it) => it.file === file));
    const errors = [...report.errors, ...asides];
    this.#become(adopt(before, { functions, errors }, pool, loadedAt));
  }

  #become(registry: Registry<WorkerPool>): void {
    const before = this.#registry;
    this.#registry = registry;
    this.#version++;
    logLoad(this.#options.logger, before, registry);
    this.#dropUnused();
  }

  #setReady(): void {
    this.#isReady = true;
    this.#ready.resolve();
  }

  /** Old workers that hold the last good version of something stay; the others finish and end. */
  #dropUnused(): void {
    const placed = [...this.functions.values()];
    const used = new Set(placed.map(({ pool }) => pool));
    const current = new Set(placed.filter(({ isCurrent }) => isCurrent).map(({ pool }) => pool));
    for (const pool of this.#pools) {
      if (!used.has(pool)) void pool.drain().then(() => this.#pools.delete(pool));
      else if (!current.has(pool)) pool.shrink();
    }
  }
}

/** Throws what was no fault of the file system: that is a bug, not a state of the project. */
function toFolderFault({ path }: FunctionPlaces, error: unknown): LoadFault {
  if (!(error instanceof Error && 'code' in error)) throw error;
  const message = `This folder cannot be read (${error.code}).`;
  return { file: path, line: null, column: null, message };
}

function stopping(): AppError {
  return new AppError('unavailable', 'The server is stopping.');
}
