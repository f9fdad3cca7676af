import { FFIType } from 'bun:ffi';
import { openLibc } from './libc.ts';

const PR_SET_DUMPABLE = 4;

/**
 * From now on a process of the same user cannot read this one's environment or memory under /proc.
 * Linux only; throws elsewhere, and when it fails.
 */
export function forbidDumps(): void {
  const { symbols, close } = openLibc({
    prctl: {
      args: [FFIType.i32, FFIType.u64, FFIType.u64, FFIType.u64, FFIType.u64],
      returns: FFIType.i32,
    },
  });
  const result = symbols.prctl(PR_SET_DUMPABLE, 0n, 0n, 0n, 0n);
  close();
  if (result !== 0) throw new Error(`prctl answered ${result}`);
}
