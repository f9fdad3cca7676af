import { join, relative, resolve } from 'node:path';
import { addExamples, type DefineCommand } from '../define-command.ts';
import { prepareFunctionsFolder } from '../functions-folder.ts';
import { createPaint, showPath } from '../output.ts';
import {
  addProjectOptions,
  createQuietLogger,
  openProject,
  type ProjectOptions,
} from '../settings.ts';
import { whileRunning } from '../while-running.ts';

interface AddOptions extends ProjectOptions {
  readonly dev?: true;
}

/** A path from where the command was typed; `name@file:…` is left as it is. */
const LOCAL_PATH = /^(?:file:)?(\.{1,2}(?:[/\\].*)?)$/s;

export const defineFunctionsAdd: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(
    command
      .argument('<package...>', 'NAME, NAME@VERSION, an address or a path')
      .option('--dev', 'as a development package: not installed by a deployment'),
  );
  command.action(async (specs: string[], options: AddOptions) => {
    const { config, dir } = openProject(io, options);
    const folder = resolve(dir, config.functions.path);
    const { green } = createPaint(io.hasColour);
    const { made } = prepareFunctionsFolder(folder, { withExample: false });
    for (const path of made) io.out(`${green('made')}  ${showPath(io.cwd, path)}`);
    const packages = await opener.openPackages(createQuietLogger(io));
    await whileRunning(io, 'nothing was added', (signal) =>
      packages.add(
        folder,
        specs.map((spec) => toSpec(spec, io.cwd, folder)),
        { isDev: options.dev ?? false, onLine: io.out, signal },
      ),
    );
    const file = showPath(io.cwd, join(folder, 'package.json'));
    io.out(green(`Added to ${file}. Functions can import ${specs.length === 1 ? 'it' : 'them'}.`));
  });
  addExamples(command, [
    ['tinybase functions add zod', 'the newest version, noted in functions/package.json'],
    ['tinybase functions add date-fns@3 nanoid', 'several, one of them with its version'],
    ['tinybase functions add --dev @types/ms', 'only for the editor'],
  ]);
};

/** The installer runs in the functions' folder. */
function toSpec(spec: string, cwd: string, folder: string): string {
  const path = LOCAL_PATH.exec(spec)?.[1];
  if (path === undefined) return spec;
  const inside = relative(folder, resolve(cwd, path)).replaceAll('\\', '/');
  return `file:${inside.startsWith('.') ? inside : `./${inside}`}`;
}
