import type { FunctionDefinition, LoadFault, LoadReport } from '../../protocol/messages.ts';
import type { LoadError } from './schema.ts';

/** A function and the workers that hold its code. */
export interface Placed<Pool> {
  readonly definition: FunctionDefinition;
  readonly pool: Pool;
  readonly loadedAt: string;
  /** False: its file does not load now; this is the last good version. */
  readonly isCurrent: boolean;
}

export interface Registry<Pool> {
  readonly functions: ReadonlyMap<string, Placed<Pool>>;
  readonly errors: readonly LoadError[];
}

/**
 * What answers from now on: all that the new workers loaded, and of each file that failed its last
 * good version, in the workers that still hold it. A name goes to the new code when both have it.
 */
export function adopt<Pool>(
  before: Registry<Pool>,
  report: LoadReport,
  pool: Pool,
  loadedAt: string,
): Registry<Pool> {
  const functions = new Map<string, Placed<Pool>>();
  for (const definition of report.functions)
    functions.set(definition.name, { definition, pool, loadedAt, isCurrent: true });
  const errors = report.errors.map((fault): LoadError => {
    const kept = [...before.functions.values()].filter(
      ({ definition }) => definition.file === fault.file && !functions.has(definition.name),
    );
    for (const placed of kept)
      functions.set(placed.definition.name, { ...placed, isCurrent: false });
    return { ...fault, loaded_version: kept.length > 0 ? 'previous' : null };
  });
  const sorted = [...functions].sort(([a], [b]) => (a < b ? -1 : 1));
  return { functions: new Map(sorted), errors };
}

/** What a file registered answers no more in this pool, which keeps being ended by it. */
export function setAside<Pool>(
  before: Registry<Pool>,
  fault: LoadFault,
  pool: Pool,
): Registry<Pool> {
  const others = [...before.functions].filter(
    ([, placed]) => placed.pool !== pool || placed.definition.file !== fault.file,
  );
  // Its functions are those of a newer version by now.
  if (others.length === before.functions.size) return before;
  const errors = before.errors.filter(({ file }) => file !== fault.file);
  return { functions: new Map(others), errors: [...errors, { ...fault, loaded_version: null }] };
}

/** When nobody knows what lies there: all that answered goes on. */
export function keepAll<Pool>(before: Registry<Pool>, fault: LoadFault): Registry<Pool> {
  const kept = [...before.functions].map(
    ([name, placed]) => [name, { ...placed, isCurrent: false }] as const,
  );
  const error: LoadError = { ...fault, loaded_version: kept.length > 0 ? 'previous' : null };
  return { functions: new Map(kept), errors: [error] };
}

export function emptyRegistry<Pool>(): Registry<Pool> {
  return { functions: new Map(), errors: [] };
}
