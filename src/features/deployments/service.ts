import { relative, resolve } from 'node:path';
import { type Actor, isAdmin, requireScope } from '../../core/actor.ts';
import type { AuditTrail } from '../../core/audit.ts';
import { AppError } from '../../core/errors.ts';
import { createLimiter } from '../../lib/limiter.ts';
import { type PageWindow, toPage } from '../../lib/page.ts';
import type { FunctionService } from '../functions/service.ts';
import { compareVersions, contentOf, type VersionContent } from './changes.ts';
import { createFolders, type ReceivedArchive } from './folders.ts';
import { hashFiles } from './hash-file.ts';
import {
  type Candidate,
  createPreparer,
  type FunctionPlaces,
  type PrepareDeps,
  requirePresent,
} from './prepare.ts';
import { diskProblem } from './refusals.ts';
import type {
  ActivatedDeployment,
  Comparison,
  DeploymentChanges,
  DeploymentPage,
  DeployResult,
} from './schema.ts';
import type { DeploymentStore, StoredDeployment } from './store.ts';

export interface DeploymentServiceDeps extends PrepareDeps {
  readonly store: DeploymentStore;
  readonly functions: Pick<FunctionService, 'start' | 'prepare' | 'adminList' | 'local'>;
  /** Where the versions are kept, absolute. */
  readonly folder: string;
  /** Paths of functions are shown relative to this folder. */
  readonly root: string;
  readonly newId: () => string;
  readonly audit: AuditTrail;
}

export interface DeployOptions {
  readonly isDryRun: boolean;
  readonly message?: string | undefined;
  /** Aborted when the caller has gone: nothing is made active then. */
  readonly signal?: AbortSignal | undefined;
  /** The whole archive has come. */
  readonly onReceived?: () => void;
}

/** The folder of the project, where an id is asked for. */
const LOCAL = 'local';
/** What stands before the first version. */
const NOTHING: VersionContent = { functions: new Map(), files: new Map() };
const KEPT = 5;
const MAX_WAITING = 7;

export function createDeploymentService(deps: DeploymentServiceDeps) {
  const { store, functions, logger, audit } = deps;
  const folders = createFolders(deps.folder);
  const { prepare, load } = createPreparer(deps, folders);
  /** Archives that are received or wait take room on the disk. */
  const uploads = createLimiter({ maxRunning: MAX_WAITING, maxWaiting: 0, onFull: tooMany });
  /** One change at a time: each is compared with the one before, and only one can be active. */
  const queue = createLimiter({ maxRunning: 1, maxWaiting: 2 * MAX_WAITING, onFull: tooMany });
  /** Folders that must not be swept away yet: those being made, and the one whose calls may still run. */
  const making = new Set<string>();
  let replaced: string | undefined;
  /** The first load; what comes after is compared with it. */
  let started: Promise<void> = Promise.resolve();
  /** The deployment that was active then, if one was. */
  let startedWith: { readonly id: string | undefined } | undefined;

  const inTurn = <T>(job: () => Promise<T>): Promise<T> =>
    queue.run(async () => {
      await started.catch(() => undefined);
      return job();
    });

  async function receive(id: string, chunks: AsyncIterable<Uint8Array>): Promise<ReceivedArchive> {
    making.add(id);
    await store.begin(id);
    return folders.receive(id, chunks);
  }

  async function discard(id: string): Promise<void> {
    await folders.remove(id);
    await store.forget(id);
  }

  /** Ends an attempt of which nothing is to stay. What cannot be removed now is removed at the next start. */
  async function giveUp(id: string): Promise<void> {
    try {
      if ((await store.find(id)) === undefined) await discard(id);
    } catch (error) {
      logger.warning('The folder of a refused deployment cannot be removed', { error });
    }
  }

  /** Removes what belongs to no deployment. */
  async function sweep(): Promise<void> {
    for (const id of await store.remains()) {
      if (making.has(id) || id === replaced) continue;
      // Removing those before it took its time, in which it may have become a deployment.
      if ((await store.find(id)) === undefined) await discard(id);
    }
  }

  function sweepLater(): void {
    sweep().catch((error: unknown) =>
      logger.warning('The folder of an old deployment cannot be removed', { error }),
    );
  }

  /** What a new version is compared with: what answers now. */
  async function readCurrent(): Promise<VersionContent> {
    const active = await store.findActive();
    if (active !== undefined) return contentOf(active);
    const paths = new Map(
      loaded().map(({ name, file_path }) => [name, resolve(deps.root, file_path)]),
    );
    const hashes = await hashFiles(paths.values());
    return {
      functions: new Map([...paths].map(([name, path]) => [name, hashes.get(path)])),
      files: new Map(),
    };
  }

  /** Makes a loaded version the one that answers, once the database says so. */
  async function switchTo(candidate: Candidate, commit: () => Promise<unknown>): Promise<void> {
    const active = await store.findActive();
    const before = replaced;
    // Once the database says so, anybody may sweep.
    replaced = active?.id;
    try {
      await commit();
    } catch (error) {
      replaced = before;
      candidate.discard();
      throw error;
    }
    candidate.adopt();
  }

  async function make(
    actor: Actor,
    id: string,
    archive: ReceivedArchive,
    options: DeployOptions,
  ): Promise<DeployResult> {
    const current = await readCurrent();
    const { candidate, deployment } = await prepare(actor, id, archive, options);
    const { files: _files, ...shown } = deployment;
    const names = deployment.functions.map(({ name }) => name);
    const changes = compareVersions(current, contentOf(deployment));
    if (options.isDryRun) {
      candidate.discard();
      await giveUp(id);
      return { ...shown, id: null, is_active: false, functions: names, changes };
    }
    await switchTo(candidate, async () => {
      await folders.sync(id);
      requirePresent(options.signal);
      await store.finish(deployment, KEPT);
    });
    logger.info('Deployed functions', { deployment: id, functions: names });
    await audit.note(actor, {
      action: 'deployment.create',
      subject_id: id,
      subject_name: deployment.message,
      details: { checksum: deployment.checksum, functions: changes.functions },
    });
    return { ...shown, is_active: true, functions: names, changes };
  }

  async function activateLocal(actor: Actor): Promise<ActivatedDeployment> {
    const isActive = (await store.findActive()) === undefined;
    if (isActive) return activated(LOCAL, loaded());
    const candidate = await load(functions.local, deps.root);
    await switchTo(candidate, async () => store.activate(null));
    logger.info('Functions come from the local folder again');
    await audit.note(actor, activateEntry(LOCAL, null));
    return activated(LOCAL, candidate.functions);
  }

  async function getStored(id: string): Promise<StoredDeployment> {
    const stored = await store.find(id);
    if (stored === undefined)
      throw new AppError('not_found', `There is no deployment ${id.slice(0, 80)}.`);
    return stored;
  }

  async function activateStored(actor: Actor, id: string): Promise<ActivatedDeployment> {
    const stored = await getStored(id);
    const isActive = (await store.findActive())?.id === id;
    if (isActive) return activated(id, loaded());
    const places = folders.places(id);
    if (places === undefined)
      throw new AppError('conflict', `The files of deployment ${id} are gone: deploy them again.`);
    const candidate = await load(places, folders.pathOf(id));
    await switchTo(candidate, async () => store.activate(id));
    logger.info('Activated a deployment', { deployment: id });
    await audit.note(actor, activateEntry(id, stored.message));
    return activated(id, candidate.functions);
  }

  function loaded() {
    return functions.adminList({ limit: Number.MAX_SAFE_INTEGER, offset: 0 }).items;
  }

  async function findPlaces(): Promise<FunctionPlaces> {
    const active = await store.findActive();
    startedWith = { id: active?.id };
    if (active === undefined) return functions.local;
    const path = folders.pathOf(active.id);
    const shown = relative(deps.root, path);
    const places = folders.places(active.id);
    if (places !== undefined) {
      logger.info(
        `Functions come from the deployment of ${active.created_at} (${shown}); the local folder is not loaded`,
      );
      return places;
    }
    logger.error(
      `The files of the active deployment are gone (${shown}): there are no functions until another one is deployed or activated`,
    );
    return { path, file: null, isWatched: false };
  }

  function start(): Promise<void> {
    started = findPlaces().then((places) => functions.start(places));
    return started;
  }

  return {
    /** Takes a tar.gz and makes it what answers, or says why not and changes nothing. */
    async deploy(
      actor: Actor,
      chunks: AsyncIterable<Uint8Array>,
      options: DeployOptions,
    ): Promise<DeployResult> {
      requireDeployer(actor);
      return uploads.run(async () => {
        const id = deps.newId();
        try {
          const archive = await receive(id, chunks);
          options.onReceived?.();
          return await inTurn(() => make(actor, id, archive, options));
        } catch (error) {
          await giveUp(id);
          throw diskProblem(error) ?? error;
        } finally {
          making.delete(id);
          sweepLater();
        }
      });
    },

    async list(actor: Actor, window: PageWindow): Promise<DeploymentPage> {
      requireDeployer(actor);
      return toPage(await store.list(window), window);
    },

    /** What a version would bring in place of what answers now, or brought after the one before it. */
    async changes(actor: Actor, id: string, comparison: Comparison): Promise<DeploymentChanges> {
      requireDeployer(actor);
      const stored = await getStored(id);
      const other = comparison === 'active' ? await store.findActive() : await store.findBefore(id);
      const before =
        comparison === 'active' ? await readCurrent() : other ? contentOf(other) : NOTHING;
      return {
        id,
        compared_with: other?.id ?? null,
        ...compareVersions(before, contentOf(stored)),
      };
    },

    /** Makes a version that is still there, or the project's own folder, what answers. */
    async activate(actor: Actor, id: string): Promise<ActivatedDeployment> {
      requireDeployer(actor);
      try {
        return await inTurn(() =>
          id === LOCAL ? activateLocal(actor) : activateStored(actor, id),
        );
      } finally {
        sweepLater();
      }
    },

    /** Loads the functions at start: of the active deployment, else the project's own. */
    start,

    /**
     * Removes what a crash left behind, and loads what the server before has deployed while this one waited
     * for its turn. Only for whoever holds the right to serve this database.
     */
    async recover(): Promise<void> {
      const active = await store.findActive();
      if (startedWith !== undefined && startedWith.id !== active?.id)
        start().catch((error: unknown) =>
          logger.error('The active deployment cannot be loaded', { error }),
        );
      sweepLater();
    },
  };
}
export type DeploymentService = ReturnType<typeof createDeploymentService>;

function requireDeployer(actor: Actor): void {
  if (!isAdmin(actor)) throw new AppError('forbidden', 'Only an admin may deploy functions.');
  requireScope(actor, 'functions:deploy');
}

function tooMany(): AppError {
  return new AppError('unavailable', 'Other deploys are under way. Try again shortly.', {
    retryAfterSeconds: 10,
  });
}

function activateEntry(id: string, message: string | null) {
  return { action: 'deployment.activate', subject_id: id, subject_name: message } as const;
}

function activated(id: string, functions: readonly { readonly name: string }[]) {
  return { id, is_active: true as const, functions: functions.map(({ name }) => name).sort() };
}
