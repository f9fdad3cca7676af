import { createReadStream, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { AppError } from '../core/errors.ts';
import type { CliIo } from './output.ts';
import { STANDARD } from './record-file.ts';

export interface FileSource {
  /** Absolute; undefined for standard input. */
  readonly path: string | undefined;
  /** Called once. Nothing is opened before that. */
  chunks(): AsyncIterable<Uint8Array>;
  /** How much of it is read, from 0 to 1; undefined where its end is not known. */
  part(): number | undefined;
}

/** A file that was named, or standard input; throws when there is none of this name. */
export function openSource(io: CliIo, file: string): FileSource {
  if (file === STANDARD)
    return { path: undefined, chunks: () => io.input(), part: () => undefined };
  const path = resolve(io.cwd, file);
  const size = sizeOf(path, file);
  let bytesRead = () => 0;
  return {
    path,
    chunks() {
      const stream = createReadStream(path);
      bytesRead = () => stream.bytesRead;
      return stream;
    },
    part: () => (size === 0 ? 1 : bytesRead() / size),
  };
}

function sizeOf(path: string, shown: string): number {
  try {
    const stat = statSync(path);
    if (!stat.isDirectory()) return stat.size;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    if (code === 'ENOENT')
      throw new AppError('invalid_input', `There is no file ${shown}.`, { cause: error });
    throw new AppError('invalid_input', `${shown} cannot be read (${code}).`, { cause: error });
  }
  throw new AppError('invalid_input', `${shown} is a folder, not a file.`);
}
