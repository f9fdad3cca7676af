import { AppError } from '../../core/errors.ts';
import { askHelper } from '../../core/helper-program.ts';
import { withoutPassword } from '../../lib/web-address.ts';

export interface GitDeps {
  /** The program; null when this machine has none. */
  readonly program: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** For one command. */
const TIMEOUT_MS = 300_000;
const MAX_OUTPUT = 4_000;

/** Whatever a repository or this machine's settings say: no code of it runs, no other protocol is spoken. */
const SAFETY = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  // A link is checked out as a file with a path in it.
  'core.symlinks=false',
  'core.protectHFS=true',
  'core.protectNTFS=true',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  'protocol.allow=never',
  'protocol.https.allow=always',
  'protocol.ssh.allow=always',
  'protocol.git.allow=always',
  'protocol.file.allow=always',
].flatMap((setting) => ['-c', setting]);

/** Variables by which git would look elsewhere than where it is told to. */
const MISLEADING =
  /^GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|COMMON_DIR|NAMESPACE|TEMPLATE_DIR)$/;

/** The machine's git, for what extensions need of it. */
export function createGit({ program, env }: GitDeps) {
  const kept = Object.entries(env).filter(([name]) => !MISLEADING.test(name));

  async function run(args: readonly string[], url: string, signal?: AbortSignal): Promise<string> {
    if (program === null)
      throw new AppError(
        'unavailable',
        `There is no git on this machine, which ${withoutPassword(url)} needs: install git, or give an archive or a folder.`,
      );
    const { code, out, err } = await askHelper([program, ...SAFETY, ...args], {
      env: {
        ...Object.fromEntries(kept),
        // Nobody is asked: a password comes from what git is set up with, or not at all.
        GIT_TERMINAL_PROMPT: '0',
        GIT_ALLOW_PROTOCOL: 'https:ssh:git:file',
        GIT_LFS_SKIP_SMUDGE: '1',
        LC_ALL: 'C',
      },
      timeoutMs: TIMEOUT_MS,
      signal,
    });
    if (code === 0) return out;
    throw new AppError('unavailable', explain(url, err));
  }

  return {
    /** Fetches one commit without its past into a new folder; answers which it is. */
    async fetch(
      url: string,
      ref: string | null,
      folder: string,
      signal?: AbortSignal,
    ): Promise<string> {
      const here = ['-C', folder];
      await run(['init', '--quiet', '--template=', '--', folder], url);
      await run(
        [
          ...here,
          'fetch',
          '--quiet',
          '--depth=1',
          '--no-tags',
          '--no-recurse-submodules',
          '--',
          url,
          ref ?? 'HEAD',
        ],
        url,
        signal,
      );
      await run([...here, 'checkout', '--quiet', '--force', '--detach', 'FETCH_HEAD'], url);
      return (await run([...here, 'rev-parse', 'HEAD'], url)).trim();
    },

    /** What a repository has: branches and tags with their commits, HEAD among them. */
    async list(url: string, signal?: AbortSignal): Promise<ReadonlyMap<string, string>> {
      const lines = (await run(['ls-remote', '--', url], url, signal)).split('\n');
      return new Map(
        lines.flatMap((line) => {
          const [commit, ref] = line.split('\t');
          return commit && ref ? [[ref, commit] as const] : [];
        }),
      );
    },
  };
}
export type Git = ReturnType<typeof createGit>;

function explain(url: string, output: string): string {
  const shown = withoutPassword(url);
  const said = output.slice(0, MAX_OUTPUT).replaceAll(url, shown);
  if (/couldn't find remote ref|not our ref|no such ref/i.test(said))
    return `${shown} has no such branch, tag or commit.`;
  if (/could not read (username|password)|authentication failed|permission denied/i.test(said))
    return `${shown} asks who you are: set up git so that it can fetch it, or is there no such repository?`;
  const reason = said
    .split('\n')
    .map((line) => line.replace(/^(fatal|error|remote): /, '').trim())
    .find((line) => line !== '');
  return `${shown} cannot be fetched: ${reason ?? 'git said nothing, or took too long'}.`;
}
