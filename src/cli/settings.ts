import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type ConfigFlag, type LoadedConfig, loadConfig } from '../core/config.ts';
import { AppError } from '../core/errors.ts';
import { createLogger } from '../core/logger.ts';
import { requireFolder, requireNoFile } from '../core/project-folder.ts';
import type { CliIo } from './output.ts';

/** The options of every command that works on a project. */
export interface ProjectOptions {
  readonly dir?: string;
  readonly envFile?: string;
}

export function addProjectOptions(command: Command): Command {
  return command
    .option('--dir <dir>', 'folder of the project (default: the current folder)')
    .option('--env-file <file>', 'read variables from this file; the environment wins over it');
}

export interface Project extends LoadedConfig {
  /** Absolute. */
  readonly dir: string;
  /** Reads the configuration again, from the same places. */
  reload(): LoadedConfig;
}

/** Loads the configuration of a folder and tells its warnings. */
export function openProject(
  io: CliIo,
  { dir: given = '.', envFile }: ProjectOptions,
  flags: readonly ConfigFlag[] = [],
): Project {
  const dir = resolve(io.cwd, given);
  requireNoFile(dir);
  // Taken before the env file is added, so that a reload sees the same two sources.
  const env = { ...io.env };
  const load = () =>
    loadConfig({
      flags,
      env,
      dir,
      envFile: envFile === undefined ? undefined : resolve(io.cwd, envFile),
    });
  const loaded = load();
  for (const [name, value] of Object.entries(loaded.env)) io.env[name] ??= value;
  for (const warning of loaded.warnings) io.err(`Warning: ${warning}`);
  return { ...loaded, dir, reload: load };
}

/** The same for commands that make nothing: the folder must be there. */
export function openExistingProject(io: CliIo, options: ProjectOptions): Project {
  requireFolder(resolve(io.cwd, options.dir ?? '.'));
  return openProject(io, options);
}

/** The folder, made when it is not there. */
export function makeFolder(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new AppError('invalid_input', `The folder ${dir} cannot be made (${code}).`, {
      cause: error,
    });
  }
}

/** A logger for commands that end by themselves: it speaks up only when something is wrong. */
export function createQuietLogger(io: CliIo) {
  return createLogger({
    level: 'warning',
    format: 'text',
    write: (line) => io.err(line.trimEnd()),
    hasColour: false,
  });
}

/** The same for commands that show all of it themselves. TINYBASE_DEBUG=1 brings it back. */
export function createSilentLogger(io: CliIo) {
  return io.env.TINYBASE_DEBUG
    ? createQuietLogger(io)
    : createLogger({ level: 'error', format: 'text', write: () => {} });
}
