// npm run bench -- --stall: health, reads by id and writes of others while one client makes the server work.

import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parseArgs } from 'node:util';
import { formatRequest } from '../support/raw-connection.ts';
import { formatBytes, formatCount } from '../support/words.ts';
import { HOST } from './cases.ts';
import { makeItem, spread } from './fields.ts';
import { startPace } from './generator.ts';
import { readPeakBytes } from './memory.ts';
import { readNames, readNumber } from './options.ts';
import type { PacePlan, PaceResult } from './pace.ts';
import { recordsPath } from './rival.ts';
import { fillDirectly, type StallData } from './stall-data.ts';
import { PHASES, type Phase, WORK, type Work } from './stall-work.ts';
import { startTinyBase, type TinyBase } from './tinybase.ts';

/** SPEC 12: health and reads by id of the others stay below this at p99. */
const LIMIT_MS = 25;
const ASSERTED = ['health', 'read'] as const;
const LABELS = [...ASSERTED, 'write'] as const;
/** What work leaves behind counts too; and work that is done at once is looked at in any case. */
const AFTERMATH_MS = 1000;
const VARIETY = 1000;

interface PhaseReport {
  readonly phase: Phase;
  readonly figures: PaceResult;
  /** What the work did, or why it failed. */
  readonly said: string;
  readonly hasFailed: boolean;
}

/** Answers the exit code. */
export async function runStall(
  args: readonly string[],
  prepare: () => Promise<void>,
): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      stall: { type: 'boolean' },
      rows: { type: 'string' },
      seconds: { type: 'string' },
      only: { type: 'string' },
      assert: { type: 'boolean' },
      json: { type: 'string' },
    },
  });
  const rows = readNumber('rows', values.rows) ?? 1_000_000;
  const seconds = readNumber('seconds', values.seconds) ?? 10;
  const phases = readNames<Phase>('only', values.only, PHASES) ?? PHASES;
  await prepare();
  const server = await startTinyBase();
  try {
    const started = performance.now();
    const data = await fillDirectly(server, rows);
    const filling = ((performance.now() - started) / 1000).toFixed(0);
    console.log(`TinyBase ${server.version}: ${formatCount(rows)} rows written in ${filling} s\n`);
    if (process.getuid?.() === 0)
      console.log(`The clients that give the work run at niceness ${NICENESS}, as if elsewhere.\n`);
    console.log(HEADING);
    const reports: PhaseReport[] = [];
    for (const phase of phases) {
      const report = await runPhase(phase, server, data, seconds);
      reports.push(report);
      console.log(describe(report));
    }
    const peakBytes = readPeakBytes(server.pid);
    if (peakBytes !== undefined) console.log(`\nPeak memory ${formatBytes(peakBytes)}`);
    if (values.json !== undefined) {
      const report = {
        version: server.version,
        rows,
        limitMs: LIMIT_MS,
        phases: reports,
        peakBytes,
      };
      writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
    }
    const faults = findFaults(reports);
    for (const fault of faults) console.log(fault);
    const isFailed = reports.some(({ hasFailed }) => hasFailed);
    return isFailed || (values.assert === true && faults.length > 0) ? 1 : 0;
  } finally {
    await server.stop();
  }
}

async function runPhase(
  phase: Phase,
  server: TinyBase,
  data: StallData,
  seconds: number,
): Promise<PhaseReport> {
  const work: Work = WORK[phase];
  const run = await work.prepare(server, data);
  const pace = startPace(makeProbes(server, data));
  await pace.begun;
  const rise = stepBack();
  const outcome = await run(performance.now() + seconds * 1000).then(
    (said) => ({ said, hasFailed: false }),
    (error: Error) => ({ said: error.message, hasFailed: true }),
  );
  rise();
  await Bun.sleep(AFTERMATH_MS);
  return { phase, figures: await pace.end(), ...outcome };
}

/** Of those who give the server its work: they would not share its processors. */
const NICENESS = 19;

/** Lets the server and those who are measured go first; answers how to come back, which only root may. */
function stepBack(): () => void {
  if (process.getuid?.() !== 0) return () => undefined;
  setPriority(NICENESS);
  return () => setPriority(0);
}

/** What the others do: little, steadily, over eight connections and two more that write. */
function makeProbes(server: TinyBase, { authorIds, itemIds }: StallData): PacePlan {
  const host = `${HOST}:${server.port}`;
  const indexes = Array.from({ length: VARIETY }, (_, index) => index);
  return {
    hostname: HOST,
    port: server.port,
    streams: [
      {
        label: 'health',
        connections: 4,
        perSecond: 100,
        requests: [formatRequest('GET', '/health', { host })],
        expectStatus: [200],
      },
      {
        label: 'read',
        connections: 4,
        perSecond: 100,
        requests: indexes.map((index) => {
          const id = itemIds[spread(index, itemIds.length)];
          return formatRequest('GET', `${recordsPath('items')}/${id}`, { host });
        }),
        expectStatus: [200],
      },
      {
        label: 'write',
        connections: 2,
        perSecond: 20,
        requests: indexes.map((index) =>
          formatRequest('POST', recordsPath('drafts'), { host, body: makeItem(index, authorIds) }),
        ),
        // A write may be refused while the whole file is at work, but never lost and never a fault.
        expectStatus: [201, 503],
      },
    ],
  };
}

const HEADING = `${'ms'.padEnd(36)}${LABELS.map((label) => `${`${label} p50`.padStart(11)} ${'p99'.padStart(8)} ${'max'.padStart(8)}`).join('')}  the work`;

function describe({ phase, figures, said, hasFailed }: PhaseReport): string {
  const cells = LABELS.map((label) => {
    const { p50Ms, p99Ms, maxMs } = figures[label] ?? {};
    const format = (value: number | undefined) => (value === undefined ? '-' : value.toFixed(2));
    return `${format(p50Ms).padStart(11)} ${format(p99Ms).padStart(8)} ${format(maxMs).padStart(8)}`;
  });
  return `${WORK[phase].title.padEnd(36)}${cells.join('')}  ${hasFailed ? 'FAILED: ' : ''}${said}`;
}

function findFaults(reports: readonly PhaseReport[]): readonly string[] {
  return reports.flatMap(({ phase, figures }) => [
    ...ASSERTED.flatMap((label) => {
      const p99Ms = figures[label]?.p99Ms ?? Number.NaN;
      return p99Ms < LIMIT_MS
        ? []
        : [`${phase}: ${label} has a p99 of ${p99Ms.toFixed(1)} ms, the limit is ${LIMIT_MS} ms`];
    }),
    ...LABELS.flatMap((label) => {
      const { errors = 0, requests = 0 } = figures[label] ?? {};
      return errors === 0 ? [] : [`${phase}: ${errors} of ${requests} requests of ${label} failed`];
    }),
  ]);
}
