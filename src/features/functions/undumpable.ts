import { FFIType } from 'bun:ffi';
import type { Logger } from '../../core/logger.ts';
import { openLibc } from './libc.ts';

const PR_SET_DUMPABLE = 4;

/**
 * From now on a process of the same user, such as a worker, cannot read this one's environment or
 * memory under /proc. Linux only; elsewhere, and when it fails, the server runs without.
 */
export function makeUndumpable(logger: Pick<Logger, 'debug'>): void {
  try {
    const { symbols, close } = openLibc({
      prctl: {
        args: [FFIType.i32, FFIType.u64, FFIType.u64, FFIType.u64, FFIType.u64],
        returns: FFIType.i32,
      },
    });
    const result = symbols.prctl(PR_SET_DUMPABLE, 0n, 0n, 0n, 0n);
    close();
    if (result !== 0) throw new Error(`prctl answered ${result}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    logger.debug('Workers could read the memory of this process', { reason });
  }
}
