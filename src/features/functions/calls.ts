import type { Logger } from '../../core/logger.ts';
import type { FunctionCall, FunctionCallPage } from './schema.ts';
import type { CallFilter, CallWindow, FunctionCallStore } from './store.ts';

/** How long a row waits for others to share a commit with. */
const FLUSH_MS = 25;
/** Beyond that the oldest are given up: a full disk must not fill the memory as well. */
const MAX_PENDING = 20_000;

/**
 * The history of calls. A call never waits for its row: rows are written in batches, and a reader
 * writes what is pending first, so nobody sees the difference.
 */
export class CallHistory {
  readonly #store: FunctionCallStore;
  readonly #logger: Logger;
  #pending = new Map<string, FunctionCall>();
  /** Written as running, not ended since. */
  readonly #open = new Set<string>();
  #removed: string[] = [];
  #timer: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(store: FunctionCallStore, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  /** Notes the call as it is now; again when it has ended. */
  note(call: FunctionCall): void {
    this.#pending.set(call.id, call);
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS);
  }

  /** It turned out to be none: its input does not fit. */
  forget(id: string): void {
    this.#pending.delete(id);
    if (this.#open.delete(id)) this.#removed.push(id);
  }

  /** Writes what is pending; never throws, a failed batch is tried again. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async list(filter: CallFilter, { limit, offset }: CallWindow): Promise<FunctionCallPage> {
    await this.flush();
    const { items, total } = await this.#store.list(filter, { limit, offset });
    return { items: [...items], total, page: Math.floor(offset / limit) + 1, page_size: limit };
  }

  async find(id: string): Promise<FunctionCall | undefined> {
    await this.flush();
    return this.#store.find(id);
  }

  async #write(): Promise<void> {
    const calls = [...this.#pending.values()];
    const removed = this.#removed;
    if (calls.length === 0 && removed.length === 0) return;
    this.#pending = new Map();
    this.#removed = [];
    for (const call of calls)
      if (call.status === 'running') this.#open.add(call.id);
      else this.#open.delete(call.id);
    try {
      if (calls.length > 0) await this.#store.save(calls);
      if (removed.length > 0) await this.#store.remove(removed);
    } catch (error) {
      this.#logger.error('The history of function calls cannot be written', { error });
      this.#putBack(calls, removed);
    }
  }

  #putBack(calls: readonly FunctionCall[], removed: readonly string[]): void {
    const newer = this.#pending;
    this.#pending = new Map(calls.slice(-MAX_PENDING).map((call) => [call.id, call]));
    for (const [id, call] of newer) this.#pending.set(id, call);
    this.#removed.unshift(...removed);
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS * 40);
  }
}
