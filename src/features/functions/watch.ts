import { type FSWatcher, statSync, watch } from 'node:fs';
import { sep } from 'node:path';
import type { FunctionPlaces } from './files.ts';

/** Editors write in several steps. */
const DEBOUNCE_MS = 50;
/** How often a folder that is not there is looked for. */
const MISSING_MS = 500;

export interface Watch {
  stop(): void;
}

/** Calls back after a change to the functions' folder, whatever lies in it, or to the single file. */
export function watchFunctions({ path, file }: FunctionPlaces, onChange: () => void): Watch {
  let pending: Timer | undefined;
  const change = () => {
    clearTimeout(pending);
    pending = setTimeout(onChange, DEBOUNCE_MS);
  };
  const folder = keepWatching(path, { recursive: true }, (name) => {
    if (!isIgnored(name)) change();
  });
  // The file itself: its folder is likely the database's, where every write would be told.
  const single = file === null ? undefined : keepWatching(file, { recursive: false }, change);
  return {
    stop() {
      clearTimeout(pending);
      folder.stop();
      single?.stop();
    },
  };
}

type OnName = (name: string | null) => void;

/** A watch that survives its folder: gone and back again is a change as well. */
function keepWatching(folder: string, options: { recursive: boolean }, onName: OnName): Watch {
  let watcher: FSWatcher | undefined;
  // Which folder is watched: one that was deleted and made again is another, of the same name.
  let watched: string | undefined;
  const identify = () => {
    const found = statSync(folder, { throwIfNoEntry: false });
    // The number alone is given out anew at once.
    return found && `${found.ino} ${found.birthtimeMs}`;
  };
  const open = () => {
    try {
      watcher = watch(folder, options, (_event, name) => onName(name ?? null));
      watcher.on('error', close);
      watched = identify();
      return true;
    } catch {
      return false;
    }
  };
  const close = () => {
    watcher?.close();
    watcher = undefined;
  };
  open();
  // A watch on a deleted folder stays silent for ever, so its existence is looked at as well.
  const timer = setInterval(() => {
    const found = identify();
    if (found === (watcher && watched)) return;
    close();
    if (found !== undefined) open();
    onName(null);
  }, MISSING_MS);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      close();
    },
  };
}

/** Packages change while they are installed, thousands of files at a time; the lock file tells. */
function isIgnored(name: string | null): boolean {
  if (name === null) return false;
  const parts = name.split(sep);
  return (
    parts.includes('node_modules') ||
    parts.some((part) => part.startsWith('.')) ||
    name.endsWith('~') ||
    name.endsWith('.d.ts')
  );
}
