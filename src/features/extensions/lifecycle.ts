import type { Logger } from '../../core/logger.ts';
import type { Folders } from './folders.ts';
import type { EnabledExtension, ExtensionRunner } from './installed.ts';
import { type Packages, writeDependencies } from './packages.ts';
import { type FoundExtension, scanExtensions } from './scan.ts';
import type { SettingValues } from './schema.ts';
import { settingsInForce } from './settings.ts';
import type { ExtensionStore, StoredExtension } from './store.ts';

export interface LifecycleDeps {
  readonly store: Pick<ExtensionStore, 'list'>;
  readonly runner: ExtensionRunner;
  readonly packages: Pick<Packages, 'ensure'>;
  readonly folders: Pick<Folders, 'mend'>;
  /** The folder of extensions, absolute. */
  readonly root: string;
  /** Of TinyBase. */
  readonly version: string;
  /** The setting extensions.enabled. */
  readonly isOn: boolean;
  readonly logger: Logger;
  readonly onProblem: (name: string, problem: string) => void;
  /** Looks whether another process wrote; tells it by `foreignWrite`. */
  readonly checkForeignWrites: () => void;
}

type Sound = Extract<FoundExtension, { kind: 'sound' }>;

/** Packages that are there are found to be there within this; what takes longer is an install. */
const MAX_PACKAGES_MS = 200;
export const INSTALLING = 'Its packages are still being installed.';
/** Functions wait no longer for extensions that may register some. */
const MAX_LOAD_MS = 5_000;
/** How often that is looked at while no request comes. */
const LOOK_MS = 1_000;

/** Whether one is to run: unless somebody disabled it, what lies in the folder is meant to. */
export function isWanted(stored: StoredExtension | undefined): boolean {
  return stored?.isEnabled ?? true;
}

/** Keeps the extensions that run those that are to run. */
export function createLifecycle(deps: LifecycleDeps) {
  const { store, runner, packages, folders, root, logger } = deps;
  /** One change at a time. */
  let queue: Promise<void> = Promise.resolve();
  let running = '[]';
  let seenRows: string | undefined;
  let look: Timer | undefined;
  let isStarted = false;
  /** Whose packages are being installed while the others run already. */
  const installing = new Set<string>();
  /** Whose install has ended that the others did not wait for: it is not begun again at once. */
  const endedLate = new Set<string>();

  async function apply(isForced: boolean, onBegun: () => void): Promise<void> {
    folders.mend();
    const stored = await store.list();
    seenRows = JSON.stringify(stored);
    const rows = new Map(stored.map((row) => [row.name, row]));
    const wanted = deps.isOn
      ? scanExtensions(root, deps.version).filter(({ name }) => isWanted(rows.get(name)))
      : [];
    const signature = JSON.stringify(
      wanted.map((found) => [found, rows.get(found.name)?.updatedAt]),
    );
    if (signature === running && !isForced) return;
    for (const { name, problem } of wanted.filter((found) => found.kind === 'broken'))
      logger.warning(`Extension ${name} does not run`, { reason: problem });
    await prepare(wanted.filter((found) => found.kind === 'sound'));
    running = signature;
    const restarted = runner.restart(
      wanted.map((found) => {
        const problem = installing.has(found.name) ? INSTALLING : null;
        return toEnabled(found, rows.get(found.name)?.settings ?? {}, problem);
      }),
    );
    onBegun();
    await restarted;
  }

  /** Has packages installed: what takes long is started when it is done. */
  async function prepare(extensions: readonly Sound[]): Promise<void> {
    const timeout = Promise.withResolvers<'late'>();
    const timer = setTimeout(() => timeout.resolve('late'), MAX_PACKAGES_MS);
    await Promise.all(
      extensions.map(async (found) => {
        const { name } = found;
        if (installing.has(name) || endedLate.delete(name)) return;
        installing.add(name);
        const done = ensure(found).then(() => installing.delete(name));
        if ((await Promise.race([done, timeout.promise])) !== 'late') return;
        void done.then(() => {
          endedLate.add(name);
          return refresh(true);
        });
      }),
    );
    clearTimeout(timer);
  }

  async function ensure({ name, folder, manifest }: Sound): Promise<void> {
    try {
      writeDependencies(folder, manifest);
      const problem = await packages.ensure(folder);
      if (problem !== undefined) deps.onProblem(name, problem);
    } catch (error) {
      deps.onProblem(name, error instanceof Error ? error.message : String(error));
    }
  }

  function refresh(isForced: boolean, onBegun = () => {}): Promise<void> {
    const next = queue.then(() => (isStarted ? apply(isForced, onBegun) : undefined));
    queue = next.catch((error: unknown) =>
      logger.error('The extensions cannot be looked at', { error }),
    );
    return queue;
  }

  async function lookAtRows(): Promise<void> {
    if (JSON.stringify(await store.list()) !== seenRows) await refresh(false);
  }

  return {
    /**
     * Resolves when writes wait for those that are starting; `loaded`, once they have, or take long.
     */
    async start(): Promise<{ readonly loaded: Promise<void> }> {
      isStarted = true;
      look = setInterval(deps.checkForeignWrites, LOOK_MS);
      look.unref();
      const begun = Promise.withResolvers<void>();
      const done = refresh(true, begun.resolve);
      await Promise.race([begun.promise, done]);
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, MAX_LOAD_MS);
      return { loaded: Promise.race([done, late.promise]).finally(() => clearTimeout(timer)) };
    },
    /** Starts, stops and restarts what has changed; with `isForced` all of them. */
    refresh,
    /** Another process wrote into the database. */
    foreignWrite(): void {
      if (!isStarted || seenRows === undefined) return;
      lookAtRows().catch((error: unknown) =>
        logger.error('The extensions cannot be looked at', { error }),
      );
    },
    isStarted: () => isStarted,
    isInstalling: (name: string) => installing.has(name),
    async stop(msLeft: number): Promise<void> {
      isStarted = false;
      clearInterval(look);
      await runner.stop(msLeft);
    },
  };
}

function toEnabled(
  found: FoundExtension,
  settings: SettingValues,
  problem: string | null,
): EnabledExtension {
  const { name, folder } = found;
  switch (found.kind) {
    case 'sound': {
      const { entry, manifest } = found;
      const { version } = manifest;
      const inForce = settingsInForce(manifest, settings);
      return { name, version, entry, folder, settings: inForce, problem };
    }
    case 'broken':
      return { name, version: '', entry: '', folder, settings: {}, problem: found.problem };
    default:
      return found satisfies never;
  }
}
