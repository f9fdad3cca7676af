import { realpathSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { plugin } from 'bun';
import type { LoadFault, WorkerMessage } from '../protocol/messages.ts';
import * as hooks from '../sdk/extensions.ts';
import { onRegister, type Registration } from '../sdk/register.ts';
import * as tinybase from '../sdk/tinybase.ts';
import { defineFunction, type LoadedFunction } from './definition.ts';
import { toLoadFault } from './load-fault.ts';

export interface Loaded {
  readonly functions: ReadonlyMap<string, LoadedFunction>;
  readonly errors: readonly LoadFault[];
}

/** Makes `import … from "tinybase"` work without any package installed. */
export function provideSdk(): void {
  plugin({
    name: 'tinybase',
    setup(build) {
      build.module('tinybase', () => ({ exports: { ...tinybase }, loader: 'object' }));
      // Hooks run in the host; here an extension is loaded for the functions that it registers.
      build.module('tinybase/extensions', () => ({
        exports: { ...hooks, onHook: undefined },
        loader: 'object',
      }));
    },
  });
}

/** Imports each file in turn. A file that fails is reported and never stops the others. */
export async function loadFiles(
  { files, extensions }: Pick<WorkerMessage<'load'>, 'files' | 'extensions'>,
  onLoading: (file: string) => void,
): Promise<Loaded> {
  const registered = new Map<string, Registration[]>(files.map((file) => [file, []]));
  const fileOf = findOwners(files);
  const errors: LoadFault[] = [];
  let current = '';
  onRegister((registration, calledFrom) => {
    // A file that another one imports registers in its own name, a helper in that of its importer.
    const owner = fileOf.get(calledFrom ?? '') ?? current;
    registered.get(owner)?.push(registration);
  });
  const failed = new Set<string>();
  for (const file of files) {
    current = file;
    onLoading(file);
    try {
      await import(file);
    } catch (error) {
      failed.add(file);
      errors.push({ ...toLoadFault(toRealPath(file), error), file });
    }
  }
  onRegister(undefined);

  const functions = new Map<string, LoadedFunction>();
  for (const file of files) {
    if (failed.has(file)) continue;
    onLoading(file);
    try {
      const registrations = registered.get(file) ?? [];
      if (extensions.includes(file)) requireNames(registrations);
      else requireSome(registrations);
      for (const loaded of await defineAll(file, registrations, functions))
        functions.set(loaded.definition.name, loaded);
    } catch (error) {
      errors.push({ file, line: null, column: null, message: messageOf(error) });
    }
  }
  return { functions, errors };
}

/** Bun knows a module by the path behind all links; of two links to one file the first has it. */
export function findOwners(files: readonly string[]): ReadonlyMap<string, string> {
  return new Map([...files].reverse().map((file) => [toRealPath(file), file]));
}

function toRealPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    // It is loaded as it was read before it was deleted.
    return file;
  }
}

function requireSome(registrations: readonly Registration[]): void {
  if (registrations.length === 0)
    throw new Error(
      'This file registers no function. Call register() in it, or begin its name with _.',
    );
}

/** The file of an extension is called like that of any other. */
function requireNames(registrations: readonly Registration[]): void {
  if (registrations.some(({ options }) => options?.name === undefined))
    throw new Error('The functions of an extension need names: register({ name: "…" }, …).');
}

/** All functions of one file, or an error: a file counts as a whole. */
async function defineAll(
  file: string,
  registrations: readonly Registration[],
  others: ReadonlyMap<string, LoadedFunction>,
): Promise<LoadedFunction[]> {
  const defaultName =
    registrations.length === 1 ? basename(file).slice(0, -extname(file).length) : undefined;
  const mine = new Map<string, LoadedFunction>();
  for (const registration of registrations) {
    const loaded = await defineFunction(registration, defaultName, file);
    const { name } = loaded.definition;
    const other = others.get(name)?.definition.file ?? (mine.has(name) ? 'this file itself' : null);
    if (other) throw new Error(`The name ${name} is taken by ${other}. Give one of them another.`);
    mine.set(name, loaded);
  }
  return [...mine.values()];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
