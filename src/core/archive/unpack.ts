import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type Extract, extract, type Header } from 'tar-stream';
import { AppError, type Fault, invalidInput } from '../errors.ts';
import { createHeaderBudget } from './header-budget.ts';
import { createArchivePaths, type EntryKind, type Layout, type PathResult } from './paths.ts';

export interface UnpackLimits {
  readonly maxFiles: number;
  readonly maxFileBytes: number;
  /** Of everything that is unpacked. */
  readonly maxTotalBytes: number;
}

export interface UnpackedFile {
  /** From the root of the archive, with slashes. */
  readonly path: string;
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
}

const MEGABYTE = 1024 * 1024;
/** Which faults there are beyond these, nobody will read. */
const MAX_FAULTS = 20;
/** Two blocks of zeros end a tar archive: POSIX.1-2001, pax interchange format. */
const END_BYTES = 1_024;

/**
 * Unpacks a tar.gz into a folder that is empty but for the archive itself; throws one AppError that
 * names what is wrong. Nothing is written of an entry that is refused, and nothing after it.
 */
export async function unpackArchive(
  archive: string,
  folder: string,
  limits: UnpackLimits,
  layout: Layout,
): Promise<UnpackedFile[]> {
  const gunzip = createGunzip();
  const tar = extract();
  // An entry that breaks off says only that; why is told here.
  let reason: unknown;
  tar.on('error', (error) => {
    reason = error;
  });
  const closed = new Promise<void>((resolve) => tar.on('close', resolve));
  let zerosAtEnd = 0;
  const feeding = pipeline(createReadStream(archive), gunzip, async (chunks) => {
    zerosAtEnd = await feed(tar, chunks, limits.maxTotalBytes);
  });
  // Awaited below; until then nobody listens.
  feeding.catch(() => undefined);
  try {
    const files = await unpackEntries(tar, folder, limits, layout);
    await feeding;
    const { size } = await stat(archive);
    if (gunzip.bytesWritten !== size) throw refuse('goes on after its end');
    if (zerosAtEnd < END_BYTES) throw refuse('is cut off: the end of the tar is missing');
    return files;
  } catch (error) {
    tar.destroy();
    await feeding.catch(() => undefined);
    await closed;
    throw toRefusal(error instanceof AppError ? error : (reason ?? error));
  }
}

/** Gives all chunks to the tar reader, as fast as it takes them; answers how many zeros came last. */
async function feed(
  tar: Extract,
  chunks: AsyncIterable<Buffer>,
  maxBytes: number,
): Promise<number> {
  const headers = createHeaderBudget(tar);
  let bytes = 0;
  let zeros = 0;
  try {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > maxBytes)
        throw new AppError(
          'too_large',
          `The archive holds more than the ${toMegabytes(maxBytes)} that may be unpacked.`,
        );
      if (!headers.allows(chunk.length))
        throw new AppError('too_large', 'The archive holds more headers than files need.');
      const trailing = countTrailingZeros(chunk);
      zeros = trailing === chunk.length ? zeros + trailing : trailing;
      if (!tar.write(chunk)) await untilDrained(tar);
      if (tar.destroying) break;
    }
    tar.end(null);
    return zeros;
  } catch (error) {
    // Whoever reads the entries learns of it there.
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

function untilDrained(tar: Extract): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      tar.off('drain', end);
      tar.off('close', end);
      resolve();
    };
    tar.on('drain', end);
    tar.on('close', end);
    if (tar.destroying) end();
  });
}

type Entry = Extract extends AsyncIterable<infer Item> ? Item : never;

async function unpackEntries(
  tar: Extract,
  folder: string,
  limits: UnpackLimits,
  layout: Layout,
): Promise<UnpackedFile[]> {
  const paths = createArchivePaths(layout);
  const files: UnpackedFile[] = [];
  const faults: Fault[] = [];
  let entries = 0;
  for await (const entry of tar) {
    if (++entries > limits.maxFiles)
      throw new AppError(
        'too_large',
        `The archive holds more than ${limits.maxFiles} files and folders.`,
      );
    const { name, size } = entry.header;
    const { kind, ...checked } = checkEntry(entry.header, paths.take);
    if (!checked.ok) {
      faults.push({ loc: ['body', toShown(name)], msg: checked.problem, type: 'archive_entry' });
      if (faults.length >= MAX_FAULTS) break;
    } else if (kind === 'file' && size > limits.maxFileBytes)
      throw new AppError(
        'too_large',
        `${checked.path} is larger than the ${toMegabytes(limits.maxFileBytes)} that one file may have.`,
      );
    if (!checked.ok || faults.length > 0 || kind === 'folder') entry.resume();
    else files.push(await writeEntry(entry, folder, checked.path));
  }
  if (faults.length > 0) throw invalidInput(faults);
  if (files.length === 0) throw refuse('is empty: it holds no file');
  return files;
}

function checkEntry(
  { name, type }: Header,
  take: (name: string, kind: EntryKind) => PathResult,
): PathResult & { readonly kind?: EntryKind } {
  switch (type) {
    case 'file':
      return { ...take(name, 'file'), kind: 'file' };
    case 'directory':
      return { ...take(name, 'folder'), kind: 'folder' };
    case 'link':
    case 'symlink':
      return { ok: false, problem: 'is a link: send the file itself' };
    case 'character-device':
    case 'block-device':
      return { ok: false, problem: 'is a device' };
    case 'fifo':
      return { ok: false, problem: 'is a pipe (fifo)' };
    default:
      return { ok: false, problem: 'is neither a file nor a folder' };
  }
}

/** The modes of the archive do not count: nothing is executable, set to another user or open to others. */
async function writeEntry(entry: Entry, folder: string, path: string): Promise<UnpackedFile> {
  const target = join(folder, path);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const file = await open(target, 'wx', 0o600);
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    // The types of streamx do not say it; tar-stream pushes nothing else.
    for await (const chunk of entry as AsyncIterable<Uint8Array>) {
      hash.update(chunk);
      bytes += chunk.length;
      await file.writeFile(chunk);
    }
  } finally {
    await file.close();
  }
  return { path, bytes, sha256: hash.digest('hex') };
}

function countTrailingZeros(chunk: Buffer): number {
  let end = chunk.length;
  while (end > 0 && chunk[end - 1] === 0) end--;
  return chunk.length - end;
}

function toRefusal(error: unknown): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  // The reader of the gzip was done before the file was.
  if (code === 'ABORT_ERR') return refuse('goes on after its end');
  if (code === 'Z_BUF_ERROR') return refuse('is cut off: the end of the gzip is missing');
  if (code.startsWith('Z_')) return refuse('is no gzip file, or a damaged one');
  if (/^(Invalid tar header|Invalid header|Header exceeds)/.test(error.message))
    return refuse('holds no tar archive, or a damaged one');
  if (error.message === 'Unexpected end of data')
    return refuse('is cut off: the end of the tar is missing');
  return error;
}

function refuse(problem: string): AppError {
  return invalidInput([{ loc: ['body'], msg: `The archive ${problem}.`, type: 'archive' }]);
}

function toMegabytes(bytes: number): string {
  return `${Math.round((bytes / MEGABYTE) * 100) / 100} MB`;
}

/** A name out of an archive as an answer shows it. */
function toShown(name: string): string {
  return name.length > 200 ? `${name.slice(0, 200)}…` : name;
}
