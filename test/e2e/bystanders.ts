import { expect } from 'bun:test';
import { startPace } from '../../scripts/bench/generator.ts';
import type { PaceResult } from '../../scripts/bench/pace.ts';

/** What others ask for all the while, each over two connections. */
export interface Asked {
  /** Whole HTTP requests, sent in turn. */
  readonly requests: readonly string[];
  /** Where it is not 200; whoever may be held back and refused gets as few answers as there is time for. */
  readonly expectStatus?: readonly number[];
}

const PER_SECOND = 50;

/**
 * Does the work while others, by their labels, ask at a constant rate from another process. All of their
 * answers are as expected; how long they took is answered, and shown.
 */
export async function workBeside<Result>(
  port: number,
  others: Readonly<Record<string, Asked>>,
  work: () => Promise<Result>,
): Promise<{ figures: PaceResult; workMs: number; result: Result }> {
  const pace = startPace({
    hostname: '127.0.0.1',
    port,
    streams: Object.entries(others).map(([label, { requests, expectStatus = [200] }]) => ({
      label,
      connections: 2,
      perSecond: PER_SECOND,
      requests,
      expectStatus,
    })),
  });
  let figures: PaceResult;
  let workMs: number;
  let result: Result;
  try {
    await pace.begun;
    const started = performance.now();
    result = await work();
    workMs = performance.now() - started;
  } finally {
    figures = await pace.end();
  }
  const shown = Object.entries(figures).map(
    ([label, { requests, p99Ms, maxMs }]) =>
      `${label} ${requests} p99 ${p99Ms.toFixed(1)} max ${maxMs.toFixed(1)}`,
  );
  console.log(`  work of ${Math.round(workMs)} ms; ${shown.join('; ')} (ms)`);
  for (const [label, { errors, requests }] of Object.entries(figures)) {
    expect(errors, label).toBe(0);
    if (others[label]?.expectStatus === undefined) expect(requests, label).toBeGreaterThan(10);
  }
  return { figures, workMs, result };
}
