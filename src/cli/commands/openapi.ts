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
import { VERSION } from '../version.ts';

interface OpenApiOptions extends ProjectOptions {
  readonly out?: string;
}

export const defineOpenApi: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(command.option('--out <file>', 'write to this file instead'));
  command.action(async (options: OpenApiOptions) => {
    const { config, dir } = openProject(io, options);
    const app = await opener.createApp({
      config,
      dir,
      logger: createQuietLogger(io),
      version: VERSION,
    });
    try {
      const document = await readOpenApi(app);
      if (options.out === undefined) io.out(document.trimEnd());
      else {
        writeOver(resolve(io.cwd, options.out), document);
        io.err(`Wrote ${options.out}.`);
      }
    } finally {
      await app.stop();
    }
  });
  addExamples(command, [
    ['tinybase openapi', 'print it'],
    ['tinybase openapi --out openapi.json', 'write it to a file'],
  ]);
};
