// Requests at a constant rate from a process of its own: the writer beside readers, and the probes of
// those who must not notice a stall. A request that had to wait for a free connection counts from the
// moment it was due, so that a server that stands still is not asked less often, and looks no better.
// Usage: bun scripts/bench/pace.ts FILE   (a JSON file of the shape PacePlan); prints BEGUN once every stream
// has had some answers, and in the end a PaceResult as JSON.
// A stream without a count ends when standard input does.
import { readFileSync } from 'node:fs';
import { RawConnection } from '../support/raw-connection.ts';
import { type LoadResult, summarize } from './load-result.ts';

interface PaceStream {
  readonly label: string;
  readonly connections: number;
  readonly perSecond: number;
  /** Exactly so many requests; without it until standard input ends. */
  readonly count?: number;
  /** Whole HTTP requests, sent in turn. */
  readonly requests: readonly string[];
  readonly expectStatus: readonly number[];
}

export interface PacePlan {
  readonly hostname: string;
  readonly port: number;
  readonly streams: readonly PaceStream[];
}

/** By the label of the stream. */
export type PaceResult = Readonly<Record<string, LoadResult>>;

/** The line that says so. */
export const BEGUN = 'begun';

const WARM_UP_REQUESTS = 20;
/** Of each stream, before whatever is to be noticed begins. */
const BEGINNING = 25;

let isOver = false;

async function runStream(
  plan: PacePlan,
  stream: PaceStream,
  onBegun: () => void,
): Promise<LoadResult> {
  const intervalMs = 1000 / stream.perSecond;
  const most = stream.count ?? Number.POSITIVE_INFINITY;
  const connections = await Promise.all(
    Array.from({ length: stream.connections }, () => RawConnection.open(plan.hostname, plan.port)),
  );
  if (stream.count === undefined) await warmUp(connections, stream);
  const latencies: number[] = [];
  let errors = 0;
  let counter = 0;
  const started = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      while (!isOver && counter < most) {
        const index = counter++;
        const due = started + index * intervalMs;
        const early = due - performance.now();
        if (early > 0) await Bun.sleep(early);
        if (isOver && stream.count === undefined) break;
        const from = early > 0 ? performance.now() : due;
        const answer = await connection.send(stream.requests[index % stream.requests.length] ?? '');
        latencies.push(performance.now() - from);
        if (!stream.expectStatus.includes(answer.status)) errors++;
        if (latencies.length === BEGINNING) onBegun();
      }
    }),
  );
  for (const connection of connections) connection.close();
  return summarize(latencies, errors, (performance.now() - started) / 1000);
}

/** The first requests of a process measure its own compiler. */
async function warmUp(connections: readonly RawConnection[], stream: PaceStream): Promise<void> {
  const [first = ''] = stream.requests;
  for (const connection of connections) {
    for (let times = 0; times < WARM_UP_REQUESTS; times++) await connection.send(first);
  }
}

if (import.meta.main) {
  const path = process.argv[2];
  if (path === undefined) {
    console.error('Usage: bun scripts/bench/pace.ts FILE');
    process.exit(2);
  }
  const plan = JSON.parse(readFileSync(path, 'utf8')) as PacePlan;
  if (plan.streams.some((stream) => stream.count === undefined)) {
    void Bun.stdin.text().then(() => {
      isOver = true;
    });
  }
  let beginning = plan.streams.length;
  const onBegun = () => {
    if (--beginning === 0) console.log(BEGUN);
  };
  const results = await Promise.all(plan.streams.map((stream) => runStream(plan, stream, onBegun)));
  const byLabel = plan.streams.map((stream, index) => [stream.label, results[index]]);
  console.log(JSON.stringify(Object.fromEntries(byLabel)));
}
