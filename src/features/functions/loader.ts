import { type Clock, toTimestamp } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { FunctionDefinition, LoadFault, LoadReport } from '../../protocol/messages.ts';
import { type FunctionPlaces, findFunctionFiles } from './files.ts';
import { type PoolOptions, WorkerPool } from './pool.ts';
import { adopt, emptyRegistry, type Placed, type Registry } from './registry.ts';
import type { LoadError } from './schema.ts';
import { type Watch, watchFunctions } from './watch.ts';

export type PlacedFunction = Placed<WorkerPool>;

export interface LoaderOptions extends Omit<PoolOptions, 'files'> {
  readonly clock: Clock;
  /**
   * Installs the packages that lie described in a folder and are not there yet; answers in a sentence
   * why it could not. Costs next to nothing when there is nothing to do. Never throws.
   */
  readonly ensurePackages: (folder: string) => Promise<string | undefined>;
}

/** Functions that were loaded in fresh workers of their own and serve nobody yet. */
export interface Candidate {
  readonly functions: readonly FunctionDefinition[];
  readonly errors: readonly LoadFault[];
  /** From now on these answer, and their places are the ones that are reloaded and watched. */
  adopt(): void;
  /** Ends the workers. */
  discard(): void;
}

/** Knows which functions there are and where their code runs; replaces them when their files change. */
export class FunctionLoader {
  #places: FunctionPlaces | undefined;
  readonly #options: LoaderOptions;
  readonly #logger: Logger;
  #registry: Registry<WorkerPool> = emptyRegistry();
  #version = 0;
  readonly #pools = new Set<WorkerPool>();
  #loading: Promise<void> | undefined;
  #isAgain = false;
  #isReady = false;
  #isStopped = false;
  #watch: Watch | undefined;

  constructor(options: LoaderOptions) {
    this.#options = options;
    this.#logger = options.logger;
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

  /** Loads what lies there in fresh workers, beside those that serve. */
  async prepare(places: FunctionPlaces): Promise<Candidate> {
    const pool = new WorkerPool({ ...this.#options, files: findFunctionFiles(places) });
    this.#pools.add(pool);
    const report = await pool.load();
    return {
      ...report,
      adopt: () => {
        this.#moveTo(places);
        this.#adopt(emptyRegistry(), report, pool);
      },
      discard: () => {
        this.#pools.delete(pool);
        pool.kill();
      },
    };
  }

  #moveTo(places: FunctionPlaces): void {
    this.#places = places;
    this.#watch?.stop();
    this.#watch = places.isWatched ? watchFunctions(places, () => void this.reload()) : undefined;
  }

  /** Waits for the first load, which a call may outrun. */
  async whenReady(maxMs: number): Promise<void> {
    if (this.#isReady || !this.#loading) return;
    let timer: Timer | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new AppError('unavailable', 'The functions are still loading.', {
        retryAfterSeconds: 1,
      });
      timer = setTimeout(() => reject(error), maxMs);
    });
    await Promise.race([this.#loading, late]).finally(() => clearTimeout(timer));
  }

  /** Loads everything anew in fresh workers; asked for meanwhile, once more when that is done. */
  reload(): Promise<void> {
    if (this.#loading !== undefined) {
      this.#isAgain = true;
      return this.#loading;
    }
    this.#loading = this.#reloadUntilQuiet().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  /** Lets calls finish for as long as it may take, then ends all workers. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopped = true;
    this.#watch?.stop();
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
    do {
      this.#isAgain = false;
      await this.#reloadOnce();
    } while (this.#isAgain && !this.#isStopped);
    this.#isReady = true;
  }

  async #reloadOnce(): Promise<void> {
    const files = this.#places ? findFunctionFiles(this.#places) : [];
    const before = this.#registry;
    // Without files there is nothing to start: a server that only keeps records stays small.
    if (files.length === 0) {
      this.#registry = emptyRegistry();
      this.#finish(before);
      return;
    }
    const pool = new WorkerPool({ ...this.#options, files });
    this.#pools.add(pool);
    const report = await pool.load();
    if (this.#isStopped) pool.kill();
    else this.#adopt(before, report, pool);
  }

  #adopt(before: Registry<WorkerPool>, report: LoadReport, pool: WorkerPool): void {
    const loadedAt = toTimestamp(this.#options.clock.now());
    this.#registry = adopt(before, report, pool, loadedAt);
    this.#finish(before);
  }

  #finish(before: Registry<WorkerPool>): void {
    this.#version++;
    this.#report(before);
    this.#dropUnused();
  }

  /** Old workers that hold the last good version of something stay; the others finish and end. */
  #dropUnused(): void {
    const used = new Set([...this.functions.values()].map(({ pool }) => pool));
    for (const pool of this.#pools) {
      if (used.has(pool)) continue;
      void pool.drain().then(() => this.#pools.delete(pool));
    }
  }

  #report(before: Registry<WorkerPool>): void {
    const known = new Set(before.errors.map(toLine));
    for (const error of this.errors)
      if (!known.has(toLine(error))) this.#logger.error(`Functions: ${toLine(error)}`);
    const { size } = this.functions;
    if (size > 0 || before.functions.size > 0)
      this.#logger.info(
        `Functions: ${size} loaded${this.errors.length > 0 ? ', with errors' : ''}`,
      );
  }
}

function toLine({ file, line, column, message, loaded_version }: LoadError): string {
  const place = line === null ? file : `${file}:${line}${column === null ? '' : `:${column}`}`;
  const still = loaded_version === 'previous' ? ' Its last good version goes on answering.' : '';
  return `${place} does not load: ${message}${still}`;
}
