import { utimesSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { addExamples, type DefineCommand } from '../define-command.ts';
import { createPaint, showPath } from '../output.ts';
import {
  addProjectOptions,
  createQuietLogger,
  openExistingProject,
  type ProjectOptions,
} from '../settings.ts';
import { whileRunning } from '../while-running.ts';

interface InstallOptions extends ProjectOptions {
  readonly frozen?: true;
}

export const defineFunctionsInstall: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(
    command.option(
      '--frozen',
      'exactly what the lock file says, without development packages; fails when package.json does not fit it',
    ),
  );
  command.action(async (options: InstallOptions) => {
    const { config, dir } = openExistingProject(io, options);
    const folder = resolve(dir, config.functions.path);
    const file = join(folder, 'package.json');
    const packages = await opener.openPackages(createQuietLogger(io));
    const what = await whileRunning(io, 'the packages may be there in part', (signal) =>
      packages.install(folder, { isFrozen: options.frozen ?? false, onLine: io.out, signal }),
    );
    if (what === 'nothing') {
      io.out(`Nothing to install: ${showPath(io.cwd, file)} names no packages.`);
      return;
    }
    tellServer(file);
    const { green } = createPaint(io.hasColour);
    io.out(green(`The packages of ${showPath(io.cwd, file)} are installed.`));
  });
  addExamples(command, [
    ['tinybase functions install', 'what functions/package.json and its lock file name'],
    ['tinybase functions install --frozen', 'in an image or on a server'],
  ]);
};

/** A running server watches package.json, and not what lies in node_modules. */
function tellServer(file: string): void {
  const now = new Date();
  try {
    utimesSync(file, now, now);
  } catch {
    // Somebody else's file: the server finds the packages at its next reload.
  }
}
