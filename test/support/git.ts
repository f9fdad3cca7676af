import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemporaryFolder } from '../../scripts/support/server-process.ts';
import { writeFiles } from './fixtures.ts';

/** Where there is none, what needs it is skipped. */
export const hasGit = Bun.which('git') !== null;

const ENV = {
  PATH: process.env.PATH ?? '',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ann',
  GIT_AUTHOR_EMAIL: 'ann@example.com',
  GIT_COMMITTER_NAME: 'Ann',
  GIT_COMMITTER_EMAIL: 'ann@example.com',
};

/** A repository of its own, with a branch main and nothing in it. */
export async function makeRepository() {
  const dir = makeTemporaryFolder();
  async function git(...args: readonly string[]): Promise<string> {
    const child = Bun.spawn(['git', ...args], {
      cwd: dir,
      env: { ...ENV, HOME: dir },
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const [out, err] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    if ((await child.exited) !== 0) throw new Error(`git ${args.join(' ')}: ${err}`);
    return out.trim();
  }
  async function commitAll(): Promise<void> {
    await git('add', '--all');
    await git('commit', '--quiet', '--message', 'A change');
  }
  await git('init', '--quiet', '--initial-branch=main');
  return {
    dir,
    url: `file://${dir}`,
    git,
    async commit(files: Readonly<Record<string, string>>): Promise<void> {
      writeFiles(dir, files);
      await commitAll();
    },
    async link(path: string, target: string): Promise<void> {
      symlinkSync(target, join(dir, path));
      await commitAll();
    },
    remove: async () => rmSync(dir, { recursive: true, force: true }),
  };
}
