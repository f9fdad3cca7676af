import { expect, test } from 'bun:test';
import { compareWithPocketBase } from '../../scripts/bench/compare.ts';
import { findPocketBase } from '../../scripts/bench/rivals.ts';

/** Short, since it runs with every test: npm run bench measures longer. */
const SHORT = { seconds: 2, rounds: 3, rows: 5000 } as const;

test.skipIf(findPocketBase() === undefined)(
  'creates and reads beside PocketBase in the same run, with the load from another process',
  async () => {
    const report = await compareWithPocketBase({
      ...SHORT,
      log: (line) => console.log(`  ${line}`),
    });
    expect(report?.results.map((result) => result.operation)).toEqual(['create', 'read']);
    // A ratio of one run on one machine, never a time; the figure itself stands in the output.
    for (const { ratio } of report?.results ?? []) expect(ratio).toBeGreaterThan(1);
  },
);
