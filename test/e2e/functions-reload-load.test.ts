import { expect, test } from 'bun:test';
import { renameSync } from 'node:fs';
import { client, makeTemporaryFolder, startBinary } from '../support/binary.ts';
import { writeFiles } from '../support/fixtures.ts';
import { childrenOf, countOpenFiles, HAS_PROC, readResidentMb } from '../support/processes.ts';
import { inFunctions, until } from './functions-tools.ts';

const RELOADS = 100;
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
  const measure = () => ({
    files: countOpenFiles(server.pid),
    megabytes: readResidentMb(server.pid),
    processes: childrenOf(server.pid).length,
  });

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

  let halfway: ReturnType<typeof measure> | undefined;
  const began = performance.now();
  for (let n = 1; n <= RELOADS; n++) {
    // By turns the helper and the function itself, written in place or renamed over.
    if (n % 4 === 0) writeFiles(dir, { 'functions/lib/word.ts': word(n) });
    else {
      writeFiles(dir, { 'functions/.draft': counts(n) });
      renameSync(inFunctions(dir, '.draft'), inFunctions(dir, 'counts.ts'));
    }
    await until(
      `reload ${n}`,
      async () => (await call(0)).body.result?.[n % 4 === 0 ? 1 : 0] === n,
    );
    if (n === RELOADS / 2 && HAS_PROC) halfway = measure();
  }
  const seconds = (performance.now() - began) / 1000;
  isDone = true;
  await load;
  expect(faults).toEqual([]);
  expect(calls).toBeGreaterThan(RELOADS);
  console.log(`  ${RELOADS} reloads in ${seconds.toFixed(1)} s beside ${calls} calls, none failed`);

  if (!HAS_PROC || !halfway) return;
  await until('only the workers are left', () => childrenOf(server.pid).length === WORKERS);
  const end = measure();
  console.log(
    `  after ${RELOADS / 2} reloads ${halfway.files} open files and ${halfway.megabytes.toFixed(0)} MB, after ${RELOADS} ${end.files} and ${end.megabytes.toFixed(0)} MB`,
  );
  // Half of the reloads have left what all of them have, but for noise.
  expect(end.files).toBeLessThanOrEqual(halfway.files + 5);
  expect(end.megabytes).toBeLessThan(halfway.megabytes * 1.5);
});
