import { AppError } from '../../core/errors.ts';
import { addExamples, type DefineCommand } from '../define-command.ts';
import { type FunctionListing, listFunctions } from '../open-app.ts';
import { type CliIo, createPaint, formatTable, toVisible } from '../output.ts';
import {
  addProjectOptions,
  createSilentLogger,
  openProject,
  type ProjectOptions,
} from '../settings.ts';
import { withApp } from '../with-app.ts';

interface ListOptions extends ProjectOptions {
  readonly json?: true;
}

export const defineFunctionsList: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(command.option('--json', 'print JSON'));
  command.action(async (options: ListOptions) => {
    const { config, dir } = openProject(io, options);
    await withApp(
      opener,
      { config, dir, logger: createSilentLogger(io), ifMissing: 'imagined' },
      async (app) => {
        const listing = await listFunctions(app);
        if (options.json) io.out(JSON.stringify(listing, null, 2));
        else printListing(listing, io);
        const { length } = listing.load_errors;
        if (length > 0)
          throw new AppError(
            'conflict',
            `${length} ${length === 1 ? 'file does' : 'files do'} not load.`,
          );
      },
    );
  });
  addExamples(command, [
    ['tinybase functions list', 'as a table'],
    ['tinybase functions list --json', 'for programs'],
  ]);
};

function printListing({ functions, load_errors }: FunctionListing, io: CliIo): void {
  const { bold, red } = createPaint(io.hasColour);
  if (functions.length === 0 && load_errors.length === 0)
    io.out('No functions yet. Write one with: tinybase functions new NAME');
  else if (functions.length > 0) {
    const head = ['NAME', 'AUTH', 'FILE', 'DESCRIPTION'].map(bold);
    const rows = functions.map(({ name, auth, file_path, description }) => [
      name,
      auth,
      toVisible(file_path),
      toVisible((description ?? '').replace(/\s+/g, ' ').trim()),
    ]);
    io.out(formatTable([head, ...rows]));
  }
  if (load_errors.length === 0) return;
  // A package.json among them: its packages could not be installed.
  io.err(red(functions.length === 0 ? 'Does not load:' : '\nDoes not load:'));
  for (const { file, line, message } of load_errors)
    io.err(`  ${toVisible(file)}${line === null ? '' : `:${line}`}  ${toVisible(message)}`);
}
