import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { AppError } from '../../core/errors.ts';
import { readRegularFile } from '../../core/regular-file.ts';
import { isPlainObject, toCanonicalJson } from '../../lib/json-value.ts';
import { findNearest } from '../../lib/nearest.ts';
import { toReadableJson } from '../../lib/readable-json.ts';
import { type Migration, MigrationFile, type MigrationStep, STEP_SCHEMAS } from './schema.ts';

const ENDING = '.json';
const MAX_BYTES = 8 * 1024 * 1024;
const SHOWN_FAULTS = 5;

/** The folder with the files of migrations. */
export interface MigrationFolder {
  /** Absolute. */
  readonly path: string;
  /** As messages name it. */
  readonly shown: string;
}

/** All files, checked, each after the one that it names. No folder is no migrations. */
export function readMigrations(folder: MigrationFolder): readonly Migration[] {
  return inOrder(
    folder,
    listFiles(folder).map((name) => readFile(folder, name)),
  );
}

/** Writes a new file, whole or not at all; answers how messages name it. */
export function writeMigration({ path, shown }: MigrationFolder, migration: Migration): string {
  const name = migration.revision + ENDING;
  const part = join(path, `.${name}.part`);
  const text = `${toReadableJson(migration)}\n`;
  if (Buffer.byteLength(text) > MAX_BYTES)
    throw new AppError('conflict', `${shown}/${name} would be larger than ${MAX_BYTES} bytes.`);
  try {
    mkdirSync(path, { recursive: true });
    // Only one at a time writes this file, and nobody writes over another's.
    const file = openSync(part, 'wx');
    try {
      if (existsSync(join(path, name)))
        throw Object.assign(new Error(`${name} is there`), { code: 'EEXIST' });
      writeFileSync(file, text);
      fsyncSync(file);
      renameSync(part, join(path, name));
    } finally {
      closeSync(file);
      rmSync(part, { force: true });
    }
    syncFolder(path);
  } catch (error) {
    throw new AppError('conflict', `${shown}/${name} cannot be written (${codeOf(error)}).`, {
      cause: error,
    });
  }
  return `${shown}/${name}`;
}

/** Takes a file back that was just written. */
export function removeMigration({ path }: MigrationFolder, { revision }: Migration): void {
  rmSync(join(path, revision + ENDING), { force: true });
}

/** The database notes the file next: a power cut must not leave the note alone. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Of what a migration does, however its file is laid out. */
export function checksumOf({ after, up }: Migration): string {
  return Bun.SHA256.hash(toCanonicalJson(JSON.parse(JSON.stringify({ after, up }))), 'hex');
}

function listFiles({ path, shown }: MigrationFolder): string[] {
  try {
    return readdirSync(path)
      .filter((name) => name.endsWith(ENDING) && !name.startsWith('.'))
      .sort();
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return [];
    throw new AppError('conflict', `${shown} cannot be read (${code}).`, { cause: error });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}

function readFile(folder: MigrationFolder, name: string): Migration {
  const place = toOneLine(`${folder.shown}/${name}`);
  const file = parse(place, readText(folder, name, place));
  check(MigrationFile, file, place, '');
  const { revision, after, message, up, down } = file as unknown as Migration;
  if (`${revision}${ENDING}` !== name)
    throw bad(place, `revision is ${revision}, so the file must be called ${revision}${ENDING}`);
  return {
    revision,
    after,
    message,
    up: up.map((step, index) => checkStep(step, place, `up[${index}]`)),
    down: down.map((step, index) => checkStep(step, place, `down[${index}]`)),
  };
}

function readText({ path }: MigrationFolder, name: string, place: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(
      readRegularFile(join(path, name), MAX_BYTES),
    );
  } catch (error) {
    throw new AppError(
      'conflict',
      `${place} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
      { cause: error },
    );
  }
}

function parse(place: string, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw bad(place, error instanceof Error ? error.message : String(error));
  }
  if (!isPlainObject(value)) throw bad(place, 'must hold an object');
  return value;
}

function checkStep(step: unknown, place: string, at: string): MigrationStep {
  const kinds = Object.keys(STEP_SCHEMAS);
  const kind = isPlainObject(step) ? step.step : undefined;
  if (typeof kind !== 'string' || !isKind(kind)) {
    const nearest = typeof kind === 'string' ? findNearest(kind, kinds) : undefined;
    throw bad(
      place,
      `${at}.step must be one of ${kinds.join(', ')}${nearest ? `; did you mean ${nearest}?` : ''}`,
    );
  }
  check(STEP_SCHEMAS[kind], step, place, at);
  return step as MigrationStep;
}

function isKind(kind: string): kind is keyof typeof STEP_SCHEMAS {
  return Object.hasOwn(STEP_SCHEMAS, kind);
}

function check(schema: TSchema, value: unknown, place: string, at: string): void {
  const faults = [...Value.Errors(schema, value)].slice(0, SHOWN_FAULTS);
  if (faults.length === 0) return;
  throw bad(
    place,
    faults
      .map(
        ({ path, message }) =>
          `${[at, ...path.split('/').slice(1)].filter(Boolean).join('.')}: ${message}`,
      )
      .join('; '),
  );
}

/** Each file names the one before, so two that were written apart from each other are noticed. */
function inOrder({ shown }: MigrationFolder, files: readonly Migration[]): readonly Migration[] {
  const next = new Map<string | null, Migration>();
  for (const file of files) {
    const other = next.get(file.after);
    if (other)
      throw new AppError(
        'conflict',
        `${other.revision} and ${file.revision} in ${shown} both come after ${file.after ?? 'nothing'}. Set "after" of the one that shall come second to the other's revision.`,
      );
    next.set(file.after, file);
  }
  const ordered = new Set<Migration>();
  for (let file = next.get(null); file; file = next.get(file.revision)) ordered.add(file);
  const left = files.filter((file) => !ordered.has(file));
  const revisions = new Set(files.map(({ revision }) => revision));
  const lost = left.find(({ after }) => after !== null && !revisions.has(after)) ?? left[0];
  if (!lost) return [...ordered];
  throw new AppError(
    'conflict',
    lost.after !== null && revisions.has(lost.after)
      ? `${left.map(({ revision }) => revision).join(', ')} in ${shown} come after each other in a circle: "after" of the first one is the revision before it, or null.`
      : `${lost.revision} in ${shown} comes after ${lost.after}, which is not there. Is a file missing?`,
  );
}

function bad(place: string, msg: string): AppError {
  return new AppError('conflict', `${place} is no migration: ${toOneLine(msg)}.`);
}

/** Names of files and keys in them come from others: none may look like a line of ours. */
function toOneLine(text: string): string {
  return text.replace(/[\r\n\u2028\u2029]+/g, ' ');
}
