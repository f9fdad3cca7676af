import { join, resolve, sep } from 'node:path';
import { SYSTEM } from './core/actor.ts';
import type { AuditTrail } from './core/audit.ts';
import type { Clock } from './core/clock.ts';
import type { Config } from './core/config.ts';
import type { Logger } from './core/logger.ts';
import type { TryLock } from './features/extensions/folders.ts';
import type { ExtensionRunner } from './features/extensions/installed.ts';
import type { Packages } from './features/extensions/packages.ts';
import { createExtensionService, type ExtensionService } from './features/extensions/service.ts';
import type { ExtensionStore } from './features/extensions/store.ts';
import type { FunctionService } from './features/functions/service.ts';
import { watchFunctions } from './features/functions/watch.ts';

export interface ExtensionParts {
  readonly storage: {
    readonly extensions: ExtensionStore;
    onForeignWrite(listener: () => void): void;
    checkForeignWrites(): void;
  };
  readonly runner: ExtensionRunner;
  readonly functions: Pick<FunctionService, 'adminList'>;
  readonly packages: Packages;
  readonly tryLock: TryLock;
  readonly config: Config;
  /** The project's folder, absolute. */
  readonly dir: string;
  readonly version: string;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What knows the extensions of this project, and keeps those running that are to run. */
export function createExtensions(parts: ExtensionParts): ExtensionService {
  const { storage, functions, config, dir } = parts;
  const service = createExtensionService({
    store: storage.extensions,
    runner: parts.runner,
    packages: parts.packages,
    functionsIn: (folder) =>
      functions
        .adminList({ limit: Number.MAX_SAFE_INTEGER, offset: 0 })
        .items.filter(({ file_path }) => resolve(dir, file_path).startsWith(join(folder, sep)))
        .map(({ name }) => name),
    tryLock: parts.tryLock,
    watch: (folder, onChange) =>
      watchFunctions({ path: folder, file: null, isWatched: true }, onChange),
    checkForeignWrites: storage.checkForeignWrites,
    root: resolve(dir, config.extensions.path),
    isOn: config.extensions.enabled,
    version: parts.version,
    env: process.env,
    audit: parts.audit,
    clock: parts.clock,
    logger: parts.logger,
  });
  storage.onForeignWrite(service.foreignWrite);
  return service;
}

/** What the commands for extensions ask for; the command line has full rights. */
export function extensionCommands(extensions: ExtensionService) {
  const everything = { limit: Number.MAX_SAFE_INTEGER, offset: 0 };
  return {
    offer: extensions.offer.bind(undefined, SYSTEM),
    list: async () => (await extensions.list(SYSTEM, everything)).items,
    get: extensions.get.bind(undefined, SYSTEM),
    setEnabled: (name: string, isEnabled: boolean) =>
      extensions.update(SYSTEM, name, { is_enabled: isEnabled }),
    remove: extensions.remove.bind(undefined, SYSTEM),
    checkUpdates: extensions.checkUpdates.bind(undefined, SYSTEM),
  };
}
