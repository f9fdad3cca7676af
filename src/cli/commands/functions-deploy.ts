import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Static, Type } from '@sinclair/typebox';
import { addExamples, type DefineCommand } from '../define-command.ts';
import { writeArchive } from '../deploy-archive.ts';
import { sendToEnvironment } from '../deploy-client.ts';
import { type Environment, findEnvironment, warnIfExposed } from '../deploy-environment.ts';
import { collectFunctionFiles } from '../deploy-files.ts';
import { untilStopped } from '../deploy-stop.ts';
import { type CliIo, createPaint, showPath, toVisible } from '../output.ts';
import { addProjectOptions, openProject, type ProjectOptions } from '../settings.ts';

interface DeployOptions extends ProjectOptions {
  readonly env?: string;
  readonly dryRun?: true;
  readonly message?: string;
  readonly json?: true;
}

const NameChanges = Type.Object({
  added: Type.Array(Type.String()),
  changed: Type.Array(Type.String()),
  removed: Type.Array(Type.String()),
});
const Deployed = Type.Object({
  id: Type.Union([Type.String(), Type.Null()]),
  functions: Type.Array(Type.String()),
  changes: Type.Object({ functions: NameChanges, files: NameChanges }),
});
type Deployed = Static<typeof Deployed>;

/** More names than this nobody reads on a terminal. */
const MAX_NAMES = 20;
const BAR_LENGTH = 24;

export const defineFunctionsDeploy: DefineCommand = (command, { io }) => {
  addProjectOptions(
    command
      .option('--env <environment>', 'as in tinybase.toml (default: the only one, or production)')
      .option('--dry-run', 'let the server check everything, and change nothing')
      .option('-m, --message <text>', 'what this version is about; shown in the list')
      .option('--json', 'print the answer of the server as JSON'),
  );
  command.action(async (options: DeployOptions) => {
    const { config, dir, env } = openProject(io, options);
    const environment = findEnvironment(config, options.env, env);
    warnIfExposed(environment, io);
    const files = collectFunctionFiles(
      {
        dir,
        folder: resolve(dir, config.functions.path),
        file: resolve(dir, config.functions.file),
      },
      (path) => showPath(io.cwd, path),
    );
    const archive = join(tmpdir(), `tinybase-deploy-${randomUUID()}.tar.gz`);
    try {
      const result = await untilStopped(io, async (signal) => {
        io.status(`Packing ${files.length} files`);
        await writeArchive(archive, files);
        signal.throwIfAborted();
        return sendToEnvironment(environment, {
          answer: Deployed,
          method: 'POST',
          path: toPath(options),
          archive,
          onSent: (part) => io.status(describeSent(part)),
          signal,
        });
      });
      if (options.json) io.out(JSON.stringify(result, null, 2));
      else tell(io, result, environment);
    } finally {
      io.status('');
      await rm(archive, { force: true });
    }
  });
  addExamples(command, [
    ['tinybase functions deploy', 'to the only environment, or to production'],
    ['tinybase functions deploy --env staging --dry-run', 'only say what would change'],
    ['tinybase functions deploy -m "Invoices in euros"', 'with a word about it for the list'],
  ]);
};

function toPath({ dryRun, message }: DeployOptions): string {
  const query = new URLSearchParams({
    ...(dryRun ? { dry_run: 'true' } : {}),
    ...(message === undefined ? {} : { message }),
  });
  return `/api/admin/functions/deploy${query.size > 0 ? `?${query}` : ''}`;
}

function describeSent(part: number): string {
  if (part >= 1) return 'Sent; the server installs packages and loads the functions';
  const done = Math.round(part * BAR_LENGTH);
  const bar = `${'#'.repeat(done)}${'.'.repeat(BAR_LENGTH - done)}`;
  return `[${bar}] Sending, ${Math.floor(part * 100)} %`;
}

function tell(io: CliIo, { id, functions, changes }: Deployed, { name, url }: Environment): void {
  const { green, yellow, red } = createPaint(io.hasColour);
  const print = (what: string, names: readonly string[]) => {
    if (names.length === 0) return;
    const shown = names.slice(0, MAX_NAMES).map(toVisible).join(', ');
    const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
    io.out(`${what}  ${shown}${more}`);
  };
  print(green('added  '), changes.functions.added);
  print(yellow('changed'), changes.functions.changed);
  print(red('removed'), changes.functions.removed);
  const { added, changed, removed } = changes.files;
  const sum = `${added.length} added, ${changed.length} changed, ${removed.length} removed`;
  const count = `${functions.length} ${functions.length === 1 ? 'function' : 'functions'}`;
  io.out(`Files: ${sum}.`);
  io.out(
    id === null
      ? `Nothing was changed. ${name} (${url}) would have ${count}.`
      : `Deployed to ${name} (${url}): ${count}, version ${toVisible(id)}.`,
  );
}
