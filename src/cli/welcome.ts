import { type Config, databasePath } from '../core/config.ts';
import { type CliApp, listFunctions } from './open-app.ts';
import { type CliIo, createPaint, type Paint } from './output.ts';
import { VERSION } from './version.ts';

export interface WelcomeFacts {
  readonly app: CliApp;
  readonly config: Config;
  readonly dir: string;
  /** As it listens. */
  readonly url: string;
  readonly io: CliIo;
}

type Row = readonly [label: string, value: string];

const NEXT_STEPS: readonly Row[] = [
  ['tinybase functions new hello', 'write a typed function; it is live at once'],
  ['tinybase init', 'settings to edit, and types for your editor'],
  ['tinybase --help', 'everything else'],
];

/** The first words of a server: where everything is, and, as long as there is no admin, what to do next. */
export async function formatWelcome({ app, config, dir, url, io }: WelcomeFacts): Promise<string> {
  const paint = createPaint(io.hasColour);
  const { bold, dim, green, yellow } = paint;
  const local = toBrowsable(url);
  const base = config.server.public_url?.replace(/\/+$/, '') ?? local;
  const rows: readonly Row[] = [
    ['Admin app', green(`${base}/admin`)],
    ['API', green(`${base}/api`)],
    ['Docs', green(`${base}/docs`)],
    ...(base === local ? [] : [['Here', green(local)] as const]),
    ['Data', describeDatabase(config, dir, paint)],
    ['Functions', await describeFunctions(app, paint)],
  ];
  const head = ['', `  ${bold(`TinyBase ${VERSION}`)}`, '', ...formatRows(rows, dim)];
  const link = await findSetupLink(app, base);
  if (link === null) return [...head, ''].join('\n');
  return [
    ...head,
    '',
    `  ${bold('There is no admin yet. Make the first with this link')} (15 minutes, one use):`,
    '',
    // From the first column, and alone: a terminal that breaks it can still open it.
    yellow(link),
    '',
    `  ${bold('Then')}`,
    ...formatRows(NEXT_STEPS, green),
    '',
  ].join('\n');
}

function formatRows(rows: readonly Row[], paintLabel: (label: string) => string): string[] {
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, value]) => `  ${paintLabel(label.padEnd(width))}  ${value}`);
}

/** An address that listens everywhere is reached as localhost from here. */
function toBrowsable(url: string): string {
  return url
    .replace(/\/\/(0\.0\.0\.0|\[::\]|\[::0\])(?=[:/]|$)/, '//localhost')
    .replace(/\/+$/, '');
}

function describeDatabase(config: Config, dir: string, { yellow }: Paint): string {
  const path = databasePath(config, dir);
  return path === ':memory:' ? yellow('in memory: gone when the server stops') : path;
}

async function describeFunctions(app: CliApp, { red }: Paint): Promise<string> {
  const { functions, load_errors } = await listFunctions(app);
  const failed = load_errors.length;
  const count = String(functions.length);
  if (failed === 0) return count;
  const files = failed === 1 ? 'file' : 'files';
  return `${count}, and ${red(`${failed} ${files} did not load: tinybase functions list`)}`;
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
