/** A function on trial leaves after so many calls in a row that held up nobody. */
const GOOD_CALLS = 20;

interface Trial {
  /** Those that were running when a worker fell silent, this one among them. */
  readonly suspects: ReadonlySet<string>;
  /** It was the only suspect: it did hold up a worker. Else it may have been another one of them. */
  readonly isCertain: boolean;
  goodCalls: number;
}

/**
 * Remembers which functions hold up their workers. Their calls go to one worker of their own, which runs
 * one function at a time, so that it becomes certain who it was.
 */
export class Quarantine {
  readonly #trials = new Map<string, Trial>();

  has(name: string): boolean {
    return this.#trials.has(name);
  }

  /** One of these held up a worker. */
  accuse(suspects: ReadonlySet<string>): void {
    if (suspects.size === 1) {
      for (const name of suspects) this.#convict(name, suspects);
      return;
    }
    const known = [...suspects].filter((name) => this.#trials.get(name)?.isCertain);
    // Nobody is suspected beside one that is known for it.
    const accused = known.length > 0 ? known : suspects;
    for (const name of accused)
      this.#trials.set(name, { suspects, isCertain: known.length > 0, goodCalls: 0 });
  }

  #convict(name: string, suspects: ReadonlySet<string>): void {
    const before = this.#trials.get(name);
    this.#trials.set(name, { suspects, isCertain: true, goodCalls: 0 });
    if (!before || before.isCertain) return;
    for (const other of before.suspects)
      if (this.#trials.get(other)?.suspects === before.suspects) this.#trials.delete(other);
  }

  /** A call of this function ended there by itself, without having held up the worker. */
  noteGoodCall(name: string): void {
    const trial = this.#trials.get(name);
    if (!trial) return;
    trial.goodCalls++;
    if (!trial.isCertain || trial.goodCalls >= GOOD_CALLS) this.#trials.delete(name);
  }
}
