import { expect } from 'bun:test';

/** Whatever else the machine does only ever adds to a measurement; it does not do so each time. */
const MOST_ROUNDS = 3;

/**
 * Measures until nothing speaks against it, and at most three times: a true fault shows in every round.
 * `measure` answers what is wrong, in words; what has nothing to do with time or memory it throws, which
 * ends the test at once.
 */
export async function expectAtBest(
  measure: (round: number) => readonly string[] | Promise<readonly string[]>,
): Promise<void> {
  for (let round = 1; ; round++) {
    const faults = await measure(round);
    if (faults.length === 0) return;
    console.log(`  round ${round}: ${faults.join('; ')}`);
    if (round === MOST_ROUNDS) expect(faults).toEqual([]);
  }
}

/** Which of the figures are not below the bound, in words. */
export function above(bound: number, figures: Readonly<Record<string, number>>): string[] {
  return Object.entries(figures)
    .filter(([, figure]) => !(figure < bound))
    .map(([name, figure]) => `${name} is ${figure.toFixed(1)}, at least ${bound.toFixed(1)}`);
}
