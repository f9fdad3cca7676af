import type { Actor } from '../../core/actor.ts';
import type { AuditTrail } from '../../core/audit.ts';
import { type Clock, toTimestamp } from '../../core/clock.ts';
import { type Candidate, type CandidateDeps, fetchCandidate } from './candidate.ts';
import type { Folders } from './folders.ts';
import { installPackages, type Packages } from './packages.ts';
import { findExtension, scanExtensions } from './scan.ts';
import type { Source } from './source.ts';
import type { ExtensionStore } from './store.ts';
import { checkForUpdate, type UpdateCheck } from './updates.ts';

export interface InstallsDeps extends CandidateDeps {
  readonly store: ExtensionStore;
  readonly folders: Folders;
  readonly packages: Packages;
  /** The folder of extensions, absolute. */
  readonly root: string;
  readonly clock: Clock;
  readonly audit: AuditTrail;
}

export interface Offer extends Omit<Candidate, 'close' | 'folder'> {
  /** The version that it takes the place of. */
  readonly replaces: string | null;
  /** Installs it, packages first; until then nothing is changed. */
  accept(onLine: (line: string) => void, signal?: AbortSignal): Promise<void>;
  /** Removes what was fetched; also after it was accepted. */
  close(): Promise<void>;
}

/**
 * Installing is for the command line alone: an address that a person types there is trusted, one that
 * came by HTTP would have this server fetch what only it can reach.
 */
export function createInstalls(deps: InstallsDeps) {
  const { store, folders, packages, root, clock, audit } = deps;

  function versionOf(name: string): string | null {
    const found = findExtension(root, name, deps.version);
    return found === undefined ? null : (found.manifest?.version ?? 'of unknown version');
  }

  async function put(actor: Actor, { manifest, folder, source }: Candidate): Promise<void> {
    const { name, version } = manifest;
    const replaced = versionOf(name);
    // A crash has cut off its uninstalling, so that the settings of then would count again.
    if (replaced === null && folders.removed().includes(name)) {
      await store.remove(name);
      await folders.forget(name);
    }
    await folders.put(name, folder);
    // A server beside notices this write, so it comes once the folder is in place.
    await store.noteInstalled(name, source, toTimestamp(clock.now()));
    await audit.note(actor, {
      action: 'extension.install',
      subject_id: null,
      subject_name: name,
      details: { version, replaced, source: source.location, commit: source.commit },
    });
  }

  return {
    /** Fetches and checks an extension, and says what it is. */
    async offer(actor: Actor, source: Source, signal?: AbortSignal): Promise<Offer> {
      const candidate = await fetchCandidate(source, deps, signal);
      const { folder, close, ...shown } = candidate;
      return {
        ...shown,
        replaces: versionOf(candidate.manifest.name),
        async accept(onLine, signal) {
          await installPackages(packages, folder, candidate.manifest, { onLine, signal });
          // From here on it is done within one moment.
          signal?.throwIfAborted();
          await put(actor, candidate);
        },
        close,
      };
    },

    async checkUpdates(signal?: AbortSignal): Promise<readonly ExtensionUpdate[]> {
      const rows = new Map((await store.list()).map((row) => [row.name, row]));
      const checks = scanExtensions(root, deps.version).map(async ({ name, manifest }) => {
        if (manifest === undefined)
          return { name, version: null, status: 'unknown', reason: 'it is broken' } as const;
        const { version } = manifest;
        const source = rows.get(name)?.source ?? null;
        return { name, version, ...(await checkForUpdate(version, source, deps, signal)) };
      });
      const updates = await Promise.all(checks);
      signal?.throwIfAborted();
      return updates;
    },
  };
}

export type ExtensionUpdate = UpdateCheck & {
  readonly name: string;
  readonly version: string | null;
};
