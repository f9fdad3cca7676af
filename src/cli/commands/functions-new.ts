import { join, resolve } from 'node:path';
import { Option } from 'commander';
import { AppError } from '../../core/errors.ts';
import { addExamples, type DefineCommand } from '../define-command.ts';
import { renderFunction } from '../function-source.ts';
import { listFunctionFiles, prepareFunctionsFolder } from '../functions-folder.ts';
import { writeNewFile } from '../new-files.ts';
import { createPaint, showPath } from '../output.ts';
import { addProjectOptions, openProject, type ProjectOptions } from '../settings.ts';

const NAME = /^[a-z][a-z0-9_]{0,62}$/;
/** A file tinybase.ts would hide tinybase.d.ts, and with it every type. */
const TAKEN_NAMES = ['tinybase'];

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
    if (!NAME.test(name) || TAKEN_NAMES.includes(name))
      throw new AppError(
        'invalid_input',
        `${JSON.stringify(name)} cannot name a function: ${
          TAKEN_NAMES.includes(name)
            ? 'TinyBase uses it itself.'
            : 'use small letters, digits and _, beginning with a letter, 63 at most.'
        }`,
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
    io.out(`\nA running server calls it at POST /api/functions/${name}.`);
  });
  addExamples(command, [
    ['tinybase functions new send_invoice', 'write functions/send_invoice.ts'],
    ['tinybase functions new ping -d "Says hello" --auth public', 'callable without signing in'],
  ]);
};
