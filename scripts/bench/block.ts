import { formatCount } from '../support/words.ts';
import {
  type BenchCase,
  CASES,
  type CaseName,
  checkEqualAnswers,
  createItem,
  HOST,
  type Setting,
} from './cases.ts';
import { type GeneratorName, generateLoad, startPace } from './generator.ts';
import { type LoadResult, toMedian } from './load-result.ts';
import type { Rival } from './rival.ts';
import { renewDrafts, type Site } from './site.ts';

/** Under which circumstances all cases of a block are measured. */
export const VARIANTS = ['public', 'token', 'writer', 'token+writer'] as const;
export type Variant = (typeof VARIANTS)[number];

/** Creates a second beside the readers: enough to make every cached answer old. */
export const WRITER_PER_SECOND = 50;
/** Slow answers need a longer look to count some of them. */
const SLOW_FACTOR = 3;

export interface BlockOptions {
  readonly cases: readonly CaseName[];
  readonly variant: Variant;
  readonly connections: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly generator: GeneratorName;
  /** Records deleted in a measurement of cascades. */
  readonly parents: number;
  readonly log: (line: string) => void;
}

export interface CaseResult {
  readonly case: CaseName;
  readonly generator: GeneratorName;
  /** Medians over the rounds, by the rival's name. */
  readonly figures: Partial<Readonly<Record<Rival['name'], LoadResult>>>;
  /** TinyBase's requests a second over PocketBase's. */
  readonly ratio: number | undefined;
  /** Why there is no figure, or less than it should be. */
  readonly fault?: string;
}

/** Measures the cases in turns: A B, then B A, and so on; medians. */
export async function measureBlock(
  sites: readonly Site[],
  options: BlockOptions,
): Promise<readonly CaseResult[]> {
  const { variant, rounds, log } = options;
  const withToken = variant.startsWith('token');
  const withWriter = variant.endsWith('writer');
  const settings: Setting[] = [];
  const writes = options.cases.some((name) => !CASES[name].isRead);
  for (const site of sites) {
    const draftIds = writes && !withWriter ? await renewDrafts(site) : [];
    for (const name of ['authors', 'items', 'drafts', 'albums', 'songs'] as const) {
      await site.rival.setAccess(name, withToken ? 'auth' : 'public');
    }
    const token = withToken ? site.rival.token : undefined;
    settings.push({ site, draftIds, token, parents: options.parents });
  }
  const results: CaseResult[] = [];
  for (const name of options.cases) {
    if (withWriter && !CASES[name].isRead) continue;
    const measured = new Map<Rival['name'], LoadResult[]>(
      sites.map(({ rival }) => [rival.name, []]),
    );
    const faults: string[] = [];
    try {
      await checkEqualAnswers(name, sites);
    } catch (error) {
      faults.push(toMessage(error));
    }
    for (let round = 1; round <= rounds; round++) {
      for (const setting of round % 2 === 0 ? [...settings].reverse() : settings) {
        const rival = setting.site.rival.name;
        // A measurement that fails does not end the others: its writer has written as many rows as theirs.
        try {
          const result = await measure(name, setting, options, withWriter);
          measured.get(rival)?.push(result);
          log(describe(name, round, rival, result));
        } catch (error) {
          faults.push(`${rival}: ${toMessage(error)}`);
          log(`round ${round}  ${name.padEnd(14)}  ${rival}: ${toMessage(error)}`);
        }
      }
    }
    results.push(toResult(name, options.generator, measured, faults[0]));
  }
  return results;
}

async function measure(
  name: CaseName,
  setting: Setting,
  options: BlockOptions,
  withWriter: boolean,
): Promise<LoadResult> {
  const benchCase: BenchCase = CASES[name];
  const seconds = options.seconds * (benchCase.isSlow ? SLOW_FACTOR : 1);
  const { site } = setting;
  const requests = await benchCase.requests(setting);
  const writer = withWriter ? startWriter(setting, seconds) : undefined;
  const loading = generateLoad(options.generator, {
    hostname: HOST,
    port: site.rival.port,
    connections: options.connections,
    ...(benchCase.isOnce ? {} : { seconds }),
    requests,
    expectStatus: benchCase.expectStatus(site),
  });
  const [loaded, paced] = await Promise.allSettled([loading, writer?.end()]);
  if (loaded.status === 'rejected') throw loaded.reason;
  if (paced.status === 'rejected') throw paced.reason;
  const written = paced.value?.writer;
  if (written !== undefined && written.errors > 0) {
    throw new Error(`${written.errors} of ${written.requests} creates beside the readers failed`);
  }
  return loaded.value;
}

/** Exactly as many creates for every rival, so that the rows stay equal. */
function startWriter({ site, token }: Setting, seconds: number) {
  const count = Math.ceil(seconds * WRITER_PER_SECOND);
  return startPace({
    hostname: HOST,
    port: site.rival.port,
    streams: [
      {
        label: 'writer',
        connections: 4,
        perSecond: WRITER_PER_SECOND,
        count,
        requests: Array.from({ length: count }, (_, index) =>
          createItem(site, 'items', site.rows + index, token),
        ),
        expectStatus: [site.rival.createdStatus],
      },
    ],
  });
}

function toResult(
  name: CaseName,
  generator: GeneratorName,
  measured: ReadonlyMap<Rival['name'], readonly LoadResult[]>,
  fault: string | undefined,
): CaseResult {
  const figures: Partial<Record<Rival['name'], LoadResult>> = {};
  for (const [rival, results] of measured) {
    if (results.length > 0) figures[rival] = toMedian(results);
  }
  const { TinyBase: ours, PocketBase: theirs } = figures;
  const benchCase: BenchCase = CASES[name];
  return {
    case: name,
    generator: benchCase.isOnce ? 'bun' : generator,
    figures,
    ratio: ours && theirs ? ours.perSecond / theirs.perSecond : undefined,
    ...(fault === undefined ? {} : { fault }),
  };
}

function describe(name: CaseName, round: number, rival: string, result: LoadResult): string {
  return `round ${round}  ${name.padEnd(14)}  ${rival.padEnd(10)} ${formatCount(result.perSecond).padStart(8)}/s  p50 ${result.p50Ms.toFixed(2)} ms  p99 ${result.p99Ms.toFixed(2)} ms`;
}

function toMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
