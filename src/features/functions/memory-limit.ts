import { FFIType, ptr } from 'bun:ffi';
import { readFileSync } from 'node:fs';
import { openLibc } from '../../lib/libc.ts';

const RLIMIT_DATA = 2;
const RLIMIT_CORE = 4;

/**
 * Limits what another process may still allocate, from outside: for where no shell can set the limit
 * before the program starts. Linux only; answers false where it cannot be done.
 */
export function limitMemory(pid: number, moreMb: number): boolean {
  try {
    // A program that runs has reserved gigabytes of address space already: only what comes on top counts.
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const heldKb = Number(/^VmData:\s*(\d+) kB/m.exec(status)?.[1] ?? Number.NaN);
    return (
      Number.isFinite(heldKb) && setLimit(pid, RLIMIT_DATA, BigInt(heldKb + moreMb * 1024) * 1024n)
    );
  } catch {
    // It has just ended.
    return false;
  }
}

/** A worker that dies must not fill the disk with its memory. */
export function forbidCoreDump(pid: number): void {
  setLimit(pid, RLIMIT_CORE, 0n);
}

function setLimit(pid: number, resource: number, bytes: bigint): boolean {
  try {
    const { symbols, close } = openLibc({
      prlimit: {
        args: [FFIType.i32, FFIType.i32, FFIType.ptr, FFIType.ptr],
        returns: FFIType.i32,
      },
    });
    const limits = new BigUint64Array([bytes, bytes]);
    const result = symbols.prlimit(pid, resource, ptr(limits), null);
    close();
    return result === 0;
  } catch {
    return false;
  }
}
