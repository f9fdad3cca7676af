// A load generator that runs in a process of its own: keep-alive connections, one request in flight on each.
// Usage: bun scripts/bench/load.ts FILE   (a JSON file of the shape LoadPlan); prints a LoadResult as JSON.
import { readFileSync } from 'node:fs';
import { RawConnection } from '../support/raw-connection.ts';

export interface LoadPlan {
  readonly hostname: string;
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  /** Whole HTTP requests, sent in turn. */
  readonly requests: readonly string[];
  readonly expectStatus: number;
}

export interface LoadResult {
  readonly requests: number;
  /** Answers of another status than the expected one. */
  readonly errors: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

async function runLoad(plan: LoadPlan): Promise<LoadResult> {
  const prepared = plan.requests.map((text) => Buffer.from(text));
  const connections = await Promise.all(
    Array.from({ length: plan.connections }, () => RawConnection.open(plan.hostname, plan.port)),
  );
  let counter = 0;
  let errors = 0;
  const latencies: number[] = [];
  const started = performance.now();
  const end = started + plan.seconds * 1000;
  await Promise.all(
    connections.map(async (connection) => {
      for (let before = performance.now(); before < end; ) {
        const request = prepared[counter++ % prepared.length];
        if (request === undefined) throw new Error('There is no request to send');
        const answer = await connection.send(request);
        if (answer.status !== plan.expectStatus) errors++;
        const now = performance.now();
        latencies.push(now - before);
        before = now;
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  for (const connection of connections) connection.close();
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return {
    requests: sorted.length,
    errors,
    perSecond: sorted.length / seconds,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
  };
}

if (import.meta.main) {
  const path = process.argv[2];
  if (path === undefined) {
    console.error('Usage: bun scripts/bench/load.ts FILE');
    process.exit(2);
  }
  console.log(JSON.stringify(await runLoad(JSON.parse(readFileSync(path, 'utf8')) as LoadPlan)));
}
