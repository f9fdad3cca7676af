import { dlopen, FFIType } from 'bun:ffi';
import type { Logger } from '../../core/logger.ts';

const PR_SET_DUMPABLE = 4;
const LIBRARIES = [
  'libc.so.6',
  `libc.musl-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.so.1`,
];

/**
 * From now on a process of the same user, such as a worker, cannot read this one's environment or
 * memory under /proc. Linux only; elsewhere, and when it fails, the server runs without.
 */
export function makeUndumpable(logger: Pick<Logger, 'debug'>): void {
  const reason = tryUndumpable();
  if (reason) logger.debug('Workers could read the memory of this process', { reason });
}

/** Answers why it could not be done, or undefined. */
function tryUndumpable(): string | undefined {
  if (process.platform !== 'linux') return `not possible on ${process.platform}`;
  let reason = '';
  for (const library of LIBRARIES) {
    try {
      const { symbols, close } = dlopen(library, {
        prctl: {
          args: [FFIType.i32, FFIType.u64, FFIType.u64, FFIType.u64, FFIType.u64],
          returns: FFIType.i32,
        },
      });
      const result = symbols.prctl(PR_SET_DUMPABLE, 0n, 0n, 0n, 0n);
      close();
      return result === 0 ? undefined : `prctl answered ${result}`;
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
  }
  return reason;
}
