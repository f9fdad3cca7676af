import { expect, test } from 'bun:test';
import { systemClock } from '../../../src/core/clock.ts';
import { createErrorLog } from '../../../src/features/extensions/error-log.ts';

test('who reads errors while they are being written waits until they are there', async () => {
  const begun = Promise.withResolvers<void>();
  const disk = Promise.withResolvers<void>();
  const written: string[] = [];
  const log = createErrorLog({
    store: {
      async addErrors(errors) {
        begun.resolve();
        await disk.promise;
        written.push(...errors.map(({ message }) => message));
      },
    },
    clock: systemClock,
    logger: { debug() {}, info() {}, warning() {}, error() {}, isEnabled: () => true },
  });
  log.add({ extension: 'a', event: 'load', message: 'first', stack: null });
  // By its timer, for nobody.
  await begun.promise;
  const read = log.flush().then(() => [...written]);
  disk.resolve();
  expect(await read).toEqual(['first']);
});
