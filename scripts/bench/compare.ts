import { formatCount } from '../support/words.ts';
import { measureBlock } from './block.ts';
import { chooseGenerator } from './generator.ts';
import { findPocketBase } from './pocketbase.ts';
import { startRivals, stopRivals } from './rivals.ts';
import { checkEqualRows, makeSite } from './site.ts';

const OPERATIONS = ['create', 'read'] as const;

export interface CompareOptions {
  readonly seconds: number;
  readonly rounds: number;
  /** Rows in each collection before anything is measured. */
  readonly rows: number;
  readonly log: (line: string) => void;
}

export interface CompareReport {
  /** Medians over the rounds. */
  readonly results: readonly {
    readonly operation: (typeof OPERATIONS)[number];
    /** TinyBase's requests a second over PocketBase's. */
    readonly ratio: number;
  }[];
}

/** The short comparison that the tests run: creates and reads of 32 clients. Undefined without PocketBase. */
export async function compareWithPocketBase({
  seconds,
  rounds,
  rows,
  log,
}: CompareOptions): Promise<CompareReport | undefined> {
  const program = findPocketBase();
  if (program === undefined) return undefined;
  const rivals = await startRivals(program);
  try {
    const sites = await Promise.all(rivals.map((rival) => makeSite(rival, rows)));
    await checkEqualRows(sites);
    const measured = await measureBlock(sites, {
      cases: OPERATIONS,
      variant: 'public',
      connections: 32,
      seconds,
      rounds,
      generator: chooseGenerator(),
      parents: 0,
      log,
    });
    const results = OPERATIONS.map((operation) => {
      const result = measured.find((one) => one.case === operation);
      if (result?.ratio === undefined) throw new Error(result?.fault ?? `No ${operation}`);
      log(`${operation}: ${result.ratio.toFixed(1)} times PocketBase, ${formatCount(rows)} rows`);
      return { operation, ratio: result.ratio };
    });
    return { results };
  } finally {
    await stopRivals(rivals);
  }
}
