import { readFileSync, watch } from 'node:fs';
import { join } from 'node:path';

/** Editors write in several steps; one change is told once they are done. */
const QUIET_MS = 100;

/**
 * Calls back when the contents of a file in a folder change. The folder is watched, not the file:
 * editors replace a file by renaming another one over it. The answer stops it.
 */
export function watchFile(dir: string, name: string, onChange: () => void): () => void {
  const path = join(dir, name);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const watcher = watch(dir, (_event, changed) => {
    if (changed !== null && changed !== name) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      const current = read(path);
      if (current === contents) return;
      contents = current;
      onChange();
    }, QUIET_MS);
  });
  watcher.on('error', () => {});
  // Behind the watch: what is written in between is told, or is in there.
  let contents = read(path);
  return () => {
    clearTimeout(timer);
    watcher.close();
  };
}

/** The text, or undefined when there is no such file (which is a state like any other). */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
