import { resolve } from 'node:path';
import { addExamples, type DefineCommand } from '../define-command.ts';
import { writeOver } from '../new-files.ts';
import { readOpenApi } from '../open-app.ts';
import {
  addProjectOptions,
  createQuietLogger,
  openProject,
  type ProjectOptions,
} from '../settings.ts';
import { withApp } from '../with-app.ts';

interface OpenApiOptions extends ProjectOptions {
  readonly out?: string;
}

export const defineOpenApi: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(command.option('--out <file>', 'write to this file instead'));
  command.action(async (options: OpenApiOptions) => {
    const { config, dir } = openProject(io, options);
    await withApp(
      opener,
      { config, dir, logger: createQuietLogger(io), ifMissing: 'imagined' },
      async (app) => {
        const document = await readOpenApi(app);
        if (options.out === undefined) io.out(document.trimEnd());
        else {
          writeOver(resolve(io.cwd, options.out), document);
          io.err(`Wrote ${options.out}.`);
        }
      },
    );
  });
  addExamples(command, [
    ['tinybase openapi', 'print it'],
    ['tinybase openapi --out openapi.json', 'write it to a file'],
  ]);
};
