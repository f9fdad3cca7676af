import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { loadRegularFile, readRegularFile } from '../../core/regular-file.ts';
import type { SourceFile } from '../../protocol/messages.ts';
import { type FunctionPlaces, readTree } from './files.ts';

const CODE = /\.([cm]?[jt]s|[jt]sx|json)$/;
const NO_CODE = /\.d\.[cm]?ts$/;
/** Code of this size was not written by hand; what lies beyond is read from the disk as it is then. */
const MAX_FILE_BYTES = 1024 * 1024;
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * The code as it was when its workers were made. A worker that is started later, for one that was
 * ended, must run the same code, though the files may have been edited, broken or deleted meanwhile.
 */
export interface Sources {
  /** The files that are not on the disk as they were then, as they were then. */
  changed(): readonly SourceFile[];
}

export async function readSources(
  { path, file }: FunctionPlaces,
  extensions: readonly string[] = [],
): Promise<Sources> {
  const paths = [
    ...readTree(path).files,
    ...(file === null ? [] : [file]),
    ...extensions.flatMap((entry) => readTree(dirname(entry)).files),
  ];
  const sources: SourceFile[] = [];
  let bytes = 0;
  for (const candidate of paths) {
    if (!CODE.test(candidate) || NO_CODE.test(candidate)) continue;
    const source = await readSource(candidate);
    if (!source) continue;
    bytes += source.text.length;
    if (bytes > MAX_BYTES) break;
    sources.push(source);
  }
  return {
    changed: () => sources.filter(({ path, text }) => readText(path) !== text),
  };
}

async function readSource(path: string): Promise<SourceFile | undefined> {
  try {
    const text = (await loadRegularFile(path, MAX_FILE_BYTES)).toString('utf8');
    return { path, real_path: realpathSync(path), text };
  } catch {
    // Too large, unreadable or gone: whoever imports it says so.
    return undefined;
  }
}

function readText(path: string): string | undefined {
  try {
    return readRegularFile(path, MAX_FILE_BYTES).toString('utf8');
  } catch {
    return undefined;
  }
}
