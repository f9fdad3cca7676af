import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';

/** An entry as its header says; files have text or bytes. */
export type TarEntry = Partial<Header> & { readonly name: string; readonly data?: string | Buffer };

/** A tar of these entries, links and devices included. */
export async function makeTar(entries: readonly TarEntry[]): Promise<Buffer> {
  const tar = pack();
  for (const { data, ...header } of entries) {
    const bytes = Buffer.from(data ?? '');
    // Links and devices have no content, and a sink without a size waits for ever.
    if (header.type === undefined || /file$/.test(header.type)) tar.entry(header, bytes);
    else tar.entry({ size: 0, ...header });
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The same for files by their paths, compressed. */
export async function makeArchive(files: Readonly<Record<string, string | Buffer>>) {
  return gzipSync(await makeTar(Object.entries(files).map(([name, data]) => ({ name, data }))));
}

/** A block of a tar with bytes written over it, and its checksum put right: ustar, POSIX.1-1988. */
export function patchHeader(tar: Buffer, at: number, bytes: Buffer): Buffer {
  const patched = Buffer.from(tar);
  bytes.copy(patched, at);
  patched.fill(' ', 148, 156);
  const sum = patched.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  patched.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return patched;
}
