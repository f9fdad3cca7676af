import type { Logger } from '../../core/logger.ts';
import { type PageWindow, toPage } from '../../lib/page.ts';
import type { FunctionCall, FunctionCallPage } from './schema.ts';
import type { CallFilter, FunctionCallStore } from './store.ts';

/** How long a row waits for others to share a commit with, where writing is quick. */
const FLUSH_MS = 25;
const MAX_FLUSH_MS = 250;
/** Where it is slow, the history keeps to this part of the time: others want to write as well. */
const WRITING_SHARE = 4;
/** Until it is tried again after a failure. */
const RETRY_MS = 1_000;
/** A job of so many rows holds the event loop for a few milliseconds. */
const ROWS_PER_JOB = 500;
/** Beyond that the oldest are given up: a full disk must not fill the memory as well. */
const MAX_PENDING = 20_000;
/** While an import holds all writes, who reads the history is shown what is written. */
const READER_WAIT_MS = 3_000;

/**
 * The history of calls. A call never waits for its row: rows are written in batches, and a reader
 * writes what is pending first, so nobody sees the difference.
 */
export class CallHistory {
  readonly #store: FunctionCallStore;
  readonly #logger: Logger;
  /** In the order in which they began. */
  #pending = new Map<string, FunctionCall>();
  /** Those that are being written, and stand nowhere else until that is done. */
  #beingWritten: readonly FunctionCall[] = [];
  /** Running ones that one batch left out: most calls end before the next, and are written once. */
  readonly #leftOut = new Set<string>();
  /** Written as running, or in the batch that is being written; not as ended. */
  readonly #open = new Set<string>();
  #removed: string[] = [];
  #timer: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();
  #flushMs = FLUSH_MS;
  #isFailing = false;
  #isClosed = false;
  #givenUp = 0;

  constructor(store: FunctionCallStore, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  /** Notes the call as it is now; again when it has ended. */
  note(call: FunctionCall): void {
    this.#pending.set(call.id, call);
    if (this.#pending.size > MAX_PENDING) this.#giveUpOldest();
    this.#schedule();
  }

  /** It turned out to be none: its input does not fit. */
  forget(id: string): void {
    this.#pending.delete(id);
    this.#leftOut.delete(id);
    if (!this.#open.delete(id)) return;
    this.#removed.push(id);
    this.#schedule();
  }

  /** Writes all that is pending; never throws, a failed batch is tried again. */
  flush(): Promise<void> {
    return this.#enqueue(true);
  }

  /** Writes for the last time. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.flush();
    const missing = this.#pending.size + this.#givenUp;
    if (missing > 0)
      this.#logger.error(`${missing} function calls are missing in the history for good`);
  }

  async list(filter: CallFilter, window: PageWindow): Promise<FunctionCallPage> {
    await this.flushForReader();
    return toPage(await this.#store.list(filter, window), window);
  }

  async find(id: string): Promise<FunctionCall | undefined> {
    await this.flushForReader();
    const waiting = this.#pending.get(id) ?? this.#beingWritten.find((call) => call.id === id);
    return waiting ?? this.#store.find(id);
  }

  async flushForReader(): Promise<void> {
    let timer: Timer | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, READER_WAIT_MS);
    });
    await Promise.race([this.flush(), late]);
    clearTimeout(timer);
  }

  #schedule(delayMs = this.#flushMs): void {
    if (!this.#isClosed) this.#timer ??= setTimeout(() => void this.#enqueue(false), delayMs);
  }

  #enqueue(isAll: boolean): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write(isAll));
    return this.#writing;
  }

  async #write(isAll: boolean): Promise<void> {
    const calls = this.#take(isAll);
    if (calls.length === 0 && this.#removed.length === 0) {
      if (this.#pending.size > 0) this.#schedule();
      return;
    }
    const began = performance.now();
    let written = 0;
    this.#beingWritten = calls;
    for (const { id, status } of calls) if (status === 'running') this.#open.add(id);
    try {
      for (; written < calls.length; written += ROWS_PER_JOB)
        await this.#save(calls.slice(written, written + ROWS_PER_JOB));
      await this.#remove();
      this.#recover();
    } catch (error) {
      this.#putBack(calls.slice(written));
      this.#fail(error);
    }
    this.#beingWritten = [];
    const slowMs = (performance.now() - began) * (WRITING_SHARE - 1);
    this.#flushMs = Math.min(Math.max(FLUSH_MS, slowMs), MAX_FLUSH_MS);
    if (this.#pending.size > 0 || this.#removed.length > 0)
      this.#schedule(this.#isFailing ? RETRY_MS : this.#flushMs);
  }

  #take(isAll: boolean): readonly FunctionCall[] {
    const taken: FunctionCall[] = [];
    const left = new Map<string, FunctionCall>();
    for (const call of this.#pending.values())
      if (isAll || call.status !== 'running' || this.#leftOut.has(call.id)) taken.push(call);
      else left.set(call.id, call);
    this.#pending = left;
    this.#leftOut.clear();
    for (const id of left.keys()) this.#leftOut.add(id);
    return taken;
  }

  async #save(calls: readonly FunctionCall[]): Promise<void> {
    await this.#store.save(calls);
    for (const { id, status } of calls) if (status !== 'running') this.#open.delete(id);
  }

  async #remove(): Promise<void> {
    const removed = this.#removed;
    if (removed.length === 0) return;
    await this.#store.remove(removed);
    this.#removed = this.#removed.slice(removed.length);
  }

  #putBack(calls: readonly FunctionCall[]): void {
    const newer = this.#pending;
    const removed = new Set(this.#removed);
    this.#pending = new Map();
    for (const call of calls) if (!removed.has(call.id)) this.#pending.set(call.id, call);
    for (const [id, call] of newer) this.#pending.set(id, call);
    while (this.#pending.size > MAX_PENDING && this.#giveUpOldest());
  }

  /** Not one that stands there as running: it would do so for ever. */
  #giveUpOldest(): boolean {
    for (const id of this.#pending.keys()) {
      if (this.#open.has(id)) continue;
      this.#givenUp++;
      return this.#pending.delete(id);
    }
    return false;
  }

  #fail(error: unknown): void {
    if (!this.#isFailing)
      this.#logger.error('The history of function calls cannot be written, and is tried again', {
        error,
      });
    this.#isFailing = true;
  }

  #recover(): void {
    if (this.#isFailing)
      this.#logger.warning('The history of function calls is written again', {
        missing: this.#givenUp,
      });
    this.#isFailing = false;
    this.#givenUp = 0;
  }
}
