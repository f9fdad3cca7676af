import { setPriority } from 'node:os';

/** How far behind the event loop slow work stands where both want the processor; 19 is the last. */
const NICENESS = 10;

/** Linux counts niceness by thread, and 0 is the calling one: setpriority(2), under NOTES. */
export function stepBack(): void {
  // Elsewhere it would hold for the whole server.
  if (process.platform !== 'linux') return;
  try {
    setPriority(0, NICENESS);
  } catch {
    // Some sandboxes forbid it: it works as urgently as the others run, then.
  }
}
