// Runs alone: it measures.
import { heapStats } from 'bun:jsc';
import { expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import { until } from '../../support/until.ts';
import { withApp } from './function-app.ts';
import { createCountingSpawn } from './loader-app.ts';

setDefaultTimeout(600_000);

const WORKERS = 2;
const CLIENTS = 4;
const ROUNDS = 20;

const usesHelper = (text: string) =>
  `import { word } from './lib/word.ts'; register({}, async (_ctx, waitMs) => {
    if (waitMs > 0) await Bun.sleep(waitMs); return '${text} ' + word; });`;
const word = (text: string) => `export const word = '${text}';`;
const answers = (text: string) => `register({}, () => '${text}');`;

test('100 reloads under load: no call fails, and nothing is left behind', async () => {
  const { spawn, pids } = createCountingSpawn();
  await withApp(
    { 'a.ts': usesHelper('0'), 'lib/word.ts': word('0'), 'b.ts': answers('b') },
    { isWatching: true, settings: { workers: WORKERS }, spawnWorker: spawn },
    async (app, folder) => {
      folder.write('lib/word.ts', word('0'));
      const isAnswer = (name: string, text: string) =>
        until(async () => (await app.result(name).catch(() => 'gone')) === text);
      const isBroken = (count: number) => until(() => app.service.loadErrors().length === count);
      await isAnswer('a', '0 0');
      await until(() => pids.size === WORKERS);

      let isDone = false;
      let calls = 0;
      const failures: unknown[] = [];
      const load = Promise.all(
        Array.from({ length: CLIENTS }, async (_, client) => {
          while (!isDone) {
            // One of them has calls that reloads go by.
            await app.result('a', client === 0 ? 200 : 0).catch((error) => failures.push(error));
            if (failures.length > 0) return;
            calls++;
          }
        }),
      );

      const halfway = { bytes: 0, files: 0, processes: 0 };
      for (let n = 1; n <= ROUNDS; n++) {
        folder.write('a.ts', usesHelper(String(n)));
        await isAnswer('a', `${n} ${n - 1}`);
        folder.write('lib/word.ts', word(String(n)));
        await isAnswer('a', `${n} ${n}`);
        folder.write('a.ts', '(');
        await isBroken(1);
        expect(await app.result('a')).toBe(`${n} ${n}`);
        folder.remove('b.ts');
        await until(() => app.service.adminList({ limit: 10, offset: 0 }).total === 1);
        folder.write('a.ts', usesHelper(String(n)));
        folder.write('b.ts', answers(String(n)));
        await isAnswer('b', String(n));
        await isBroken(0);
        if (n === ROUNDS / 2) Object.assign(halfway, measure());
      }
      isDone = true;
      await load;
      expect(failures).toEqual([]);

      expect(app.service.version()).toBeGreaterThanOrEqual(5 * ROUNDS);
      expect(calls).toBeGreaterThan(5 * ROUNDS);
      await until(() => pids.size === WORKERS);
      // Half of the reloads have left what all of them have. What one collection finds is not all that
      // may go: a leak stays, however long one waits.
      await until(() => {
        const { bytes, files } = measure();
        return bytes < halfway.bytes * 1.5 && files <= halfway.files + 10;
      }, 'memory and open files are as they were halfway');
      // What knows an old process keeps its pool and its sources.
      expect(measure().processes).toBeLessThan(ROUNDS);
    },
  );
  await until(() => pids.size === 0);
});

/** What this process holds, which is the server here: the history is in memory too, but not in the heap. */
function measure() {
  Bun.gc(true);
  const files = existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0;
  const { heapSize, objectTypeCounts } = heapStats();
  return { bytes: heapSize, files, processes: objectTypeCounts.Subprocess ?? 0 };
}
