import { type Config, databasePath } from '../core/config.ts';
import { type CliApp, listFunctions } from './open-app.ts';
import { type CliIo, createPaint, showPath } from './output.ts';
import { VERSION } from './version.ts';

export interface WelcomeFacts {
  readonly app: CliApp;
  readonly config: Config;
  readonly dir: string;
  /** As it listens. */
  readonly url: string;
  readonly io: CliIo;
}

/** The first words of a server: where everything is, and how to make the first admin. */
export async function formatWelcome({ app, config, dir, url, io }: WelcomeFacts): Promise<string> {
  const { bold, dim, green, yellow } = createPaint(io.hasColour);
  const base = toBrowsable(url);
  const rows: [string, string][] = [
    ['API', green(`${base}/api`)],
    ['Docs', green(`${base}/docs`)],
    ['Admin app', green(`${base}/admin`)],
    ['Folder', dir],
    ['Database', describeDatabase(config, dir)],
    ['Functions', await describeFunctions(app)],
  ];
  const lines = [
    '',
    `  ${bold('TinyBase')} ${VERSION}`,
    '',
    ...rows.map(([label, value]) => `  ${dim(label.padEnd(10))} ${value}`),
  ];
  const link = await findSetupLink(app, config.server.public_url ?? base);
  if (link !== null)
    lines.push(
      '',
      '  There is no admin yet. Make the first with this link (15 minutes, one use):',
      `  ${yellow(link)}`,
    );
  return [...lines, ''].join('\n');
}

/** An address that listens everywhere is reached as localhost from here. */
function toBrowsable(url: string): string {
  return url
    .replace(/\/\/(0\.0\.0\.0|\[::\]|\[::0\])(?=[:/]|$)/, '//localhost')
    .replace(/\/+$/, '');
}

function describeDatabase(config: Config, dir: string): string {
  const path = databasePath(config, dir);
  if (path === ':memory:') return 'in memory: gone when the server stops';
  return showPath(dir, path);
}

async function describeFunctions(app: CliApp): Promise<string> {
  const { functions, load_errors } = await listFunctions(app);
  const failed = load_errors.length;
  const count = String(functions.length);
  return failed === 0
    ? count
    : `${count}, and ${failed} ${failed === 1 ? 'file' : 'files'} did not load: tinybase functions list`;
}

/** The link of the first-run page, or null when there is an admin. */
async function findSetupLink(app: CliApp, base: string): Promise<string | null> {
  if (await app.services.users.hasAdmin()) return null;
  const given = await app.services.auth.createSetupLink();
  if (given === null) return null;
  // Only the part after the host is taken: the link must open where the person sits.
  const token = /[?&]token=([^&#]+)/.exec(given)?.[1] ?? given;
  return `${base}/admin/#/setup?token=${token}`;
}
