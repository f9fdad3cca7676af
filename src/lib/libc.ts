import { dlopen, type FFIFunction } from 'bun:ffi';

const LIBRARIES = [
  'libc.so.6',
  `libc.musl-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.so.1`,
];

/** Opens the C library, whichever this Linux has. Throws elsewhere, or when a function is missing. */
export function openLibc<Functions extends Record<string, FFIFunction>>(functions: Functions) {
  if (process.platform !== 'linux') throw new Error(`not possible on ${process.platform}`);
  let reason: unknown;
  for (const library of LIBRARIES) {
    try {
      return dlopen(library, functions);
    } catch (error) {
      reason = error;
    }
  }
  throw reason;
}
