import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bunRun, findProgram, runCommand } from '../support/command.ts';
import type { LoadPlan } from './load.ts';
import type { LoadResult } from './load-result.ts';
import { BEGUN, type PacePlan, type PaceResult } from './pace.ts';

/** Long enough for the slowest search of many clients at once; wrk counts what takes longer as a fault. */
const PATIENCE_SECONDS = 60;

export type GeneratorName = 'wrk' | 'bun';

/** wrk where it is installed: it takes least of the machine that both rivals share with it. */
export function chooseGenerator(): GeneratorName {
  return findProgram('wrk') === undefined ? 'bun' : 'wrk';
}

/** Sends the load from another process and answers what it measured. Throws when an answer was wrong. */
export async function generateLoad(name: GeneratorName, plan: LoadPlan): Promise<LoadResult> {
  const folder = mkdtempSync(join(tmpdir(), 'tinybase-load-'));
  try {
    // wrk cannot end after a number of requests.
    const result =
      name === 'wrk' && plan.seconds !== undefined
        ? await runWrk(folder, plan, plan.seconds)
        : await runBun(folder, plan);
    if (result.errors > 0 || result.requests === 0) {
      throw new Error(
        result.requests === 0
          ? 'nothing was answered in time'
          : `${result.errors} of ${result.requests} answers had another status than ${plan.expectStatus}`,
      );
    }
    return result;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface Pace {
  /** Settles when every stream has had its first answers, or when all is over. */
  readonly begun: Promise<void>;
  /** Waits for the last of them; a plan without counts needs it. */
  end(): Promise<PaceResult>;
}

/** Starts requests at a constant rate. */
export function startPace(plan: PacePlan): Pace {
  const folder = mkdtempSync(join(tmpdir(), 'tinybase-pace-'));
  const path = join(folder, 'plan.json');
  writeFileSync(path, JSON.stringify(plan));
  const child = Bun.spawn(bunRun(join(import.meta.dir, 'pace.ts'), path), {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const begun = Promise.withResolvers<void>();
  let said = '';
  const read = async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      said += text;
      if (said.startsWith(`${BEGUN}\n`)) begun.resolve();
    }
    begun.resolve();
  };
  const reading = read();
  return {
    begun: begun.promise,
    async end() {
      try {
        child.stdin.end();
        await reading;
        const code = await child.exited;
        if (code !== 0) throw new Error(`The requests at a constant rate ended with ${code}`);
        return JSON.parse(said.slice(said.indexOf('{'))) as PaceResult;
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

async function runBun(folder: string, plan: LoadPlan): Promise<LoadResult> {
  const path = join(folder, 'plan.json');
  writeFileSync(path, JSON.stringify(plan));
  const result = await runCommand(bunRun(join(import.meta.dir, 'load.ts'), path));
  if (result.code !== 0) throw new Error(`The load generator failed:\n${result.output}`);
  return JSON.parse(result.stdout) as LoadResult;
}

/** One thread, so that the requests go in turn; the script only picks the next prepared text. */
async function runWrk(folder: string, plan: LoadPlan, seconds: number): Promise<LoadResult> {
  const script = join(folder, 'load.lua');
  writeFileSync(script, toLua(plan));
  const result = await runCommand([
    'wrk',
    '-t1',
    `-c${plan.connections}`,
    `-d${Math.max(1, Math.round(seconds))}s`,
    `--timeout=${PATIENCE_SECONDS}s`,
    '-s',
    script,
    `http://${plan.hostname}:${plan.port}`,
  ]);
  const json = /^RESULT (.*)$/m.exec(result.stdout)?.[1];
  if (result.code !== 0 || json === undefined) throw new Error(`wrk failed:\n${result.output}`);
  return JSON.parse(json) as LoadResult;
}

function toLua(plan: LoadPlan): string {
  const requests = plan.requests.map((text) => `${JSON.stringify(text)},`).join('\n');
  return `local requests = {
${requests.replace(/\\u[0-9a-f]{4}/gi, '?')}
}
local size, at = #requests, 0
request = function()
  at = at % size + 1
  return requests[at]
end
done = function(summary, latency)
  local errors = summary.errors
  print(string.format(
    'RESULT {"requests":%d,"errors":%d,"perSecond":%.3f,"p50Ms":%.4f,"p99Ms":%.4f,"maxMs":%.4f}',
    summary.requests,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout,
    summary.requests / (summary.duration / 1e6),
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
end
`;
}
