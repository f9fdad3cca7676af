// A load generator that runs in a process of its own: keep-alive connections, one request in flight on each.
// Usage: bun scripts/bench/load.ts FILE   (a JSON file of the shape LoadPlan); prints a LoadResult as JSON.
import { readFileSync } from 'node:fs';
import { RawConnection } from '../support/raw-connection.ts';
import { type LoadResult, summarize } from './load-result.ts';

export interface LoadPlan {
  readonly hostname: string;
  readonly port: number;
  readonly connections: number;
  /** How long the requests are sent in turn; absent when each is to be sent once. */
  readonly seconds?: number;
  /** Whole HTTP requests. */
  readonly requests: readonly string[];
  readonly expectStatus: number;
}

async function runLoad(plan: LoadPlan): Promise<LoadResult> {
  const prepared = plan.requests.map((text) => Buffer.from(text));
  const connections = await Promise.all(
    Array.from({ length: plan.connections }, () => RawConnection.open(plan.hostname, plan.port)),
  );
  const most = plan.seconds === undefined ? prepared.length : Number.POSITIVE_INFINITY;
  let counter = 0;
  let errors = 0;
  const latencies: number[] = [];
  const started = performance.now();
  const end = started + (plan.seconds ?? Number.POSITIVE_INFINITY) * 1000;
  await Promise.all(
    connections.map(async (connection) => {
      for (let before = performance.now(); before < end && counter < most; ) {
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
  return summarize(latencies, errors, seconds);
}

if (import.meta.main) {
  const path = process.argv[2];
  if (path === undefined) {
    console.error('Usage: bun scripts/bench/load.ts FILE');
    process.exit(2);
  }
  console.log(JSON.stringify(await runLoad(JSON.parse(readFileSync(path, 'utf8')) as LoadPlan)));
}
