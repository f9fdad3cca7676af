import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { unpackArchive } from '../../core/archive/unpack.ts';
import { AppError } from '../../core/errors.ts';

const MEGABYTE = 1024 * 1024;
const LIMITS = {
  maxFiles: 200,
  maxFileBytes: 400 * MEGABYTE,
  maxTotalBytes: 500 * MEGABYTE,
} as const;
const PROGRAMS = ['tinybase', 'tinybase.exe'];

/** Compares the bytes of a file with what the release says about them. */
export async function checkSum(path: string, expected: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const found = hash.digest('hex');
  if (found !== expected)
    throw new AppError(
      'conflict',
      `The sum of ${basename(path)} is wrong: nothing was changed. The release says ${expected}, what came has ${found}.`,
    );
}

/** Unpacks an archive of a release into a folder that is empty but for it; answers the program. */
export async function unpackProgram(archive: string, folder: string): Promise<string> {
  const program = archive.endsWith('.zip')
    ? await unpackZip(archive, folder)
    : await unpackTar(archive, folder);
  await chmod(program, 0o755);
  return program;
}

async function unpackTar(archive: string, folder: string): Promise<string> {
  const files = await unpackArchive(archive, folder, LIMITS, () => undefined);
  const found = files.find(({ path }) => isProgram(path));
  if (found === undefined) throw lacksProgram(archive);
  return join(folder, found.path);
}

/** Only the program is taken out, under a name of ours. */
async function unpackZip(archive: string, folder: string): Promise<string> {
  const { unzipSync } = await import('fflate');
  let content: Uint8Array | undefined;
  try {
    content = Object.values(
      unzipSync(await readFile(archive), {
        filter: ({ name, originalSize }) => isProgram(name) && originalSize <= LIMITS.maxFileBytes,
      }),
    )[0];
  } catch (error) {
    throw new AppError('conflict', `${basename(archive)} is no zip archive, or a damaged one.`, {
      cause: error,
    });
  }
  if (content === undefined) throw lacksProgram(archive);
  const path = join(folder, 'tinybase.exe');
  await writeFile(path, content, { flag: 'wx', mode: 0o755 });
  return path;
}

/** Of the one folder that the archive holds. */
function isProgram(path: string): boolean {
  const [, name = '', ...deeper] = path.split('/');
  return deeper.length === 0 && PROGRAMS.includes(name);
}

function lacksProgram(archive: string): AppError {
  return new AppError('conflict', `${basename(archive)} holds no program: nothing was changed.`);
}
