import type { EntryKind, Layout } from '../../core/archive/paths.ts';

/** Where the functions of an archive lie: a folder, and beside it a single file with several. */
export const FUNCTIONS_FOLDER = 'functions';
export const FUNCTIONS_FILE = /^functions\.(ts|js|mts|mjs)$/;

/** What an archive of functions may hold, and where. For one archive: it knows what it has seen. */
export function createFunctionsLayout(): Layout {
  let single: string | undefined;
  return (path, kind) => {
    const parts = path.split('/');
    const problem = findUnwanted(parts) ?? findMisplaced(path, parts, kind);
    if (problem !== undefined || kind === 'folder' || parts.length > 1) return problem;
    if (single !== undefined && single !== path)
      return `is one too many beside ${single}: send one of them`;
    single = path;
    return undefined;
  };
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
