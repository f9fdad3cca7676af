import { expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  createSpawnWorker,
  type SpawnWorker,
} from '../../../src/features/functions/spawn-worker.ts';
import type { ToWorker } from '../../../src/protocol/messages.ts';
import { until } from '../../support/until.ts';
import { withApp } from './function-app.ts';

setDefaultTimeout(600_000);

/** Longer than a call that is out of time has to tidy up, and than a worker may be silent. */
const HELD_UP_MS = 400;

let ended = 0;
const isOver = () => ended > 0;

/** Workers that hear late of a call that is to end, and of all that comes after, as on a busy machine. */
const hearingLate: SpawnWorker = (options) => {
  const child = createSpawnWorker()({
    ...options,
    onExit(code, signal) {
      ended++;
      options.onExit(code, signal);
    },
  });
  let held: ToWorker[] | undefined;
  return {
    ...child,
    pid: child.pid,
    send(message) {
      if (message.kind === 'abort') {
        held = [];
        setTimeout(() => {
          for (const late of held ?? []) child.send(late);
          held = undefined;
        }, HELD_UP_MS);
      }
      if (held) held.push(message);
      else child.send(message);
    },
  };
};

const TIDIES = `import { writeFileSync } from 'node:fs'; register({ timeout_seconds: 0.2 }, async (ctx, mark) => {
  ctx.signal.addEventListener('abort', () => writeFileSync(mark, ctx.signal.reason.message));
  await new Promise(() => {});
});`;

test('a call whose time is up may tidy up, however late its worker hears of that; then its worker ends', () =>
  withApp({ 'tidies.ts': TIDIES }, { spawnWorker: hearingLate }, async (app, folder) => {
    const mark = join(folder.root, 'tidied');
    expect(await app.call('tidies', mark)).toMatchObject({ errorType: 'TimeoutError' });
    await until(() => existsSync(mark) || isOver(), 'it has tidied up');
    expect(existsSync(mark)).toBe(true);
    await until(isOver, 'its worker has ended');
  }));
