import { createReadStream, createWriteStream } from 'node:fs';
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
  } catch (error) {
    tar.destroy();
    await written.catch(() => undefined);
    throw error;
  }
  await written;
}

async function addFile(tar: Pack, { path, source, bytes }: DeployFile): Promise<void> {
  const done = Promise.withResolvers<void>();
  const header = { name: path, size: bytes, mode: 0o644, mtime: new Date(0), uid: 0, gid: 0 };
  const sink = tar.entry(header, (error) => (error ? done.reject(error) : done.resolve()));
  let sent = 0;
  try {
    for await (const chunk of createReadStream(source) as AsyncIterable<Buffer>) {
      sent += chunk.length;
      if (sent > bytes) break;
      if (!sink.write(chunk)) await new Promise<void>((go) => sink.once('drain', go));
    }
  } catch (error) {
    done.promise.catch(() => undefined);
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new AppError('unavailable', `${path} cannot be read (${code}).`, { cause: error });
  }
  if (sent !== bytes) {
    done.promise.catch(() => undefined);
    throw new AppError('conflict', `${path} changed while it was packed: deploy again.`);
  }
  sink.end(null);
  await done.promise;
}
