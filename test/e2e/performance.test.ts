// Runs alone: it measures.
import { expect, test } from 'bun:test';
import { compareWithPocketBase } from '../../scripts/bench/compare.ts';
import { findPocketBase } from '../../scripts/bench/rivals.ts';
import { expectAtBest } from '../support/at-best.ts';

/** Short, since it runs with every test: npm run bench measures longer. */
const SHORT = { seconds: 2, rounds: 3, rows: 5000 } as const;

test.skipIf(findPocketBase() === undefined)(
  'creates and reads beside PocketBase in the same run, with the load from another process',
  async () => {
    await expectAtBest(async () => {
      const report = await compareWithPocketBase({
        ...SHORT,
        log: (line) => console.log(`  ${line}`),
      });
      const results = report?.results ?? [];
      expect(results.map(({ operation }) => operation)).toEqual(['create', 'read']);
      // A ratio of one run on one machine, never a time; the figure itself stands in the output.
      return results
        .filter(({ ratio }) => ratio <= 1)
        .map(({ operation, ratio }) => `${operation} ${ratio.toFixed(2)} times PocketBase`);
    });
  },
);
