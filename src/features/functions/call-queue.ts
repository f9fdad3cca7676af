import type { Entry } from './worker-process.ts';

/**
 * Calls that wait for a worker. The functions take turns, so that a flood of calls of one of them
 * delays the others by one call each time and no more.
 */
export class CallQueue {
  /** What goes before all others: nested calls, and calls that come back from a worker. */
  readonly #first: Entry[] = [];
  /** By function; the one whose turn it is comes first. */
  readonly #turns = new Map<string, Entry[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(entry: Entry): void {
    const { function_name: name } = entry.job.header;
    const waiting = this.#turns.get(name);
    if (waiting) waiting.push(entry);
    else this.#turns.set(name, [entry]);
    this.#size++;
  }

  pushFirst(entry: Entry): void {
    this.#first.unshift(entry);
    this.#size++;
  }

  /** The one that shift() would take. */
  peek(): Entry | undefined {
    if (this.#first[0]) return this.#first[0];
    for (const [entry] of this.#turns.values()) return entry;
    return undefined;
  }

  shift(): Entry | undefined {
    const first = this.#first.shift();
    if (first) {
      this.#size--;
      return first;
    }
    for (const [name, waiting] of this.#turns) {
      this.#turns.delete(name);
      const entry = waiting.shift();
      if (waiting.length > 0) this.#turns.set(name, waiting);
      if (entry) this.#size--;
      return entry;
    }
    return undefined;
  }

  /** Takes out the calls that are meant, in their order. */
  take(isMeant: (entry: Entry) => boolean): Entry[] {
    if (this.#size === 0) return [];
    const taken: Entry[] = [];
    const keep = (entry: Entry) => {
      if (!isMeant(entry)) return true;
      taken.push(entry);
      return false;
    };
    const first = this.#first.filter(keep);
    this.#first.splice(0, this.#first.length, ...first);
    for (const [name, waiting] of [...this.#turns]) {
      const kept = waiting.filter(keep);
      if (kept.length > 0) this.#turns.set(name, kept);
      else this.#turns.delete(name);
    }
    this.#size -= taken.length;
    return taken;
  }

  /**
   * Makes room for a call of this function: takes out the newest of the function that has most waiting,
   * when that is more than this one has. A flood pays for itself.
   */
  giveWay(name: string): Entry | undefined {
    let longest: Entry[] = [];
    for (const waiting of this.#turns.values())
      if (waiting.length > longest.length) longest = waiting;
    if (longest.length <= (this.#turns.get(name)?.length ?? 0) + 1) return undefined;
    this.#size--;
    return longest.pop();
  }
}
