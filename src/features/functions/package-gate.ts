import { join } from 'node:path';
import type { LoadFault } from '../../protocol/messages.ts';

/** An install that takes longer goes on beside the functions, which are loaded once more after it. */
const MAX_WAIT_MS = 15_000;
/** The last one failed, likely for want of a network: an edit must not wait for the next to fail. */
const MAX_WAIT_AGAIN_MS = 300;

interface PackageGateOptions {
  /** Answers in a sentence why it could not. */
  readonly ensure: (folder: string) => Promise<string | undefined>;
  /** An install has ended that a load did not wait for. */
  readonly onLate: (folder: string) => void;
  readonly maxWaitMs?: number | undefined;
}

/** What is wrong with the packages, if anything is. */
type Problem = string | undefined;

/** Has the packages installed before functions are loaded, one install at a time. */
export class PackageGate {
  readonly #options: PackageGateOptions;
  readonly #problems = new Map<string, Problem>();
  /** Folders with an install that nobody waits for any more. */
  readonly #late = new Set<string>();
  /** Folders whose late install has ended: the load that follows must not begin the next. */
  readonly #ended = new Set<string>();

  constructor(options: PackageGateOptions) {
    this.#options = options;
  }

  /** Waits until the packages are there, within bounds; answers what is wrong with them. */
  async pass(folder: string): Promise<readonly LoadFault[]> {
    if (!this.#late.has(folder) && !this.#ended.delete(folder)) await this.#install(folder);
    const message = this.#problems.get(folder);
    if (message === undefined) return [];
    return [{ file: join(folder, 'package.json'), line: null, column: null, message }];
  }

  async #install(folder: string): Promise<void> {
    const known = this.#problems.get(folder);
    const { ensure, onLate, maxWaitMs = MAX_WAIT_MS } = this.#options;
    const install = async () => {
      this.#problems.set(folder, await ensure(folder).catch(messageOf));
      if (!this.#late.delete(folder)) return;
      this.#ended.add(folder);
      onLate(folder);
    };
    let timer: Timer | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(
        () => {
          this.#late.add(folder);
          this.#problems.set(folder, known ?? 'Its packages are still being installed.');
          resolve();
        },
        known === undefined ? maxWaitMs : Math.min(maxWaitMs, MAX_WAIT_AGAIN_MS),
      );
    });
    await Promise.race([install(), late]);
    clearTimeout(timer);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
