/** Where the functions of an archive lie: a folder, and beside it a single file with several. */
export const FUNCTIONS_FOLDER = 'functions';
export const FUNCTIONS_FILE = /^functions\.(ts|js|mts|mjs)$/;

export type EntryKind = 'file' | 'folder';

/** A path that may be written, or why it may not. */
export type PathResult =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly problem: string };

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
export function createArchivePaths() {
  const taken = new Map<string, Taken>();
  let single: string | undefined;

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
      const problem = findProblem(name, path, parts, kind);
      if (problem !== undefined) return { ok: false, problem };
      const steps = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
      for (const step of steps) {
        const clash = findClash(step, step === path ? kind : 'folder');
        if (clash !== undefined)
          return { ok: false, problem: step === path ? clash : `${step} ${clash}` };
      }
      if (kind === 'file' && parts.length === 1) {
        if (single !== undefined)
          return { ok: false, problem: `is one too many beside ${single}: send one of them` };
        single = path;
      }
      for (const step of steps)
        taken.set(fold(step), { path: step, kind: step === path ? kind : 'folder' });
      return { ok: true, path };
    },
  };
}

function findProblem(
  name: string,
  path: string,
  parts: readonly string[],
  kind: EntryKind,
): string | undefined {
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
  return findUnwanted(parts) ?? findMisplaced(path, parts, kind);
}

/** What must not leave the machine of the one who deploys, or is of no use on another. */
function findUnwanted(parts: readonly string[]): string | undefined {
  for (const part of parts.map((name) => name.toLowerCase())) {
    if (part === 'node_modules')
      return 'is of no use here: leave node_modules out, packages are installed from package.json';
    if (part === '.git') return 'belongs to git: leave .git out';
    if (part.startsWith('.env'))
      return 'may hold secrets: leave .env files out and name variables in functions.env';
  }
  return undefined;
}

function findMisplaced(
  path: string,
  parts: readonly string[],
  kind: EntryKind,
): string | undefined {
  const isInPlace =
    parts[0] === FUNCTIONS_FOLDER
      ? parts.length > 1 || kind === 'folder'
      : kind === 'file' && FUNCTIONS_FILE.test(path);
  return isInPlace
    ? undefined
    : `is out of place: an archive holds the folder ${FUNCTIONS_FOLDER}/ and at most a file functions.ts`;
}

/** The same for two names that some file system takes for one. */
function fold(path: string): string {
  return path.normalize('NFC').toLowerCase();
}
