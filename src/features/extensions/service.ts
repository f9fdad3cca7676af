import { type Actor, requireFullAdmin, SYSTEM } from '../../core/actor.ts';
import type { AuditTrail } from '../../core/audit.ts';
import { type Clock, toTimestamp } from '../../core/clock.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { suggest } from '../../lib/nearest.ts';
import { cutPage, type PageWindow, toPage } from '../../lib/page.ts';
import { createErrorLog } from './error-log.ts';
import { createFolders, type TryLock } from './folders.ts';
import { createGit } from './git.ts';
import type { ExtensionFault, ExtensionRunner } from './installed.ts';
import { createInstalls } from './installs.ts';
import { createLifecycle, INSTALLING, isWanted } from './lifecycle.ts';
import type { Manifest } from './manifest.ts';
import type { Packages } from './packages.ts';
import { type FoundExtension, findExtension, scanExtensions } from './scan.ts';
import type {
  Extension,
  ExtensionErrorPage,
  ExtensionPage,
  ExtensionPatch,
  ExtensionSettings,
  SettingValues,
} from './schema.ts';
import { MAX_SETTINGS_CHARS, planSettings, showSettings } from './settings.ts';
import { parseSource } from './source.ts';
import type { ExtensionStore, StoredExtension } from './store.ts';

export interface ExtensionServiceDeps {
  readonly store: ExtensionStore;
  readonly runner: ExtensionRunner;
  readonly packages: Packages;
  /** Names of the functions whose files lie in a folder. */
  readonly functionsIn: (folder: string) => readonly string[];
  readonly tryLock: TryLock;
  /** Calls back after a change below a folder. */
  readonly watch: (folder: string, onChange: () => void) => { stop(): void };
  readonly checkForeignWrites: () => void;
  /** The folder of extensions, absolute. */
  readonly root: string;
  /** The setting extensions.enabled. */
  readonly isOn: boolean;
  /** Of TinyBase. */
  readonly version: string;
  /** Of this process; git takes its settings from there. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly logger: Logger;
}

const CAME_LATER =
  'Its folder was put there while the server ran: enable it, or start the server anew.';

export function createExtensionService(deps: ExtensionServiceDeps) {
  const { store, runner, root, version, audit, clock, logger } = deps;
  const folders = createFolders(root, deps.tryLock);
  const errors = createErrorLog(deps);
  const program = Bun.which('git', { PATH: deps.env.PATH ?? '' });
  const git = createGit({ program, env: deps.env });
  const installs = createInstalls({ ...deps, folders, git });
  const lifecycle = createLifecycle({
    ...deps,
    folders,
    onProblem(extension, message) {
      logger.warning(`Extension ${extension}: ${message}`);
      errors.add({ extension, event: 'packages', message, stack: null });
    },
  });
  let watched: { stop(): void } | undefined;
  const now = () => toTimestamp(clock.now());

  function require(name: string): FoundExtension {
    folders.mend();
    const found = findExtension(root, name, version);
    if (found !== undefined) return found;
    const names = scanExtensions(root, version).map((each) => each.name);
    throw new AppError(
      'not_found',
      `There is no extension ${JSON.stringify(name.slice(0, 80))}${suggest(name, names) || '.'}`,
    );
  }

  function stateOf(
    found: FoundExtension,
    row: StoredExtension | undefined,
  ): Pick<Extension, 'state' | 'error' | 'hooks'> {
    if (found.kind === 'broken') return { state: 'broken', error: found.problem, hooks: [] };
    if (!isWanted(row)) return { state: 'disabled', error: null, hooks: [] };
    if (!deps.isOn) return { state: 'off', error: 'extensions.enabled is false.', hooks: [] };
    if (!lifecycle.isStarted()) return { state: 'stopped', error: null, hooks: [] };
    if (lifecycle.isInstalling(found.name))
      return { state: 'starting', error: INSTALLING, hooks: [] };
    const { state, error, hooks } = runner.status(found.name);
    return { state, error: state === 'stopped' ? CAME_LATER : error, hooks: [...hooks] };
  }

  function show(
    found: FoundExtension,
    row: StoredExtension | undefined,
    errorCount: number,
  ): Extension {
    return {
      name: found.name,
      version: found.manifest?.version ?? null,
      description: found.manifest?.description ?? null,
      author: found.manifest?.author ?? null,
      license: found.manifest?.license ?? null,
      is_enabled: isWanted(row),
      ...stateOf(found, row),
      functions: [...deps.functionsIn(found.folder)],
      source: row?.source ?? null,
      error_count: errorCount,
      installed_at: row?.installedAt ?? null,
      updated_at: row?.updatedAt ?? null,
    };
  }

  async function get(name: string): Promise<Extension> {
    const found = require(name);
    await errors.flush();
    const [row, counts] = await Promise.all([store.find(name), store.countErrors()]);
    return show(found, row, counts.get(name) ?? 0);
  }

  async function note(actor: Actor, verb: string, name: string, details?: Record<string, unknown>) {
    const entry = { action: `extension.${verb}`, subject_id: null, subject_name: name } as const;
    await audit.note(actor, details === undefined ? entry : { ...entry, details });
  }

  /** A crash may have come between the folder of one and what is known of it. */
  async function finishRemovals(): Promise<void> {
    try {
      for (const name of folders.removed()) {
        if (findExtension(root, name, version) === undefined) {
          await store.remove(name);
          await note(SYSTEM, 'uninstall', name);
        }
        await folders.forget(name);
      }
    } catch (error) {
      logger.error('An extension is not uninstalled as a whole; the next start tries again', {
        error,
      });
    }
  }

  function requireManifest(name: string): Manifest {
    const found = require(name);
    if (found.manifest !== undefined) return found.manifest;
    throw new AppError('conflict', `The manifest of ${name} cannot be read: mend it first.`);
  }

  return {
    async list(actor: Actor, window: PageWindow): Promise<ExtensionPage> {
      requireFullAdmin(actor);
      folders.mend();
      await errors.flush();
      const [rows, counts] = await Promise.all([store.list(), store.countErrors()]);
      const byName = new Map(rows.map((row) => [row.name, row]));
      const all = scanExtensions(root, version);
      return cutPage(
        all.map((found) => show(found, byName.get(found.name), counts.get(found.name) ?? 0)),
        window,
      );
    },

    async get(actor: Actor, name: string): Promise<Extension> {
      requireFullAdmin(actor);
      return get(name);
    },

    /** Enables or disables it; answers once that has happened. */
    async update(actor: Actor, name: string, { is_enabled }: ExtensionPatch): Promise<Extension> {
      requireFullAdmin(actor);
      require(name);
      const row = await store.find(name);
      // A server beside notices what is written: that it runs one whose folder has just been put there.
      if (row?.isEnabled !== is_enabled) await store.setEnabled(name, is_enabled, now());
      if (isWanted(row) !== is_enabled) await note(actor, is_enabled ? 'enable' : 'disable', name);
      await lifecycle.refresh(false);
      return get(name);
    },

    /** Removes its folder, its settings and its errors. */
    async remove(actor: Actor, name: string): Promise<void> {
      requireFullAdmin(actor);
      const found = require(name);
      await folders.remove(name);
      await errors.flush();
      await store.remove(name);
      await note(actor, 'uninstall', name, { version: found.manifest?.version ?? null });
      await folders.forget(name);
      await lifecycle.refresh(false);
    },

    async listErrors(actor: Actor, name: string, window: PageWindow): Promise<ExtensionErrorPage> {
      requireFullAdmin(actor);
      require(name);
      await errors.flush();
      return toPage(await store.listErrors(name, window), window);
    },

    async getSettings(actor: Actor, name: string): Promise<ExtensionSettings> {
      requireFullAdmin(actor);
      return showSettings(requireManifest(name), (await store.find(name))?.settings ?? {});
    },

    async updateSettings(
      actor: Actor,
      name: string,
      patch: SettingValues,
    ): Promise<ExtensionSettings> {
      requireFullAdmin(actor);
      const manifest = requireManifest(name);
      const change = planSettings(manifest, patch);
      const settings = await store.changeSettings(name, change, MAX_SETTINGS_CHARS, now());
      if (settings === undefined)
        throw invalidInput([
          {
            loc: ['body'],
            msg: `all settings together must have at most ${MAX_SETTINGS_CHARS} characters as JSON`,
            type: 'too_long',
          },
        ]);
      await note(actor, 'settings', name, { changed: Object.keys(patch).sort() });
      await lifecycle.refresh(false);
      return showSettings(manifest, settings);
    },

    /** Fetches and checks what was named, from the folder where it was named. */
    async offer(actor: Actor, text: string, cwd: string, signal?: AbortSignal) {
      requireFullAdmin(actor);
      return installs.offer(actor, parseSource(text, cwd), signal);
    },
    async checkUpdates(actor: Actor, signal?: AbortSignal) {
      requireFullAdmin(actor);
      return installs.checkUpdates(signal);
    },

    /** The entry modules of those that are to run, whether anything runs or not. */
    async entries(): Promise<readonly string[]> {
      if (!deps.isOn) return [];
      const rows = new Map((await store.list()).map((row) => [row.name, row]));
      return scanExtensions(root, version).flatMap((found) =>
        found.kind === 'sound' && isWanted(rows.get(found.name)) ? [found.entry] : [],
      );
    },
    noteError: (fault: ExtensionFault) => errors.add(fault),
    async start() {
      await finishRemovals();
      return lifecycle.start();
    },
    foreignWrite: lifecycle.foreignWrite,
    /** From now on, an edit of an extension's file restarts them. */
    watch(): void {
      watched ??= deps.watch(root, () => void lifecycle.refresh(true));
    },
    async stop(msLeft: number): Promise<void> {
      watched?.stop();
      await lifecycle.stop(msLeft);
      await errors.flush();
    },
  };
}
export type ExtensionService = ReturnType<typeof createExtensionService>;
