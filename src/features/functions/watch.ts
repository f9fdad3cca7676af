import { type FSWatcher, watch } from 'node:fs';
import { statOf } from '../../core/stat-of.ts';
import { type FunctionPlaces, isHidden, readTree } from './files.ts';

/** Editors write in several steps, a checkout hundreds of files; one change is told once it is quiet. */
const QUIET_MS = 50;
/** What never becomes quiet is told all the same. */
const MAX_WAIT_MS = 500;
/** How often that is looked at which a watch on a folder does not tell. */
const LOOK_MS = 100;
/** Databases, logs and the drafts of editors may lie in the folder too and are no code. */
const NO_CODE = /~$|\.(db|sqlite3?)(-wal|-shm|-journal)?$|\.(log|tmp|sw[a-z])$|\.d\.[cm]?ts$/;

export interface Watch {
  stop(): void;
}

interface Watched {
  readonly watcher: FSWatcher;
  /** Which folder it is: one that was deleted and made again is another, of the same name. */
  readonly identity: string | undefined;
}

/**
 * Calls back after a change to the functions' folder, whatever lies in it, or to the single file. The
 * folders are watched one by one: a recursive watch would go through all packages.
 */
export function watchFunctions({ path, file }: FunctionPlaces, onChange: () => void): Watch {
  const folders = new Map<string, Watched>();
  let links: readonly string[] = [];
  let quiet: Timer | undefined;
  let firstChangeAt: number | undefined;

  const change = () => {
    const now = performance.now();
    firstChangeAt ??= now;
    clearTimeout(quiet);
    quiet = setTimeout(tell, Math.min(QUIET_MS, firstChangeAt + MAX_WAIT_MS - now));
  };
  const tell = () => {
    firstChangeAt = undefined;
    // First, so that what is written into a new folder after it was read is told.
    follow();
    seen = look();
    onChange();
  };

  /** Watches the folders that are there now, and no others. */
  function follow(): void {
    // Once more for what came into a new folder before it was watched.
    while (followOnce());
  }

  /** True when there was a new one. */
  function followOnce(): boolean {
    const tree = readTree(path);
    links = tree.links;
    const there = new Set(tree.folders);
    for (const [folder, { watcher, identity }] of folders)
      if (!there.has(folder) || identity !== identifyFolder(folder)) {
        watcher.close();
        folders.delete(folder);
      }
    return tree.folders.filter((folder) => !folders.has(folder) && open(folder)).length > 0;
  }

  function open(folder: string): boolean {
    try {
      // Before: one that takes its place meanwhile is another, which the next look finds.
      const identity = identifyFolder(folder);
      const watcher = watch(folder, (_event, name) => {
        if (name === null || !(isHidden(name) || NO_CODE.test(name))) change();
      });
      watcher.on('error', () => {
        watcher.close();
        folders.delete(folder);
        change();
      });
      folders.set(folder, { watcher, identity });
      return true;
    } catch {
      // It has just gone, or the system has no watch left: look() still sees the outermost.
      return false;
    }
  }

  // A watch on a deleted folder stays silent for ever, and one on a file sees only the file that was
  // there first. The single file's folder is likely the database's, where every write would be told.
  const look = () =>
    [
      identifyFolder(path),
      ...[...links, ...(file === null ? [] : [file])].map(identifyFile),
    ].join();
  follow();
  let seen = look();
  const timer = setInterval(() => {
    const now = look();
    if (now === seen) return;
    seen = now;
    change();
  }, LOOK_MS);
  timer.unref();

  return {
    stop() {
      clearTimeout(quiet);
      clearInterval(timer);
      for (const { watcher } of folders.values()) watcher.close();
      folders.clear();
    },
  };
}

function identifyFolder(path: string): string | undefined {
  const found = statOf(path);
  // The number alone is given out anew at once.
  return found && `${found.ino} ${found.birthtimeMs}`;
}

function identifyFile(path: string): string | undefined {
  const found = statOf(path);
  return found && `${found.ino} ${found.size} ${found.mtimeMs} ${found.ctimeMs}`;
}
