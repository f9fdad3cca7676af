import { type Dirent, readdirSync, realpathSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { isFile, isFolder } from '../../core/stat-of.ts';
import { findNameFault } from '../../lib/extension-name.ts';
import { type Manifest, readManifest } from './manifest.ts';

/** A folder among the extensions: one that can run, or why it cannot. */
export type FoundExtension =
  | {
      readonly kind: 'sound';
      readonly name: string;
      /** Absolute. */
      readonly folder: string;
      /** Absolute path of the module to load. */
      readonly entry: string;
      readonly manifest: Manifest;
    }
  | {
      readonly kind: 'broken';
      readonly name: string;
      readonly folder: string;
      /** When it can be read at least. */
      readonly manifest: Manifest | undefined;
      readonly problem: string;
    };

const USUAL_ENTRIES = ['main.ts', 'index.ts', 'main.js', 'index.js'];

/** What lies in the folder of extensions, by name. No folder, no extensions. */
export function scanExtensions(root: string, version: string): FoundExtension[] {
  return listFolders(root).map((name) => readExtension(join(root, name), name, version));
}

/** One of them; undefined when there is no such folder. */
export function findExtension(
  root: string,
  name: string,
  version: string,
): FoundExtension | undefined {
  // Names of folders only: a path would lead elsewhere.
  return listFolders(root).includes(name)
    ? readExtension(join(root, name), name, version)
    : undefined;
}

/** Checks a folder; `name` is what it is called, or will be. */
export function readExtension(folder: string, name: string, version: string): FoundExtension {
  const result = readManifest(folder);
  const broken = (problem: string, manifest?: Manifest) =>
    ({ kind: 'broken', name, folder, manifest, problem }) as const;
  const nameFault = findNameFault(name);
  if (nameFault !== undefined)
    return broken(`A folder of this name is no extension: ${nameFault}.`);
  if (!result.ok) return broken(result.problems.join('\n'));
  const { manifest } = result;
  if (manifest.name !== name)
    return broken(
      `Its folder is called ${name} and its manifest says ${manifest.name}: they must be the same.`,
      manifest,
    );
  const { minVersion } = manifest;
  if (minVersion !== null && Bun.semver.order(version, minVersion) < 0)
    return broken(`It needs TinyBase ${minVersion} or newer; this is ${version}.`, manifest);
  const entry = findEntry(folder, manifest);
  return 'problem' in entry
    ? broken(entry.problem, manifest)
    : { kind: 'sound', name, folder, entry: entry.path, manifest };
}

function findEntry(
  folder: string,
  { entry }: Manifest,
): { readonly path: string } | { readonly problem: string } {
  const names = entry === null ? USUAL_ENTRIES : [entry];
  const name = names.find((candidate) => isFile(join(folder, candidate)));
  if (name === undefined)
    return {
      problem:
        entry === null
          ? `There is no main.ts and no index.ts in it, and its manifest names no entry.`
          : `There is no file ${entry}, which its manifest names as entry.`,
    };
  const path = join(folder, name);
  const inside = relative(realpathSync(folder), realpathSync(path));
  return inside.startsWith(`..${sep}`)
    ? { problem: `${name} is a link that leads out of the folder.` }
    : { path };
}

function listFolders(root: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(root, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries
    .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
    .filter(
      (entry) =>
        entry.isDirectory() || (entry.isSymbolicLink() && isFolder(join(root, entry.name))),
    )
    .map(({ name }) => name)
    .sort();
}
