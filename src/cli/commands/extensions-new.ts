import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { findNameFault } from '../../lib/extension-name.ts';
import { addExamples, type DefineCommand } from '../define-command.ts';
import { renderExtension } from '../extension-source.ts';
import { writeNewFile } from '../new-files.ts';
import { createPaint, showPath } from '../output.ts';
import { addProjectOptions, openProject, type ProjectOptions } from '../settings.ts';
import { FUNCTIONS_FILES } from '../template-files.js';

interface NewOptions extends ProjectOptions {
  readonly description?: string;
}

/** What an editor needs to know every type. */
const EDITOR_FILES = ['tsconfig.json', 'tinybase.d.ts'];

export const defineExtensionsNew: DefineCommand = (command, { io }) => {
  command
    .argument('<name>', 'small letters, digits, - and _, beginning with a letter')
    .option('-d, --description <text>', 'what it does');
  addProjectOptions(command);
  command.action((name: string, { description, ...project }: NewOptions) => {
    const fault = findNameFault(name);
    if (fault !== undefined)
      throw new AppError(
        'invalid_input',
        `${JSON.stringify(name)} cannot name an extension: ${fault}.`,
      );
    const { config, dir } = openProject(io, project);
    const folder = join(resolve(dir, config.extensions.path), name);
    if (existsSync(folder))
      throw new AppError(
        'conflict',
        `${showPath(io.cwd, folder)} is there already: choose another name.`,
      );
    const { green } = createPaint(io.hasColour);
    const files = {
      ...renderExtension({ name, description: description ?? `What ${name} does` }),
      ...Object.fromEntries(EDITOR_FILES.map((file) => [file, FUNCTIONS_FILES[file] ?? ''])),
    };
    for (const [file, text] of Object.entries(files)) {
      const path = join(folder, file);
      writeNewFile(path, text);
      io.out(`${green('made')}  ${showPath(io.cwd, path)}`);
    }
    io.out('\nIt runs at the next start; with tinybase serve --reload also at each change.');
  });
  addExamples(command, [
    ['tinybase extensions new hello', 'write extensions/hello'],
    ['tinybase extensions new hello -d "Greets"', 'with what it does'],
  ]);
};
