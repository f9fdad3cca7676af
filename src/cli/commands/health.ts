import { InvalidArgumentError } from 'commander';
import { AppError } from '../../core/errors.ts';
import { withoutPassword } from '../../lib/web-address.ts';
import { askHealth, type Health } from '../ask-health.ts';
import { addExamples, type CliContext, type DefineCommand } from '../define-command.ts';
import { toVisible } from '../output.ts';
import { addProjectOptions, openExistingProject, type ProjectOptions } from '../settings.ts';

interface HealthOptions extends ProjectOptions {
  readonly url?: string;
  readonly timeout: number;
  readonly json?: true;
}

const TIMEOUT_SECONDS = 3;
const MAX_TIMEOUT_SECONDS = 60;
/** A host that stands for all addresses is reached as this machine. */
const EVERYWHERE: Readonly<Record<string, string>> = {
  '0.0.0.0': '127.0.0.1',
  '::': '[::1]',
  '::0': '[::1]',
};

export const defineHealth: DefineCommand = (command, context) => {
  const { io } = context;
  command
    .option('--url <url>', 'address of the server (default: where that of this project listens)')
    .option('--timeout <seconds>', 'how long to wait', toSeconds, TIMEOUT_SECONDS)
    .option('--json', 'print JSON');
  addProjectOptions(command);
  command.addHelpText(
    'after',
    '\nPrints one line. Exits 0 when the server answers /health, 1 when it does not, for health checks of\ncontainers, systemd and scripts. Without --url it asks the server that took the database last.',
  );
  command.action(async (options: HealthOptions) => {
    const { url, fault } = await findAddress(options, context);
    const health: Health = fault
      ? { status: 'failed', reason: fault }
      : await askHealth(url, options.timeout * 1_000);
    if (options.json) io.out(JSON.stringify({ url: withoutPassword(url.href), ...health }));
    if (health.status === 'failed')
      throw new AppError(
        'unavailable',
        `${fault ? '' : `${url.origin} does not answer: `}${toVisible(health.reason)}.`,
      );
    if (!options.json)
      io.out(`TinyBase ${toVisible(health.version)} answers at ${url.origin} (${health.ms} ms).`);
  });
  addExamples(command, [
    ['tinybase health', 'the server of this folder'],
    ['tinybase health --url https://api.example.com', 'any other'],
    ['tinybase health --timeout 1 --json', 'for programs'],
  ]);
};

function toSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= MAX_TIMEOUT_SECONDS))
    throw new InvalidArgumentError(`Give seconds, above 0 and up to ${MAX_TIMEOUT_SECONDS}.`);
  return seconds;
}

interface Asked {
  readonly url: URL;
  /** Why nobody is asked there. */
  readonly fault?: string;
}

async function findAddress(options: HealthOptions, { io, opener }: CliContext): Promise<Asked> {
  if (options.url !== undefined) return { url: toHealthUrl(options.url) };
  // One line, always: `tinybase config` shows the warnings.
  const { config, dir } = openExistingProject({ ...io, err: () => {} }, options);
  const { host, port } = config.server;
  // Its own note knows --port and a port that the system chose; a command that had the lock has none.
  const { path, address, isServed } = await opener.findServer({ config, dir });
  const url =
    toUrl(address) ?? toUrl(`${host}:${port}`) ?? new URL(`http://127.0.0.1:${port}/health`);
  // Where it listened another one may listen by now, and that one would answer.
  return isServed === false ? { url, fault: `No server serves ${path}` } : { url };
}

/** `0.0.0.0:8000` and `:::8000` as an address that can be asked. */
function toUrl(address: string | undefined): URL | null {
  const [, host = '', port = ''] = /^(.+):(\d+)$/.exec(address ?? '') ?? [];
  if (port === '' || port === '0') return null;
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  const named = EVERYWHERE[bare] ?? (bare.includes(':') ? `[${bare}]` : bare);
  return URL.parse(`http://${named}:${port}/health`);
}

function toHealthUrl(given: string): URL {
  const url = URL.parse(given);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new AppError(
      'invalid_input',
      `--url must be an address such as https://api.example.com, got ${given}.`,
    );
  const folder = url.pathname.replace(/\/(health)?$/, '');
  return new URL(`${folder}/health`, url);
}
