// Runs alone: it measures.
import { expect, test } from 'bun:test';
import { renameSync } from 'node:fs';
import { above, expectAtBest } from '../support/at-best.ts';
import { client, makeTemporaryFolder, startBinary } from '../support/binary.ts';
import { writeFiles } from '../support/fixtures.ts';
import { childrenOf, countOpenFiles, HAS_PROC, readResidentMb } from '../support/processes.ts';
import { until } from '../support/until.ts';
import { inFunctions } from './functions-tools.ts';

/** So many twice; what the first half has left, all of them have, but for noise. */
const HALF = 50;
const WORKERS = 2;
const CLIENTS = 4;

const counts = (n: number, helper = './lib/word.ts') =>
  `import { register } from 'tinybase';
import { word } from '${helper}';
register({ auth: 'public' }, async (_ctx, waitMs) => {
  if (waitMs > 0) await Bun.sleep(waitMs);
  return [${n}, word];
});
`;
const word = (n: number) => `export const word = ${n};\n`;

test('100 reloads under load without an error or a leak', async () => {
  const dir = makeTemporaryFolder();
  writeFiles(dir, {
    'tinybase.toml': `[functions]\nworkers = ${WORKERS}\n`,
    'functions/counts.ts': counts(0),
    'functions/lib/word.ts': word(0),
  });
  await using server = await startBinary({ dir });
  const anonymous = client(server.url);
  const call = (waitMs: number) => anonymous.post('/api/functions/counts', waitMs);
  let isDone = false;
  let calls = 0;
  const faults: unknown[] = [];
  const load = Promise.all(
    Array.from({ length: CLIENTS }, async (_, number) => {
      let newest = 0;
      while (!isDone) {
        // One of them has calls that reloads go by.
        const { status, body } = await call(number === 0 ? 200 : 0);
        calls++;
        // What began later never runs older code.
        if (status !== 200 || body.result[0] < newest) faults.push({ status, body, newest });
        else if (number > 0) newest = body.result[0];
        await Bun.sleep(5);
      }
    }),
  );

  let n = 0;
  const reloadHalf = async () => {
    const began = performance.now();
    for (const end = n + HALF; n < end; ) {
      n++;
      // By turns the helper and the function itself, written in place or renamed over.
      if (n % 4 === 0) writeFiles(dir, { 'functions/lib/word.ts': word(n) });
      else {
        writeFiles(dir, { 'functions/.draft': counts(n) });
        renameSync(inFunctions(dir, '.draft'), inFunctions(dir, 'counts.ts'));
      }
      await until(
        async () => (await call(0)).body.result?.[n % 4 === 0 ? 1 : 0] === n,
        `reload ${n}`,
      );
    }
    const seconds = (performance.now() - began) / 1000;
    if (!HAS_PROC) return;
    await until(() => childrenOf(server.pid).length === WORKERS, 'only the workers are left');
    const files = countOpenFiles(server.pid);
    const megabytes = readResidentMb(server.pid);
    console.log(
      `  ${n} reloads, ${HALF} in ${seconds.toFixed(1)} s: ${files} open files, ${megabytes.toFixed(0)} MB`,
    );
    return { files, megabytes };
  };

  const first = await reloadHalf();
  let before = first;
  await expectAtBest(async () => {
    const after = await reloadHalf();
    if (!first || !before || !after) return [];
    const grown = [
      ...above(6, { 'more open files': after.files - before.files }),
      ...above(first.megabytes * 0.5, { 'more memory': after.megabytes - before.megabytes }),
    ];
    before = after;
    return grown;
  });
  isDone = true;
  await load;
  expect(faults).toEqual([]);
  expect(calls).toBeGreaterThan(2 * HALF);
  console.log(`  ${calls} calls beside them, none failed`);
});
