import { join } from 'node:path';
import type { Static } from '@sinclair/typebox';
import { type ValueError, ValueErrorType } from '@sinclair/typebox/errors';
import { Value } from '@sinclair/typebox/value';
import { parse as parseToml, TomlError } from 'smol-toml';
import { readRegularFile } from '../../core/regular-file.ts';
import { findNameFault } from '../../lib/extension-name.ts';
import { suggest } from '../../lib/nearest.ts';
import { findTomlLines, toTomlPath } from '../../lib/toml-lines.ts';
import { ManifestFile, type SettingDeclaration } from './manifest-schema.ts';
import type { SettingType } from './schema.ts';
import { findValueFault } from './setting-values.ts';

export const MANIFEST_FILE = 'extension.toml';
const MAX_BYTES = 256 * 1024;
const MAX_PROBLEMS = 20;

/** An extension as its author describes it. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string | null;
  readonly author: string | null;
  readonly license: string | null;
  /** From its folder, with slashes; null: one of the usual names. */
  readonly entry: string | null;
  /** Of TinyBase. */
  readonly minVersion: string | null;
  /** npm packages: name → version. */
  readonly dependencies: Readonly<Record<string, string>>;
  readonly settings: readonly ManifestSetting[];
}

export interface ManifestSetting {
  readonly name: string;
  readonly type: SettingType;
  readonly description: string | null;
  /** Null: there is none. */
  readonly default: unknown;
  readonly isSecret: boolean;
}

export type ManifestResult =
  | { readonly ok: true; readonly manifest: Manifest }
  | {
      readonly ok: false;
      /** Each with the line of the file. */
      readonly problems: readonly string[];
    };

/** Reads the manifest in a folder; never throws. */
export function readManifest(folder: string): ManifestResult {
  try {
    return parseManifest(readRegularFile(join(folder, MANIFEST_FILE), MAX_BYTES).toString('utf8'));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return refuse(
      code === 'ENOENT' || code === 'ENOTDIR'
        ? `There is no ${MANIFEST_FILE}: it says what an extension is.`
        : `${MANIFEST_FILE} cannot be read (${code}).`,
    );
  }
}

/** Takes the text of an extension.toml apart; tells everything that is wrong with it at once. */
export function parseManifest(source: string): ManifestResult {
  let document: unknown;
  try {
    document = parseToml(source);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n');
    return refuse(`${MANIFEST_FILE}:${error.line}:${error.column}: ${reason}.`);
  }
  const lines = findTomlLines(source);
  const placeOf = (path: readonly string[]): string => {
    const line = lines.get(toTomlPath(path));
    if (line !== undefined) return `${MANIFEST_FILE}:${line}`;
    return path.length > 1 ? placeOf(path.slice(0, -1)) : `${MANIFEST_FILE}:1`;
  };
  if (!Value.Check(ManifestFile, document)) return refuse(...findShapeProblems(document, placeOf));
  const problems = findMeaningProblems(document, placeOf);
  if (problems.length > 0) return refuse(...problems.slice(0, MAX_PROBLEMS));
  return { ok: true, manifest: toManifest(document) };
}

function refuse(...problems: readonly string[]): ManifestResult {
  return { ok: false, problems };
}

type PlaceOf = (path: readonly string[]) => string;
type Document = Static<typeof ManifestFile>;

function findShapeProblems(document: unknown, placeOf: PlaceOf): string[] {
  const seen: string[] = [];
  const problems: string[] = [];
  for (const error of Value.Errors(ManifestFile, document)) {
    // What is wrong inside of something that is wrong itself follows from it.
    if (seen.some((path) => error.path === path || error.path.startsWith(`${path}/`))) continue;
    seen.push(error.path);
    const path = toPath(error.path);
    problems.push(`${show(path)} (${placeOf(path)}): ${describe(error, path)}`);
    if (problems.length >= MAX_PROBLEMS) break;
  }
  return problems;
}

function describe({ type, schema, path: pointer }: ValueError, path: readonly string[]): string {
  if (type === ValueErrorType.ObjectRequiredProperty) return 'is missing';
  if (type === ValueErrorType.ObjectAdditionalProperties)
    return `unknown key${suggest(path.at(-1) ?? '', knownKeys(path))}`;
  const { problem } = schema;
  return typeof problem === 'string' ? problem : `is not what ${pointer} takes`;
}

/** What may stand beside a key. */
function knownKeys(path: readonly string[]): string[] {
  const { extension } = ManifestFile.properties;
  const [, section] = path;
  if (path.length <= 1) return Object.keys(ManifestFile.properties);
  if (path.length === 2) return Object.keys(extension.properties);
  if (section === 'tinybase') return Object.keys(extension.properties.tinybase.properties);
  return section === 'settings' && path.length === 4
    ? ['type', 'default', 'description', 'secret']
    : [];
}

/** As npm has it, with a scope or without. */
const PACKAGE = /^(@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*$/i;
const SETTING = /^[a-z][a-z0-9_]{0,62}$/;

function findMeaningProblems({ extension }: Document, placeOf: PlaceOf): string[] {
  const problems: string[] = [];
  const add = (path: readonly string[], problem: string) =>
    problems.push(
      `${show(['extension', ...path])} (${placeOf(['extension', ...path])}): ${problem}`,
    );
  const nameFault = findNameFault(extension.name);
  if (nameFault !== undefined) add(['name'], nameFault);
  if (extension.entry !== undefined) {
    const fault = findEntryFault(extension.entry);
    if (fault !== undefined) add(['entry'], fault);
  }
  for (const [name, version] of Object.entries(extension.dependencies ?? {})) {
    if (name.length > 214 || !PACKAGE.test(name))
      add(['dependencies', name], 'expected the name of an npm package');
    else if (/[\p{Cc}]|^\s*-/u.test(version))
      add(['dependencies', name], 'expected a version such as "^1.2.0"');
  }
  for (const [name, { type, default: value }] of Object.entries(extension.settings ?? {})) {
    if (!SETTING.test(name))
      add(['settings', name], 'use small letters, digits and _ in the name, a letter first');
    const fault = value === undefined ? undefined : findValueFault(type, value);
    if (fault !== undefined) add(['settings', name, 'default'], fault);
  }
  return problems;
}

function findEntryFault(entry: string): string | undefined {
  const parts = entry.replace(/^(\.\/)+/, '').split('/');
  if (
    parts.some((part) => part === '' || part === '.' || part === '..') ||
    /[\\:\p{Cc}]/u.test(entry)
  )
    return 'expected a path inside of the folder, such as "main.ts"';
  return /\.(ts|js|mts|mjs)$/.test(entry)
    ? undefined
    : 'expected a file of TypeScript or JavaScript';
}

function toManifest({ extension }: Document): Manifest {
  return {
    name: extension.name,
    version: extension.version,
    description: extension.description ?? null,
    author: extension.author ?? null,
    license: extension.license ?? null,
    entry: extension.entry?.replace(/^(\.\/)+/, '') ?? null,
    minVersion: extension.tinybase?.min_version ?? null,
    dependencies: extension.dependencies ?? {},
    settings: Object.entries(extension.settings ?? {}).map(([name, declared]) =>
      toSetting(name, declared),
    ),
  };
}

function toSetting(name: string, declared: Static<typeof SettingDeclaration>): ManifestSetting {
  return {
    name,
    type: declared.type as SettingType,
    description: declared.description ?? null,
    default: declared.default ?? null,
    isSecret: declared.secret ?? false,
  };
}

/** A JSON pointer (RFC 6901) as the names in it. */
function toPath(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function show(path: readonly string[]): string {
  return path
    .map((part) => (/^[\w-]{1,64}$/.test(part) ? part : JSON.stringify(part).slice(0, 64)))
    .join('.');
}
