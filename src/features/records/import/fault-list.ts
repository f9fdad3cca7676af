import type { ImportFault } from '../store.ts';

/** As many as an answer shows. */
export const MAX_SHOWN_FAULTS = 100;

/** The faults of the first lines, however many there are in all. */
export function firstFaults(faults: readonly ImportFault[]): readonly ImportFault[] {
  return [...faults].sort((a, b) => a.line - b.line).slice(0, MAX_SHOWN_FAULTS);
}
