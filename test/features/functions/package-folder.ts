import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { LogLevel } from '../../../src/core/logger.ts';
import {
  createPackageInstaller,
  type PackageInstallerDeps,
} from '../../../src/features/functions/packages/installer.ts';
import { tryFileLock } from '../../../src/storage/file-lock.ts';
import type { FakeRegistry } from './fake-registry.ts';

/** A folder with a package.json, an installer of its own cache, and nothing of this machine's settings. */
export function createPackageFolder(
  packageFile: unknown,
  { registry, env = {}, ...deps }: FolderOptions = {},
) {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'tinybase-packages-')));
  const folder = join(root, 'functions');
  const pathOf = (...names: string[]) => join(folder, ...names);
  const logged: string[] = [];
  const said: string[] = [];
  const log = (level: LogLevel) => (message: string) => void logged.push(`${level} ${message}`);
  const write = (name: string, content: unknown) => {
    mkdirSync(dirname(pathOf(name)), { recursive: true });
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    writeFileSync(pathOf(name), text);
  };
  mkdirSync(folder);
  if (packageFile !== undefined) write('package.json', packageFile);
  if (registry) write('.npmrc', `registry=${registry.url}\n`);
  const installerEnv = {
    PATH: process.env.PATH,
    HOME: join(root, 'home'),
    BUN_INSTALL_CACHE_DIR: join(root, 'cache'),
    ...env,
  };
  const installer = createPackageInstaller({
    logger: {
      debug: log('debug'),
      info: log('info'),
      warning: log('warning'),
      error: log('error'),
      isEnabled: () => true,
    },
    tryLock: tryFileLock,
    env: installerEnv,
    ...deps,
  });
  return {
    root,
    folder,
    installer,
    installerEnv,
    logged,
    said,
    pathOf,
    write,
    onLine: (line: string) => void said.push(line),
    has: (...names: string[]) => existsSync(pathOf(...names)),
    read: (...names: string[]) => readFileSync(pathOf(...names), 'utf8'),
    remove: (...names: string[]) => rmSync(pathOf(...names), { recursive: true }),
    /** What came out of an install: its error message, or undefined. */
    async failure(work: Promise<unknown>): Promise<string | undefined> {
      return work.then(
        () => undefined,
        (error: unknown) => String(error),
      );
    },
    [Symbol.dispose]() {
      installer.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

interface FolderOptions extends Partial<PackageInstallerDeps> {
  readonly registry?: FakeRegistry;
}
