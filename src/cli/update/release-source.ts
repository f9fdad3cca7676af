import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { download } from '../../core/download.ts';
import { AppError } from '../../core/errors.ts';
import { isSafeDownload, withoutPassword } from '../../lib/web-address.ts';

/** Put in by scripts/release.ts; a program that was built by hand knows no place of releases. */
declare const TINYBASE_RELEASES_URL: string | undefined;

const INDEX_FILE = 'latest.json';
const INDEX = { what: 'a list of a release', maxBytes: 1024 * 1024, timeoutMs: 60_000 } as const;

/** What scripts/release.ts writes; keys that a later release adds are left aside. */
const ReleaseIndex = Type.Object({
  version: Type.String({ pattern: '^\\d+\\.\\d+\\.\\d+(-[0-9A-Za-z.-]+)?$' }),
  date: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
  schema_version: Type.Integer(),
  targets: Type.Record(
    Type.String(),
    Type.Object({
      // No path: it is put behind an address.
      file: Type.String({ pattern: '^[0-9A-Za-z][0-9A-Za-z._-]*\\.(tar\\.gz|zip)$' }),
      sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
      bytes: Type.Integer({ minimum: 1 }),
    }),
  ),
});
export type ReleaseIndex = Static<typeof ReleaseIndex>;

export interface ReleaseSource {
  /** What is to be had: the newest, or one version. */
  readIndex(
    version: string | undefined,
    folder: string,
    signal: AbortSignal,
  ): Promise<ReleaseIndex>;
  addressOf(version: string, file: string): string;
}

/** Releases as GitHub serves them: `latest/download/FILE` and `download/vVERSION/FILE`. */
export function openReleaseSource(given: string | undefined): ReleaseSource {
  const base = toBase(given);
  return {
    addressOf: (version, file) => `${base}/download/v${version}/${file}`,
    async readIndex(version, folder, signal) {
      const path = join(folder, INDEX_FILE);
      const place = version === undefined ? 'latest/download' : `download/v${version}`;
      const address = `${base}/${place}/${INDEX_FILE}`;
      await download(address, path, { ...INDEX, signal });
      const index = parse(await readFile(path, 'utf8'));
      const isAsked = version === undefined || index?.version === version;
      if (index !== undefined && isAsked) return index;
      throw new AppError(
        'unavailable',
        `${withoutPassword(address)} is no list of ${isAsked ? 'a release' : `version ${version}`} of TinyBase: is the address right?`,
      );
    },
  };
}

function toBase(given: string | undefined): string {
  const built = typeof TINYBASE_RELEASES_URL === 'string' ? TINYBASE_RELEASES_URL : undefined;
  const base = (given ?? built)?.replace(/\/+$/, '');
  if (base === undefined)
    throw new AppError(
      'invalid_input',
      'This program was not built by a release, so it does not know where releases are: say it with --url or TINYBASE_DOWNLOAD_URL.',
    );
  if (URL.canParse(base) && isSafeDownload(new URL(base))) return base;
  throw new AppError(
    'invalid_input',
    `Releases come from an address that begins with https://, got ${withoutPassword(base)}: on any other way anybody could change them.`,
  );
}

function parse(text: string): ReleaseIndex | undefined {
  try {
    const index: unknown = JSON.parse(text);
    return Value.Check(ReleaseIndex, index) ? index : undefined;
  } catch {
    return undefined;
  }
}
