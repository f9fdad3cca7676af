import { randomUUID } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { syncPath, syncTree } from '../../core/sync-tree.ts';
import { takeLock } from '../../lib/take-lock.ts';

/** A lock on a file that ends with the process; undefined when somebody else holds it. */
export type TryLock = (path: string) => { release(): void } | undefined;

/** Where an extension is made ready; the name keeps it out of sight. */
const WORK = '.tinybase';
const NEW = 'new-';
/** Replaced and removed ones, until they are deleted. */
const OLD = 'old';
/** Begins the name of each: a folder that held them all would go while somebody puts one into it. */
const GONE = 'gone';
/** One that was removed, until what is known of it is gone as well. */
const REMOVED = 'removed-';
const LOCK = 'lock';
const LOCK_ENDING = /\.lock$/;
const PATIENCE = { waitMs: 10_000, retryMs: 20 };

/** A place of one's own among the extensions, for as long as its process lives. */
export interface Workshop {
  /** Absolute; holds nothing but what its owner makes. */
  readonly path: string;
  close(): Promise<void>;
}

/**
 * Puts whole folders in place and takes them away. A folder is renamed, never written into, so that a
 * process that is killed leaves the old one or the new one; the next who looks mends the rest.
 */
export function createFolders(root: string, tryLock: TryLock) {
  const work = join(root, WORK);
  const oldOf = (name: string) => join(work, OLD, name);
  const removedOf = (name: string) => join(work, REMOVED + name);

  function tryTurn(): { release(): void } | undefined {
    return writing(root, () => {
      mkdirSync(work, { recursive: true, mode: 0o700 });
      return tryLock(join(work, LOCK));
    });
  }

  async function inTurn<T>(change: () => T): Promise<T> {
    const lock = await takeLock(tryTurn, PATIENCE);
    if (lock === undefined)
      throw new AppError('conflict', `Another TinyBase changes ${root}. Try again shortly.`);
    try {
      return writing(root, change);
    } finally {
      lock.release();
    }
  }

  /** What was replaced is of no use any more when the new one is there, and is wanted when it is not. */
  function finishReplacing(): void {
    for (const name of list(join(work, OLD))) {
      if (isThere(join(root, name))) discard(oldOf(name));
      else renameSync(oldOf(name), join(root, name));
    }
  }

  /** Out of the way at once, whatever deleting it takes. */
  function discard(path: string): void {
    renameSync(path, join(work, `${GONE}-${randomUUID()}`));
  }

  /** What killed processes were about. */
  function discardAbandoned(): void {
    const names = list(work).filter((name) => name.startsWith(NEW));
    for (const name of new Set(names.map((name) => name.replace(LOCK_ENDING, '')))) {
      const lock = tryLock(join(work, `${name}.${LOCK}`));
      // Somebody is at work in it.
      if (lock === undefined) continue;
      lock.release();
      if (isThere(join(work, name))) discard(join(work, name));
      rmSync(join(work, `${name}.${LOCK}`), { force: true });
    }
  }

  async function sweep(): Promise<void> {
    if (!existsSync(work)) return;
    await inTurn(discardAbandoned);
    for (const name of list(work))
      if (name.startsWith(GONE)) await rm(join(work, name), { recursive: true, force: true });
  }

  return {
    /** Finishes what a killed process had begun, unless somebody is about it; then does nothing. */
    mend(): void {
      if (list(join(work, OLD)).length === 0) return;
      const lock = tryTurn();
      if (lock === undefined) return;
      try {
        finishReplacing();
      } finally {
        lock.release();
      }
    },

    /** A place to make an extension ready in, on the same disk. */
    async open(): Promise<Workshop> {
      await sweep();
      const path = join(work, `${NEW}${randomUUID()}`);
      const lock = await inTurn(() => {
        const taken = tryLock(`${path}.${LOCK}`);
        mkdirSync(path, { mode: 0o700 });
        return taken;
      });
      return {
        path,
        async close() {
          await rm(path, { recursive: true, force: true });
          // In turn: who looks for abandoned ones finds the lock or does not, and never half of it.
          await inTurn(() => {
            lock?.release();
            rmSync(`${path}.${LOCK}`, { force: true });
          }).catch(() => lock?.release());
        },
      };
    },

    /** Makes a folder the extension of this name, in place of the one before. */
    async put(name: string, folder: string): Promise<void> {
      await syncTree(folder);
      await inTurn(() => {
        finishReplacing();
        const target = join(root, name);
        if (isThere(target)) {
          mkdirSync(join(work, OLD), { recursive: true, mode: 0o700 });
          renameSync(target, oldOf(name));
        }
        renameSync(folder, target);
        finishReplacing();
      });
      await syncPath(root);
      await sweep();
    },

    /** Takes an extension away; `removed` names it until it is forgotten. */
    async remove(name: string): Promise<void> {
      await inTurn(() => {
        finishReplacing();
        if (isThere(removedOf(name))) discard(removedOf(name));
        if (isThere(join(root, name))) renameSync(join(root, name), removedOf(name));
      });
      for (const folder of [work, root]) await syncPath(folder);
    },

    /** Those that were removed and are not forgotten yet: what is known of them is still to go. */
    removed: (): readonly string[] =>
      list(work).flatMap((name) => (name.startsWith(REMOVED) ? [name.slice(REMOVED.length)] : [])),

    /** Nothing of it is left to do. */
    async forget(name: string): Promise<void> {
      await inTurn(() => {
        if (isThere(removedOf(name))) discard(removedOf(name));
      });
      await sweep();
    },
  };
}
export type Folders = ReturnType<typeof createFolders>;

/** Does something that writes into the folder. */
function writing<T>(root: string, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    throw new AppError(
      'unavailable',
      `The folder of extensions ${root} cannot be changed (${code}): this user needs the right to write into it.`,
      { cause },
    );
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Also a link that leads nowhere. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
