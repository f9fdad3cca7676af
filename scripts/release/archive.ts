import { pack } from 'tar-stream';
import { type ArchivedFile, COMPRESSION } from './archived-file.ts';
import { writeZip } from './zip.ts';

/** Of RFC 1952: which system made a gzip file. 255 says that it does not matter. */
const GZIP_SYSTEM_AT = 9;
const ANY_SYSTEM = 255;

/** The same files give the same bytes, whoever packs them and when: sorted, dated alike, nobody's. */
export async function writeArchive(
  kind: 'tar.gz' | 'zip',
  files: readonly ArchivedFile[],
  date: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  if (kind === 'zip') return writeZip(sorted, date);
  const gzip = Bun.gzipSync(await writeTar(sorted, date), {
    level: COMPRESSION,
    library: 'libdeflate',
  });
  gzip[GZIP_SYSTEM_AT] = ANY_SYSTEM;
  return gzip;
}

async function writeTar(
  files: readonly ArchivedFile[],
  date: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const tar = pack();
  const mtime = new Date(`${date}T00:00:00Z`);
  for (const { path, bytes, isProgram } of files)
    tar.entry(
      { name: path, mode: isProgram ? 0o755 : 0o644, mtime, uid: 0, gid: 0 },
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    );
  tar.finalize();
  const chunks: Uint8Array[] = [];
  // The types of streamx do not say it; tar-stream pushes nothing else.
  for await (const chunk of tar as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
