import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { download } from '../../core/download.ts';
import { AppError } from '../../core/errors.ts';
import { loadRegularFile } from '../../core/regular-file.ts';
import { HOOK_NAMES } from '../../protocol/extensions.ts';
import type { Folders } from './folders.ts';
import type { Git } from './git.ts';
import { MANIFEST_FILE, type Manifest, readManifest } from './manifest.ts';
import { listPackages } from './packages.ts';
import { readExtension } from './scan.ts';
import type { ExtensionSource } from './schema.ts';
import { type Source, toStored } from './source.ts';
import { copyTree, LIMITS, measureTree, refuseUnwanted } from './tree.ts';

const DOWNLOAD = {
  what: 'an archive',
  maxBytes: 64 * 1024 * 1024,
  timeoutMs: 300_000,
} as const;

export interface CandidateDeps {
  readonly folders: Pick<Folders, 'open'>;
  readonly git: Git;
  /** Of TinyBase. */
  readonly version: string;
}

/** An extension that was fetched and checked, and is not installed. */
export interface Candidate {
  readonly manifest: Manifest;
  readonly source: ExtensionSource;
  /** Absolute; its own until it is closed. */
  readonly folder: string;
  /** From its folder. */
  readonly entry: string;
  readonly fileCount: number;
  readonly bytes: number;
  /** npm packages, of its manifest and its package.json: name → version. */
  readonly packages: Readonly<Record<string, string>>;
  /** Hooks whose names stand in its files: it likely uses them. */
  readonly hooks: readonly string[];
  close(): Promise<void>;
}

const HOOK = new RegExp(`\\b(?:${HOOK_NAMES.join('|')})\\b`, 'g');
const CODE = /\.(ts|js|mts|mjs|tsx|jsx)$/;
const MAX_CODE_BYTES = 1024 * 1024;

/** Brings an extension into a folder of its own and checks it; throws why it cannot be installed. */
export async function fetchCandidate(
  source: Source,
  { folders, git, version }: CandidateDeps,
  signal?: AbortSignal,
): Promise<Candidate> {
  const workshop = await folders.open();
  try {
    const tree = join(workshop.path, 'tree');
    await mkdir(tree, { mode: 0o700 });
    const commit = await fetchInto(source, workshop.path, tree, git, signal);
    const folder = await findRoot(tree);
    const result = readManifest(folder);
    if (!result.ok) throw refuse(result.problems.join('\n'));
    const { manifest } = result;
    const found = readExtension(folder, manifest.name, version);
    if (found.kind === 'broken') throw refuse(found.problem);
    const files = await measureTree(folder);
    return {
      manifest,
      source: toStored(source, commit),
      folder,
      entry: found.entry.slice(folder.length + 1),
      fileCount: files.length,
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      packages: listPackages(folder, manifest),
      hooks: await findHooks(
        folder,
        files.map(({ path }) => path),
      ),
      close: workshop.close,
    };
  } catch (error) {
    await workshop.close();
    throw toRefusal(error);
  }
}

async function fetchInto(
  source: Source,
  workshop: string,
  tree: string,
  git: Git,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  const unpack = async (archive: string) => {
    // Few servers ever unpack anything.
    const { unpackArchive } = await import('../../core/archive/unpack.ts');
    return unpackArchive(archive, tree, LIMITS, refuseUnwanted);
  };
  switch (source.kind) {
    case 'folder':
      await copyTree(source.path, tree);
      return null;
    case 'archive':
      await unpack(source.path);
      return null;
    case 'url': {
      const archive = join(workshop, 'archive.tar.gz');
      await download(source.url, archive, { ...DOWNLOAD, ...(signal ? { signal } : {}) });
      await unpack(archive);
      return null;
    }
    case 'git': {
      const checkout = join(workshop, 'checkout');
      await mkdir(checkout, { mode: 0o700 });
      const commit = await git.fetch(source.url, source.ref, checkout, signal);
      // What is of no use in it stays behind, as in a folder.
      await copyTree(checkout, tree);
      await rm(checkout, { recursive: true, force: true });
      return commit;
    }
    default:
      return source satisfies never;
  }
}

/** Archives often hold one folder with everything in it. */
async function findRoot(tree: string): Promise<string> {
  const entries = await readdir(tree, { withFileTypes: true });
  if (entries.some(({ name }) => name === MANIFEST_FILE)) return tree;
  const [only, ...others] = entries.filter((entry) => entry.isDirectory());
  if (only === undefined || others.length > 0) return tree;
  const inner = join(tree, only.name);
  const isThere = (await readdir(inner)).includes(MANIFEST_FILE);
  return isThere ? inner : tree;
}

async function findHooks(folder: string, paths: readonly string[]): Promise<string[]> {
  const hooks = new Set<string>();
  for (const path of paths.filter((name) => CODE.test(name))) {
    const text = await loadRegularFile(join(folder, path), MAX_CODE_BYTES).catch(() => '');
    for (const [name] of String(text).matchAll(HOOK)) hooks.add(name);
  }
  return [...hooks].sort();
}

/** Faults of an archive, as lines. */
function toRefusal(error: unknown): unknown {
  if (!(error instanceof AppError) || error.faults === undefined) return error;
  const lines = error.faults.map(({ loc, msg }) => {
    const place = loc.slice(1).join(':');
    return place === '' ? msg : `${place} ${msg}.`;
  });
  return refuse(lines.join('\n'));
}

function refuse(problem: string): AppError {
  return new AppError('conflict', `The extension was not installed.\n${problem}`);
}
