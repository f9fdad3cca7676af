import { addExamples, type DefineCommand } from '../define-command.ts';
import { type FunctionListing, listFunctions } from '../open-app.ts';
import { type CliIo, createPaint, formatTable } from '../output.ts';
import {
  addProjectOptions,
  createQuietLogger,
  openProject,
  type ProjectOptions,
} from '../settings.ts';
import { VERSION } from '../version.ts';

interface ListOptions extends ProjectOptions {
  readonly json?: true;
}

export const defineFunctionsList: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(command.option('--json', 'print JSON'));
  command.action(async (options: ListOptions) => {
    const { config, dir } = openProject(io, options);
    const app = await opener.createApp({
      config,
      dir,
      logger: createQuietLogger(io),
      version: VERSION,
    });
    try {
      const listing = await listFunctions(app);
      if (options.json) io.out(JSON.stringify(listing, null, 2));
      else printListing(listing, io);
    } finally {
      await app.stop();
    }
  });
  addExamples(command, [
    ['tinybase functions list', 'as a table'],
    ['tinybase functions list --json', 'for programs'],
  ]);
};

function printListing({ functions, load_errors }: FunctionListing, io: CliIo): void {
  const { bold, red } = createPaint(io.hasColour);
  if (functions.length === 0)
    io.out('No functions yet. Write one with: tinybase functions new NAME');
  else {
    const head = ['NAME', 'AUTH', 'FILE', 'DESCRIPTION'].map(bold);
    const rows = functions.map(({ name, auth, file_path, description }) => [
      name,
      auth,
      file_path,
      description ?? '',
    ]);
    io.out(formatTable([head, ...rows]));
  }
  if (load_errors.length === 0) return;
  io.out(red('\nDid not load:'));
  for (const { file, line, message } of load_errors)
    io.out(`  ${file}${line === null ? '' : `:${line}`}  ${message}`);
}
