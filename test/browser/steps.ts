import { test } from 'bun:test';

/** Tests that are the steps of one story: after one that failed, the rest say so at once. */
export function createSteps(): (name: string, run: () => void | Promise<void>) => void {
  let broken: string | undefined;
  return (name, run) =>
    test(name, async () => {
      if (broken !== undefined) throw new Error(`The step before failed: ${broken}`);
      broken = name;
      await run();
      broken = undefined;
    });
}
