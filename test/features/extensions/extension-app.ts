import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemporaryFolder } from '../../../scripts/support/server-process.ts';
import { SYSTEM } from '../../../src/core/actor.ts';
import type { AuditEntry } from '../../../src/core/audit.ts';
import { createLogger } from '../../../src/core/logger.ts';
import type { EnabledExtension } from '../../../src/features/extensions/installed.ts';
import { createExtensionService } from '../../../src/features/extensions/service.ts';
import { watchFunctions } from '../../../src/features/functions/watch.ts';
import { tryFileLock } from '../../../src/storage/file-lock.ts';
import { openConnection } from '../../../src/storage/sqlite/connection.ts';
import { createExtensionStore } from '../../../src/storage/sqlite/extension-store.ts';
import { writeFiles } from '../../support/fixtures.ts';

export const EVERYTHING = { limit: 1_000, offset: 0 };

/** A manifest with what a test wants in it. */
export const manifest = (name = 'hello', rest = '', version = '1.0.0') =>
  `[extension]\nname = "${name}"\nversion = "${version}"\n${rest}\n`;

/** The files of an extension in a folder. */
export const extensionIn = (folder: string, name = 'hello', rest = '', version = '1.0.0') => ({
  [`${folder}/extension.toml`]: manifest(name, rest, version),
  [`${folder}/main.ts`]: `console.log('${name} ${version}');\n`,
});

interface OpenOptions {
  readonly dir?: string;
  readonly path?: string;
  readonly isOn?: boolean;
  /** Has the packages of a folder installed. */
  readonly ensure?: (folder: string) => Promise<string | undefined>;
}

/** The service on a real database and real folders; what is to run is written down instead of run. */
export function openExtensions(options: OpenOptions = {}) {
  const dir = options.dir ?? makeTemporaryFolder();
  const root = join(dir, 'extensions');
  const connection = openConnection({ path: options.path ?? ':memory:' });
  const restarts: (readonly EnabledExtension[])[] = [];
  const notes: AuditEntry[] = [];
  const lines: string[] = [];
  const installs: string[] = [];
  const clock = { ms: Date.UTC(2030, 0, 1), now: () => clock.ms++ };
  const store = createExtensionStore(connection);
  const service = createExtensionService({
    store,
    runner: {
      restart: async (extensions) => void restarts.push(extensions),
      status: (name) => {
        const running = restarts.at(-1)?.find((extension) => extension.name === name);
        return { state: running ? 'running' : 'stopped', error: null, hooks: ['on_startup'] };
      },
      stop: async () => undefined,
    },
    packages: {
      ensure: options.ensure ?? (async () => undefined),
      install: async (folder) => installs.push(folder),
      findForeignPaths: () => [],
    },
    functionsIn: () => [],
    tryLock: tryFileLock,
    watch: (folder, onChange) =>
      watchFunctions({ path: folder, file: null, isWatched: true }, onChange),
    checkForeignWrites: connection.checkForeignWrites,
    root,
    isOn: options.isOn ?? true,
    version: '1.5.0',
    env: process.env,
    audit: { note: async (_actor, entry) => void notes.push(entry) },
    clock,
    logger: createLogger({ level: 'info', format: 'text', write: (line) => lines.push(line) }),
  });
  connection.onForeignWrite(service.foreignWrite);
  return {
    dir,
    root,
    service,
    store,
    restarts,
    notes,
    lines,
    installs,
    write: (files: Readonly<Record<string, string>>) => writeFiles(dir, files),
    /** Installs what is named; answers what was shown before. */
    async install(source: string) {
      const offer = await service.offer(SYSTEM, source, dir);
      try {
        await offer.accept(() => undefined);
      } finally {
        await offer.close();
      }
      return offer;
    },
    /** The names of those that run. */
    running: () =>
      restarts
        .at(-1)
        ?.filter(({ problem }) => problem === null)
        .map(nameOf) ?? [],
    list: async () => (await service.list(SYSTEM, EVERYTHING)).items,
    get: (name: string) => service.get(SYSTEM, name),
    /** As each request does; by itself it looks every second. */
    look: connection.checkForeignWrites,
    /** What lies where extensions are made ready: nothing, when nobody is at it. */
    leftovers() {
      const work = join(root, '.tinybase');
      const isEmpty = (name: string) =>
        name === 'old' && readdirSync(join(work, name)).length === 0;
      return existsSync(work)
        ? readdirSync(work).filter((name) => name !== 'lock' && !isEmpty(name))
        : [];
    },
    makeRoot: () => mkdirSync(root, { recursive: true }),
    async close() {
      await service.stop(0);
      connection.close();
    },
  };
}

const nameOf = ({ name }: EnabledExtension) => name;
