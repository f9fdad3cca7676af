import type { AppOpener, CliApp, CliServices, OpenOptions } from './open-app.ts';
import { VERSION } from './version.ts';

type Opening = Omit<OpenOptions, 'version'>;

/** Opens the whole app for a command that ends by itself, and stops it however that ends. */
export async function withApp<Result>(
  opener: Pick<AppOpener, 'createApp'>,
  opening: Opening,
  work: (app: CliApp) => Promise<Result>,
): Promise<Result> {
  return thenStop(await opener.createApp({ ...opening, version: VERSION }), work);
}

/** The same with the database alone. */
export async function withServices<Result>(
  opener: Pick<AppOpener, 'openServices'>,
  opening: Opening,
  work: (app: CliServices) => Promise<Result>,
): Promise<Result> {
  return thenStop(await opener.openServices({ ...opening, version: VERSION }), work);
}

async function thenStop<App extends CliServices, Result>(
  app: App,
  work: (app: App) => Promise<Result>,
): Promise<Result> {
  try {
    return await work(app);
  } finally {
    await app.stop();
  }
}
