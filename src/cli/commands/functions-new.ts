import { join, resolve } from 'node:path';
import { Option } from 'commander';
import { AppError } from '../../core/errors.ts';
import { TAKEN_FUNCTION_NAMES } from '../../lib/function-name.ts';
import { addExamples, type DefineCommand } from '../define-command.ts';
import { EXAMPLE_INPUT, renderFunction } from '../function-source.ts';
import { listFunctionFiles, prepareFunctionsFolder } from '../functions-folder.ts';
import { writeNewFile } from '../new-files.ts';
import { createPaint, showPath } from '../output.ts';
import { addProjectOptions, openProject, type ProjectOptions } from '../settings.ts';

/** Narrower than what register() takes: it names a file and types too. */
const NAME = /^[a-z][a-z0-9_]{0,62}$/;

interface NewOptions extends ProjectOptions {
  readonly description?: string;
  readonly auth: string;
}

export const defineFunctionsNew: DefineCommand = (command, { io }) => {
  command
    .argument('<name>', 'small letters, digits and _, beginning with a letter')
    .option('-d, --description <text>', 'what it does')
    .addOption(
      new Option('--auth <level>', 'who may call it')
        .choices(['public', 'auth', 'admin'])
        .default('auth'),
    );
  addProjectOptions(command);
  command.action((name: string, { description, auth, ...project }: NewOptions) => {
    const fault = findNameFault(name);
    if (fault !== undefined)
      throw new AppError(
        'invalid_input',
        `${JSON.stringify(name)} cannot name a function: ${fault}`,
      );
    const { config, dir } = openProject(io, project);
    const folder = resolve(dir, config.functions.path);
    const taken = listFunctionFiles(folder).find((file) => file.replace(/\.\w+$/, '') === name);
    const path = join(folder, `${name}.ts`);
    const text = renderFunction({ name, description: description ?? `What ${name} does`, auth });
    if (taken !== undefined || !writeNewFile(path, text))
      throw new AppError(
        'conflict',
        `${showPath(io.cwd, join(folder, taken ?? `${name}.ts`))} is there already: choose another name.`,
      );
    const { green } = createPaint(io.hasColour);
    const { made } = prepareFunctionsFolder(folder, { withExample: false });
    for (const file of [path, ...made]) io.out(`${green('made')}  ${showPath(io.cwd, file)}`);
    io.out(`\nTry it: tinybase functions call ${name} '${EXAMPLE_INPUT}'`);
    io.out(`A running server answers it at POST /api/functions/${name}.`);
  });
  addExamples(command, [
    ['tinybase functions new send_invoice', 'write functions/send_invoice.ts'],
    ['tinybase functions new ping -d "Says hello" --auth public', 'callable without signing in'],
  ]);
};

function findNameFault(name: string): string | undefined {
  if (!NAME.test(name))
    return 'use small letters, digits and _, beginning with a letter, 63 at most.';
  // tinybase.ts would hide tinybase.d.ts, and with it every type.
  if (name === 'tinybase') return 'the types of your functions stand in tinybase.d.ts.';
  if (TAKEN_FUNCTION_NAMES.includes(name)) return `the API uses /api/functions/${name} itself.`;
  return undefined;
}
