import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeNewFile } from './new-files.ts';
import { EXAMPLE_FUNCTION, FUNCTIONS_FILES } from './template-files.js';

const FUNCTION_FILE = /(?<!\.d)\.(ts|tsx|mts|cts|js|jsx|mjs|cjs)$/;

export interface WrittenFiles {
  readonly made: readonly string[];
  readonly left: readonly string[];
}

/** Writes what a functions folder needs for an editor to know every type; never over what is there. */
export function prepareFunctionsFolder(
  dir: string,
  { withExample }: { readonly withExample: boolean },
): WrittenFiles {
  // The example is for those who have nothing yet; whoever deleted it does not want it back.
  const isEmpty = listFunctionFiles(dir).length === 0;
  const files = Object.entries(FUNCTIONS_FILES);
  if (withExample && isEmpty) files.unshift([EXAMPLE_FUNCTION.name, EXAMPLE_FUNCTION.text]);
  const made: string[] = [];
  const left: string[] = [];
  for (const [name, text] of files) {
    const path = join(dir, name);
    (writeNewFile(path, text) ? made : left).push(path);
  }
  return { made, left };
}

/** The files in a functions folder that hold code. */
export function listFunctionFiles(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir).filter((name) => FUNCTION_FILE.test(name));
}
