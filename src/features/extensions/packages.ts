import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { readRegularFile } from '../../core/regular-file.ts';
import type { Manifest } from './manifest.ts';

const PACKAGE_FILE = 'package.json';
const MAX_BYTES = 1024 * 1024;

interface InstallOptions {
  readonly onLine: (line: string) => void;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/** What installs npm packages; the one of the functions. */
export interface Packages {
  /** Answers in a sentence why it could not; next to nothing when there is nothing to do. Never throws. */
  ensure(folder: string): Promise<string | undefined>;
  install(folder: string, options: InstallOptions & { readonly isFrozen: true }): Promise<unknown>;
  /** What points outside of the folder, a sentence each. */
  findForeignPaths(folder: string): readonly string[];
}

/** Writes what the manifest asks for into package.json, which is what an installer reads. */
export function writeDependencies(folder: string, { name, dependencies }: Manifest): void {
  const path = join(folder, PACKAGE_FILE);
  const wanted = Object.entries(dependencies);
  if (wanted.length === 0) return;
  const content = readPackage(path) ?? { name, private: true };
  const known = isTable(content.dependencies) ? content.dependencies : {};
  if (wanted.every(([key, value]) => Object.hasOwn(known, key) && known[key] === value)) return;
  const dependencyTable = { ...known, ...dependencies };
  writeFileSync(
    path,
    `${JSON.stringify({ ...content, dependencies: dependencyTable }, null, 2)}\n`,
  );
}

/** What is installed for an extension: name → version. */
export function listPackages(folder: string, { dependencies }: Manifest): Record<string, string> {
  const known = readPackage(join(folder, PACKAGE_FILE))?.dependencies;
  const own = Object.entries(isTable(known) ? known : {}).map(([name, version]) => [
    name,
    String(version),
  ]);
  return { ...Object.fromEntries(own), ...dependencies };
}

/** Installs the packages of an extension that comes from elsewhere; throws why it could not. */
export async function installPackages(
  packages: Packages,
  folder: string,
  manifest: Manifest,
  { onLine, signal }: InstallOptions,
): Promise<void> {
  writeDependencies(folder, manifest);
  const [foreign] = packages.findForeignPaths(folder);
  if (foreign !== undefined) throw refuse(foreign);
  const trusted = readPackage(join(folder, PACKAGE_FILE))?.trustedDependencies;
  if (Array.isArray(trusted) && trusted.length > 0)
    throw refuse(
      `Its package.json has trustedDependencies, which would run code of packages while they are installed.`,
    );
  await packages.install(folder, { isFrozen: true, onLine, signal });
}

function readPackage(path: string): Record<string, unknown> | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const content: unknown = Bun.JSONC.parse(readRegularFile(path, MAX_BYTES).toString('utf8'));
    if (isTable(content)) return content;
  } catch {
    // Said below.
  }
  throw refuse(`Its ${PACKAGE_FILE} cannot be read as a JSON object.`);
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(problem: string): AppError {
  return new AppError('conflict', `The packages of the extension were not installed. ${problem}`);
}
