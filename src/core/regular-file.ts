import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';

/** Else a pipe would keep whoever opens it waiting, the whole server if need be. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Reads a file that anybody may have put there; throws for a pipe, a device and what is too large. */
export function readRegularFile(path: string, maxBytes: number): Buffer {
  const file = openSync(path, FLAGS);
  try {
    requireRegular(path, fstatSync(file), maxBytes);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/** The same without holding up the event loop. */
export async function loadRegularFile(path: string, maxBytes: number): Promise<Buffer> {
  const file = await open(path, FLAGS);
  try {
    requireRegular(path, await file.stat(), maxBytes);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function requireRegular(path: string, stat: Stats, maxBytes: number): void {
  const reason = stat.isFile()
    ? stat.size > maxBytes && `larger than ${Math.round(maxBytes / 1024 / 1024)} MB`
    : 'no regular file';
  if (reason) throw Object.assign(new Error(`${path} is ${reason}`), { code: reason });
}
