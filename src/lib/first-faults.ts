/** As many faults of a file as an answer shows. */
export const MAX_SHOWN_FAULTS = 100;

/** The faults of the first lines, however many there are in all. */
export function firstFaults<Fault extends { readonly line: number }>(
  faults: readonly Fault[],
): Fault[] {
  return faults.toSorted((a, b) => a.line - b.line).slice(0, MAX_SHOWN_FAULTS);
}
