import type { AppOpener, CliApp, CliServices, OpenOptions } from './open-app.ts';
import type { CliIo } from './output.ts';
import { StoppedError } from './stopped-error.ts';
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

interface Stoppable {
  readonly io: Pick<CliIo, 'onStop'>;
  /** What can be relied on when Ctrl-C has ended it, as a sentence. */
  readonly outcome: string;
}

/** The same for work that takes long: Ctrl-C takes back what is being written, and ends it. */
export async function withStoppableServices<Result>(
  opener: Pick<AppOpener, 'openServices'>,
  opening: Opening,
  { io, outcome }: Stoppable,
  work: (app: CliServices) => Promise<Result>,
): Promise<Result> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stopListening = io.onStop(() => reject(new StoppedError(`Stopped. ${outcome}`)));
  // Also when it comes while the database is being opened.
  stopped.catch(() => undefined);
  try {
    const app = await opener.openServices({ ...opening, version: VERSION });
    const ended: { whole?: { readonly result: Result } } = {};
    let fault: unknown;
    try {
      // Nothing is begun when it came meanwhile.
      await Promise.race([stopped, undefined]);
      const working = work(app).then((result) => {
        ended.whole = { result };
      });
      await Promise.race([working, stopped]);
    } catch (error) {
      fault = error;
    } finally {
      await app.stop();
    }
    // What was whole before it could be stopped counts, and has said so.
    if (ended.whole === undefined) throw fault;
    return ended.whole.result;
  } finally {
    stopListening();
  }
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
