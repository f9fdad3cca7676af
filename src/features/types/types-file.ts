import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../core/logger.ts';
import { loadRegularFile } from '../../core/regular-file.ts';
import type { Awaitable } from '../../lib/awaitable.ts';
import type { TypesService } from './service.ts';
import { SDK_TEXT, TSCONFIG_TEXT } from './template-texts.js';

const FILE = 'tinybase.d.ts';
/** The first line of all that we write. */
const MARK = SDK_TEXT.slice(0, SDK_TEXT.indexOf(':'));
const LOOK_MS = 500;
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Brings `tinybase.d.ts` of a functions folder up to date and answers its path when it was written.
 * Only over a file of ours, or where there is none yet in a folder that we prepared.
 */
export async function refreshTypesFile(
  folder: string,
  types: Pick<TypesService, 'forFunctions'>,
): Promise<string | undefined> {
  const path = join(folder, FILE);
  const before = await readIfThere(path);
  const isOurs =
    before === undefined
      ? (await readIfThere(join(folder, 'tsconfig.json'))) === TSCONFIG_TEXT
      : before.startsWith(MARK);
  if (!isOurs) return undefined;
  const text = await types.forFunctions();
  if (text === before) return undefined;
  // In one step, so that no editor ever reads half of it.
  const aside = join(folder, `.${FILE}.${process.pid}`);
  try {
    await writeFile(aside, text);
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
  return path;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return (await loadRegularFile(path, MAX_BYTES)).toString('utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

export interface KeptTypesFile {
  /** Waits for a file that is being written. */
  stop(): Promise<void>;
}

export interface KeepTypesOptions {
  /** The project's own functions folder. */
  readonly folder: string;
  readonly types: TypesService;
  /** Resolves when the functions are there; before that their types would be missing. */
  readonly whenLoaded: Promise<unknown>;
  /** False while the functions of a deployment answer: those are not the ones in the folder. */
  readonly isLocal: () => Awaitable<boolean>;
  readonly logger: Logger;
}

/** Keeps `tinybase.d.ts` up to date while collections and functions change. */
export function keepTypesFile({
  folder,
  types,
  whenLoaded,
  isLocal,
  logger,
}: KeepTypesOptions): KeptTypesFile {
  let seen: number | undefined;
  let running: Promise<void> | undefined;
  let hasFailed = false;

  async function refresh(): Promise<void> {
    try {
      if (!(await isLocal())) return;
      const path = await refreshTypesFile(folder, types);
      if (path !== undefined) logger.debug('Wrote the types of functions', { file: path });
      hasFailed = false;
    } catch (error) {
      // A read-only folder is no fault of a server; it would be told with every change.
      if (!hasFailed) logger.debug('The types of functions cannot be written', { error });
      hasFailed = true;
    }
  }

  function look(): void {
    const version = types.version();
    if (running || version === seen) return;
    seen = version;
    running = refresh().finally(() => {
      running = undefined;
    });
  }

  let timer: Timer | undefined;
  let isStopped = false;
  const start = () => {
    if (isStopped) return;
    look();
    timer = setInterval(look, LOOK_MS);
    timer.unref();
  };
  // Whoever waits for the functions hears why they did not load.
  void whenLoaded.then(start, () => {});
  return {
    async stop() {
      isStopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
