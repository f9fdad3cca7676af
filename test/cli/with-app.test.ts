import { expect, test } from 'bun:test';
import type { AppOpener, CliServices } from '../../src/cli/open-app.ts';
import { withStoppableServices } from '../../src/cli/with-app.ts';

/** Work that is ended by hand, and Ctrl-C while it runs. */
async function stopAmid(onStop: (work: PromiseWithResolvers<string>) => void): Promise<string> {
  const work = Promise.withResolvers<string>();
  let press = (): void => {};
  const opener = {
    openServices: async () => ({ stop: async () => onStop(work) }) as unknown as CliServices,
  } as Pick<AppOpener, 'openServices'>;
  const io = {
    onStop(stop: () => void) {
      press = stop;
      return () => undefined;
    },
  };
  const opening = {} as Parameters<typeof withStoppableServices>[1];
  return await withStoppableServices(opener, opening, { io, outcome: 'Taken back.' }, () => {
    press();
    return work.promise;
  }).catch(({ message }) => message);
}

test('work that was whole before Ctrl-C could stop it counts', async () => {
  expect(await stopAmid((work) => work.resolve('done'))).toBe('done');
});

test('work that Ctrl-C took back, or that nobody hears of any more, was stopped', async () => {
  const closed = new Error('The database is closed.');
  expect(await stopAmid((work) => work.reject(closed))).toBe('Stopped. Taken back.');
  expect(await stopAmid(() => undefined)).toBe('Stopped. Taken back.');
});
