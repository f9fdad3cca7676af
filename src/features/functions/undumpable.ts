import type { Logger } from '../../core/logger.ts';
import { forbidDumps } from '../../lib/undumpable.ts';

/** Keeps workers from reading this process under /proc; where that is not possible, the server runs without. */
export function makeUndumpable(logger: Pick<Logger, 'debug'>): void {
  try {
    forbidDumps();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    logger.debug('Workers could read the memory of this process', { reason });
  }
}
