import { existsSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { readRegularFile } from '../../../core/regular-file.ts';

export const PACKAGE_FILE = 'package.json';
export const OWN_LOCKS = ['bun.lock', 'bun.lockb'];
/** Of other package managers: read, and never written. */
const FOREIGN_LOCKS = ['package-lock.json', 'yarn.lock', 'pnpm-lock.yaml'];

/** Reading 40 MB of JSON with comments takes ten seconds, in which nobody is answered. */
const MAX_PACKAGE_BYTES = 1024 * 1024;
const MAX_LOCK_BYTES = 16 * 1024 * 1024;

const GROUPS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];
/** Of the package file itself; those of its dependencies are another matter. */
const OWN_SCRIPTS = [
  'preinstall',
  'install',
  'postinstall',
  'preprepare',
  'prepare',
  'postprepare',
];

/** What a package.json asks for. */
export type PackageFile =
  | { readonly kind: 'none' }
  | { readonly kind: 'broken'; readonly reason: string }
  | {
      readonly kind: 'found';
      readonly text: string;
      /** Packages whose install scripts may run. */
      readonly trusted: readonly string[];
      /** Scripts that an install would run as well as soon as any may run. */
      readonly ownScripts: readonly string[];
    };

/** Reads the package.json of a folder; `none` also when it needs no package. */
export function readPackageFile(folder: string): PackageFile {
  const path = join(folder, PACKAGE_FILE);
  let text: string;
  try {
    text = readDescription(folder, PACKAGE_FILE).toString('utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { kind: 'none' };
    return { kind: 'broken', reason: `${path} cannot be read (${codeOf(error)}).` };
  }
  const content = parse(text);
  if (content === undefined) return { kind: 'broken', reason: `${path} is not a JSON object.` };
  if (GROUPS.every((group) => Object.keys(toTable(content[group])).length === 0))
    return { kind: 'none' };
  const lockFault = findLockFault(folder);
  if (lockFault !== undefined) return { kind: 'broken', reason: lockFault };
  const { trustedDependencies: trusted } = content;
  const scripts = Object.keys(toTable(content.scripts));
  const hasWorkspaces = content.workspaces !== undefined;
  return {
    kind: 'found',
    text,
    trusted: Array.isArray(trusted) ? trusted.filter((name) => typeof name === 'string') : [],
    ownScripts: [
      ...OWN_SCRIPTS.filter((name) => scripts.includes(name)),
      ...(hasWorkspaces ? ['workspaces'] : []),
    ],
  };
}

/** The package file or a lock file. */
export function readDescription(folder: string, name: string): Buffer {
  const maxBytes = name === PACKAGE_FILE ? MAX_PACKAGE_BYTES : MAX_LOCK_BYTES;
  return readRegularFile(join(folder, name), maxBytes);
}

/** The installer itself would wait for what a pipe never says. */
function findLockFault(folder: string): string | undefined {
  const { own, foreign } = findLocks(folder);
  for (const name of [...own, ...foreign]) {
    const stat = statSync(join(folder, name), { throwIfNoEntry: false });
    if (stat && !stat.isFile()) return `${join(folder, name)} is no regular file.`;
    if (stat && stat.size > MAX_LOCK_BYTES) return `${join(folder, name)} is larger than 16 MB.`;
  }
  return undefined;
}

/** The lock files that are there. */
export function findLocks(folder: string): { readonly own: string[]; readonly foreign: string[] } {
  const isThere = (name: string) => existsSync(join(folder, name));
  return { own: OWN_LOCKS.filter(isThere), foreign: FOREIGN_LOCKS.filter(isThere) };
}

/**
 * What a package file from elsewhere may not ask for: files outside of its folder, on the machine that
 * installs it. A sentence each; none when all is well.
 */
export function findForeignPaths(folder: string): string[] {
  return [...findInPackageFile(folder), ...findInLock(folder)];
}

function findInPackageFile(folder: string): string[] {
  let content: Table | undefined;
  try {
    content = parse(readDescription(folder, PACKAGE_FILE).toString('utf8'));
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? [] : [`${PACKAGE_FILE} cannot be read (${codeOf(error)}).`];
  }
  if (content === undefined) return [`${PACKAGE_FILE} is not a JSON object.`];
  const texts = WITH_PATHS.flatMap((key) => textsBelow(key, content[key], MAX_DEPTH));
  return texts.flatMap(({ key, text }) => {
    if (text === undefined) return [`${PACKAGE_FILE}: ${key} is nested too deep.`];
    const path = toLocalPath(text) ?? (PLAIN_PATHS.test(key) ? text : undefined);
    return path !== undefined && isOutside(folder, path)
      ? [`${PACKAGE_FILE}: ${key} is ${text}, which lies outside of the folder.`]
      : [];
  });
}

/** A package as a lock file names it: what comes after the @ may be a path. */
const LOCKED = /"(?:@[^"@/]+\/)?[^"@]+@((?:file:|link:|workspace:|portal:|\.{0,2}\/|~)[^"]*)"/g;

function findInLock(folder: string): string[] {
  return findLocks(folder).own.flatMap((name) => {
    const text = readDescription(folder, name).toString('utf8');
    return [...text.matchAll(LOCKED)].flatMap(([, spec = '']) =>
      isOutside(folder, toLocalPath(spec) ?? spec.replace(/^workspace:/, ''))
        ? [`${name}: ${spec} lies outside of the folder.`]
        : [],
    );
  });
}

type Table = Readonly<Record<string, unknown>>;

function toTable(value: unknown): Table {
  return typeof value === 'object' && value !== null ? (value as Table) : {};
}

/** As the installer reads it: comments and commas too many are forgiven. */
function parse(text: string): Table | undefined {
  try {
    const value: unknown = Bun.JSONC.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Table)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Where the installer takes paths from. */
const WITH_PATHS = [
  ...GROUPS,
  'overrides',
  'resolutions',
  'workspaces',
  'patchedDependencies',
  'catalog',
  'catalogs',
  'packageExtensions',
];
/** Paths without a mark in front that says so. */
const PLAIN_PATHS = /^(workspaces|patchedDependencies)\b/;
const MAX_DEPTH = 10;

interface PlacedText {
  readonly key: string;
  /** Undefined: it lies too deep to be looked at. */
  readonly text: string | undefined;
}

function textsBelow(key: string, value: unknown, depth: number): PlacedText[] {
  if (typeof value === 'string') return [{ key, text: value }];
  if (depth === 0) return [{ key, text: undefined }];
  return Object.entries(toTable(value)).flatMap(([name, child]) =>
    textsBelow(`${key}.${name}`, child, depth - 1),
  );
}

/** The path in `file:../x`, `/x`, `./x.tgz`, `~/x`; undefined for what comes from a registry. */
function toLocalPath(spec: string): string | undefined {
  // What `link:` names was registered on this machine, wherever that is.
  if (spec.startsWith('link:')) return '..';
  const named = /^(?:(?:git\+)?file|portal|patch):(?:\/\/(?=\/))?(.*)$/s.exec(spec.trim())?.[1];
  if (named !== undefined) return named;
  return /^(?:\.{1,2}(?:[/\\]|$)|[/\\]|~[/\\]|[a-z]:[/\\])/i.test(spec.trim())
    ? spec.trim()
    : undefined;
}

function isOutside(folder: string, path: string): boolean {
  if (/^~|^[a-z]:/i.test(path)) return true;
  const inside = relative(folder, resolve(folder, path.replaceAll('\\', '/')));
  return inside.startsWith('..') || isAbsolute(inside);
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
