export type EntryKind = 'file' | 'folder';

/** A path that may be written, or why it may not. */
export type PathResult =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly problem: string };

/** What is wrong with a path for whoever unpacks the archive, beyond what is wrong for everybody. */
export type Layout = (path: string, kind: EntryKind) => string | undefined;

/** As most file systems have it. */
const MAX_NAME_BYTES = 255;
const MAX_PATH_BYTES = 1_000;
/** All folders above a path are compared with all others, which takes its time. */
const MAX_DEPTH = 32;
/** Control characters, and what Windows takes for a separator or a drive. */
const FORBIDDEN = /[\p{Cc}\\:]/u;

interface Taken {
  readonly path: string;
  readonly kind: EntryKind;
}

/** Knows the paths of one archive, so that no two of them can meet in one place on any disk. */
export function createArchivePaths(layout: Layout) {
  const taken = new Map<string, Taken>();

  /** What stands in the way of a path, or undefined when it is new or the same folder again. */
  function findClash(path: string, kind: EntryKind): string | undefined {
    const other = taken.get(fold(path));
    if (other === undefined) return undefined;
    if (other.path !== path) return `differs only in its letters' case or form from ${other.path}`;
    if (kind === 'folder' && other.kind === 'folder') return undefined;
    return kind === other.kind ? 'is there twice' : 'is a file and a folder as well';
  }

  return {
    /** Checks the path of an entry and takes it. */
    take(name: string, kind: EntryKind): PathResult {
      const path = name.replace(/^(\.\/+)+/, '').replace(/\/+$/, '');
      // What `tar -C folder .` begins with.
      if (kind === 'folder' && (path === '' || path === '.')) return { ok: true, path: '' };
      const parts = path.split('/');
      const problem = findProblem(name, path, parts) ?? layout(path, kind);
      if (problem !== undefined) return { ok: false, problem };
      const steps = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
      for (const step of steps) {
        const clash = findClash(step, step === path ? kind : 'folder');
        if (clash !== undefined)
          return { ok: false, problem: step === path ? clash : `${step} ${clash}` };
      }
      for (const step of steps)
        taken.set(fold(step), { path: step, kind: step === path ? kind : 'folder' });
      return { ok: true, path };
    },
  };
}

function findProblem(name: string, path: string, parts: readonly string[]): string | undefined {
  if (path === '') return 'has no name';
  if (name.includes('\uFFFD')) return 'has a name that is not UTF-8';
  if (name.includes('\0')) return 'has a NUL in its name';
  if (name.startsWith('/')) return 'is an absolute path';
  if (/^[A-Za-z]:/.test(path)) return 'begins with a drive letter';
  if (name.includes('\\')) return 'has a backslash in its name; folders are separated by /';
  if (FORBIDDEN.test(name)) return 'has a colon or a control character in its name';
  if (parts.includes('..')) return 'leads out of the archive with ..';
  if (parts.some((part) => part === '' || part === '.'))
    return 'has an empty name or . in its path';
  if (parts.some((part) => Buffer.byteLength(part) > MAX_NAME_BYTES))
    return `has a name of more than ${MAX_NAME_BYTES} bytes`;
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `is longer than ${MAX_PATH_BYTES} bytes`;
  if (parts.length > MAX_DEPTH) return `lies more than ${MAX_DEPTH} folders deep`;
  return undefined;
}

/** The same for two names that some file system takes for one. */
function fold(path: string): string {
  return path.normalize('NFC').toLowerCase();
}
