import { expect, test } from 'bun:test';
import { main } from '../../src/cli/main.ts';
import type { AppOpener } from '../../src/cli/open-app.ts';
import { createFakeOpener } from './fake-app.ts';
import { createFakeIo, type FakeIo } from './fake-io.ts';
import { makeFolder } from './temporary-folder.ts';

/** An opener whose migrations never end: Ctrl-C comes once one has begun. */
function createEndlessOpener(io: FakeIo) {
  const opener = createFakeOpener();
  const never = () => {
    queueMicrotask(() => io.signal());
    return new Promise<never>(() => {});
  };
  const openServices: AppOpener['openServices'] = async (options) => {
    const app = await opener.createApp(options);
    const { migrations } = app.services;
    const endless = { ...migrations, write: never, upgrade: never, downgrade: never };
    return { ...app, services: { ...app.services, migrations: endless } };
  };
  return { ...opener, openServices };
}

for (const words of ['db migrate', 'db upgrade', 'db downgrade -y'])
  test(`Ctrl-C at ${words} closes the database, says what counts, and ends with 130`, async () => {
    const io = createFakeIo({ cwd: makeFolder() });
    const opener = createEndlessOpener(io);
    expect(await main(words.split(' '), io, opener)).toBe(130);
    expect(io.text()).toBe(
      'Stopped. What was not done whole is taken back; tinybase db history shows which migrations count.',
    );
    expect(opener.log).toEqual(['open 8000', 'stop 8000']);
  });

test('Ctrl-C while the database is being opened: no migration is begun', async () => {
  const io = createFakeIo({ cwd: makeFolder() });
  const opener = createFakeOpener();
  const begun: string[] = [];
  const openServices: AppOpener['openServices'] = async (options) => {
    io.signal();
    const app = await opener.createApp(options);
    const upgrade = async () => {
      begun.push('upgrade');
      return [];
    };
    const migrations = { ...app.services.migrations, upgrade };
    return { ...app, services: { ...app.services, migrations } };
  };
  expect(await main(['db', 'upgrade'], io, { ...opener, openServices })).toBe(130);
  expect({ begun, log: opener.log }).toEqual({ begun: [], log: ['open 8000', 'stop 8000'] });
});
