import { createReadStream, createWriteStream } from 'node:fs';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';
import { AppError } from '../core/errors.ts';
import type { DeployFile } from './deploy-files.ts';

/**
 * Writes a tar.gz that depends on nothing but names and contents: the same files make the same bytes.
 * Who made them, when, and on which machine is not in it.
 */
export async function writeArchive(path: string, files: readonly DeployFile[]): Promise<void> {
  const tar = pack();
  const written = pipeline(
    tar as AsyncIterable<Uint8Array>,
    createGzip(),
    createWriteStream(path, { flags: 'wx', mode: 0o600 }),
  );
  // Awaited below; until then nobody listens.
  written.catch(() => undefined);
  try {
    for (const file of files) await addFile(tar, file);
    tar.finalize();
    await written;
  } catch (error) {
    tar.destroy();
    await written.catch(() => undefined);
    throw error instanceof AppError ? error : toWriteError(error, path);
  }
}

async function addFile(tar: Pack, { path, source, bytes }: DeployFile): Promise<void> {
  const done = Promise.withResolvers<void>();
  // Whoever stops before the end has another error to tell.
  done.promise.catch(() => undefined);
  const header = { name: path, size: bytes, mode: 0o644, mtime: new Date(0), uid: 0, gid: 0 };
  const sink = tar.entry(header, (error) => (error ? done.reject(error) : done.resolve()));
  // It says so as well, and where nobody listens that ends the program.
  sink.on('error', done.reject);
  let sent = 0;
  for await (const chunk of readChunks(path, source)) {
    sent += chunk.length;
    if (sent > bytes) break;
    if (sink.write(chunk)) continue;
    const drained = new Promise<void>((go) => sink.once('drain', go));
    // On a full disk it never is.
    await Promise.race([drained, done.promise]);
  }
  if (sent !== bytes)
    throw new AppError('conflict', `${path} changed while it was packed: deploy again.`);
  sink.end(null);
  await done.promise;
}

async function* readChunks(path: string, source: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(source) as AsyncIterable<Buffer>;
  } catch (error) {
    throw new AppError('unavailable', `${path} cannot be read (${codeOf(error)}).`, {
      cause: error,
    });
  }
}

function toWriteError(error: unknown, path: string): AppError {
  return new AppError(
    'unavailable',
    `The archive cannot be written into ${dirname(path)} (${codeOf(error)}). Set TMPDIR to a folder that has room for it.`,
    { cause: error },
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
