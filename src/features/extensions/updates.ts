import { AppError } from '../../core/errors.ts';
import { type CandidateDeps, fetchCandidate } from './candidate.ts';
import { SEMVER } from './manifest-schema.ts';
import type { ExtensionSource } from './schema.ts';
import { fromStored } from './source.ts';

/** What is known of newer versions of an extension. */
export type UpdateCheck =
  | { readonly status: 'current'; readonly latest: string }
  | {
      readonly status: 'update';
      readonly latest: string;
      /** What to give to `extensions install`. */
      readonly from: string;
    }
  /** Nobody can be asked, or who was asked did not answer. */
  | { readonly status: 'unknown'; readonly reason: string };

const TAG = /^refs\/tags\/(v?)(.+)$/;
const VERSION = new RegExp(SEMVER);

/** Asks where an extension came from whether there is a newer version. */
export async function checkForUpdate(
  version: string,
  source: ExtensionSource | null,
  deps: CandidateDeps,
  signal: AbortSignal | undefined,
): Promise<UpdateCheck> {
  if (source === null) return { status: 'unknown', reason: 'its folder was put there by hand' };
  try {
    switch (source.kind) {
      case 'folder':
      case 'archive':
        return { status: 'unknown', reason: `it was installed from ${source.location}` };
      case 'url':
        return await compareWith(version, source, deps, signal);
      case 'git':
        return await checkRepository(version, source, deps, signal);
      default:
        return source.kind satisfies never;
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { status: 'unknown', reason: error.message.replaceAll('\n', ' ') };
  }
}

/** A repository that tags its versions tells the newest at once; another one is looked into. */
async function checkRepository(
  version: string,
  source: ExtensionSource,
  deps: CandidateDeps,
  signal: AbortSignal | undefined,
): Promise<UpdateCheck> {
  const refs = await deps.git.list(source.location, signal);
  const tags = [...refs.keys()].flatMap((ref) => {
    const [, prefix = '', tagged = ''] = TAG.exec(ref) ?? [];
    // Who runs a version for trial is told of the next one for trial.
    const isMeant = VERSION.test(tagged) && (version.includes('-') || !tagged.includes('-'));
    return isMeant ? [{ tag: `${prefix}${tagged}`, version: tagged }] : [];
  });
  const followsBranch = source.ref !== null && refs.has(`refs/heads/${source.ref}`);
  const newest = followsBranch
    ? undefined
    : tags.sort((a, b) => Bun.semver.order(b.version, a.version))[0];
  if (newest !== undefined)
    return compare(version, newest.version, `${source.location}#${newest.tag}`);
  const now = refs.get(source.ref === null ? 'HEAD' : `refs/heads/${source.ref}`);
  if (now === undefined || now === source.commit) return { status: 'current', latest: version };
  return compareWith(version, source, deps, signal);
}

async function compareWith(
  version: string,
  source: ExtensionSource,
  deps: CandidateDeps,
  signal: AbortSignal | undefined,
): Promise<UpdateCheck> {
  const candidate = await fetchCandidate(fromStored(source), deps, signal);
  await candidate.close();
  const suffix = source.ref === null ? '' : `#${source.ref}`;
  return compare(version, candidate.manifest.version, `${source.location}${suffix}`);
}

function compare(version: string, latest: string, from: string): UpdateCheck {
  return Bun.semver.order(latest, version) > 0
    ? { status: 'update', latest, from }
    : { status: 'current', latest: version };
}
