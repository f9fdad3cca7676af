import { resolve } from 'node:path';
import { addExamples, addNotes, type DefineCommand } from '../define-command.ts';
import { writeOver } from '../new-files.ts';
import { listFunctions } from '../open-app.ts';
import { showPath, toVisible } from '../output.ts';
import {
  addProjectOptions,
  createSilentLogger,
  openProject,
  type ProjectOptions,
} from '../settings.ts';
import { withApp } from '../with-app.ts';

interface TypesOptions extends ProjectOptions {
  readonly out?: string;
}

export const defineTypes: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(command.option('--out <file>', 'write to this file instead'));
  command.action(async (options: TypesOptions) => {
    const { config, dir } = openProject(io, options);
    await withApp(
      opener,
      { config, dir, logger: createSilentLogger(io), ifMissing: 'imagined' },
      async (app) => {
        const text = await app.types.forClients();
        if (options.out === undefined) io.out(text.trimEnd());
        else {
          writeOver(resolve(io.cwd, options.out), text);
          io.err(`Wrote ${options.out}.`);
        }
        for (const { file, message } of (await listFunctions(app)).load_errors)
          io.err(
            `Warning: ${toVisible(file)} does not load, so its types are missing: ${toVisible(message)}`,
          );
        const refreshed = await app.types.refreshFile();
        if (refreshed !== undefined) io.err(`Wrote ${showPath(io.cwd, refreshed)}.`);
      },
    );
  });
  addExamples(command, [
    ['tinybase types --out src/tinybase.ts', 'for a front end: import { createClient } from it'],
    ['tinybase types --dir shop', 'print the types of another project'],
  ]);
  addNotes(
    command,
    'Writes functions/tinybase.d.ts anew too, which types ctx.db and ctx.functions in your functions.',
  );
};
